//! The report of many hosts for people.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use rules::Severity;

use super::{Group, Kind, Merged};
use crate::report::{Look, Paint, printable, summary, wrap};

/// Writes the report.
pub(super) fn write(out: &mut dyn Write, look: Look, merged: &Merged<'_>) -> io::Result<()> {
    for ((path, reason), hosts) in &merged.not_read {
        let heading = look.paint(Paint::Severity(Severity::Error), "not read");
        paragraph(out, look, &format!("{heading}: "), "  ", &format!("{path}: {reason}"))?;
        writeln!(out, "{}\n", listed(look, "  on ", hosts))?;
    }
    for (kind, group) in &merged.diagnostics {
        diagnostic(out, look, kind, group)?;
    }
    hosts(out, look, merged)?;
    writeln!(out, "\n{}", look.fit(summary_of(merged)))
}

fn diagnostic(out: &mut dyn Write, look: Look, kind: &Kind, group: &Group) -> io::Result<()> {
    let Kind { severity, rule, message } = kind;
    let start = format!("{}[{}]", severity.0.word(), printable::words(rule));
    let start = look.paint(Paint::Severity(severity.0), &start);
    paragraph(out, look, &format!("{start}: "), "  ", message)?;
    for (place, hosts) in &group.places {
        paragraph(out, look, "  at ", "     ", &place.to_string())?;
        writeln!(out, "{}", listed(look, "     on ", hosts))?;
    }
    if !group.names.is_empty() {
        writeln!(out, "{}", listed(look, "  names: ", &group.names))?;
    }
    if let Some(fix) = &group.fix {
        paragraph(out, look, "  fix: ", "       ", fix)?;
    }
    writeln!(out)
}

/// A line for each host: what was found there, or why nothing is known.
fn hosts(out: &mut dyn Write, look: Look, merged: &Merged<'_>) -> io::Result<()> {
    writeln!(out, "{}", look.paint(Paint::Bold, "hosts:"))?;
    for (name, host) in &merged.hosts {
        let start = format!("  {}: ", look.paint(Paint::Bold, &printable::words(name)));
        let text = match (&host.report, &host.path) {
            (Ok(document), _) => {
                let found = summary::of_severities(document.counts());
                let found = found.map(|found| format!("found {found}; ")).unwrap_or_default();
                found + &document.summary
            }
            (Err(problem), Some(path)) => {
                format!("no report: {}: {problem}", printable::path(path))
            }
            (Err(problem), None) => format!("no report: {problem}"),
        };
        paragraph(out, look, &start, "    ", &text)?;
    }
    Ok(())
}

/// The last line. It never sounds better than what is known.
pub(super) fn summary_of(merged: &Merged<'_>) -> String {
    let reports = merged.documents().count();
    let mut parts = Vec::new();
    if let Some(found) = summary::of_severities(merged.counts()) {
        parts.push(format!("found {found}"));
    }
    let (all, missing) = (merged.hosts.len(), merged.hosts.len() - reports);
    if missing > 0 {
        parts.push(format!("no report of {missing} of {}", summary::count(all, "host")));
    }
    let total = |of: fn(&super::Document) -> usize| merged.documents().map(of).sum::<usize>();
    let files = summary::count(total(|document| document.looked_at.files), "file");
    let servers = summary::count(total(|document| document.looked_at.servers), "server");
    let hosts = summary::count(reports, "host");
    let not_read = match merged.not_read.len() {
        0 => String::new(),
        number => format!(", {number} not read"),
    };
    parts.push(format!("looked at {hosts}, {files}, {servers}{not_read}"));
    parts.push(summary::fare(&merged.tally(), ""));
    parts.join("; ")
}

fn listed(look: Look, start: &str, words: &BTreeSet<String>) -> String {
    let words: Vec<_> = words.iter().map(|word| printable::words(word)).collect();
    wrap(look, start, &" ".repeat(start.len()), &words.join(", "))
}

/// Words that come from a file, on as many lines as they need.
fn paragraph(
    out: &mut dyn Write,
    look: Look,
    start: &str,
    indent: &str,
    text: &str,
) -> io::Result<()> {
    writeln!(out, "{}", wrap(look, start, indent, &printable::words(text)))
}

//! Diagnoses for people.

use std::io::{self, Write};

use acme::catalogue::{Message, Speaker, Weight, Why};

use super::{
    Diagnosis,
    finding::Finding,
    today::{self, Stands, Today},
};
use crate::report::{Look, Paint, printable, summary, text, wrap};

/// So many names or addresses are listed.
const MOST_LISTED: usize = 8;

/// Columns for the words in front.
const MARGIN: usize = 13;

/// Writes what was found.
pub(super) fn write(out: &mut dyn Write, look: Look, diagnosis: &Diagnosis<'_>) -> io::Result<()> {
    let findings = diagnosis.findings;
    if findings.main.is_empty() {
        return write_nothing(out, look, diagnosis);
    }
    for (finding, today) in diagnosis.compared() {
        Page { look, diagnosis, finding, today }.write(out)?;
        writeln!(out)?;
    }
    let last = last_line(diagnosis);
    writeln!(out, "{}", look.fit(last))?;
    match (diagnosis.report, diagnosis.is_without) {
        (Some(report), _) => writeln!(out, "{}", look.fit(summary::looked_at(report))),
        (None, why) => {
            let why = why.unwrap_or("none was given");
            writeln!(out, "compared with no configuration: {why}")
        }
    }
}

/// Nothing in the text is known.
fn write_nothing(out: &mut dyn Write, look: Look, diagnosis: &Diagnosis<'_>) -> io::Result<()> {
    let findings = diagnosis.findings;
    let source = printable::words(diagnosis.source);
    let lines = summary::count(findings.lines, "line");
    writeln!(out, "no message that is known stands in {source} ({lines})")?;
    if findings.clues.is_empty() {
        return Ok(());
    }
    writeln!(out, "what was understood of it:")?;
    for (kind, all) in findings.clues.kinds() {
        let all: Vec<_> = all.iter().map(|one| printable::words(one)).collect();
        writeln!(out, "{}", look.fit(format!("  {kind:<12} {}", all.join(", "))))?;
    }
    Ok(())
}

fn last_line(diagnosis: &Diagnosis<'_>) -> String {
    let findings = diagnosis.findings;
    let times = findings.main.iter().chain(&findings.also).map(|finding| finding.count).sum();
    let mut parts = vec![format!(
        "understood {} in {}",
        summary::count(times, "message"),
        summary::count(findings.lines, "line")
    )];
    if diagnosis.report.is_some() {
        for (stands, words) in [
            (Stands::Still, "still so"),
            (Stands::Otherwise, "wrong in another way"),
            (Stands::NoMore, "not so any more"),
            (Stands::NotKnown, "not to be told from files"),
        ] {
            let count = diagnosis.today.iter().filter(|today| today.stands == stands).count();
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
    }
    parts.join("; ")
}

/// A finding to be written.
struct Page<'p> {
    look: Look,
    diagnosis: &'p Diagnosis<'p>,
    finding: &'p Finding,
    today: Option<&'p Today>,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Finding { message, .. } = self.finding;
        self.heading(out)?;
        for (word, text) in self.rows() {
            self.row(out, word, &text)?;
        }
        writeln!(out)?;
        self.paragraph(out, message.meaning)?;
        if let Some(today) = self.today {
            self.write_today(out, today)?;
        }
        self.write_causes(out)
    }

    fn heading(&self, out: &mut dyn Write) -> io::Result<()> {
        let Message { id, title, .. } = self.finding.message;
        let wrapped = wrap(self.look, "", "  ", &format!("{id}: {title}"));
        writeln!(out, "{}", self.look.paint(Paint::Bold, &wrapped))
    }

    /// What the message itself says.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let Finding { message, count, line, words, names, addresses, fields } = self.finding;
        let speakers: Vec<_> = message.speakers.iter().map(|one: &Speaker| one.name()).collect();
        let times = if *count > 1 {
            format!("{count} times, first in line {line}")
        } else {
            format!("in line {line}")
        };
        let mut rows = vec![("said", times), ("words", words.clone()), ("by", speakers.join(", "))];
        if let Some(ca) = self.finding.ca() {
            let tests = if ca.is_for_tests { ", for tests alone" } else { "" };
            rows.push(("authority", format!("{}{tests}", ca.name)));
        }
        let mut push = |word, text: Option<String>| rows.extend(text.map(|text| (word, text)));
        push("names", listed(names));
        push("address", listed(addresses));
        push("status", fields.status.map(|status| status.to_string()));
        push("port", fields.port.map(|port| port.to_string()));
        push("path", fields.path.clone());
        push("place", fields.at.as_ref().map(|(file, line)| format!("{file}:{line}")));
        push("challenge", fields.challenge.map(str::to_owned));
        push("client", fields.authenticator.as_ref().map(|one| format!("certbot with {one}")));
        push("type", fields.problem.clone());
        rows
    }

    fn row(&self, out: &mut dyn Write, word: &str, text: &str) -> io::Result<()> {
        let indent = " ".repeat(MARGIN);
        let wrapped = wrap(self.look, &indent, &indent, &printable::words(text));
        let start = self.look.paint(Paint::Dim, &format!("  {word:<11}"));
        writeln!(out, "{start}{}", wrapped.get(MARGIN..).unwrap_or_default())
    }

    fn paragraph(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        writeln!(out, "{}", wrap(self.look, "  ", "  ", &printable::words(text)))
    }

    fn write_today(&self, out: &mut dyn Write, today: &Today) -> io::Result<()> {
        let (paint, word) = match today.stands {
            Stands::Still => (Paint::Bad, "today: still so"),
            Stands::Otherwise => (Paint::Bad, "today: wrong in another way"),
            Stands::NoMore => (Paint::Good, "today: not so any more"),
            Stands::NotKnown => (Paint::Elsewhere, "today: not to be told from files"),
        };
        writeln!(out, "\n  {}", self.look.paint(paint, word))?;
        for sentence in &today.because {
            writeln!(out, "{}", wrap(self.look, "  - ", "    ", &printable::words(sentence)))?;
        }
        let Some(report) = self.diagnosis.report else { return Ok(()) };
        if !today.diagnostics.is_empty() {
            writeln!(out)?;
        }
        for &(index, number) in &today.diagnostics {
            text::write_diagnostic(out, self.look, report, index, number)?;
        }
        let is_patched = |&(index, number): &(usize, usize)| {
            today::is_patched(&report.configurations[index], number)
        };
        if today.diagnostics.iter().any(is_patched) {
            self.paragraph(
                out,
                "`nginx-acme-lint --fix` prints the patch for the whole configuration.",
            )?;
        }
        Ok(())
    }

    fn write_causes(&self, out: &mut dyn Write) -> io::Result<()> {
        let is_found = self.today.is_some_and(|today| !today.diagnostics.is_empty());
        let is_cleared = self.today.is_some_and(|today| today.is_cleared);
        let id = self.finding.message.id;
        if is_found {
            if self.finding.causes().nth(1).is_some() {
                self.paragraph(
                    out,
                    &format!("What else it may be elsewhere: `nginx-acme-lint explain {id}`."),
                )?;
            }
            return Ok(());
        }
        let fits = |why: &&Why| !(is_cleared && today::is_of_configuration(why));
        let causes: Vec<_> = self.finding.causes().filter(fits).collect();
        if causes.is_empty() {
            return Ok(());
        }
        let title = if is_cleared { "what else may be behind it" } else { "what may be behind it" };
        writeln!(out, "\n  {}", self.look.paint(Paint::Bold, title))?;
        if is_cleared && self.finding.message.weight == Weight::Cause {
            writeln!(
                out,
                "{}",
                wrap(
                    self.look,
                    "  0. ",
                    "     ",
                    "the configuration, or a file, has changed since then"
                )
            )?;
        }
        for (number, why) in (1..).zip(causes) {
            let start = format!("  {number}. ");
            writeln!(out, "{}", wrap(self.look, &start, "     ", why.cause))?;
            let tell = format!("to tell: {}", why.tell);
            writeln!(out, "{}", wrap(self.look, "     ", "       ", &tell))?;
            let cure = format!("to do, {}: {}", why.lies.words(), why.cure);
            writeln!(out, "{}", wrap(self.look, "     ", "       ", &cure))?;
        }
        Ok(())
    }
}

fn listed<T: ToString>(all: &[T]) -> Option<String> {
    if all.is_empty() {
        return None;
    }
    let mut words: Vec<_> = all.iter().take(MOST_LISTED).map(ToString::to_string).collect();
    if all.len() > MOST_LISTED {
        words.push(format!("and {} more", all.len() - MOST_LISTED));
    }
    Some(words.join(", "))
}

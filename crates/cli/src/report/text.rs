//! The report for people: what is wrong, the source, the way of the request, the fix.

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    path::Path,
};

use fixer::Change;
use parser::FileId;
use rules::{Diagnostic, Hop, Place};
use textwrap::{WordSeparator, WordSplitter, WrapAlgorithm};

use super::{
    Configuration, FixState, Look, Report, look::Paint, printable, silenced, summary, written,
};
use snippet::Mark;

mod line;
mod preview;
mod snippet;

/// Diagnostics of one rule shown for one file; the rest is counted.
const SHOWN_PER_FILE: usize = 5;

/// Places shown for one diagnostic beside its own.
const SHOWN_LABELS: usize = 9;

/// Writes the report.
pub(crate) fn write(out: &mut dyn Write, look: Look, report: &Report<'_>) -> io::Result<()> {
    for problem in report.unread_inputs() {
        let heading = look.paint(Paint::Severity(rules::Severity::Error), "error");
        let path = printable::path(&problem.path);
        let line = format!("{heading}: cannot read {path}: {}", printable::words(&problem.reason));
        writeln!(out, "{}\n", look.fit(line))?;
    }
    for configuration in &report.configurations {
        write_configuration(out, look, report, configuration)?;
    }
    if let Some(found) = summary::found(report) {
        writeln!(out, "{}", look.fit(found))?;
    }
    let lines = [silenced::lines(report), written::lines(report)].concat();
    for line in summary::left_out(report).into_iter().chain(lines) {
        writeln!(out, "{}", look.fit(line))?;
    }
    // Not wrapped: it is the last line, wherever it goes.
    writeln!(out, "{}", look.fit(summary::looked_at(report)))
}

/// Writes one diagnostic of a configuration.
pub(crate) fn write_diagnostic(
    out: &mut dyn Write,
    look: Look,
    report: &Report<'_>,
    index: usize,
    number: usize,
) -> io::Result<()> {
    let configuration = &report.configurations[index];
    let diagnostic = &configuration.diagnostics[number];
    let change = configuration.changes.get(&number);
    let subject = Subject { look, report, configuration, diagnostic, change };
    let text = subject.draw(configuration.fixes[number], &mut HashSet::new());
    writeln!(out, "{}", look.fit(text))
}

fn write_configuration(
    out: &mut dyn Write,
    look: Look,
    report: &Report<'_>,
    configuration: &Configuration<'_>,
) -> io::Result<()> {
    let mut totals: HashMap<Kind<'_>, usize> = HashMap::new();
    for diagnostic in &configuration.diagnostics {
        *totals.entry(kind(diagnostic)).or_default() += 1;
    }
    let mut seen: HashMap<Kind<'_>, usize> = HashMap::new();
    let mut linked = HashSet::new();
    let diagnostics = configuration.diagnostics.iter().zip(&configuration.fixes);
    for (index, (diagnostic, fix)) in diagnostics.enumerate() {
        let kind = kind(diagnostic);
        let number = seen.entry(kind).or_default();
        *number += 1;
        if *number > SHOWN_PER_FILE {
            if *number == SHOWN_PER_FILE + 1 {
                writeln!(out, "{}\n", look.fit(rest(report, configuration, kind, totals[&kind])))?;
            }
            continue;
        }
        let change = configuration.changes.get(&index);
        let subject = Subject { look, report, configuration, diagnostic, change };
        let text = subject.draw(*fix, &mut linked);
        writeln!(out, "{}", look.fit(text))?;
    }
    Ok(())
}

/// What counts as more of the same: the rule, and the file or path.
type Kind<'d> = (&'static str, Result<FileId, &'d Path>);

fn kind(diagnostic: &Diagnostic) -> Kind<'_> {
    let place = match &diagnostic.place {
        Place::Span(span) => Ok(span.file),
        Place::Path(path) | Place::Line(path, _) => Err(&**path),
    };
    (diagnostic.rule, place)
}

fn rest(
    report: &Report<'_>,
    configuration: &Configuration<'_>,
    kind: Kind<'_>,
    total: usize,
) -> String {
    let (rule, place) = kind;
    let path = match place {
        Ok(file) => &configuration.file(file).path,
        Err(path) => report.shown.path(path),
    };
    let more = total - SHOWN_PER_FILE;
    format!("… and {more} more {rule} in {}: `--format short` lists all", printable::path(path))
}

/// A diagnostic to be drawn.
struct Subject<'r> {
    look: Look,
    report: &'r Report<'r>,
    configuration: &'r Configuration<'r>,
    diagnostic: &'r Diagnostic,
    /// Why its fix is not safe, if a request shows it.
    change: Option<&'r Change>,
}

impl Subject<'_> {
    fn draw(&self, fix: Option<FixState>, linked: &mut HashSet<FileId>) -> String {
        let mut text = self.heading();
        text += &self.snippets(linked);
        text += &self.way();
        for note in &self.diagnostic.notes {
            text += &self.paragraph("note", note);
        }
        if self.diagnostic.refused_by_nginx {
            text += &self.paragraph("note", "nginx refuses to load this configuration");
        }
        if let Some(state) = fix {
            text += &self.fix(state);
        }
        text
    }

    fn heading(&self) -> String {
        let Diagnostic { severity, rule, message, .. } = self.diagnostic;
        let plain = format!("{}[{rule}]: {}", severity.word(), printable::words(message));
        let wrapped = wrap(self.look, "", "  ", &plain);
        let words = severity.word().len() + rule.len() + "[]".len();
        // The word for the severity and the rule are never broken: they hold no blanks.
        let (start, rest) = wrapped.split_at(words);
        let start = self.look.paint(Paint::Severity(*severity), start);
        format!("{start}{}\n", self.look.paint(Paint::Bold, rest))
    }

    /// The source of every place, the file with the problem first.
    fn snippets(&self, linked: &mut HashSet<FileId>) -> String {
        let Diagnostic { place, here, labels, severity, .. } = self.diagnostic;
        let mut marks: Vec<(FileId, Mark<'_>)> = Vec::new();
        let mut parts = Vec::new();
        match place {
            Place::Span(span) => {
                let range = span.start..span.end;
                marks.push((span.file, Mark { range, text: here, is_primary: true }));
            }
            Place::Path(_) | Place::Line(..) => {
                let place = self.configuration.place(&self.report.shown, place);
                let here = printable::words(here);
                let gap = if here.is_empty() { "" } else { ": " };
                parts.push(self.line("   at ", "      ", &format!("{place}{gap}{here}")));
            }
        }
        for label in labels.iter().take(SHOWN_LABELS) {
            let range = label.span.start..label.span.end;
            marks.push((label.span.file, Mark { range, text: &label.text, is_primary: false }));
        }
        let mut files: Vec<FileId> = Vec::new();
        for (file, _) in &marks {
            if !files.contains(file) {
                files.push(*file);
            }
        }
        for id in files {
            let file = self.configuration.file(id);
            let of_file = marks.iter().filter(|(file, _)| *file == id);
            let of_file: Vec<_> = of_file.map(|(_, mark)| mark.clone()).collect();
            parts.push(snippet::draw(self.look, *severity, file, &of_file));
            if let Some(target) = &file.target
                && linked.insert(id)
            {
                let (path, target) = (printable::path(&file.path), printable::path(target));
                parts.push(format!("   {path} → {target}\n"));
            }
        }
        let left_out = labels.len().saturating_sub(SHOWN_LABELS);
        if left_out > 0 {
            parts.push(format!("   … and {}\n", summary::count(left_out, "more place")));
        }
        parts.concat()
    }

    fn way(&self) -> String {
        let way = &self.diagnostic.way;
        if way.is_empty() {
            return String::new();
        }
        let mut text = String::from("  the way of the request:\n");
        for (number, Hop { url, steps, answer }) in (1..).zip(way) {
            text += &self.line(&format!("  {number}. "), "     ", url);
            for step in steps {
                let place = step.span.map(|span| self.configuration.position(span) + ": ");
                let place = place.unwrap_or_default();
                text += &self.line("     - ", "       ", &format!("{place}{}", step.why));
            }
            text += &self.line("     → ", "       ", answer);
        }
        text
    }

    fn fix(&self, state: FixState) -> String {
        let Some(fix) = &self.diagnostic.fix else { return String::new() };
        let is_patched = self.report.patch.is_some();
        let how = state.how(is_patched);
        let mut text = self.paragraph("fix", &format!("{} ({how})", fix.title));
        if let Some(change) = self.change {
            let Change { method, url, is_ipv6, before, after } = change;
            let family = if *is_ipv6 { " over IPv6" } else { "" };
            let request = format!("{method} {url}{family}: {before} → {after}");
            text += &self.paragraph("changes", &request);
        }
        if state != FixState::InPatch || !is_patched {
            text += &preview::draw(self.look, self.report, self.configuration, fix);
        }
        text
    }

    fn paragraph(&self, word: &str, text: &str) -> String {
        let start = format!("  {}: ", self.look.paint(Paint::Bold, word));
        let indent = " ".repeat(word.len() + 4);
        let lines: Vec<_> = text.lines().collect();
        let mut paragraph = String::new();
        for (number, line) in lines.iter().enumerate() {
            if let Some(command) = line.strip_prefix("    ") {
                // To be copied as it is.
                let command = self.look.fit(printable::words(command).into_owned());
                paragraph += &[&*indent, &*command, "\n"].concat();
                continue;
            }
            let start = if number == 0 { &start } else { &indent };
            paragraph += &self.line(start, &indent, line);
        }
        paragraph
    }

    /// Words on as many lines as they need.
    fn line(&self, start: &str, indent: &str, text: &str) -> String {
        wrap(self.look, start, indent, &printable::words(text)) + "\n"
    }
}

/// Words on as many lines as they need; paths and URLs stay whole.
pub(crate) fn wrap(look: Look, start: &str, indent: &str, text: &str) -> String {
    let options = wrap_options(look.width).initial_indent(start).subsequent_indent(indent);
    look.fit(textwrap::fill(text, options))
}

/// Lines break at blanks only, so that paths and URLs stay whole.
fn wrap_options<'o>(width: usize) -> textwrap::Options<'o> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
}

#[cfg(test)]
mod tests;

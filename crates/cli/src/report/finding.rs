//! What there is to say, as programs for code review and CI servers want it: one finding after the
//! other, each in a file of this disk, with columns in letters.

use std::{
    borrow::Cow,
    collections::HashMap,
    env,
    path::{Component, Path, PathBuf},
};

use parser::{FileId, Span};
use ring::digest::{SHA256, digest};
use rules::{Diagnostic, Place, Severity};

use super::{Configuration, File, FixState, Report, Written, printable, summary, written};
use crate::arguments::FailOn;

/// A report, and how the run ends.
pub(crate) struct Run<'r> {
    /// The report.
    pub report: &'r Report<'r>,
    /// The exit code.
    pub code: u8,
    /// From where on diagnostics count.
    pub fail_on: FailOn,
    /// The directory in which the program was started, unless that is `/`.
    current: Option<PathBuf>,
    /// The directory that stands for `/`, if one was given.
    root: Option<PathBuf>,
}

/// Something to tell, at one place.
#[derive(Debug)]
pub(super) struct Finding<'r> {
    /// The rule, or one of the ids of [`Gap`].
    pub rule: &'static str,
    pub severity: Severity,
    /// Where the file lies on this disk.
    pub path: Cow<'r, Path>,
    /// What part of the file; `None` for all of it.
    pub stretch: Option<Stretch>,
    /// What is wrong.
    pub message: Cow<'r, str>,
    /// What else there is to say of it, a paragraph each.
    pub details: Vec<String>,
    /// The same as long as the line stays as it is, whatever becomes of others; no two have the same.
    pub fingerprint: String,
    /// Whether nginx refuses to load the configuration because of it.
    pub refused_by_nginx: bool,
}

/// A part of a file. Lines and columns count from 1; columns in units of UTF-16, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub start: Spot,
    pub end: Spot,
}

/// A line, and a column unless the whole line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: u32,
    pub column: Option<u32>,
}

/// Why nobody may say that all is well.
pub(super) struct Gap;

impl Gap {
    /// Something given to the program was not read.
    pub(super) const NOT_READ: &'static str = "not-read";
    /// Files or names of which nothing is known.
    pub(super) const NOT_JUDGED: &'static str = "not-judged";
    /// The patch of `--write` was not written, or was put back.
    pub(super) const NOT_WRITTEN: &'static str = "not-written";
}

impl<'r> Run<'r> {
    pub(crate) fn new(report: &'r Report<'r>, code: u8, fail_on: FailOn) -> Self {
        let current = env::current_dir().ok().filter(|path| path.parent().is_some());
        let root = report.root.as_deref().map(tidy);
        Self { report, code, fail_on, current, root }
    }

    /// Everything to tell: what was not read, each diagnostic, and at the end what is not known.
    pub(super) fn findings(&self) -> Vec<Finding<'r>> {
        let mut prints = Fingerprints::default();
        let mut findings: Vec<_> = self.not_read(&mut prints).collect();
        for configuration in &self.report.configurations {
            for number in 0..configuration.diagnostics.len() {
                findings.push(self.finding(configuration, number, &mut prints));
            }
        }
        let mut tell = |rule, severity, message: String| {
            let path = self.first_path();
            findings.push(Finding {
                rule,
                severity,
                fingerprint: prints.of(rule, &path, b""),
                path,
                stretch: None,
                message: message.into(),
                details: Vec::new(),
                refused_by_nginx: false,
            });
        };
        if let Some(message) = self.not_written() {
            tell(Gap::NOT_WRITTEN, Severity::Error, message);
        }
        if let Some(message) = self.not_judged() {
            tell(Gap::NOT_JUDGED, Severity::Info, message);
        }
        findings
    }

    fn not_read(&self, prints: &mut Fingerprints) -> impl Iterator<Item = Finding<'r>> {
        self.report.unread_inputs().map(|problem| {
            let path = self.on_disk(&problem.path);
            Finding {
                rule: Gap::NOT_READ,
                severity: Severity::Error,
                fingerprint: prints.of(Gap::NOT_READ, &path, b""),
                message: format!("cannot read this: {}", problem.reason).into(),
                path,
                stretch: None,
                details: Vec::new(),
                refused_by_nginx: false,
            }
        })
    }

    /// A diagnostic.
    pub(super) fn finding(
        &self,
        configuration: &'r Configuration<'r>,
        number: usize,
        prints: &mut Fingerprints,
    ) -> Finding<'r> {
        let diagnostic = &configuration.diagnostics[number];
        let (path, stretch, line): (_, _, &[u8]) = match &diagnostic.place {
            Place::Span(span) => {
                let file = configuration.file(span.file);
                let stretch = Stretch::of(file, *span);
                (self.file(configuration, span.file), Some(stretch), file.line(stretch.start.line))
            }
            Place::Path(path) => (self.on_disk(self.report.shown.path(path)), None, b""),
            Place::Line(path, line) => {
                let spot = Spot { line: *line, column: None };
                let stretch = Stretch { start: spot, end: spot };
                (self.on_disk(self.report.shown.path(path)), Some(stretch), b"")
            }
        };
        Finding {
            rule: diagnostic.rule,
            severity: diagnostic.severity,
            fingerprint: prints.of(diagnostic.rule, &path, line),
            path,
            stretch,
            message: Cow::Borrowed(&diagnostic.message),
            details: self.details(diagnostic, configuration.fixes[number]),
            refused_by_nginx: diagnostic.refused_by_nginx,
        }
    }

    /// What is said of a patch that was not written, or was put back.
    pub(super) fn not_written(&self) -> Option<String> {
        let is_missing =
            matches!(self.report.written, Some(Written::PutBack { .. } | Written::Failed { .. }));
        let lines = written::lines(self.report);
        is_missing.then(|| lines.join(" ").trim_start_matches("error: ").to_owned())
    }

    /// The last line of the report, if something was not read, not understood or not judged.
    pub(super) fn not_judged(&self) -> Option<String> {
        let report = self.report;
        let tally = report.tally();
        let has_problems = report.configurations.iter().any(|one| !one.problems.is_empty());
        let known = tally.passing + tally.failing + tally.not_http01;
        let is_judged = known > 0 && tally.not_judged == 0;
        if is_judged && report.is_whole() && !has_problems {
            return None;
        }
        Some(summary::looked_at(report))
    }

    /// A file for what is about all of them.
    fn first_path(&self) -> Cow<'r, Path> {
        let report = self.report;
        let first = report.configurations.iter().find(|one| !one.files.is_empty());
        match (first, report.inputs.first()) {
            (Some(configuration), _) => self.file(configuration, FileId(0)),
            (None, Some(input)) => self.on_disk(input),
            (None, None) => Path::new(".").into(),
        }
    }

    /// Where a file of a configuration lies on this disk: at the end of the links, because that is
    /// the file that people edit, and that a repository shows.
    pub(super) fn file(&self, configuration: &'r Configuration<'r>, id: FileId) -> Cow<'r, Path> {
        let file = configuration.file(id);
        self.on_disk(file.target.as_deref().unwrap_or(&file.path))
    }

    /// Where a path of the report lies on this disk: from the current directory if it is below.
    pub(super) fn on_disk<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        let path = match &self.root {
            Some(root) if path.is_absolute() && !self.is_mounted(path) => {
                Cow::Owned(root.join(path.strip_prefix("/").unwrap_or(path)))
            }
            _ => Cow::Borrowed(path),
        };
        let Some(current) = &self.current else { return path };
        let inside = |path: &Path| {
            let inside = path.strip_prefix(current).ok()?;
            (!inside.as_os_str().is_empty()).then(|| inside.to_owned())
        };
        inside(&path).map_or(path, Cow::Owned)
    }

    /// Whether the report names it as this disk does already.
    fn is_mounted(&self, path: &Path) -> bool {
        self.report.shown.mounts.on_machine(path).is_some()
    }

    /// What there is to say of a diagnostic besides its message.
    pub(super) fn details(&self, diagnostic: &Diagnostic, fix: Option<FixState>) -> Vec<String> {
        let mut details = Vec::new();
        if !diagnostic.here.is_empty() {
            details.push(diagnostic.here.clone());
        }
        if !diagnostic.names.is_empty() {
            details.push(format!("names: {}", some_of(&diagnostic.names)));
        }
        details.extend(diagnostic.notes.iter().cloned());
        if diagnostic.refused_by_nginx {
            details.push("nginx refuses to load this configuration".to_owned());
        }
        if let (Some(fix), Some(state)) = (&diagnostic.fix, fix) {
            let how = state.how(self.report.patch.is_some());
            details.push(format!("fix: {} ({how})", fix.title));
        }
        details
    }
}

impl Finding<'_> {
    /// The file, as text that shows what is no text.
    pub(super) fn shown_path(&self) -> String {
        printable::words(&self.path.to_string_lossy()).into_owned()
    }

    /// Everything that there is to say as sentences, with something between them.
    pub(super) fn sentences(&self, between: &str) -> String {
        let mut text = String::new();
        for line in self.lines() {
            if !text.is_empty() {
                text += if text.ends_with(['.', ':']) { "" } else { "." };
                text += between;
            }
            text += &line;
        }
        text
    }

    /// Everything that there is to say, a line each, the message first.
    pub(super) fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let details =
            self.details.iter().map(String::as_str).flat_map(str::lines).map(printable::words);
        std::iter::once(printable::words(&self.message)).chain(details)
    }
}

impl Stretch {
    pub(super) fn of(file: &File<'_>, span: Span) -> Self {
        Self { start: Spot::of(file, span.start), end: Spot::of(file, span.end) }
    }
}

impl Spot {
    fn of(file: &File<'_>, offset: u32) -> Self {
        let line = file.lines().position(offset).line;
        let start = file.lines().start_of(line).unwrap_or(offset);
        let before = &file.bytes[start as usize..offset as usize];
        // Whoever shows the file as text does not show the mark.
        let before = before.strip_prefix(b"\xef\xbb\xbf").filter(|_| line == 1).unwrap_or(before);
        Self { line, column: Some(units(before) + 1) }
    }
}

/// How many units of UTF-16 bytes are once what is not UTF-8 has been replaced.
fn units(bytes: &[u8]) -> u32 {
    let of_chunk = |chunk: std::str::Utf8Chunk<'_>| {
        chunk.valid().encode_utf16().count() + usize::from(!chunk.invalid().is_empty())
    };
    bytes.utf8_chunks().map(of_chunk).sum::<usize>() as u32
}

/// Gives each finding a name that stays while others come and go.
#[derive(Default)]
pub(super) struct Fingerprints {
    /// How often the same was seen.
    seen: HashMap<String, u32>,
}

impl Fingerprints {
    fn of(&mut self, rule: &str, path: &Path, line: &[u8]) -> String {
        let mut content = Vec::new();
        for part in [rule.as_bytes(), path.as_os_str().as_encoded_bytes()] {
            content.extend_from_slice(part);
            content.push(0);
        }
        // However it is indented.
        for word in line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            content.extend_from_slice(word);
            content.push(b' ');
        }
        let mut print = hexadecimal(&content);
        let number = self.seen.entry(print.clone()).or_default();
        *number += 1;
        if *number > 1 {
            content.extend_from_slice(&number.to_be_bytes());
            print = hexadecimal(&content);
        }
        print
    }
}

fn hexadecimal(content: &[u8]) -> String {
    let digest = digest(&SHA256, content);
    let (half, _) = digest.as_ref().split_first_chunk().expect("a digest has 32 bytes");
    format!("{:032x}", u128::from_be_bytes(*half))
}

/// The first of many names, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<_> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

/// A path without `.`; and without `..`, if the file system knows where that leads.
fn tidy(path: &Path) -> PathBuf {
    if path.components().any(|part| part == Component::ParentDir)
        && let Ok(real) = path.canonicalize()
    {
        return real;
    }
    path.components().filter(|part| *part != Component::CurDir).collect()
}

#[cfg(test)]
mod tests;

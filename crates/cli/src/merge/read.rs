//! The reports of hosts, as far as `merge` wants to know them: docs/json.md describes them.

use std::{fmt, fs, io, path::Path};

use rules::Severity;
use serde::Deserialize;
use serde_json::Value;

use crate::{arguments::FailOn, exit, report::json::SCHEMA};

/// A report.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub summary: String,
    pub looked_at: LookedAt,
    configurations: Vec<Configuration>,
    pub not_read: Vec<NotRead>,
    pub diagnostics: Vec<Diagnostic>,
    written: Option<Written>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LookedAt {
    pub configurations: usize,
    pub files: usize,
    pub servers: usize,
    pub names: Names,
}

#[derive(Debug, Deserialize)]
pub(super) struct Names {
    pub passing: usize,
    #[serde(default)]
    pub passing_by_guess: usize,
    pub failing: usize,
    #[serde(default)]
    pub failing_over_ipv6: usize,
    pub not_judged: usize,
    pub not_http01: usize,
    #[serde(default)]
    pub first_reason: String,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    files: Vec<SourceFile>,
}

#[derive(Debug, Deserialize)]
struct SourceFile {
    is_whole: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct NotRead {
    pub path: String,
    pub reason: String,
    #[serde(default)]
    is_unresolved: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Diagnostic {
    pub rule: String,
    pub severity: Level,
    pub message: String,
    #[serde(flatten)]
    pub place: Place,
    #[serde(default)]
    pub names: Vec<String>,
    pub fix: Option<Fix>,
}

/// A severity as it is written.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    Warning,
    Info,
}

/// Where something starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Place {
    pub file: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fix {
    pub title: String,
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Written {
    outcome: String,
}

/// Why there is no report of a host.
#[derive(Debug)]
pub(super) enum Problem {
    /// None was given.
    Missing,
    /// The file cannot be read.
    Unreadable(io::Error),
    /// There is nothing in the file.
    Empty,
    /// What is in it is no JSON.
    NotJson(serde_json::Error),
    /// It is JSON, and not of this program.
    Foreign,
    /// It is of this program, and another document or another version of it.
    OtherSchema(String),
    /// It says what it is, and is not that.
    Malformed(serde_json::Error),
}

/// Reads the report of a host.
pub(super) fn document(path: &Path) -> Result<Document, Problem> {
    let bytes = fs::read(path).map_err(Problem::Unreadable)?;
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::Empty);
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(Problem::NotJson)?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => serde_json::from_value(value).map_err(Problem::Malformed),
        Some(other) if other.starts_with("nginx-acme-lint/") => {
            Err(Problem::OtherSchema(other.to_owned()))
        }
        _ => Err(Problem::Foreign),
    }
}

impl Document {
    /// The exit code of the run, had it been asked for this level.
    pub(super) fn code(&self, fail_on: FailOn) -> u8 {
        let outcome = self.written.as_ref().map(|written| &*written.outcome);
        if matches!(outcome, Some("put_back" | "failed")) {
            return exit::NOT_WRITTEN;
        }
        let mut files = self.configurations.iter().flat_map(|one| &one.files);
        if !self.not_read.iter().all(|one| one.is_unresolved) || !files.all(|file| file.is_whole) {
            return exit::NOT_READ;
        }
        let Some(least) = fail_on.severity() else { return exit::FINE };
        let is_mended = |fix: &Fix| outcome.is_some() && fix.state.as_deref() == Some("in_patch");
        let is_found = self.diagnostics.iter().any(|one| {
            Severity::from(one.severity) >= least && !one.fix.as_ref().is_some_and(is_mended)
        });
        let is_unknown = fail_on == FailOn::Unknown && self.looked_at.names.not_judged > 0;
        if is_found || is_unknown { exit::FOUND } else { exit::FINE }
    }

    /// How many diagnostics there are of each severity.
    pub(super) fn counts(&self) -> [(usize, Severity); 3] {
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
            let of_it = |one: &&Diagnostic| Severity::from(one.severity) == severity;
            (self.diagnostics.iter().filter(of_it).count(), severity)
        })
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        let numbers = [self.line, self.column];
        numbers.into_iter().flatten().try_for_each(|number| write!(out, ":{number}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("none was given"),
            Self::Unreadable(error) => write!(out, "it cannot be read: {error}"),
            Self::Empty => out.write_str("it is empty: the program printed nothing there"),
            Self::NotJson(error) => write!(out, "it is not one JSON document: {error}"),
            Self::Foreign => out.write_str("it is not a report of `nginx-acme-lint --format json`"),
            Self::OtherSchema(schema) => write!(out, "it is {schema}, not {SCHEMA}"),
            Self::Malformed(error) => write!(out, "it is not what {SCHEMA} has to be: {error}"),
        }
    }
}

//! What is wrong and not told: it is allowed by a comment, or known from a baseline.

use std::path::PathBuf;

use parser::Span;
use rules::{Allowed, Diagnostic};
use serde::Serialize;

use super::{
    Configuration, Report,
    json::{self, document},
    printable,
    summary::count,
};

/// A diagnostic that is not told.
#[derive(Clone, Debug)]
pub(crate) struct Silenced {
    /// The diagnostic.
    pub diagnostic: Diagnostic,
    /// Why it is not told.
    pub by: Silencer,
}

/// Why a diagnostic is not told.
#[derive(Clone, Debug)]
pub(crate) enum Silencer {
    /// A comment allows it.
    Comment {
        /// The comment.
        comment: Span,
        /// What it says.
        reason: String,
    },
    /// The baseline has it.
    Baseline,
}

/// What there is to say about a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Baseline {
    /// The file, as it is shown.
    pub path: PathBuf,
    /// Whether this run has written it.
    pub is_written: bool,
    /// What it has and nothing is any more.
    pub gone: Vec<Gone>,
}

/// What a baseline has in vain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Gone {
    /// The file, as the baseline has it.
    pub file: String,
    /// The rule.
    pub rule: String,
    /// What was said.
    pub message: String,
    /// How many there are.
    pub count: usize,
}

/// A diagnostic that is not told, for programs.
#[derive(Serialize)]
pub(super) struct Document<'r> {
    by: &'static str,
    rule: &'static str,
    severity: &'static str,
    message: &'r str,
    configuration: usize,
    #[serde(flatten)]
    place: document::Stretch<'r>,
    names: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<document::Stretch<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
}

/// A baseline, for programs.
#[derive(Serialize)]
pub(super) struct BaselineDocument<'r> {
    #[serde(flatten)]
    file: document::File<'r>,
    is_written: bool,
    gone: &'r [Gone],
}

/// What is not told, counted, for the last line of a report; `None` if nothing is silenced.
pub(super) fn counted(report: &Report<'_>) -> Option<String> {
    let all = || report.configurations.iter().flat_map(|one| &one.silenced);
    let allowed = all().filter(|one| matches!(one.by, Silencer::Comment { .. })).count();
    let known = all().count() - allowed;
    let mut parts = Vec::new();
    if allowed > 0 {
        parts.push(format!("{allowed} allowed"));
    }
    if known > 0 {
        parts.push(format!("{known} known from the baseline"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What is said of a baseline, line by line.
pub(super) fn lines(report: &Report<'_>) -> Vec<String> {
    let Some(Baseline { path, is_written, gone }) = &report.baseline else { return Vec::new() };
    let path = printable::path(path);
    if *is_written {
        let known = report.configurations.iter().map(|one| one.silenced.len()).sum();
        return vec![format!("wrote {path}: {} known from now on", count(known, "diagnostic"))];
    }
    let line = |gone: &Gone| {
        let times = if gone.count > 1 { format!(" ({} times)", gone.count) } else { String::new() };
        let Gone { file, rule, message, .. } = gone;
        printable::words(&format!("gone from {path}: {file}: {rule}: {message}{times}"))
            .into_owned()
    };
    gone.iter().map(line).collect()
}

/// All that is not told.
pub(super) fn documents<'r>(report: &'r Report<'r>) -> Vec<Document<'r>> {
    let configurations = report.configurations.iter().enumerate();
    let of_configuration = |(index, one): (usize, &'r Configuration<'r>)| {
        one.silenced.iter().map(move |silenced| of_one(report, index, one, silenced))
    };
    configurations.flat_map(of_configuration).collect()
}

fn of_one<'r>(
    report: &'r Report<'r>,
    index: usize,
    configuration: &'r Configuration<'r>,
    silenced: &'r Silenced,
) -> Document<'r> {
    let Silenced { diagnostic, by } = silenced;
    let (by, comment, reason) = match by {
        Silencer::Comment { comment, reason } => {
            ("comment", Some(json::stretch(configuration, *comment)), Some(&**reason))
        }
        Silencer::Baseline => ("baseline", None, None),
    };
    Document {
        by,
        rule: diagnostic.rule,
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        configuration: index,
        place: json::place(report, configuration, &diagnostic.place),
        names: &diagnostic.names,
        comment,
        reason,
    }
}

impl<'r> BaselineDocument<'r> {
    pub(super) fn new(baseline: &'r Baseline) -> Self {
        let Baseline { path, is_written, gone } = baseline;
        Self { file: document::File::new(path), is_written: *is_written, gone }
    }
}

impl From<Allowed> for Silenced {
    fn from(allowed: Allowed) -> Self {
        let Allowed { diagnostic, comment, reason } = allowed;
        Self { diagnostic, by: Silencer::Comment { comment, reason } }
    }
}

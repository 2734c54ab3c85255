//! The shape of the document. A field that ends in `_base64` is there only if the text beside it is
//! not UTF-8 and so has replacement characters in it.

use std::{borrow::Cow, ops::Range, os::unix::ffi::OsStrExt, path::Path};

use acme::Tally;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::{dns::General, silenced, written};

/// Named in each document; a new number where fields lose or change their meaning.
pub(crate) const SCHEMA: &str = "nginx-acme-lint/lint/1";

#[derive(Serialize)]
pub(crate) struct Document<'r> {
    pub schema: &'static str,
    pub version: &'static str,
    pub inputs: Vec<File<'r>>,
    pub is_default_input: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<File<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<File<'r>>,
    pub summary: String,
    pub looked_at: LookedAt,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<General<'r>>,
    pub configurations: Vec<Configuration<'r>>,
    pub not_read: Vec<NotRead<'r>>,
    pub diagnostics: Vec<Diagnostic<'r>>,
    pub silenced: Vec<silenced::Document<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<silenced::BaselineDocument<'r>>,
    #[serde(flatten)]
    pub patch: Option<Patch<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<written::Document<'r>>,
}

/// The totals of a report.
#[derive(Serialize)]
pub(crate) struct LookedAt {
    pub configurations: usize,
    pub files: usize,
    pub servers: usize,
    pub names: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
}

/// How the names fare when the nginx that runs is asked.
#[derive(Serialize)]
pub(crate) struct Probed {
    pub passing: usize,
    pub failing: usize,
    pub without_token: usize,
    pub not_asked: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_reason: String,
    pub not_compared: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_not_compared: String,
}

#[derive(Serialize)]
pub(crate) struct Names {
    pub passing: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passing_by_guess: Option<usize>,
    pub failing: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_over_ipv6: Option<usize>,
    pub not_judged: usize,
    pub not_http01: usize,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub first_reason: String,
}

#[derive(Serialize)]
pub(crate) struct Configuration<'r> {
    pub files: Vec<SourceFile<'r>>,
    pub is_fragment: bool,
    pub servers: usize,
    pub acme_clients: Option<Vec<&'static str>>,
    pub names: Names,
}

#[derive(Serialize)]
pub(crate) struct SourceFile<'r> {
    #[serde(flatten)]
    pub file: File<'r>,
    #[serde(flatten)]
    pub target: Option<Target<'r>>,
    pub is_whole: bool,
}

#[derive(Serialize)]
pub(crate) struct NotRead<'r> {
    #[serde(flatten)]
    pub path: Named<'r>,
    pub reason: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_unresolved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Stretch<'r>>,
}

#[derive(Serialize)]
pub(crate) struct Diagnostic<'r> {
    pub rule: &'static str,
    pub severity: &'static str,
    pub message: &'r str,
    pub configuration: usize,
    #[serde(flatten)]
    pub place: Stretch<'r>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub here: &'r str,
    pub related: Vec<Related<'r>>,
    pub notes: &'r [String],
    pub names: &'r [String],
    pub way: Vec<Hop<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix<'r>>,
    pub refused_by_nginx: bool,
}

#[derive(Serialize)]
pub(crate) struct Related<'r> {
    #[serde(flatten)]
    pub place: Stretch<'r>,
    pub message: &'r str,
}

#[derive(Serialize)]
pub(crate) struct Hop<'r> {
    pub url: &'r str,
    pub steps: Vec<Step<'r>>,
    pub answer: &'r str,
}

#[derive(Serialize)]
pub(crate) struct Step<'r> {
    pub why: &'r str,
    #[serde(flatten)]
    pub place: Option<Stretch<'r>>,
}

#[derive(Serialize)]
pub(crate) struct Fix<'r> {
    pub title: &'r str,
    pub applicability: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Change<'r>>,
    pub edits: Vec<Edit<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_files: Vec<NewFile<'r>>,
}

#[derive(Serialize)]
pub(crate) struct NewFile<'r> {
    #[serde(flatten)]
    file: File<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_executable: Option<bool>,
    contents: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contents_base64: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Change<'r> {
    pub method: &'r str,
    pub url: &'r str,
    pub family: &'static str,
    pub before: &'r str,
    pub after: &'r str,
}

#[derive(Serialize)]
pub(crate) struct Edit<'r> {
    #[serde(flatten)]
    place: Stretch<'r>,
    replacement: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_base64: Option<String>,
}

/// A stretch of a file, a line of one that is no part of the configuration, or a path as a whole:
/// then there is nothing but the path.
#[derive(Serialize)]
pub(crate) struct Stretch<'r> {
    #[serde(flatten)]
    file: File<'r>,
    #[serde(flatten)]
    part: Option<Part>,
    /// The line alone, of a file that is no part of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Part {
    #[serde(flatten)]
    start: Position,
    end: Position,
    offset: usize,
    end_offset: usize,
}

#[derive(Serialize)]
pub(crate) struct Position {
    pub line: u32,
    pub column: u32,
}

#[derive(Serialize)]
pub(crate) struct File<'r> {
    file: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_base64: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Target<'r> {
    target: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_base64: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Named<'r> {
    path: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Patch<'r> {
    patch: Cow<'r, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_base64: Option<String>,
}

impl Probed {
    pub(super) fn new(tally: probe::Tally) -> Self {
        Self {
            passing: tally.passing,
            failing: tally.failing,
            without_token: tally.without_token,
            not_asked: tally.not_asked,
            first_reason: tally.first_reason,
            not_compared: tally.not_compared,
            first_not_compared: tally.first_not_compared,
        }
    }
}

impl Names {
    pub(super) fn new(tally: Tally) -> Self {
        let some = |count: usize| (count > 0).then_some(count);
        Self {
            passing: tally.passing,
            passing_by_guess: some(tally.passing_by_guess),
            failing: tally.failing,
            failing_over_ipv6: some(tally.failing_over_ipv6),
            not_judged: tally.not_judged,
            not_http01: tally.not_http01,
            first_reason: tally.first_reason,
        }
    }
}

impl<'r> Edit<'r> {
    pub(super) fn new(place: Stretch<'r>, replacement: &'r [u8]) -> Self {
        let (replacement, replacement_base64) = text(replacement);
        Self { place, replacement, replacement_base64 }
    }
}

impl<'r> NewFile<'r> {
    pub(super) fn new(path: &'r Path, contents: &'r [u8], is_executable: bool) -> Self {
        let (contents, contents_base64) = text(contents);
        let is_executable = is_executable.then_some(true);
        Self { file: File::new(path), is_executable, contents, contents_base64 }
    }
}

impl<'r> Stretch<'r> {
    pub(super) fn whole(path: &'r Path) -> Self {
        Self { file: File::new(path), part: None, line: None }
    }

    pub(super) fn line(path: &'r Path, line: u32) -> Self {
        Self { line: Some(line), ..Self::whole(path) }
    }

    pub(super) fn part(
        path: &'r Path,
        start: Position,
        end: Position,
        offsets: Range<usize>,
    ) -> Self {
        let part = Part { start, end, offset: offsets.start, end_offset: offsets.end };
        Self { part: Some(part), ..Self::whole(path) }
    }
}

impl<'r> File<'r> {
    pub(in crate::report) fn new(path: &'r Path) -> Self {
        let (file, file_base64) = text(path.as_os_str().as_bytes());
        Self { file, file_base64 }
    }
}

impl<'r> Target<'r> {
    pub(super) fn new(path: &'r Path) -> Self {
        let (target, target_base64) = text(path.as_os_str().as_bytes());
        Self { target, target_base64 }
    }
}

impl<'r> Named<'r> {
    pub(super) fn new(path: &'r Path) -> Self {
        let (path, path_base64) = text(path.as_os_str().as_bytes());
        Self { path, path_base64 }
    }
}

impl<'r> Patch<'r> {
    pub(super) fn new(bytes: &'r [u8]) -> Self {
        let (patch, patch_base64) = text(bytes);
        Self { patch, patch_base64 }
    }
}

/// The text, and the bytes themselves where text cannot say them.
fn text(bytes: &[u8]) -> (Cow<'_, str>, Option<String>) {
    match String::from_utf8_lossy(bytes) {
        text @ Cow::Borrowed(_) => (text, None),
        text @ Cow::Owned(_) => (text, Some(STANDARD.encode(bytes))),
    }
}

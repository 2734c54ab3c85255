//! What is said of a patch that was applied, or was not.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Report, printable, summary::count};

/// What came of applying a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// There was nothing to patch.
    Nothing,
    /// All files have their new contents.
    Applied {
        /// The files, as nginx knows them.
        files: Vec<PathBuf>,
        /// What `restore` calls it.
        backup: String,
        /// Where `restore` finds it, if somebody has said.
        backup_dir: Option<PathBuf>,
        /// The commands that were content with it.
        tests: Vec<String>,
        /// What could not be tidied up.
        leftover: Option<String>,
    },
    /// It was tested and found wanting, and every file is as it was before.
    PutBack {
        /// The command that failed.
        test: String,
        /// What it said.
        said: String,
        /// Whether it fails without the patch as well.
        failed_before: bool,
        /// The files that were not put back, because somebody else had changed them in between.
        left: Vec<PathBuf>,
    },
    /// Nothing was written.
    Failed {
        /// Why.
        why: String,
    },
}

/// The same for programs.
#[derive(Serialize)]
pub(super) struct Document<'r> {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<&'r str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fails_without_patch: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_put_back: Vec<String>,
}

/// What a person has to know of it, line by line.
pub(super) fn lines(report: &Report<'_>) -> Vec<String> {
    let names = |paths: &[PathBuf]| {
        let paths: Vec<_> =
            paths.iter().map(|path| printable::path(report.shown.path(path))).collect();
        paths.join(", ")
    };
    match &report.written {
        None => Vec::new(),
        Some(Written::Nothing) => vec!["nothing to write".to_owned()],
        Some(Written::Applied { files, backup, backup_dir, tests, leftover }) => {
            let tested = match &tests[..] {
                [] => "not tested".to_owned(),
                tests => format!("`{}` is content", printable::words(&tests.join("`, `"))),
            };
            let mut lines = vec![
                format!("wrote {} ({}); {tested}", count(files.len(), "file"), names(files)),
                format!(
                    "reload nginx to use it; `nginx-acme-lint restore {}{backup}` puts everything back",
                    backup_dir.as_deref().map(option).unwrap_or_default()
                ),
            ];
            if let Some(leftover) = leftover {
                let leftover = printable::words(leftover);
                lines.push(format!("note: {leftover}; the next run with --write tidies it up"));
            }
            lines
        }
        Some(Written::PutBack { test, said, failed_before, left }) => {
            let test = printable::words(test);
            let outcome = if left.is_empty() {
                "every file is as it was before".to_owned()
            } else {
                format!("every file is as it was before but {}: changed in between", names(left))
            };
            let mut lines = vec![format!("error: `{test}` fails with the patch; {outcome}")];
            lines.extend(said.lines().map(|line| format!("  {}", printable::words(line))));
            if *failed_before {
                lines.push(format!(
                    "`{test}` fails without the patch as well: mend that first, or write with \
                     --no-verify"
                ));
            }
            lines
        }
        Some(Written::Failed { why }) => {
            vec![format!("error: nothing was written: {}", printable::words(why))]
        }
    }
}

/// The option that says where backups are, as a person would type it.
fn option(directory: &Path) -> String {
    let directory = printable::path(directory);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%,:=".contains(&byte);
    if directory.bytes().all(is_plain) {
        return format!("--backup-dir {directory} ");
    }
    format!("--backup-dir '{}' ", directory.replace('\'', r"'\''"))
}

impl<'r> Document<'r> {
    pub(super) fn new(report: &'r Report<'r>, written: &'r Written) -> Self {
        let names = |paths: &[PathBuf]| {
            let shown = paths.iter().map(|path| report.shown.path(path));
            shown.map(|path| path.to_string_lossy().into_owned()).collect()
        };
        let none = Self {
            outcome: "nothing",
            backup: None,
            files: Vec::new(),
            tests: Vec::new(),
            message: None,
            fails_without_patch: None,
            not_put_back: Vec::new(),
        };
        match written {
            Written::Nothing => none,
            Written::Applied { files, backup, backup_dir: _, tests, leftover } => Self {
                outcome: "applied",
                backup: Some(backup),
                files: names(files),
                tests: tests.iter().map(String::as_str).collect(),
                message: leftover.as_deref(),
                ..none
            },
            Written::PutBack { test, said, failed_before, left } => Self {
                outcome: "put_back",
                tests: vec![test],
                message: Some(said),
                fails_without_patch: Some(*failed_before),
                not_put_back: names(left),
                ..none
            },
            Written::Failed { why } => Self { outcome: "failed", message: Some(why), ..none },
        }
    }
}

//! Baselines: diagnostics that are known, and are not told again.
//!
//! A diagnostic is known by its rule, its file, the text at its place and the names it is about: never
//! by a line, so that edits elsewhere wake nothing. Described in docs/baseline.md.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
};

use rules::{Diagnostic, Place, Selection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    output::{NotWritten, Output},
    report::{
        self, Configuration, Gone, Report, ShownPaths, Silenced, Silencer, printable, visible_json,
    },
    settings,
};

#[cfg(test)]
mod tests;

/// What each file says first.
const SCHEMA: &str = "nginx-acme-lint/baseline/1";

/// What is known, as the file has it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Document {
    /// `nginx-acme-lint/baseline/1`
    schema: String,
    /// What is known, sorted.
    diagnostics: Vec<Entry>,
}

/// Diagnostics that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The file, from the directory of the baseline if it lies there.
    pub file: String,
    /// The rule.
    pub rule: String,
    /// The text at the place, with single blanks; empty for a file as a whole.
    pub text: String,
    /// The names that the diagnostic may be about.
    pub names: BTreeSet<String>,
    /// What was said: for people; it is not compared.
    pub message: String,
    /// How many there are.
    pub count: usize,
}

/// What diagnostics have to have in common with an entry.
type Key = (String, String, String);

/// A baseline to go by.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// The file.
    pub path: PathBuf,
    entries: BTreeMap<Key, Vec<Entry>>,
}

/// How often each entry was met in a configuration, in the order of the entries.
#[derive(Debug, Default)]
pub(crate) struct Met(Vec<usize>);

/// Why there is no baseline to go by.
#[derive(Debug)]
pub(crate) enum BaselineError {
    /// It cannot be read.
    Unreadable(PathBuf, io::Error),
    /// It is something else, or was edited wrongly.
    Foreign(PathBuf, String),
}

/// A diagnostic as entries know it.
pub(crate) struct Told {
    key: Key,
    names: BTreeSet<String>,
    message: String,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is none.
    pub(crate) fn read(path: &Path) -> Result<Self, BaselineError> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(BaselineError::Unreadable(path, error)),
        };
        let foreign = |why: String| BaselineError::Foreign(path.clone(), why);
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| foreign(error.to_string()))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => {}
            Some(other) => {
                return Err(foreign(format!("its schema is \"{other}\", not \"{SCHEMA}\"")));
            }
            None => return Err(foreign("it does not name its schema".to_owned())),
        }
        let document: Document =
            serde_json::from_value(value).map_err(|error| foreign(error.to_string()))?;
        let mut entries: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
        for entry in document.diagnostics {
            let key = (entry.file.clone(), entry.rule.clone(), entry.text.clone());
            entries.entry(key).or_default().push(entry);
        }
        Ok(Self { path, entries })
    }

    /// Takes the diagnostics that are known out of those of a configuration.
    pub(crate) fn take_known(
        &self,
        told: impl Fn(&Diagnostic) -> Told,
        diagnostics: Vec<Diagnostic>,
    ) -> (Vec<Diagnostic>, Vec<Diagnostic>, Met) {
        let mut met = vec![0; self.entries.values().map(Vec::len).sum()];
        let mut firsts = BTreeMap::new();
        let mut first = 0;
        for (key, entries) in &self.entries {
            firsts.insert(key, first);
            first += entries.len();
        }
        let mut is_known = |diagnostic: &Diagnostic| {
            let Told { key, names, .. } = told(diagnostic);
            let Some(entries) = self.entries.get(&key) else { return false };
            let first = firsts[&key];
            let left = |at: &usize| {
                met[first + at] < entries[*at].count && names.is_subset(&entries[*at].names)
            };
            // One with as many names as there are fits better than one with more.
            let fit = (0..entries.len()).filter(left).min_by_key(|at| entries[*at].names.len());
            fit.is_some_and(|at| {
                met[first + at] += 1;
                true
            })
        };
        let (known, left) = diagnostics.into_iter().partition(|one| is_known(one));
        (left, known, Met(met))
    }

    /// The entries, each with the number of diagnostics that none of the configurations has any more.
    pub(crate) fn gone<'b>(&'b self, met: &[&Met]) -> Vec<(&'b Entry, usize)> {
        let entries = self.entries.values().flatten().enumerate();
        let gone = entries.filter_map(|(at, entry)| {
            let most = met.iter().filter_map(|met| met.0.get(at)).max().copied().unwrap_or(0);
            let gone = entry.count.saturating_sub(most);
            (gone > 0).then_some((entry, gone))
        });
        gone.collect()
    }
}

/// A diagnostic of a configuration as the baseline at `baseline` knows it.
pub(crate) fn told(
    baseline: &Path,
    configuration: &Configuration<'_>,
    shown: &ShownPaths,
    diagnostic: &Diagnostic,
) -> Told {
    let (path, text) = match &diagnostic.place {
        Place::Span(span) => {
            (&*configuration.file(span.file).path, configuration.words_at(*span).into_owned())
        }
        Place::Path(path) | Place::Line(path, _) => (&**path, String::new()),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Told {
        key: (named(baseline, &shown.on_disk(path)), diagnostic.rule.to_owned(), text),
        names: diagnostic.names.iter().cloned().collect(),
        message: diagnostic.message.clone(),
    }
}

/// The path of a file that may have to be made, without links.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (absolute.parent().map(fs::canonicalize), absolute.file_name()) {
        (Some(Ok(directory)), Some(name)) => directory.join(name),
        _ => absolute,
    }
}

/// What a baseline calls a path.
fn named(baseline: &Path, path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let directory = baseline.parent().unwrap_or(baseline);
    path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned()
}

/// Says what of a baseline is gone: only of files that were read, or that are no more, and of rules that
/// were asked.
pub(crate) fn compare(baseline: &Baseline, report: &mut Report<'_>, selection: &Selection) {
    let files = report.configurations.iter().flat_map(|one| &one.files);
    let files: BTreeSet<String> = files.map(|file| named(&baseline.path, &file.path)).collect();
    let directory = baseline.path.parent().unwrap_or(&baseline.path);
    let is_no_more =
        |file: &str| report.root.is_none() && fs::symlink_metadata(directory.join(file)).is_err();
    let is_asked = |entry: &Entry| {
        let is_of_file = files.contains(&entry.file) || is_no_more(&entry.file);
        selection.has(&entry.rule) && (entry.text.is_empty() || is_of_file)
    };
    let met: Vec<_> = report.configurations.iter().map(|one| &one.met).collect();
    let gone = baseline.gone(&met).into_iter().filter(|(entry, _)| is_asked(entry));
    let gone = gone.map(|(entry, count)| Gone {
        file: entry.file.clone(),
        rule: entry.rule.clone(),
        message: entry.message.clone(),
        count,
    });
    let gone = gone.collect();
    let path = settings::shown(&baseline.path);
    report.baseline = Some(report::Baseline { path, is_written: false, gone });
}

/// Makes everything known that was found.
///
/// # Errors
///
/// If the baseline cannot be written.
pub(crate) fn write_all(output: &Output, report: &mut Report<'_>) -> Result<(), NotWritten> {
    let path = real(output.path());
    let of_one = |one: &Configuration<'_>| {
        let diagnostics = one.diagnostics.iter();
        diagnostics.map(|diagnostic| told(&path, one, &report.shown, diagnostic)).collect()
    };
    write(output, report.configurations.iter().map(of_one).collect())?;
    for one in &mut report.configurations {
        let known = std::mem::take(&mut one.diagnostics).into_iter();
        one.silenced
            .extend(known.map(|diagnostic| Silenced { diagnostic, by: Silencer::Baseline }));
        one.fixes.clear();
        one.changes.clear();
    }
    let path = settings::shown(&path);
    report.baseline = Some(report::Baseline { path, is_written: true, gone: Vec::new() });
    Ok(())
}

/// Writes a baseline of diagnostics of several configurations: what one of them has twice counts
/// twice, and what two of them have counts once.
///
/// # Errors
///
/// If it cannot be written.
fn write(output: &Output, configurations: Vec<Vec<Told>>) -> Result<(), NotWritten> {
    let mut entries: BTreeMap<(Key, BTreeSet<String>), Entry> = BTreeMap::new();
    for told in configurations {
        let mut counts: BTreeMap<(Key, BTreeSet<String>), usize> = BTreeMap::new();
        for Told { key, names, message } in told {
            let count = counts.entry((key.clone(), names.clone())).or_default();
            *count += 1;
            let (file, rule, text) = key.clone();
            let entry = entries.entry((key, names.clone())).or_insert_with(|| Entry {
                file,
                rule,
                text,
                names,
                message,
                count: 0,
            });
            entry.count = entry.count.max(*count);
        }
    }
    let document =
        Document { schema: SCHEMA.to_owned(), diagnostics: entries.into_values().collect() };
    output.write(|out| {
        visible_json::write_pretty(out, &document)?;
        out.write_all(b"\n")
    })
}

impl fmt::Display for BaselineError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => {
                write!(out, "cannot read the baseline {}: {error}", printable::path(path))
            }
            Self::Foreign(path, why) => write!(
                out,
                "{} is no baseline of this program: {}",
                printable::path(path),
                printable::words(why)
            ),
        }
    }
}

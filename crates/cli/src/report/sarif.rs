//! SARIF 2.1.0, for code scanning and editors: one run with all rules, results with the way of the
//! request, and fixes.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::Path,
};

use parser::FileId;
use rules::{RULES, Rule, Severity};

use super::{
    finding::{Fingerprints, Gap, Run, Spot},
    printable, summary, visible_json,
};
use document as sarif;

mod document;
mod result;
mod uri;

/// GitHub refuses a run with more results.
const MOST_RESULTS: usize = 25_000;

/// Something that was not understood whole, among the notifications.
const NOT_WHOLE: &str = "not-understood-whole";
/// Results that are not there, among the notifications.
const LEFT_OUT: &str = "left-out";
/// The last line of the text report, among the notifications.
const LOOKED_AT: &str = "looked-at";

/// Writes the document and a line feed.
pub(crate) fn write(out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    visible_json::write(out, &document(run))?;
    out.write_all(b"\n")
}

fn document<'r>(run: &'r Run<'r>) -> sarif::Log<'r> {
    let artifacts = Artifacts::of(run);
    let (results, left_out) = results(run, &artifacts);
    sarif::Log {
        schema: sarif::SCHEMA,
        version: "2.1.0",
        runs: [sarif::Run {
            tool: sarif::Tool { driver: driver() },
            invocations: [invocation(run, &artifacts, left_out)],
            original_uri_base_ids: sarif::BaseIds {
                source_root: sarif::Base { description: sarif::Message::of(sarif::BASE) },
            },
            artifacts: artifacts.list,
            results,
            column_kind: "utf16CodeUnits",
        }],
    }
}

fn driver() -> sarif::Driver {
    let notification = |(id, text)| sarif::Notice { id, short_description: sarif::Text { text } };
    sarif::Driver {
        name: "nginx-acme-lint",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: RULES.iter().copied().map(rule).collect(),
        notifications: [
            (Gap::NOT_READ, "Something was not read."),
            (NOT_WHOLE, "nginx's reader does not take all of a file."),
            (Gap::NOT_JUDGED, "What is not known about the names."),
            (Gap::NOT_WRITTEN, "A patch was not written, or was put back."),
            (LOOKED_AT, "What was looked at, and how the names fare."),
            (LEFT_OUT, "There are more results than a document may have."),
        ]
        .map(notification),
    }
}

fn rule(rule: &'static Rule) -> sarif::Rule {
    let lines: Vec<_> =
        rule.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).map(fence).collect();
    // What stands between the summary and the first example.
    let is_prose = |line: &&&str| !["```", "#", "- "].iter().any(|start| line.starts_with(start));
    let prose = lines.iter().skip(1).take_while(is_prose).copied();
    let prose: Vec<_> = prose.filter(|line| !line.is_empty()).collect();
    let full = if prose.is_empty() { rule.summary().to_owned() } else { prose.join(" ") };
    sarif::Rule {
        id: rule.id,
        short_description: sarif::Text { text: rule.summary() },
        full_description: sarif::Owned { text: full },
        help: sarif::Help {
            text: format!("nginx-acme-lint explain {}", rule.id),
            markdown: lines.join("\n").trim().to_owned(),
        },
        default_configuration: sarif::Configuration { level: level(rule.max_severity) },
        properties: sarif::RuleProperties {
            tags: [rule.group.name()],
            precision: "high",
            problem_severity: match rule.max_severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
        },
    }
}

/// A line of a rule's page; what our own tests read behind a fence means nothing to others.
fn fence(line: &str) -> &str {
    if line.starts_with("```nginx,") { "```nginx" } else { line }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// As many results as are allowed, the most severe ones if not all, and how many are not there.
fn results<'r>(run: &'r Run<'r>, artifacts: &Artifacts) -> (Vec<sarif::Result<'r>>, usize) {
    let mut numbers = Vec::new();
    for configuration in &run.report.configurations {
        let of_it = 0..configuration.diagnostics.len();
        numbers.extend(of_it.map(|number| (configuration, number)));
    }
    let left_out = numbers.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        numbers.sort_by_key(|(configuration, number)| {
            std::cmp::Reverse(configuration.diagnostics[*number].severity)
        });
        numbers.truncate(MOST_RESULTS);
    }
    let mut prints = Fingerprints::default();
    let results = numbers.into_iter().map(|(configuration, number)| {
        result::of(run, artifacts, configuration, number, &mut prints)
    });
    (results.collect(), left_out)
}

fn invocation(run: &Run<'_>, artifacts: &Artifacts, left_out: usize) -> sarif::Invocation {
    let notification = |id, level, text, locations| sarif::Notification {
        descriptor: sarif::Reference { id },
        level,
        message: sarif::Message { text },
        locations,
    };
    let mut notifications = Vec::new();
    for configuration in &run.report.configurations {
        for problem in &configuration.problems {
            let level = if problem.is_unresolved { "note" } else { "error" };
            let path = printable::path(&problem.path);
            let text = format!("cannot read {path}: {}", printable::words(&problem.reason));
            let locations = match problem.at {
                Some(span) => vec![result::span(run, artifacts, configuration, span)],
                None => vec![artifacts.location(&run.on_disk(&problem.path))],
            };
            notifications.push(notification(Gap::NOT_READ, level, text, locations));
        }
        for (index, file) in configuration.files.iter().enumerate() {
            if !file.is_whole {
                let path = run.file(configuration, FileId(index as u32));
                let shown = printable::path(&file.path);
                let text = format!("nginx's reader does not take all of {shown}");
                let locations = vec![artifacts.location(&path)];
                notifications.push(notification(NOT_WHOLE, "error", text, locations));
            }
        }
    }
    if let Some(text) = run.not_written() {
        notifications.push(notification(Gap::NOT_WRITTEN, "error", text, Vec::new()));
    }
    if left_out > 0 {
        let text = format!(
            "{left_out} more results are not in this document, which may have {MOST_RESULTS}; \
             --format json has all"
        );
        notifications.push(notification(LEFT_OUT, "warning", text, Vec::new()));
    }
    let (id, level, text) = match run.not_judged() {
        Some(text) => (Gap::NOT_JUDGED, "warning", text),
        None => (LOOKED_AT, "note", summary::looked_at(run.report)),
    };
    notifications.push(notification(id, level, text, Vec::new()));
    sarif::Invocation {
        exit_code: run.code,
        execution_successful: run.report.is_whole(),
        tool_execution_notifications: notifications,
    }
}

/// The files of a run, each once.
struct Artifacts {
    list: Vec<sarif::Artifact>,
    numbers: HashMap<Box<Path>, usize>,
}

impl Artifacts {
    fn of(run: &Run<'_>) -> Self {
        let mut artifacts = Self { list: Vec::new(), numbers: HashMap::new() };
        for configuration in &run.report.configurations {
            for (index, file) in configuration.files.iter().enumerate() {
                let path = run.file(configuration, FileId(index as u32));
                if artifacts.numbers.contains_key(&*path) {
                    continue;
                }
                artifacts.numbers.insert(path.as_ref().into(), artifacts.list.len());
                artifacts.list.push(sarif::Artifact {
                    location: uri::of(&path, None),
                    length: file.bytes.len(),
                    encoding: str::from_utf8(file.bytes).is_ok().then_some("UTF-8"),
                });
            }
        }
        artifacts
    }

    /// Where a file is.
    fn artifact(&self, path: &Path) -> sarif::ArtifactLocation {
        uri::of(path, self.numbers.get(path).copied())
    }

    /// A file as a whole, as a place.
    fn location(&self, path: &Path) -> sarif::Location {
        sarif::Location {
            id: None,
            message: None,
            physical: sarif::PhysicalLocation {
                artifact_location: self.artifact(path),
                region: region(Spot { line: 1, column: None }, None),
            },
        }
    }
}

/// A region of text.
fn region(start: Spot, end: Option<Spot>) -> sarif::Region {
    sarif::Region {
        start_line: Some(start.line),
        start_column: start.column,
        end_line: end.map(|end| end.line),
        end_column: end.and_then(|end| end.column),
        byte_offset: None,
        byte_length: None,
    }
}

#[cfg(test)]
mod tests;

//! GitLab's code quality report: one JSON array.

use std::io::{self, Write};

use rules::Severity;
use serde::Serialize;

use super::{
    finding::{Finding, Run},
    visible_json,
};

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'static str,
    fingerprint: &'r str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the array and a line feed.
pub(crate) fn write(out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
    let findings = run.findings();
    let issues: Vec<_> = findings.iter().map(issue).collect();
    visible_json::write_pretty(out, &issues)?;
    out.write_all(b"\n")
}

fn issue<'r>(finding: &'r Finding<'_>) -> Issue<'r> {
    Issue {
        description: finding.sentences(" "),
        check_name: finding.rule,
        fingerprint: &finding.fingerprint,
        severity: match finding.severity {
            Severity::Error if finding.refused_by_nginx => "blocker",
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location {
            path: finding.shown_path(),
            // It wants a line, even of a directory.
            lines: finding.stretch.map_or(Lines { begin: 1, end: 1 }, |stretch| Lines {
                begin: stretch.start.line,
                end: stretch.end.line,
            }),
        },
    }
}

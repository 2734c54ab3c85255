//! Diagnoses for programs: one JSON document, described in docs/json.md.

use std::io::{self, Write};

use acme::catalogue::{Seen, Weight, Why};
use serde::Serialize;

use super::{Diagnosis, finding::Finding, today::Today};
use crate::report::{Report, json, summary, visible_json};

/// Named in each document; a new number where fields lose or change their meaning.
const SCHEMA: &str = "nginx-acme-lint/diagnose/1";

/// Writes the document and a line feed.
pub(super) fn write(out: &mut dyn Write, diagnosis: &Diagnosis<'_>) -> io::Result<()> {
    let findings = diagnosis.findings;
    let report = diagnosis.report;
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        source: diagnosis.source,
        lines: findings.lines,
        messages: diagnosis.compared().map(|(one, today)| message(one, today, report)).collect(),
        also: findings.also.iter().map(|one| message(one, None, None)).collect(),
        understood: Understood {
            names: &findings.clues.names,
            addresses: &findings.clues.addresses,
            urls: &findings.clues.urls,
            statuses: &findings.clues.statuses,
            authorities: &findings.clues.authorities,
        },
        is_compared: report.is_some(),
        not_compared: diagnosis.is_without,
        is_whole: report.map(Report::is_whole),
        summary: report.map(summary::looked_at),
        looked_at: report.map(json::looked_at),
    };
    visible_json::write(out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    version: &'static str,
    source: &'d str,
    lines: usize,
    messages: Vec<Message<'d>>,
    also: Vec<Message<'d>>,
    understood: Understood<'d>,
    is_compared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compared: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_whole: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_at: Option<json::LookedAt>,
}

#[derive(Serialize)]
struct Message<'d> {
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    count: usize,
    line: usize,
    words: &'d str,
    names: &'d [String],
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<Authority>,
    is_secondary: bool,
    is_about_challenge: bool,
    meaning: &'static str,
    causes: Vec<Cause>,
    rules: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    today: Option<Compared<'d>>,
}

#[derive(Serialize)]
struct Authority {
    name: &'static str,
    is_for_tests: bool,
}

#[derive(Serialize)]
struct Cause {
    #[serde(rename = "cause")]
    what: &'static str,
    tell: &'static str,
    cure: &'static str,
    lies_in: &'static str,
    rules: &'static [&'static str],
}

#[derive(Serialize)]
struct Compared<'d> {
    stands: &'static str,
    because: &'d [String],
    diagnostics: Vec<json::Diagnostic<'d>>,
}

#[derive(Serialize)]
struct Understood<'d> {
    names: &'d [String],
    addresses: &'d [String],
    urls: &'d [String],
    statuses: &'d [String],
    authorities: &'d [String],
}

fn message<'d>(
    finding: &'d Finding,
    today: Option<&'d Today>,
    report: Option<&'d Report<'d>>,
) -> Message<'d> {
    let Finding { message, count, line, words, names, addresses, fields } = finding;
    Message {
        id: message.id,
        title: message.title,
        kind: match message.weight {
            Weight::Cause => "cause",
            Weight::Type => "type",
            Weight::Summary => "summary",
            Weight::Harmless => "harmless",
        },
        count: *count,
        line: *line,
        words,
        names,
        addresses: addresses.iter().map(ToString::to_string).collect(),
        url: fields.url.as_deref(),
        status: fields.status,
        port: fields.port,
        path: fields.path.as_deref(),
        file: fields.at.as_ref().map(|(file, _)| &**file),
        file_line: fields.at.as_ref().map(|(_, line)| *line),
        challenge: fields.challenge,
        authenticator: fields.authenticator.as_deref(),
        problem: fields.problem.as_deref(),
        authority: fields.ca.map(|ca| Authority { name: ca.name, is_for_tests: ca.is_for_tests }),
        is_secondary: fields.is_secondary,
        is_about_challenge: message.seen != Seen::Other,
        meaning: message.meaning,
        causes: finding.causes().map(cause).collect(),
        rules: message.rules(),
        today: today.map(|today| Compared {
            stands: today.stands.word(),
            because: &today.because,
            diagnostics: report.map_or_else(Vec::new, |report| {
                let found = today.diagnostics.iter();
                found.map(|&(index, number)| json::diagnostic(report, index, number)).collect()
            }),
        }),
    }
}

fn cause(why: &'static Why) -> Cause {
    Cause {
        what: why.cause,
        tell: why.tell,
        cure: why.cure,
        lies_in: why.lies.word(),
        rules: why.rules,
    }
}

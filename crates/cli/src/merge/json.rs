//! The report of many hosts for programs: docs/json.md describes it.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use serde::Serialize;

use super::{Merged, text};
use crate::{
    arguments::FailOn,
    report::{printable, visible_json},
};

/// Named in each document; a new number where fields lose or change their meaning.
const SCHEMA: &str = "nginx-acme-lint/merge/1";

#[derive(Serialize)]
struct Document<'m> {
    schema: &'static str,
    version: &'static str,
    hosts: Vec<Host<'m>>,
    not_read: Vec<NotRead<'m>>,
    diagnostics: Vec<Diagnostic<'m>>,
    exit_code: u8,
    summary: String,
}

#[derive(Serialize)]
struct Host<'m> {
    #[serde(rename = "host")]
    name: &'m str,
    report: Option<String>,
    problem: Option<String>,
    summary: Option<&'m str>,
    looked_at: Option<LookedAt>,
    exit_code: u8,
}

#[derive(Serialize)]
struct LookedAt {
    configurations: usize,
    files: usize,
    servers: usize,
    names: Names,
}

#[derive(Serialize)]
struct Names {
    passing: usize,
    failing: usize,
    not_judged: usize,
    not_http01: usize,
}

#[derive(Serialize)]
struct NotRead<'m> {
    path: &'m str,
    reason: &'m str,
    hosts: &'m BTreeSet<String>,
}

#[derive(Serialize)]
struct Diagnostic<'m> {
    rule: &'m str,
    severity: &'static str,
    message: &'m str,
    names: &'m BTreeSet<String>,
    fix: Option<&'m str>,
    places: Vec<Place<'m>>,
}

#[derive(Serialize)]
struct Place<'m> {
    file: &'m str,
    line: Option<u32>,
    column: Option<u32>,
    hosts: &'m BTreeSet<String>,
}

/// Writes the document and a line feed.
pub(super) fn write(out: &mut dyn Write, merged: &Merged<'_>, fail_on: FailOn) -> io::Result<()> {
    visible_json::write(out, &document(merged, fail_on))?;
    out.write_all(b"\n")
}

fn document<'m>(merged: &'m Merged<'m>, fail_on: FailOn) -> Document<'m> {
    let not_read = merged.not_read.iter();
    let diagnostics = merged.diagnostics.iter();
    Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        hosts: merged.hosts.iter().map(|(name, one)| host(name, one, fail_on)).collect(),
        not_read: not_read.map(|((path, reason), hosts)| NotRead { path, reason, hosts }).collect(),
        diagnostics: diagnostics.map(|(kind, group)| diagnostic(kind, group)).collect(),
        exit_code: merged.code(fail_on),
        summary: text::summary_of(merged),
    }
}

fn host<'m>(name: &'m str, host: &'m super::Host, fail_on: FailOn) -> Host<'m> {
    let document = host.report.as_ref().ok();
    Host {
        name,
        report: host.path.as_deref().map(printable::path),
        problem: host.report.as_ref().err().map(ToString::to_string),
        summary: document.map(|document| &*document.summary),
        looked_at: document.map(|document| LookedAt {
            configurations: document.looked_at.configurations,
            files: document.looked_at.files,
            servers: document.looked_at.servers,
            names: Names {
                passing: document.looked_at.names.passing,
                failing: document.looked_at.names.failing,
                not_judged: document.looked_at.names.not_judged,
                not_http01: document.looked_at.names.not_http01,
            },
        }),
        exit_code: host.code(fail_on),
    }
}

fn diagnostic<'m>(kind: &'m super::Kind, group: &'m super::Group) -> Diagnostic<'m> {
    let places = group.places.iter();
    Diagnostic {
        rule: &kind.rule,
        severity: kind.severity.0.word(),
        message: &kind.message,
        names: &group.names,
        fix: group.fix.as_deref(),
        places: places
            .map(|(place, hosts)| Place {
                file: &place.file,
                line: place.line,
                column: place.column,
                hosts,
            })
            .collect(),
    }
}

//! `merge`: one report of those of many hosts.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
};

use acme::Tally;
use rules::Severity;

use crate::{
    arguments::{FailOn, Merge, TextOrJson},
    complain, exit,
    report::Look,
    write,
};
use read::{Diagnostic, Document, Problem};

mod json;
mod read;
mod text;

/// Puts reports together and prints what comes out.
pub(crate) fn merge(arguments: &Merge) -> u8 {
    let mut hosts: BTreeMap<&str, Host> = BTreeMap::new();
    for file in &arguments.files {
        let host = Host { path: Some(file.path.clone()), report: read::document(&file.path) };
        if hosts.insert(&file.host, host).is_some() {
            let name = &file.host;
            return complain(&format!("two reports are of the host {name:?}; write NAME=FILE"));
        }
    }
    for name in &arguments.expected {
        hosts.entry(name).or_insert(Host { path: None, report: Err(Problem::Missing) });
    }
    let merged = Merged::of(hosts);
    let stream = io::stdout().lock();
    let look = Look::of(&stream);
    let printed = write(stream, |out| match arguments.format {
        TextOrJson::Text => text::write(out, look, &merged),
        TextOrJson::Json => json::write(out, &merged, arguments.fail_on),
    });
    merged.code(arguments.fail_on).max(printed)
}

/// What there is of a host.
struct Host {
    /// Where its report lies, if there is one.
    path: Option<PathBuf>,
    /// What the report says.
    report: Result<Document, Problem>,
}

/// The reports of all hosts.
struct Merged<'h> {
    /// All hosts, by name.
    hosts: BTreeMap<&'h str, Host>,
    /// What is wrong, errors first.
    diagnostics: BTreeMap<Kind, Group>,
    /// The paths that were not read, with the reason, and on which hosts.
    not_read: BTreeMap<(String, String), BTreeSet<String>>,
}

/// What counts as the same thing on several hosts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    severity: Reverse<Severity>,
    rule: String,
    message: String,
}

/// The same thing in many places.
#[derive(Default)]
struct Group {
    /// The names whose certificates it keeps from being issued or renewed, on any host.
    names: BTreeSet<String>,
    /// What cures it, where that is known.
    fix: Option<String>,
    /// Where it is, and on which hosts.
    places: BTreeMap<read::Place, BTreeSet<String>>,
}

impl<'h> Merged<'h> {
    fn of(hosts: BTreeMap<&'h str, Host>) -> Self {
        let mut diagnostics: BTreeMap<Kind, Group> = BTreeMap::new();
        let mut not_read: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (&name, host) in &hosts {
            let Ok(document) = &host.report else { continue };
            for diagnostic in &document.diagnostics {
                let Diagnostic { rule, message, names, fix, place, .. } = diagnostic.clone();
                let severity = Reverse(diagnostic.severity.into());
                let group = diagnostics.entry(Kind { severity, rule, message }).or_default();
                group.names.extend(names);
                group.places.entry(place).or_default().insert(name.to_owned());
                group.fix = group.fix.take().or(fix.map(|fix| fix.title));
            }
            for one in &document.not_read {
                let key = (one.path.clone(), one.reason.clone());
                not_read.entry(key).or_default().insert(name.to_owned());
            }
        }
        Self { hosts, diagnostics, not_read }
    }

    fn documents(&self) -> impl Iterator<Item = &Document> {
        self.hosts.values().filter_map(|host| host.report.as_ref().ok())
    }

    /// How many diagnostics there are of each severity, each place counted once a host.
    fn counts(&self) -> [(usize, Severity); 3] {
        let mut total = [0; 3];
        for document in self.documents() {
            for (sum, (number, _)) in total.iter_mut().zip(document.counts()) {
                *sum += number;
            }
        }
        let [errors, warnings, infos] = total;
        [(errors, Severity::Error), (warnings, Severity::Warning), (infos, Severity::Info)]
    }

    /// How the names of all hosts fare. A name that two hosts serve counts twice.
    fn tally(&self) -> Tally {
        let mut total = Tally::default();
        for names in self.documents().map(|document| &document.looked_at.names) {
            total.passing += names.passing;
            total.passing_by_guess += names.passing_by_guess;
            total.failing += names.failing;
            total.failing_over_ipv6 += names.failing_over_ipv6;
            total.not_judged += names.not_judged;
            total.not_http01 += names.not_http01;
            if total.first_reason.is_empty() {
                total.first_reason.clone_from(&names.first_reason);
            }
        }
        total
    }

    /// The highest exit code of all hosts.
    fn code(&self, fail_on: FailOn) -> u8 {
        let codes = self.hosts.values().map(|host| host.code(fail_on));
        codes.max().unwrap_or(exit::NOT_READ)
    }
}

impl Host {
    /// The exit code that a run on this host ends with, or would end with at this level.
    fn code(&self, fail_on: FailOn) -> u8 {
        self.report.as_ref().map_or(exit::NOT_READ, |document| document.code(fail_on))
    }
}

//! The certificates that ACME clients renew, beside the directives that name their files.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use evidence::{
    Purpose,
    client::{Client, Lineage},
    named, path_of,
};
use model::Directive;

use crate::{
    Reach,
    diagnostic::{Diagnostic, Place, Severity},
    facts::Facts,
};

/// The directives that make nginx serve each certificate of a client, in the order of the
/// certificates.
pub(crate) fn uses<'c>(facts: &Facts<'c>) -> Vec<Vec<Directive<'c>>> {
    let lineages = &facts.evidence.clients.lineages;
    let mut uses = vec![Vec::new(); lineages.len()];
    if lineages.is_empty() {
        return uses;
    }
    for at in named(facts.http).iter().filter(|at| at.purpose == Purpose::Certificate) {
        let Some(path) = path_of(facts.config(), at.directive) else { continue };
        if let Some(index) = facts.evidence.renewed_at(Path::new(OsStr::from_bytes(&path))) {
            uses[index].push(at.directive);
        }
    }
    uses
}

/// A problem in what a client says of a certificate.
pub(crate) fn diagnostic(
    rule: &'static str,
    severity: Severity,
    message: String,
    lineage: &Lineage,
    setting: &str,
) -> Diagnostic {
    let place = match lineage.line(setting) {
        Some(line) => Place::Line(lineage.file.clone(), line),
        None => Place::Path(lineage.file.clone()),
    };
    empty(rule, severity, message, place)
}

/// A problem that is said in one line so far.
pub(crate) fn empty(
    rule: &'static str,
    severity: Severity,
    message: String,
    place: Place,
) -> Diagnostic {
    Diagnostic {
        rule,
        severity,
        message,
        place,
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    }
}

/// Says for which other certificates the same goes.
pub(crate) fn also_for<'l>(
    diagnostic: &mut Diagnostic,
    others: impl IntoIterator<Item = &'l Lineage>,
) {
    let others = list(others);
    if !others.is_empty() {
        diagnostic.notes.push(format!("the same goes for {others}"));
    }
}

/// The names of several certificates, the first few of them.
pub(crate) fn list<'l>(lineages: impl IntoIterator<Item = &'l Lineage>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<_> = lineages.into_iter().map(|lineage| &*lineage.name).collect();
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A word for a shell, in quotes if it needs them.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '-' | '_' | '=' | ':' | ',')
    };
    if word.chars().all(is_plain) && !word.is_empty() {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The command that changes how certbot renews a certificate. Before 2.3 there is none that does so
/// without a new certificate.
pub(crate) fn reconfigure(lineage: &Lineage, options: &str) -> String {
    let name = shell_word(&lineage.name);
    if knows_reconfigure(lineage) {
        return format!("certbot reconfigure --cert-name {name} {options}");
    }
    let names = lineage.names.iter().flatten().map(|name| format!(" -d {}", shell_word(name)));
    let names: String = names.collect();
    format!("certbot certonly --cert-name {name}{names} {options} --force-renewal")
}

/// Whether the certbot that wrote a file has `reconfigure`.
pub(crate) fn knows_reconfigure(lineage: &Lineage) -> bool {
    let Some(version) = lineage.version.as_deref().filter(|_| lineage.client == Client::Certbot)
    else {
        return false;
    };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (2, 3)
}

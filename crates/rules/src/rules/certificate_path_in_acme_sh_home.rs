use std::{collections::BTreeMap, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use evidence::{
    Named,
    client::{Client, Lineage},
    named, path_of,
};
use model::Directive;

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity, acme_sh, facts::Facts, lineages::empty,
    places::also_at,
};

rule! {
    /// nginx reads a certificate where acme.sh keeps it for itself.
    ///
    /// What lies in `~/.acme.sh` is acme.sh's own business: a directory of a certificate gets another
    /// name when its key becomes one of another type, as `example.com` and `example.com_ecc` did, and
    /// nginx goes on with files that nobody renews.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /root/.acme.sh/example.com_ecc/fullchain.cer;
    ///     ssl_certificate_key /root/.acme.sh/example.com_ecc/example.com.key;
    /// }
    /// ```
    ///
    /// `acme.sh --install-cert` copies the files to where they stay, at each renewal, and reloads
    /// nginx. The report has the whole command.
    RULE {
        id: "certificate-path-in-acme-sh-home",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    // Where nobody reloads nginx, that is said, and the command is the same.
    let lineages = facts
        .evidence
        .clients
        .lineages
        .iter()
        .filter(|lineage| lineage.client == Client::AcmeSh && !lineage.hooks.is_empty());
    let by_directory: BTreeMap<&Path, &Lineage> =
        lineages.filter_map(|lineage| Some((lineage.file.parent()?, lineage))).collect();
    if by_directory.is_empty() {
        return;
    }
    let mut inside: BTreeMap<&Path, Vec<Directive<'_>>> = BTreeMap::new();
    for Named { directive, .. } in named(facts.http) {
        let Some(path) = path_of(facts.config(), directive) else { continue };
        let parent = Path::new(OsStr::from_bytes(&path)).parent();
        let known = parent.and_then(|parent| by_directory.get_key_value(parent));
        if let Some((directory, _)) = known {
            inside.entry(directory).or_default().push(directive);
        }
    }
    for (directory, directives) in inside {
        let span = |at: &Directive<'_>| at.arg_span(0).unwrap_or_else(|| at.head_span());
        let message = "nginx reads the certificate where acme.sh keeps it for itself".to_owned();
        let place = Place::Span(span(&directives[0]));
        let mut diagnostic = empty(RULE.id, Severity::Warning, message, place);
        diagnostic.here = "acme.sh may give this directory another name".to_owned();
        also_at(&mut diagnostic, directives[1..].iter().map(span));
        diagnostic.notes.push(format!(
            "`{}` keeps a copy where nginx may count on it",
            acme_sh::install(by_directory[directory])
        ));
        found.push(diagnostic);
    }
}

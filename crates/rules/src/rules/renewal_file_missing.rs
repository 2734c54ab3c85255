use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::Path,
};

use evidence::{Purpose, named, path_of};
use model::Directive;

use crate::{
    Diagnostic, FixAvailability, Group, Place, Severity, facts::Facts, lineages::empty,
    places::also_at,
};

rule! {
    /// certbot knows nothing of a certificate that nginx has from it.
    ///
    /// certbot renews what has a file in `/etc/letsencrypt/renewal` whose name ends in `.conf`, and
    /// nothing else. Where that file is gone, or has been put aside under another name, the certificate
    /// in `live` stays what it is until it expires, and `certbot renew` has nothing to say about it.
    ///
    /// ```nginx
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// The file can come out of a backup. Else certbot makes it when it gets the certificate anew; as
    /// long as the directory in `live` is there, under another name.
    ///
    /// ## See also
    ///
    /// - `certificate-of-old-lineage`: there is another certificate for the names, and nginx has the old
    ///   one.
    RULE {
        id: "renewal-file-missing",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let clients = &facts.evidence.clients;
    if clients.certbot.is_empty() {
        return;
    }
    let known: HashSet<&Path> = clients
        .lineages
        .iter()
        .filter_map(|lineage| lineage.files.fullchain.as_deref()?.parent())
        .collect();
    let mut forgotten: BTreeMap<&OsStr, Vec<Directive<'_>>> = BTreeMap::new();
    let paths: Vec<_> = named(facts.http)
        .into_iter()
        .filter(|at| at.purpose == Purpose::Certificate)
        .filter_map(|at| Some((at.directive, path_of(facts.config(), at.directive)?)))
        .collect();
    for (directive, path) in &paths {
        let path = Path::new(OsStr::from_bytes(path));
        if facts.evidence.renewed_at(path).is_some() {
            continue;
        }
        let of_certbot = facts.evidence.way_of(path).filter_map(Path::parent).find_map(|live| {
            let mut homes = clients.certbot.iter().map(|home| home.path.as_path());
            let home = homes.find(|home| live.parent() == Some(&home.join("live")))?;
            (!known.contains(live)).then_some((home, live))
        });
        let Some((home, live)) = of_certbot else { continue };
        let Some(name) = live.file_name() else { continue };
        let mut file = name.to_owned();
        file.push(".conf");
        let file = home.join("renewal").join(file);
        // What is there and not understood is another problem, and so is what has a successor.
        if clients.problems.iter().any(|problem| problem.path == file)
            || has_successor(facts, *directive)
        {
            continue;
        }
        forgotten.entry(name).or_default().push(*directive);
    }
    for (name, directives) in forgotten {
        let span = |at: &Directive<'_>| at.arg_span(0).unwrap_or_else(|| at.head_span());
        let name = name.to_string_lossy();
        let message = format!("certbot does not renew {name}, of which it knows nothing");
        let mut diagnostic =
            empty(RULE.id, Severity::Error, message, Place::Span(span(&directives[0])));
        diagnostic.here = "this certificate stays what it is until it expires".to_owned();
        also_at(&mut diagnostic, directives[1..].iter().map(span));
        diagnostic.notes.push(format!("there is no file renewal/{name}.conf beside `live`"));
        found.push(diagnostic);
    }
}

/// Whether another certificate of a client is for the same names.
fn has_successor(facts: &Facts<'_>, directive: Directive<'_>) -> bool {
    let Some(chain) = facts.evidence.chain(facts.config(), directive) else { return false };
    let names: HashSet<_> = chain.leaf().dns_names.iter().collect();
    let lineages = facts.evidence.clients.lineages.iter();
    lineages
        .filter_map(|lineage| lineage.certificate.as_deref())
        .any(|certificate| certificate.dns_names.iter().collect::<HashSet<_>>() == names)
}

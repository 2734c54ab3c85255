use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::Path,
};

use evidence::{Certificate, Pair, client::Lineage, pairs, path_of};
use model::Directive;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Severity, facts::Facts,
    lineages::empty, places::also_at,
};

rule! {
    /// nginx serves a certificate that certbot has renewed elsewhere.
    ///
    /// Asked for a certificate in another way, certbot may make a second one, `example.com-0001`
    /// beside `example.com`; the new one is renewed, nginx serves the old one, and that expires. A
    /// copy that somebody has made of certbot's files grows old as well. With this at the end of
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// The certificate in `/etc/ssl` is older than the one that certbot has for the same names, from
    /// the same issuer and with a key of the same type. The patch names the files that are renewed.
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// ## Fix safety
    ///
    /// Who connects gets another certificate for the same names, with another key.
    RULE {
        id: "certificate-of-old-lineage",
        group: Group::Renewal,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lineages = &facts.evidence.clients.lineages;
    if lineages.is_empty() {
        return;
    }
    let mut by_names: HashMap<Vec<String>, Vec<&Lineage>> = HashMap::new();
    for lineage in lineages.iter().filter(|lineage| lineage.autorenew) {
        let Some(certificate) = &lineage.certificate else { continue };
        by_names.entry(names(certificate)).or_default().push(lineage);
    }
    let archives: HashSet<&Path> =
        lineages.iter().filter_map(|lineage| lineage.files.archive.as_deref()).collect();
    let mut seen = HashSet::new();
    let mut old: Vec<(Pair<'_>, &Lineage)> = Vec::new();
    for (_, server) in facts.http.servers() {
        for pair in pairs(facts.http, server) {
            if !seen.insert(pair.certificate.span()) {
                continue;
            }
            let Some(path) = path_of(facts.config(), pair.certificate) else { continue };
            let path = Path::new(OsStr::from_bytes(&path));
            let is_archived = path.parent().is_some_and(|parent| archives.contains(parent));
            let own = facts.evidence.renewed_at(path).map(|index| &lineages[index]);
            let is_renewed = own.is_some_and(|own| own.autorenew && own.certificate.is_some());
            if is_renewed || is_archived {
                continue;
            }
            let Some(chain) = facts.evidence.chain(facts.config(), pair.certificate) else {
                continue;
            };
            let successors = by_names.get(&names(chain.leaf())).into_iter().flatten();
            if let Some(&newer) = successors.clone().find(|one| is_successor(one, chain.leaf())) {
                old.push((pair, newer));
            }
        }
    }
    let Some((first, newer)) = old.first() else { return };
    let span = |at: &Directive<'_>| at.arg_span(0).unwrap_or_else(|| at.head_span());
    let message = format!("{} has renewed this certificate elsewhere", newer.client);
    let place = Place::Span(span(&first.certificate));
    let mut diagnostic = empty(RULE.id, Severity::Warning, message, place);
    diagnostic.here = match &newer.files.fullchain {
        Some(path) => format!("{} is newer, and for the same names", path.display()),
        None => format!("{} is newer, and for the same names", newer.name),
    };
    also_at(&mut diagnostic, old[1..].iter().map(|(pair, _)| span(&pair.certificate)));
    diagnostic.fix = fix(&old);
    found.push(diagnostic);
}

fn fix(old: &[(Pair<'_>, &Lineage)]) -> Option<Fix> {
    let mut edits = Vec::new();
    for (Pair { certificate, key }, newer) in old {
        let files = [(*certificate, &newer.files.fullchain), ((*key)?, &newer.files.key)];
        for (at, path) in files {
            let edit = Edit::replace(at.arg_span(0)?, path.as_ref()?.as_os_str().as_bytes());
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    Some(Fix {
        title: "serve the certificate that is renewed".to_owned(),
        applicability: Applicability::Unsafe,
        edits,
        is_for_handshake: true,
        ..Fix::default()
    })
}

/// The names of a certificate, in one order.
fn names(certificate: &Certificate) -> Vec<String> {
    let mut names: Vec<_> =
        certificate.dns_names.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether the certificate of a client is a newer one of the same kind: from the same issuer, with a
/// key of the same type.
fn is_successor(lineage: &Lineage, served: &Certificate) -> bool {
    lineage.certificate.as_deref().is_some_and(|certificate| {
        certificate.not_after > served.not_after
            && (certificate.issuer.text == served.issuer.text
                || certificate.issuer.organization.is_some()
                    && certificate.issuer.organization == served.issuer.organization)
            && std::mem::discriminant(&certificate.public_key.kind)
                == std::mem::discriminant(&served.public_key.kind)
    })
}

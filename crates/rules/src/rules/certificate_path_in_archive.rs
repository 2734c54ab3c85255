use std::{
    collections::BTreeMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use evidence::{Named, client::Lineage, named, path_of};
use model::Directive;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Severity, facts::Facts,
    lineages::empty, places::also_at,
};

rule! {
    /// nginx names a file of certbot's archive, which no renewal ever changes.
    ///
    /// certbot writes each new certificate into a new file, `archive/NAME/fullchain2.pem` after
    /// `fullchain1.pem`, and lets the link in `live/NAME` lead to the newest. A configuration that
    /// names the file in the archive goes on with the certificate that was new when somebody looked.
    /// With this at the end of `/etc/letsencrypt/renewal/example.com.conf`:
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
    ///     ssl_certificate /etc/letsencrypt/archive/example.com/fullchain1.pem;
    ///     ssl_certificate_key /etc/letsencrypt/archive/example.com/privkey1.pem;
    /// }
    /// ```
    ///
    /// The patch names the links.
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
    RULE {
        id: "certificate-path-in-archive",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lineages = &facts.evidence.clients.lineages;
    let by_archive: BTreeMap<&Path, &Lineage> = lineages
        .iter()
        .filter_map(|lineage| Some((lineage.files.archive.as_deref()?, lineage)))
        .collect();
    if by_archive.is_empty() {
        return;
    }
    let mut archived: BTreeMap<&str, Vec<(Directive<'_>, PathBuf)>> = BTreeMap::new();
    for Named { directive, .. } in named(facts.http) {
        let Some(path) = path_of(facts.config(), directive) else { continue };
        let path = Path::new(OsStr::from_bytes(&path));
        let Some(lineage) = path.parent().and_then(|parent| by_archive.get(parent)) else {
            continue;
        };
        let Some(link) = link(lineage, path) else { continue };
        let of_lineage = archived.entry(&lineage.name).or_default();
        if !of_lineage.iter().any(|(other, _)| other.span() == directive.span()) {
            of_lineage.push((directive, link));
        }
    }
    for (name, directives) in archived {
        let span = |at: &Directive<'_>| at.arg_span(0).unwrap_or_else(|| at.head_span());
        let message =
            format!("no renewal of {name} ever changes the file that nginx is told to read");
        let place = Place::Span(span(&directives[0].0));
        let mut diagnostic = empty(RULE.id, Severity::Error, message, place);
        diagnostic.here = "certbot writes the next one beside it".to_owned();
        also_at(&mut diagnostic, directives[1..].iter().map(|(at, _)| span(at)));
        let edit = |(at, link): &(Directive<'_>, PathBuf)| {
            Some(Edit::replace(at.arg_span(0)?, link.as_os_str().as_bytes()))
        };
        let edits: Option<Vec<Edit>> = directives.iter().map(edit).collect();
        diagnostic.fix = edits.map(|edits| Fix {
            title: "name the links that lead to the newest files".to_owned(),
            applicability: Applicability::Safe,
            edits,
            is_for_handshake: true,
            ..Fix::default()
        });
        found.push(diagnostic);
    }
}

/// The link that leads to the newest file of the kind that one in the archive is.
fn link(lineage: &Lineage, path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let files = &lineage.files;
    match stem {
        "cert" => files.certificate.clone(),
        "chain" => files.chain.clone(),
        "fullchain" => files.fullchain.clone(),
        "privkey" => files.key.clone(),
        _ => None,
    }
}

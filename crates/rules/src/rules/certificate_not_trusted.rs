use evidence::Certificate;
use model::{Directive, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    served::{ServedFile, first_few},
};

rule! {
    /// A public site shows a certificate that no client trusts.
    ///
    /// It has signed itself, or comes from the test environment of a certificate authority, which
    /// looks like the real one but is trusted by nobody. Such certificates are placeholders until the
    /// first real one is there; they stay when nginx still names them afterwards, or when the client
    /// was left on `--staging`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/self-signed.pem;
    ///     ssl_certificate_key /etc/ssl/self-signed.key;
    /// }
    /// ```
    ///
    /// A default server that nobody asks for by name, and names of private networks, may well have a
    /// certificate that has signed itself. Certificates of Cloudflare's origin authority are for
    /// Cloudflare's servers alone, which is worth a remark.
    RULE {
        id: "certificate-not-trusted",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// What issuers of test certificates have in their names.
const STAGING: [&str; 3] = ["(STAGING)", "Fake LE", "happy hacker fake"];

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    for file in &served.files {
        if file.is_shown && !file.is_mismatched {
            found.extend(report(facts, file));
        }
    }
}

fn report(facts: &Facts<'_>, file: &ServedFile<'_>) -> Option<Diagnostic> {
    let leaf = file.leaf();
    let is_staging =
        STAGING.iter().any(|staging| leaf.issuer.text.contains(staging)) && !file.names.is_empty();
    let (severity, message, note) = if is_staging {
        let note = "issue it again without the option for tests, such as `--staging`, `--test-cert` \
                    or `--dry-run`: with certbot, `certbot renew --force-renewal --server \
                    https://acme-v02.api.letsencrypt.org/directory --cert-name NAME`";
        (Severity::Warning, "this is a test certificate, which no client trusts", note)
    } else if leaf.is_self_issued() && file.has_public_name() {
        let note = "name the certificate that your ACME client has got, or have one issued";
        (Severity::Warning, "the certificate has signed itself: no client trusts it", note)
    } else if is_of_cloudflare(leaf) && !is_behind_cloudflare(facts) {
        let note = "right if every name goes through Cloudflare's proxy; without it, visitors see a \
                    warning";
        (Severity::Info, "only Cloudflare's servers trust this certificate", note)
    } else {
        return None;
    };
    let mut diagnostic = file.problem(RULE.id, severity, message.to_owned());
    let names = file.names.iter().filter(|shown| shown.is_public());
    let mut names: Vec<_> = names.map(|shown| crate::refusal::shown(&shown.name.text)).collect();
    names.dedup();
    diagnostic.here = if names.is_empty() {
        format!("issued by {}", leaf.issuer)
    } else {
        format!("shown for {}", first_few(&names))
    };
    diagnostic.notes.push(note.to_owned());
    Some(diagnostic)
}

fn is_of_cloudflare(leaf: &Certificate) -> bool {
    leaf.issuer.text.to_lowercase().contains("cloudflare origin")
}

/// Whether visitors are known by what Cloudflare says of them.
fn is_behind_cloudflare(facts: &Facts<'_>) -> bool {
    let http = facts.http;
    let levels =
        std::iter::once(&http.level).chain(http.servers().map(|(_, server)| &server.level));
    let is_header = |set: &Directive<'_>| set.name() == name::REAL_IP_HEADER;
    levels.flat_map(|level| level.settings().filter(is_header)).any(|header| {
        header.arg(0).is_some_and(|header| header.eq_ignore_ascii_case(b"CF-Connecting-IP"))
    })
}

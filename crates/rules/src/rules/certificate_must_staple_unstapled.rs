use model::{Server, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    served::{ServedFile, has_setting, is_on},
};

rule! {
    /// A certificate demands a stapled OCSP response that nginx does not give.
    ///
    /// A certificate with the must-staple extension is only good together with an answer of its
    /// authority that it was not revoked. Firefox refuses it without:
    /// `MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING`. Let's Encrypt stopped giving such answers in
    /// 2025, and refuses to renew such certificates.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/must-staple.pem;
    ///     ssl_certificate_key /etc/ssl/must-staple.key;
    /// }
    /// ```
    ///
    /// Where the certificate names a responder, `ssl_stapling on;` gives the answers.
    RULE {
        id: "certificate-must-staple-unstapled",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for file in facts.served().files.iter().filter(|file| file.leaf().must_staple) {
        let mut servers = file.servers.iter().map(|&id| facts.http.server(id));
        if servers.any(|server| !staples(facts, file, server)) {
            found.push(report(file));
        }
    }
}

/// Whether nginx may get an answer for a certificate.
fn staples(facts: &Facts<'_>, file: &ServedFile<'_>, server: &Server<'_>) -> bool {
    let has = |name| has_setting(facts.http, server, name);
    is_on(facts.http.effective(server, name::SSL_STAPLING))
        && (!file.leaf().ocsp_urls.is_empty()
            || has(name::SSL_STAPLING_FILE)
            || has(name::SSL_STAPLING_RESPONDER))
}

fn report(file: &ServedFile<'_>) -> Diagnostic {
    let message =
        "the certificate demands a stapled OCSP response, and nginx gives none".to_owned();
    let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
    diagnostic.here = "it has the must-staple extension".to_owned();
    let note = if file.leaf().ocsp_urls.is_empty() {
        "it names no responder that could be asked: have one issued without the extension, with \
         certbot by removing `must_staple` from the renewal's configuration"
    } else {
        "turn stapling on with `ssl_stapling on;`, or have one issued without the extension"
    };
    diagnostic.notes.push(note.to_owned());
    diagnostic
}

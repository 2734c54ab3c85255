use std::collections::HashSet;

use evidence::{Named, Purpose, named};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    served::{place, problem},
};

rule! {
    /// nginx shows upstream servers a certificate that is not one for clients.
    ///
    /// With `proxy_ssl_certificate` nginx is the client. An upstream server that checks the purpose of
    /// client certificates, as nginx with `ssl_verify_client` does, refuses one without `clientAuth`.
    /// Let's Encrypt and the other public authorities took it out of their certificates in 2026: what
    /// works today may fail after the next renewal.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     location / {
    ///         proxy_pass https://127.0.0.1:8443;
    ///         proxy_ssl_certificate /etc/ssl/example.com.pem;
    ///         proxy_ssl_certificate_key /etc/ssl/example.com.key;
    ///     }
    ///     location /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// For connections between servers of your own, a private authority is the better one.
    RULE {
        id: "upstream-certificate-not-for-clients",
        group: Group::Tls,
        max_severity: Severity::Info,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for Named { directive, purpose, is_for_upstream, .. } in named(facts.http) {
        if purpose != Purpose::Certificate || !is_for_upstream {
            continue;
        }
        let Some(chain) = facts.evidence.chain(facts.config(), directive) else { continue };
        let leaf = chain.leaf();
        let is_for_clients = leaf.key_usage.is_none_or(|usage| usage.client);
        if is_for_clients || !seen.insert(&leaf.der) {
            continue;
        }
        let message = "upstream servers that check it refuse this certificate".to_owned();
        let mut diagnostic = problem(RULE.id, Severity::Info, place(directive), message);
        diagnostic.here = "its extended key usage lacks `clientAuth`".to_owned();
        found.push(diagnostic);
    }
}

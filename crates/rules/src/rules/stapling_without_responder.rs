use std::collections::HashMap;

use evidence::Certificate;
use model::{Directive, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Severity,
    cure::remove,
    facts::Facts,
    served::{has_setting, is_on, problem},
};

rule! {
    /// OCSP stapling is on, and the certificates name nobody to ask.
    ///
    /// With `ssl_stapling on` nginx asks the certificate's authority whether it was revoked, and hands
    /// the answer on to clients. Let's Encrypt ended OCSP in 2025: its certificates name no responder
    /// any more, and nginx says at each start `"ssl_stapling" ignored, no OCSP responder URL in the
    /// certificate`. Nothing else happens; the line is a leftover.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_stapling on;
    ///     ssl_stapling_verify on;
    /// }
    /// ```
    ///
    /// The patch deletes `ssl_stapling`, and `ssl_stapling_verify` beside it.
    RULE {
        id: "stapling-without-responder",
        group: Group::Tls,
        max_severity: Severity::Info,
        fix: FixAvailability::Always,
        since: "0.1.0",
        check: check,
    }
}

/// What is known of the certificates for which one directive turns stapling on.
struct Stapling<'c> {
    directive: Directive<'c>,
    /// Whether one of them has a responder, or may have one.
    is_needed: bool,
    /// How many there are without.
    without: usize,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let (http, evidence) = (facts.http, facts.evidence);
    let mut known: HashMap<Span, usize> = HashMap::new();
    let mut all: Vec<Stapling<'_>> = Vec::new();
    for (_, server) in facts.servers() {
        let Some(directive) = http.effective(server, name::SSL_STAPLING) else { continue };
        if !is_on(Some(directive)) {
            continue;
        }
        let at = *known.entry(directive.span()).or_insert(all.len());
        if at == all.len() {
            all.push(Stapling { directive, is_needed: false, without: 0 });
        }
        let others = [name::SSL_STAPLING_FILE, name::SSL_STAPLING_RESPONDER];
        let has_other = others.iter().any(|&other| has_setting(http, server, other));
        for certificate in http.effective_all(server, name::SSL_CERTIFICATE) {
            let chain = evidence.chain(facts.config(), certificate);
            match chain.filter(|_| !has_other) {
                Some(chain) if is_without_responder(chain.leaf()) => all[at].without += 1,
                _ => all[at].is_needed = true,
            }
        }
    }
    for stapling in all.iter().filter(|stapling| !stapling.is_needed && stapling.without > 0) {
        found.push(report(facts, stapling.directive));
    }
}

/// Whether a certificate has no use for stapling. One that demands it is another rule's.
fn is_without_responder(leaf: &Certificate) -> bool {
    leaf.ocsp_urls.is_empty() && !leaf.must_staple
}

fn report(facts: &Facts<'_>, directive: Directive<'_>) -> Diagnostic {
    let message = "stapling is on, but the certificate names no OCSP responder".to_owned();
    let mut diagnostic = problem(RULE.id, Severity::Info, directive.head_span(), message);
    diagnostic.here = "nginx ignores this, and says so each time it starts".to_owned();
    let beside = directive.parent().into_iter().flat_map(Directive::children);
    let beside = beside.filter(|other| {
        other.name() == name::SSL_STAPLING_VERIFY && other.file_id() == directive.file_id()
    });
    let all = std::iter::once(directive).chain(beside);
    diagnostic.fix = Some(Fix {
        title: "delete `ssl_stapling`".to_owned(),
        applicability: Applicability::Safe,
        edits: all.map(|one| remove(facts.sources(), one)).collect(),
        is_for_handshake: true,
        ..Fix::default()
    });
    diagnostic
}

use model::{Directive, name};

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Severity,
    acme_module::Issuer,
    facts::Facts,
    failure::span_to_show,
    fix::Edit,
    insertion::{insert_at_head, line_beside},
    refusal::diagnostic,
};

rule! {
    /// An issuer of nginx's ACME module lacks what it needs.
    ///
    /// The module finds its certificate authority by DNS, so `http` needs a `resolver`, and the block a
    /// `uri`; nginx does not start without either. The `uri` is that of the authority's *directory*, and
    /// Let's Encrypt makes no account for those who do not accept its terms of service.
    ///
    /// ```nginx,bad,none
    /// acme_issuer letsencrypt {
    ///     uri https://acme-v02.api.letsencrypt.org/;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     return 301 https://example.com$request_uri;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     acme_certificate letsencrypt;
    ///     ssl_certificate $acme_certificate;
    ///     ssl_certificate_key $acme_certificate_key;
    /// }
    /// ```
    ///
    /// Complete it looks like this:
    ///
    /// ```nginx,good,none
    /// resolver 127.0.0.53;
    ///
    /// acme_issuer letsencrypt {
    ///     uri https://acme-v02.api.letsencrypt.org/directory;
    ///     state_path /var/cache/nginx/letsencrypt;
    ///     accept_terms_of_service;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     return 301 https://example.com$request_uri;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     acme_certificate letsencrypt;
    ///     ssl_certificate $acme_certificate;
    ///     ssl_certificate_key $acme_certificate_key;
    /// }
    /// ```
    ///
    /// ## See also
    ///
    /// - `acme-certificate-impossible`
    RULE {
        id: "acme-issuer-incomplete",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The hosts of Let's Encrypt, and the path of the directory on each.
const LETS_ENCRYPT: [&str; 2] =
    ["acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"];
const DIRECTORY: &str = "/directory";

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let is_part = facts.sources().roots().iter().any(|root| root.is_fragment);
    if let Some(first) = Issuer::all(http).next()
        && !is_part
        && http.level.first(name::RESOLVER).is_none()
    {
        found.push(without_resolver(facts, first.directive));
    }
    for issuer in Issuer::all(http) {
        let at = issuer.directive;
        let Some(uri) = issuer.setting(name::URI) else {
            let mut diagnostic =
                diagnostic(RULE.id, at.head_span(), "the issuer has no `uri`".to_owned());
            diagnostic.here = "nginx does not start without it".to_owned();
            found.push(diagnostic);
            continue;
        };
        let Some((host, path)) = issuer.host_and_path() else { continue };
        let is_lets_encrypt = LETS_ENCRYPT.contains(&&*host);
        if is_lets_encrypt && path != DIRECTORY || path == "/" {
            found.push(no_directory(uri, &host, is_lets_encrypt));
        }
        if is_lets_encrypt && issuer.setting(name::ACCEPT_TERMS_OF_SERVICE).is_none() {
            found.push(without_terms(facts, issuer));
        }
    }
}

fn without_resolver(facts: &Facts<'_>, issuer: Directive<'_>) -> Diagnostic {
    let message = "the ACME module has no `resolver` to find its authority with".to_owned();
    let mut diagnostic = diagnostic(RULE.id, issuer.head_span(), message);
    diagnostic.here = "nginx does not start with this and without `resolver` in `http`".to_owned();
    let outer = issuer.parent().unwrap_or(issuer);
    let text = line_beside(facts.sources(), outer, issuer, b"resolver 127.0.0.53;");
    diagnostic.fix = Some(Fix {
        title: "name the machine's DNS resolver, such as the one in /etc/resolv.conf".to_owned(),
        applicability: Applicability::Display,
        edits: vec![Edit::insert_after(issuer.span(), text)],
        ..Fix::default()
    });
    diagnostic
}

/// A `uri` that leads to something else than the directory of an authority.
fn no_directory(uri: Directive<'_>, host: &str, is_lets_encrypt: bool) -> Diagnostic {
    let message = "the `uri` is not that of the authority's directory".to_owned();
    let mut diagnostic = diagnostic(RULE.id, span_to_show(uri), message);
    diagnostic.refused_by_nginx = false;
    if is_lets_encrypt {
        diagnostic.fix = uri.arg_span(0).map(|span| Fix {
            title: "name the directory".to_owned(),
            applicability: Applicability::Safe,
            edits: vec![Edit::replace(span, format!("https://{host}{DIRECTORY}"))],
            ..Fix::default()
        });
    } else {
        diagnostic.severity = Severity::Warning;
        let note = "most authorities have it below a path of its own; their documentation says \
                    which (RFC 8555, section 7.1.1)";
        diagnostic.notes.push(note.to_owned());
    }
    diagnostic
}

fn without_terms(facts: &Facts<'_>, issuer: Issuer<'_>) -> Diagnostic {
    let message = "Let's Encrypt makes no account without `accept_terms_of_service`".to_owned();
    let mut diagnostic = diagnostic(RULE.id, issuer.directive.head_span(), message);
    diagnostic.refused_by_nginx = false;
    let lines: [&[u8]; 1] = [b"accept_terms_of_service;"];
    diagnostic.fix = insert_at_head(facts.sources(), issuer.directive, &lines).map(|edit| Fix {
        title: "accept the terms of service, once you have read them".to_owned(),
        applicability: Applicability::Display,
        edits: vec![edit],
        ..Fix::default()
    });
    diagnostic
}

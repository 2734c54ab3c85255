use model::{Directive, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity,
    acme_module::{Issuer, Order},
    facts::Facts,
    insertion::line_beside,
    refusal::diagnostic,
};

rule! {
    /// nginx's ACME module does not keep its certificates, or has no room for them.
    ///
    /// With `state_path off` accounts, keys and certificates are gone with each restart and ordered
    /// anew. Let's Encrypt makes five certificates for the same names in a week, and then none until the
    /// week is over.
    ///
    /// ```nginx,bad,none
    /// resolver 127.0.0.53;
    ///
    /// acme_issuer letsencrypt {
    ///     uri https://acme-v02.api.letsencrypt.org/directory;
    ///     state_path off;
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
    /// All certificates live in one zone of shared memory. It has 256 KB unless `acme_shared_zone`
    /// says otherwise, enough for some 50 certificates with ECDSA keys or 35 with RSA keys.
    /// The number is estimated from what the documentation of the module says.
    RULE {
        id: "acme-state-not-kept",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The size of the zone if nothing is said.
const DEFAULT_SIZE: u64 = 256 * 1024;

/// So many certificates fit into that, by the type of their keys.
const MOST_ECDSA: u64 = 50;
const MOST_RSA: u64 = 35;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in Issuer::all(facts.http) {
        let Some(state) = issuer.setting(name::STATE_PATH) else { continue };
        if state.arg(0).as_deref() == Some(b"off") {
            found.push(without_state(issuer, state));
        }
    }
    let mut needed = 0;
    let mut orders = 0;
    for (_, server) in facts.http.servers() {
        let Some(order) = Order::of(server) else { continue };
        needed += DEFAULT_SIZE / if order.is_rsa() { MOST_RSA } else { MOST_ECDSA };
        orders += 1;
    }
    let Some(first) = Issuer::all(facts.http).next() else { return };
    let zone = facts.http.level.first(name::ACME_SHARED_ZONE);
    let size = zone.map_or(Some(DEFAULT_SIZE), size_of);
    if size.is_some_and(|size| size < needed) {
        found.push(too_small(facts, zone, first.directive, (orders, needed)));
    }
}

fn without_state(issuer: Issuer<'_>, state: Directive<'_>) -> Diagnostic {
    let message = "each restart of nginx orders all certificates anew".to_owned();
    let mut diagnostic = diagnostic(RULE.id, state.head_span(), message);
    diagnostic.severity = Severity::Warning;
    diagnostic.refused_by_nginx = false;
    diagnostic.here = "accounts, keys and certificates are kept in memory alone".to_owned();
    let name = issuer.directive.arg(0).unwrap_or_default();
    let path = [b"/var/cache/nginx/acme_", &*name].concat();
    diagnostic.fix = state.arg_span(0).map(|span| Fix {
        title: "keep them in a directory of their own, which stays when nginx restarts".to_owned(),
        applicability: Applicability::Display,
        edits: vec![Edit::replace(span, path)],
        ..Fix::default()
    });
    diagnostic
}

/// The size that an `acme_shared_zone` gives, in bytes (`ngx_parse_size`).
fn size_of(zone: Directive<'_>) -> Option<u64> {
    let argument = zone.arg(0)?;
    let size = argument.rsplit(|byte| *byte == b':').next()?;
    let (digits, unit) = match size.split_last()? {
        (b'k' | b'K', digits) => (digits, 1024),
        (b'm' | b'M', digits) => (digits, 1024 * 1024),
        _ => (size, 1),
    };
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    number.checked_mul(unit)
}

/// A zone, or the lack of one, for so many orders, which need so many bytes.
fn too_small(
    facts: &Facts<'_>,
    zone: Option<Directive<'_>>,
    issuer: Directive<'_>,
    (orders, needed): (usize, u64),
) -> Diagnostic {
    let at = zone.unwrap_or(issuer);
    let message = format!("{orders} certificates of the ACME module do not fit into its memory");
    let mut diagnostic = diagnostic(RULE.id, at.head_span(), message);
    diagnostic.severity = Severity::Warning;
    diagnostic.refused_by_nginx = false;
    let megabytes = needed.div_ceil(1024 * 1024).next_power_of_two();
    let edit = if let Some(zone) = zone {
        diagnostic.here = format!("they need some {} KB", needed / 1024);
        let argument = zone.arg(0).unwrap_or_default();
        let size = argument.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        let name = &argument[..argument.len() - size.len()];
        let text = [name, format!("{megabytes}m").as_bytes()].concat();
        zone.arg_span(0).map(|span| Edit::replace(span, text))
    } else {
        diagnostic.here = format!(
            "without `acme_shared_zone` there are 256 KB, and they need some {} KB",
            needed / 1024
        );
        let outer = issuer.parent().unwrap_or(issuer);
        let line = format!("acme_shared_zone zone=ngx_acme_shared:{megabytes}m;");
        let text = line_beside(facts.sources(), outer, issuer, line.as_bytes());
        Some(Edit::insert_after(issuer.span(), text))
    };
    diagnostic.fix = edit.map(|edit| Fix {
        title: format!("give them {megabytes} MB"),
        applicability: Applicability::Safe,
        edits: vec![edit],
        ..Fix::default()
    });
    diagnostic
}

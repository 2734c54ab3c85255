use std::collections::{BTreeMap, HashSet};

use model::{Directive, Http, Name, Server, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    acme_module::Order, facts::Facts, failure::span_to_show, insertion::line_beside,
    places::also_at, refusal::diagnostic,
};

rule! {
    /// A certificate of nginx's ACME module is ordered and not shown, or shown and not ordered.
    ///
    /// `acme_certificate` orders and renews a certificate. It is shown if the server says so with the
    /// two variables; with the paths of files it goes on showing those, until they expire.
    ///
    /// ```nginx,bad,none
    /// resolver 127.0.0.53;
    ///
    /// acme_issuer letsencrypt {
    ///     uri https://acme-v02.api.letsencrypt.org/directory;
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
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// In a server without `acme_certificate` the variables are empty, and every handshake fails.
    ///
    /// ## Fix safety
    ///
    /// Visitors get another certificate than before.
    RULE {
        id: "acme-certificate-unused",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

const CERTIFICATE: &str = "$acme_certificate";
const KEY: &str = "$acme_certificate_key";

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    // By the certificate that is shown instead, and by the one that is empty: where many servers
    // inherit it, that is one mistake.
    let mut not_shown_orders: BTreeMap<Option<Span>, Vec<Order<'_>>> = BTreeMap::new();
    let mut not_ordered_certificates = HashSet::new();
    for (_, server) in facts.servers() {
        let mut certificates = http.effective_all(server, name::SSL_CERTIFICATE).peekable();
        let shown = certificates.peek().map(|certificate| certificate.span());
        let of_module = certificates.find(|certificate| is(*certificate, CERTIFICATE));
        let order = Order::of(server);
        let is_about_it = order.is_some() != of_module.is_some();
        if !is_about_it || !http.sockets_of(server).any(|socket| socket.ssl) {
            continue;
        }
        match (order, of_module) {
            (Some(order), None) => not_shown_orders.entry(shown).or_default().push(order),
            (None, Some(certificate))
                if is_for_a_name(http, server)
                    && not_ordered_certificates.insert(certificate.span()) =>
            {
                found.push(not_ordered(server, certificate));
            }
            _ => {}
        }
    }
    found.extend(not_shown_orders.values().filter_map(|orders| not_shown(facts, orders)));
}

/// Whether a server is for names of which somebody may want a certificate.
fn is_for_a_name(http: &Http<'_>, server: &Server<'_>) -> bool {
    let rejects = http.effective(server, name::SSL_REJECT_HANDSHAKE).and_then(|flag| flag.arg(0));
    !rejects.is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"))
        && server.names.iter().any(|name| name.text.contains(&b'.'))
}

fn is(directive: Directive<'_>, value: &str) -> bool {
    directive.arg(0).is_some_and(|argument| *argument == *value.as_bytes())
}

fn not_shown(facts: &Facts<'_>, orders: &[Order<'_>]) -> Option<Diagnostic> {
    let (first, others) = orders.split_first()?;
    let message = "the certificate of the ACME module is ordered and never shown".to_owned();
    let mut diagnostic = diagnostic(RULE.id, first.directive.head_span(), message);
    diagnostic.refused_by_nginx = false;
    if let Some(shown) = facts.http.effective(first.server, name::SSL_CERTIFICATE) {
        let text = format!("this one is; `{CERTIFICATE}` is the one that is ordered");
        diagnostic.labels.push(Label { span: shown.head_span(), text });
    } else {
        diagnostic.here = format!("no `ssl_certificate {CERTIFICATE}` shows it");
    }
    let mut seen = HashSet::from([first.directive.span()]);
    let others = others.iter().map(|order| order.directive);
    let others = others.filter(|directive| seen.insert(directive.span()));
    also_at(&mut diagnostic, others.map(Directive::head_span));
    diagnostic.fix = fix(facts, orders);
    Some(diagnostic)
}

/// Shows what is ordered, in place of the one certificate of each server, if it has one.
fn fix(facts: &Facts<'_>, orders: &[Order<'_>]) -> Option<Fix> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut seen = HashSet::new();
    for order in orders {
        let mut lines: Vec<u8> = Vec::new();
        let (outer, at) = (order.server.directive, order.directive);
        for (name, value) in
            [(name::SSL_CERTIFICATE, CERTIFICATE), (name::SSL_CERTIFICATE_KEY, KEY)]
        {
            match &*own(order.server, name) {
                [] => {
                    let line = format!("{} {value};", name.text());
                    lines.extend(line_beside(facts.sources(), outer, at, line.as_bytes()));
                }
                [one] if seen.insert(one.span()) => {
                    edits.push(Edit::replace(one.arg_span(0)?, value));
                }
                [_] => {}
                // Which of several it is for, only a person can say.
                _ => return None,
            }
        }
        if !lines.is_empty() && seen.insert(at.span()) {
            edits.push(Edit::insert_after(at.span(), lines));
        }
    }
    Some(Fix {
        title: "show the certificate that is ordered".to_owned(),
        applicability: Applicability::Unsafe,
        edits,
        ..Fix::default()
    })
}

fn own<'c>(server: &'c Server<'c>, name: Name) -> Vec<Directive<'c>> {
    server.level.all(name).collect()
}

fn not_ordered(server: &Server<'_>, certificate: Directive<'_>) -> Diagnostic {
    let message = "the server shows a certificate of the ACME module that it does not order";
    let mut diagnostic = diagnostic(RULE.id, span_to_show(certificate), message.to_owned());
    diagnostic.refused_by_nginx = false;
    diagnostic.here =
        "empty without `acme_certificate` in the same server, so handshakes fail".to_owned();
    let span = server.directive.name_span();
    if certificate.parent() != Some(server.directive) {
        diagnostic.labels.push(Label { span, text: "in this server".to_owned() });
    }
    diagnostic
}

use std::collections::{BTreeMap, HashSet};

use model::{Address, Directive};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    acme_module::{Issuer, Order},
    facts::Facts,
    failure::span_to_show,
    places::also_at,
    refusal::{diagnostic, list, shown},
};

rule! {
    /// nginx's ACME module cannot get the certificate that a server orders.
    ///
    /// `acme_certificate` names an `acme_issuer` of `http`, and nginx does not start if there is none.
    /// The certificate is for the names that the directive lists, or for those of `server_name`:
    /// plain names, since the challenges that the module knows are not for wildcards. Regular
    /// expressions are left out, and without any name left nginx does not start. A name that starts
    /// with a dot stands for two, with `www.` and without.
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
    ///     server_name example.com *.example.com;
    ///     root /var/www/html;
    ///     acme_certificate letsencrypt;
    ///     ssl_certificate $acme_certificate;
    ///     ssl_certificate_key $acme_certificate_key;
    /// }
    /// ```
    ///
    /// With `challenge tls-alpn-01` port 443 has to speak TLS here; with `http-01`, which is the
    /// default, port 80 has to be open, and any server on it will do.
    ///
    /// ## See also
    ///
    /// - `acme-issuer-incomplete`
    /// - `acme-certificate-unused`
    RULE {
        id: "acme-certificate-impossible",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let is_part = facts.sources().roots().iter().any(|root| root.is_fragment);
    let mut over_tls: Option<(Issuer<'_>, Directive<'_>)> = None;
    // All the servers that name one issuer which is not there make one mistake.
    let mut without: BTreeMap<Vec<u8>, Vec<Directive<'_>>> = BTreeMap::new();
    let mut seen = HashSet::new();
    let issuers = Issuer::by_name(facts.http);
    for (_, server) in facts.servers() {
        let Some(order) = Order::of(server) else { continue };
        let issuer = order.directive.arg(0).and_then(|name| issuers.get(&name));
        match issuer {
            None if !is_part => {
                let name = order.directive.arg(0).unwrap_or_default().into_owned();
                without.entry(name).or_default().push(order.directive);
            }
            Some(issuer) if issuer.is_over_tls() => {
                over_tls.get_or_insert((*issuer, order.directive));
            }
            _ => {}
        }
        if seen.insert((order.directive.span(), order.names())) {
            found.extend(without_name(&order));
        }
    }
    found.extend(without.values().filter_map(|orders| without_issuer(facts, orders)));
    if let Some((issuer, order)) = over_tls.filter(|_| !is_part && !has_tls_port(facts)) {
        let port = facts.verdicts.settings.ports.https;
        let message = format!("TLS-ALPN-01 needs port {port}, and no server speaks TLS there");
        let mut diagnostic = diagnostic(RULE.id, order.head_span(), message);
        diagnostic.refused_by_nginx = false;
        diagnostic.labels.push(Label {
            span: issuer.directive.head_span(),
            text: "this issuer is set to it by `challenge`".to_owned(),
        });
        found.push(diagnostic);
    }
}

/// Whether the port of TLS-ALPN-01 speaks TLS here, or is not nginx's.
fn has_tls_port(facts: &Facts<'_>) -> bool {
    let port = facts.verdicts.settings.ports.https;
    facts.http.sockets().any(|(_, socket)| {
        // A proxy that hands connections on may do so to any of these.
        let is_handed_on = socket.proxy_protocol || matches!(socket.address, Address::Unix(_));
        socket.ssl && (socket.address.port() == port || is_handed_on)
    })
}

fn without_issuer(facts: &Facts<'_>, orders: &[Directive<'_>]) -> Option<Diagnostic> {
    let (order, others) = orders.split_first()?;
    let name = shown(&order.arg(0).unwrap_or_default());
    let message = format!("there is no `acme_issuer {name}`");
    let mut diagnostic = diagnostic(RULE.id, span_to_show(*order), message);
    let known = Issuer::all(facts.http).filter_map(|issuer| issuer.directive.arg(0));
    let known: Vec<String> = known.map(|name| format!("`{}`", shown(&name))).collect();
    diagnostic.here = match &*known {
        [] => "`http` has no `acme_issuer` at all".to_owned(),
        _ => format!("those that there are: {}", list(&known, "and")),
    };
    let mut seen = HashSet::from([order.span()]);
    let others = others.iter().filter(|other| seen.insert(other.span()));
    also_at(&mut diagnostic, others.map(|other| other.head_span()));
    Some(diagnostic)
}

/// An order for no name, or for names of which no authority makes certificates over its challenges.
fn without_name(order: &Order<'_>) -> Option<Diagnostic> {
    let names = order.names();
    if names.is_empty() {
        let message = "the server has no name that a certificate could be for".to_owned();
        let mut diagnostic = diagnostic(RULE.id, order.directive.head_span(), message);
        diagnostic.here = "regular expressions are left out".to_owned();
        return Some(diagnostic);
    }
    let wildcards = names.iter().filter(|name| name.contains(&b'*'));
    let wildcards: Vec<String> = wildcards.map(|name| format!("`{}`", shown(name))).collect();
    let first = wildcards.first()?;
    let message = match wildcards.len() {
        1 => format!("the ACME module gets no certificate for the wildcard {first}"),
        _ => format!("the ACME module gets no certificates for {}", list(&wildcards, "and")),
    };
    let mut diagnostic = diagnostic(RULE.id, order.directive.head_span(), message);
    // Only the latest release takes them at first, for another challenge.
    diagnostic.refused_by_nginx = false;
    let note = "list the plain names behind the issuer, or get this certificate over DNS-01 with \
                another client";
    diagnostic.notes.push(note.to_owned());
    Some(diagnostic)
}

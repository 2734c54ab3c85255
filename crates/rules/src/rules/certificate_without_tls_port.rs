use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr},
};

use model::{Address, Http, Server, name};

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Place, Reach, Severity,
    cure::add_listen, facts::Facts, places::also_at,
};

rule! {
    /// A server has a certificate of its own, and no port on which TLS is spoken.
    ///
    /// nginx reads the certificate and shows it to nobody: the server listens for plain HTTP alone,
    /// and no other server has its names on a port with TLS. Mostly `listen 443 ssl` is missing.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// If a proxy in front takes TLS off, the certificate belongs there, and its lines can go here.
    ///
    /// ## See also
    ///
    /// - `listen-without-ssl`
    RULE {
        id: "certificate-without-tls-port",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (_, server) in facts.servers() {
        let Some(certificate) = server.level.first(name::SSL_CERTIFICATE) else { continue };
        if speaks_tls(facts, server) || !has_name(server) || is_served_elsewhere(http, server) {
            continue;
        }
        if seen.insert(certificate.span()) {
            all.push((server, certificate));
        }
    }
    let Some(((server, first), others)) = all.split_first() else { return };
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: Severity::Warning,
        message: "a certificate is never shown: the server has no port for TLS".to_owned(),
        place: Place::Span(first.head_span()),
        here: "no `listen` of this server says `ssl`".to_owned(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: fix(facts, server),
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    also_at(&mut diagnostic, others.iter().map(|(_, certificate)| certificate.head_span()));
    found.push(diagnostic);
}

/// Whether a server speaks TLS somewhere, is meant to on a port called like it, or is reached in a
/// way that says nothing of it.
fn speaks_tls(facts: &Facts<'_>, server: &Server<'_>) -> bool {
    let https = facts.verdicts.settings.ports.https;
    let mut sockets = facts.http.sockets_of(server);
    server.listens.iter().any(|listen| listen.quic || !matches!(listen.address, Address::Ip(..)))
        || sockets.any(|socket| {
            let port = socket.address.port();
            socket.ssl || socket.legacy_ssl || port == https || port % 1000 == 443
        })
}

fn has_name(server: &Server<'_>) -> bool {
    server.names.iter().any(|name| name.text.contains(&b'.'))
}

/// Whether a name of a server is one of an address that speaks TLS.
fn is_served_elsewhere(http: &Http<'_>, server: &Server<'_>) -> bool {
    server.names.iter().any(|name| {
        let host = name.text.to_ascii_lowercase();
        http.sockets_naming(&host).any(|socket| socket.ssl)
    })
}

fn fix(facts: &Facts<'_>, server: &Server<'_>) -> Option<Fix> {
    let port = facts.verdicts.settings.ports.https;
    if !facts.http.is_left_over(Ipv4Addr::UNSPECIFIED.into(), port) {
        return None;
    }
    let is_ipv4 = |address: &Address| matches!(address, Address::Ip(IpAddr::V4(_), _));
    let listen = server.listens.iter().find(|listen| is_ipv4(&listen.address))?.directive?;
    let edit = add_listen(facts.sources(), server, listen, &format!("{port} ssl"));
    Some(Fix {
        title: format!("listen on port {port}, if nothing in front of nginx takes TLS off"),
        applicability: Applicability::Display,
        edits: vec![edit],
        ..Fix::default()
    })
}

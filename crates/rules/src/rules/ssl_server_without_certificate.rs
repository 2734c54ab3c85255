use std::collections::HashSet;

use model::{Directive, Http, Server, ServerId, Socket, name};
use parser::Span;

use crate::{
    Diagnostic, FixAvailability, Group, Label, facts::Facts, failure::span_to_show,
    refusal::diagnostic,
};

rule! {
    /// An SSL server has no certificate, or a certificate has no key.
    ///
    /// The default server of a TLS address must have a certificate, or reject handshakes; nginx does
    /// not start otherwise. Every `ssl_certificate` needs an `ssl_certificate_key`: the two are
    /// inherited from `http` apart from each other.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// Another server of the address may do without: its names get the certificate of the default
    /// server, if that has one. Of a part of a configuration nothing is said, because the
    /// certificate may stand in another file.
    RULE {
        id: "ssl-server-without-certificate",
        group: Group::Tls,
        max_severity: crate::Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    if facts.sources().roots().iter().any(|root| root.is_fragment) {
        return;
    }
    let mut seen = HashSet::new();
    for (_, server) in facts.servers() {
        let keys = http.effective_all(server, name::SSL_CERTIFICATE_KEY).count();
        if let Some(certificate) = http.effective_all(server, name::SSL_CERTIFICATE).nth(keys)
            && seen.insert(certificate.span())
        {
            let path = certificate.arg(0).unwrap_or_default();
            let path = String::from_utf8_lossy(&path);
            let message =
                format!("no \"ssl_certificate_key\" is defined for certificate \"{path}\"");
            found.push(diagnostic(RULE.id, span_to_show(certificate), message));
        }
    }
    for (_, socket) in http.sockets().filter(|(_, socket)| socket.ssl) {
        let Some(id) = without_certificate(http, socket) else { continue };
        let message =
            "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive".to_owned();
        let mut diagnostic = diagnostic(RULE.id, place(http, socket, id), message);
        diagnostic.here = if id == socket.default_server {
            format!("this is the default server of {}", socket.address)
        } else {
            format!("the default server of {} has none that could be shown", socket.address)
        };
        if let Some(span) = other_listen(http, socket, id) {
            let text = "this makes the address one of TLS".to_owned();
            diagnostic.labels.push(Label { span, text });
        }
        found.push(diagnostic);
    }
}

/// The server that lacks a certificate (`ngx_http_ssl_init`): the default server of an address, or,
/// if that has none and rejects handshakes, any other one that does not.
fn without_certificate(http: &Http<'_>, socket: &Socket<'_>) -> Option<ServerId> {
    let default = http.server(socket.default_server);
    if has_certificate(http, default) {
        return None;
    }
    if !rejects_handshakes(http, default) {
        return Some(socket.default_server);
    }
    let lacks_one = |id: &ServerId| {
        let server = http.server(*id);
        !has_certificate(http, server) && !rejects_handshakes(http, server)
    };
    socket.servers.iter().copied().find(lacks_one)
}

fn has_certificate(http: &Http<'_>, server: &Server<'_>) -> bool {
    http.effective(server, name::SSL_CERTIFICATE).is_some()
}

fn rejects_handshakes(http: &Http<'_>, server: &Server<'_>) -> bool {
    http.effective(server, name::SSL_REJECT_HANDSHAKE)
        .and_then(|flag| flag.arg(0))
        .is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"))
}

/// The `listen` of a server for the address of a socket.
fn place(http: &Http<'_>, socket: &Socket<'_>, id: ServerId) -> Span {
    let server = http.server(id);
    let listen = server.listens.iter().find(|listen| listen.address == socket.address);
    listen.and_then(|listen| listen.directive).unwrap_or(server.directive).name_span()
}

/// The `listen … ssl` of another server, if that of the default server does not say `ssl`.
fn other_listen(http: &Http<'_>, socket: &Socket<'_>, id: ServerId) -> Option<Span> {
    let ssl_of = |id: &ServerId| {
        let listens = http.server(*id).listens.iter();
        let mut ssl = listens.filter(|listen| listen.address == socket.address && listen.ssl);
        ssl.find_map(|listen| listen.directive)
    };
    if ssl_of(&id).is_some() {
        return None;
    }
    socket.servers.iter().find_map(ssl_of).map(Directive::head_span)
}

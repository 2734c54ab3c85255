use std::net::Ipv6Addr;

use model::{Listen, Server};

use crate::{
    Applicability, Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    cure::add_listen,
    facts::Facts,
    failure::{Case, Mistake, span_to_show},
};

rule! {
    /// A server that does not listen over IPv6 loses its challenges there.
    ///
    /// `listen 80` is IPv4 alone. As soon as any server has `listen [::]:80`, as the default servers of
    /// distributions do, connections over IPv6 are accepted, and the default server of that address
    /// answers for all names. Certificate authorities prefer IPv6 if the name has such an address,
    /// and fall back to IPv4 only if the first connection fails: not after a wrong answer, and not
    /// behind a redirect.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80 default_server;
    ///     listen [::]:80 default_server;
    ///     return 404;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// It is a warning, because DNS alone knows whether the name has an IPv6 address. Where no server
    /// listens over IPv6 at all, nothing is reported.
    ///
    /// ## Fix safety
    ///
    /// With a `listen` of its own for IPv6 a server answers all requests there, not only challenges.
    RULE {
        id: "challenge-lost-over-ipv6",
        group: Group::Challenge,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::LostOverIpv6 {
            continue;
        }
        let case = failure.first();
        let Some(other) = case.other.map(|id| http.server(id)) else { continue };
        let port = case.at().request.port;
        let Some(listen) = listen(other, port) else { continue };
        let place = span_to_show(listen.directive.unwrap_or(other.directive));
        let message = match case.at().trace.server {
            Some(_) => "over IPv6 another server takes the challenges of this one",
            None => "over IPv6 challenges are redirected to a port on which nothing listens",
        };
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = format!("this is IPv4 alone; there is no `listen [::]:{port}` beside it");
        if let Some(taker) = case.at().trace.server {
            let text = format!("this server takes them, and the answer is {}", failure.outcome());
            let span = http.server(taker).directive.name_span();
            diagnostic.labels.push(Label { span, text });
        }
        diagnostic.fix = fix(facts, case);
        found.push(diagnostic);
    }
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let server = facts.http.server(case.other?);
    let port = case.at().request.port;
    let listen = listen(server, port)?;
    if !facts.http.is_left_over(Ipv6Addr::UNSPECIFIED.into(), port) {
        return None;
    }
    let ssl = if listen.ssl { " ssl" } else { "" };
    let edit = add_listen(facts.sources(), server, listen.directive?, &format!("[::]:{port}{ssl}"));
    Some(Fix {
        title: "let the server listen over IPv6, too".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![edit],
        ..Fix::default()
    })
}

/// The `listen` of a server for a port on all IPv4 addresses, or on one.
fn listen<'s, 'c>(server: &'s Server<'c>, port: u16) -> Option<&'s Listen<'c>> {
    server.listens.iter().find(|listen| !listen.quic && listen.address.port() == port)
}

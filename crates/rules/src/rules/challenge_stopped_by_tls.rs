use model::{Directive, Scheme, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity,
    cure::{own_location, ssl_listen, without_argument},
    facts::Facts,
    failure::{Case, Mistake, span_to_show},
};

rule! {
    /// TLS keeps the certificate authority out.
    ///
    /// A certificate authority starts with plain HTTP on port 80, so nothing may speak TLS there: a
    /// single `listen 80 ssl` makes the port speak it for every server of that address. It follows
    /// redirects to HTTPS and does not mind an expired or foreign certificate, but a handshake has to
    /// come about: `ssl_reject_handshake on` ends it, and `ssl_verify_client on` asks for a
    /// certificate that a certificate authority does not show.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location / {
    ///         return 301 https://$host$request_uri;
    ///     }
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_client_certificate /etc/ssl/example.com.pem;
    ///     ssl_verify_client on;
    /// }
    /// ```
    ///
    /// The patch serves challenges on port 80, in front of the redirect, or takes `ssl` from port 80.
    ///
    /// ## Fix safety
    ///
    /// Without `ssl` the port answers plain HTTP and no longer TLS.
    RULE {
        id: "challenge-stopped-by-tls",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::StoppedByTls {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(http) else { continue };
        let Some(socket) = case.at().trace.socket.map(|id| http.socket(id)) else { continue };
        let decided = case.at().trace.decided_by;
        let is_plain = case.at().request.scheme == Scheme::Http;
        let port = case.at().request.port;
        let (message, here) = match decided.map(Directive::name) {
            Some(name::SSL_VERIFY_CLIENT) => (
                "challenges are redirected to a server that demands a client certificate",
                "certificate authorities show none".to_owned(),
            ),
            Some(name::SSL_REJECT_HANDSHAKE) => (
                "challenges are redirected to HTTPS, where the handshake is rejected",
                if socket.names_host(&case.at().request.host) {
                    "for the names of this server".to_owned()
                } else {
                    format!("no server on port {port} has the name")
                },
            ),
            _ if is_plain => (
                "port 80 speaks TLS, and challenges come in plain HTTP",
                format!("this makes {} speak TLS for all of its servers", socket.address),
            ),
            _ if socket.ssl => {
                ("challenges are redirected to an SSL server without a certificate", String::new())
            }
            _ => (
                "challenges are redirected to HTTPS, and the port speaks no TLS",
                format!("no `listen` for {} says `ssl`", socket.address),
            ),
        };
        let place = match decided.or_else(|| ssl_listen(http, case)) {
            Some(directive) => span_to_show(directive),
            None => server.directive.name_span(),
        };
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = here;
        diagnostic.fix = if is_plain {
            without_ssl(facts, case)
        } else {
            failure.fix(|case| own_location(facts, case))
        };
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

/// Takes `ssl` from every `listen` for the socket.
fn without_ssl(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let http = facts.http;
    let socket = http.socket(case.at().trace.socket?);
    let mut edits: Vec<Edit> = Vec::new();
    for &id in &socket.servers {
        let listens = http.server(id).listens.iter();
        for listen in listens.filter(|listen| listen.ssl && listen.address == socket.address) {
            let directive = listen.directive?;
            let index = directive.args().position(|word| &*word == b"ssl")?;
            let edit = without_argument(directive, index)?;
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    Some(Fix {
        title: "let port 80 speak plain HTTP".to_owned(),
        applicability: Applicability::Unsafe,
        edits,
        ..Fix::default()
    })
}

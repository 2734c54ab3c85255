use std::collections::HashMap;

use model::{Directive, name};

use crate::{
    Diagnostic, FixAvailability, Group, Label, Place, Reach, Severity,
    facts::Facts,
    places::also_at,
    protocols::{Protocols, are_chosen_by_name},
    tls_server::{TlsServer, tls_servers},
};

rule! {
    /// The `ssl_protocols` of a server have no effect, because another one is the default server.
    ///
    /// Up to nginx 1.29.1 the version of TLS is chosen before the name is looked at: by the protocols
    /// of the default server of the address. What the other servers say does not matter, be it
    /// stricter or laxer.
    ///
    /// ```nginx,bad,1.22.1
    /// server {
    ///     listen 443 ssl default_server;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_protocols TLSv1.2 TLSv1.3;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name www.example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     ssl_protocols TLSv1.3;
    /// }
    /// ```
    ///
    /// With nginx from 1.29.2 on and OpenSSL from 1.1.1 on each server has its own, and nothing is
    /// reported. Ciphers are always those of the server with the name.
    RULE {
        id: "ssl-protocols-without-effect",
        group: Group::Tls,
        max_severity: Severity::Info,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// What servers say in vain.
struct InVain<'c> {
    /// The default server, which decides.
    default: TlsServer<'c>,
    /// What the others say.
    directives: Vec<Directive<'c>>,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    // The servers in vain, by the default server that decides.
    let mut in_vain: Vec<InVain<'_>> = Vec::new();
    let mut known: HashMap<Directive<'_>, usize> = HashMap::new();
    for server in tls_servers(facts) {
        let Some(own) = server.own(name::SSL_PROTOCOLS) else { continue };
        let Some(default) = server.default().filter(|_| !server.is_default()) else { continue };
        let at = *known.entry(default.directive()).or_insert(in_vain.len());
        if at == in_vain.len() {
            in_vain.push(InVain { default, directives: Vec::new() });
        }
        let directives = &mut in_vain[at].directives;
        if directives.last().is_none_or(|last| last.span() != own.span()) {
            directives.push(own);
        }
    }
    if in_vain.is_empty() {
        return;
    }
    let versions = facts.versions();
    let is_chosen_by_name = are_chosen_by_name(versions);
    if is_chosen_by_name == Some(true) {
        return;
    }
    for InVain { default, directives } in in_vain {
        let Some(protocols) = Protocols::of(&default, versions) else { continue };
        let differs =
            |directive: &Directive<'_>| Protocols::named([*directive].into_iter()) != protocols;
        let mut differing = directives.iter().copied().filter(differs);
        let Some(first) = differing.next() else { continue };
        let mut diagnostic = Diagnostic {
            rule: RULE.id,
            severity: Severity::Info,
            message: match is_chosen_by_name {
                None => {
                    "up to nginx 1.29.1 these protocols have no effect: those of the default \
                         server count"
                }
                Some(_) => "these protocols have no effect: those of the default server count",
            }
            .to_owned(),
            place: Place::Span(first.head_span()),
            here: format!("the address offers {}", protocols.listed()),
            labels: Vec::new(),
            notes: Vec::new(),
            names: Vec::new(),
            way: Vec::new(),
            fix: None,
            refused_by_nginx: false,
            reach: Reach::default(),
        };
        if is_chosen_by_name.is_none() {
            let note = "`--nginx-version` and `--openssl-version` say which they are";
            diagnostic.notes.push(note.to_owned());
        }
        let decides = default.effective(name::SSL_PROTOCOLS);
        diagnostic.labels.push(Label {
            span: decides.map_or_else(|| default.directive().name_span(), Directive::head_span),
            text: match decides {
                Some(_) => "these are those of the default server".to_owned(),
                None => "the default server, which has those of nginx itself".to_owned(),
            },
        });
        also_at(&mut diagnostic, differing.map(Directive::head_span));
        found.push(diagnostic);
    }
}

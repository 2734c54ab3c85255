use std::collections::{HashMap, HashSet};

use model::{Address, Directive, Server, ServerId};
use parser::FileId;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity, facts::Facts, refusal::diagnostic,
};

rule! {
    /// Two `listen` directives ask for the same address in a way that excludes the other.
    ///
    /// One server may name an address once, `80` and `*:80` being the same. Of all the servers of an
    /// address one may be its `default_server`, and one may give the socket's options, such as
    /// `ipv6only` or `reuseport`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen [::]:80 ipv6only=on;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    ///
    /// server {
    ///     listen [::]:80 ipv6only=on;
    ///     server_name www.example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// Addresses that are host names are not compared.
    RULE {
        id: "listen-duplicated",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// What may be there once.
#[derive(PartialEq, Eq, Hash)]
enum Once {
    InServer(ServerId),
    Options,
    Default,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut firsts: HashMap<(FileId, Once, bool, &Address), Directive<'_>> = HashMap::new();
    let mut seen = HashSet::new();
    for (id, server) in facts.servers() {
        let is_alone = has_distinct_addresses(server);
        for listen in &server.listens {
            let Some(directive) = listen.directive else { continue };
            if matches!(listen.address, Address::Name(..)) {
                continue;
            }
            let mut claims = Vec::new();
            if !is_alone {
                claims.push((Once::InServer(id), "a duplicate listen"));
            }
            if directive.arg_count() > 1 && has_socket_options(directive) {
                claims.push((Once::Options, "duplicate listen options for"));
            }
            if listen.default_server {
                claims.push((Once::Default, "a duplicate default server for"));
            }
            if claims.is_empty() {
                continue;
            }
            // Fragments may be alternatives: what one says is nothing to the other.
            let root = directive.root();
            for (once, words) in claims {
                let key = (root, once, listen.quic, &listen.address);
                let Some(first) = firsts.get(&key) else {
                    firsts.insert(key, directive);
                    continue;
                };
                if seen.insert(directive.span()) {
                    let message = format!("{words} {}", listen.address);
                    let mut diagnostic = diagnostic(RULE.id, directive.head_span(), message);
                    if first.span() == directive.span() {
                        "its file is included twice".clone_into(&mut diagnostic.here);
                    } else {
                        let text = "this is the first".to_owned();
                        diagnostic.labels.push(Label { span: first.head_span(), text });
                    }
                    found.push(diagnostic);
                }
                break;
            }
        }
    }
}

/// Whether no two of the few addresses of a server are the same.
fn has_distinct_addresses(server: &Server<'_>) -> bool {
    const FEW: usize = 8;
    let listens = &server.listens;
    let is_repeated = |at: usize| {
        let (one, others) = (&listens[at], &listens[..at]);
        others.iter().any(|other| (other.quic, &other.address) == (one.quic, &one.address))
    };
    listens.len() <= FEW && !(0..listens.len()).any(is_repeated)
}

/// Whether a `listen` gives options of the socket itself.
fn has_socket_options(directive: Directive<'_>) -> bool {
    const OPTIONS: [&[u8]; 12] = [
        b"accept_filter",
        b"backlog",
        b"bind",
        b"deferred",
        b"fastopen",
        b"ipv6only",
        b"multipath",
        b"rcvbuf",
        b"reuseport",
        b"setfib",
        b"sndbuf",
        b"so_keepalive",
    ];
    directive.args().skip(1).any(|parameter| {
        OPTIONS.contains(&parameter.split(|byte| *byte == b'=').next().unwrap_or_default())
    })
}

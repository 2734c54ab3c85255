use std::collections::HashSet;

use model::{Directive, Listen, Server, Version, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Reach, Severity,
    cure::without_argument,
    facts::Facts,
    insertion::line_beside,
    places::{also_at, count},
};

rule! {
    /// `listen … http2` is deprecated, and `http2 on` takes its place.
    ///
    /// From 1.25.1 on nginx warns of the parameter at each start and reload. The parameter is one of
    /// the address, and makes every server there speak HTTP/2; the directive is one of the server.
    ///
    /// ```nginx,bad,1.31.3
    /// server {
    ///     listen 443 ssl http2;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// Older releases have no such directive. This is reported only if nginx is known to have it:
    /// because it is the one that is installed, or by `--nginx-version`.
    ///
    /// ## Fix safety
    ///
    /// Each server of the addresses gets a line of its own, so that all of them speak what they spoke.
    /// A server of the address that is in no file here would lose HTTP/2.
    RULE {
        id: "listen-http2-deprecated",
        group: Group::Nginx,
        max_severity: Severity::Info,
        fix: FixAvailability::Always,
        since: "0.1.0",
        check: check,
    }
}

/// The first release that has `http2 on`.
const HAS_DIRECTIVE: Version = Version { major: 1, minor: 25, patch: 1 };

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let listens: Vec<Directive<'_>> = facts
        .servers()
        .flat_map(|(_, server)| &server.listens)
        .filter(|listen| listen.http2)
        .filter_map(|listen| listen.directive)
        .filter(|directive| seen.insert(directive.span()))
        .collect();
    let Some((first, others)) = listens.split_first() else { return };
    if facts.versions().nginx_has(HAS_DIRECTIVE) != Some(true) {
        return;
    }
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: Severity::Info,
        message: format!(
            "the parameter `http2` of `listen` is deprecated{}",
            count(listens.len(), "place")
        ),
        place: Place::Span(word(*first).unwrap_or_else(|| first.head_span())),
        here: "`http2 on` in the server says the same".to_owned(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: fix(facts, &listens),
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    also_at(&mut diagnostic, others.iter().map(|listen| listen.head_span()));
    found.push(diagnostic);
}

fn word(listen: Directive<'_>) -> Option<Span> {
    let at = listen.args().position(|word| &*word == b"http2")?;
    listen.arg_span(at)
}

fn fix(facts: &Facts<'_>, listens: &[Directive<'_>]) -> Option<Fix> {
    let http = facts.http;
    let mut edits: Vec<Edit> = Vec::new();
    for listen in listens {
        let at = listen.args().position(|word| &*word == b"http2")?;
        edits.push(without_argument(*listen, at)?);
    }
    let mut seen = HashSet::new();
    for server in http.servers().map(|(_, server)| server) {
        let speaks_it = http.sockets_of(server).any(|socket| socket.http2);
        if !speaks_it || http.effective(server, name::HTTP2).is_some() {
            continue;
        }
        let last = last_of_http2(facts, server)?;
        // Servers that include one file of addresses get one line there.
        if seen.insert(last.span()) {
            let line = line_beside(facts.sources(), server.directive, last, b"http2 on;");
            edits.push(Edit::insert_after(last.span(), line));
        }
    }
    Some(Fix {
        title: "write `http2 on` instead".to_owned(),
        applicability: Applicability::Safe,
        edits,
        ..Fix::default()
    })
}

/// The last `listen` of a server for an address where HTTP/2 is spoken.
fn last_of_http2<'c>(facts: &Facts<'c>, server: &Server<'c>) -> Option<Directive<'c>> {
    let speaks_it = |listen: &&Listen<'_>| {
        let mut sockets = facts.http.sockets_of(server);
        !listen.quic && sockets.any(|socket| socket.http2 && socket.address == listen.address)
    };
    server.listens.iter().rev().find(speaks_it)?.directive
}

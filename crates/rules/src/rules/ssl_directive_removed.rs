use std::collections::HashSet;

use model::{Body, Context, Directive, Version, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Place, Reach, Severity,
    cure::remove, facts::Facts, places::also_at,
};

rule! {
    /// `ssl on` is gone from nginx, which does not start with it from 1.25.1 on.
    ///
    /// It made every address of a server speak TLS, port 80 too. Since 1.15.0 it is deprecated, and
    /// the parameter `ssl` of `listen` is the way to say it, for each address by itself. A nginx that
    /// is upgraded past 1.25.0 does not start again.
    ///
    /// ```nginx,bad,1.31.3
    /// server {
    ///     listen 443;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl on;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// It is an error if nginx is known to be that new, and a warning otherwise; before 1.15.0 it is
    /// fine.
    ///
    /// ## Fix safety
    ///
    /// The patch suits every nginx. Port 80 of such a server speaks plain HTTP after it, as browsers
    /// and certificate authorities expect.
    RULE {
        id: "ssl-directive-removed",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The first release that warns of it.
const DEPRECATED: Version = Version { major: 1, minor: 15, patch: 0 };

/// The first release without it.
const REMOVED: Version = Version { major: 1, minor: 25, patch: 1 };

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let all: Vec<(Context, Directive<'_>)> = facts
        .standings
        .iter()
        .flat_map(|standing| standing.named(name::SSL))
        .filter_map(|(body, directive)| match body {
            Body::Directives(context) => Some((context, directive)),
            Body::Entries | Body::Lua | Body::Unknown => None,
        })
        .filter(|(_, directive)| !directive.has_block() && seen.insert(directive.span()))
        .collect();
    let Some(((_, first), others)) = all.split_first() else { return };
    let versions = facts.versions();
    if versions.nginx_has(DEPRECATED) == Some(false) {
        return;
    }
    let is_error = versions.nginx_has(REMOVED) == Some(true);
    let (message, here) = if is_error {
        ("nginx does not start: it no longer has a directive `ssl`", "gone since nginx 1.25.1")
    } else {
        (
            "nginx from 1.25.1 on does not start with the directive `ssl`",
            "`listen … ssl` says the same to every nginx",
        )
    };
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: if is_error { Severity::Error } else { Severity::Warning },
        message: message.to_owned(),
        place: Place::Span(first.head_span()),
        here: here.to_owned(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: fix(facts, &all),
        refused_by_nginx: is_error,
        reach: Reach::default(),
    };
    also_at(&mut diagnostic, others.iter().map(|(_, directive)| directive.head_span()));
    found.push(diagnostic);
}

/// Says `ssl` in each `listen` that it held for, port 80 excepted.
fn fix(facts: &Facts<'_>, all: &[(Context, Directive<'_>)]) -> Option<Fix> {
    let is_http = |context: &Context| matches!(context, Context::Http | Context::Server);
    if !all.iter().all(|(context, _)| is_http(context)) {
        return None;
    }
    let (http, sources) = (facts.http, facts.sources());
    let mut edits: Vec<Edit> = all.iter().map(|(_, ssl)| remove(sources, *ssl)).collect();
    let mut seen = HashSet::new();
    let port = facts.verdicts.settings.ports.http;
    for (_, server) in http.servers().filter(|(_, server)| http.legacy_ssl(server).is_some()) {
        let tcp = server.listens.iter().filter(|listen| !listen.ssl && !listen.quic);
        for listen in tcp.filter(|listen| listen.address.port() != port) {
            let Some(directive) = listen.directive else { continue };
            if seen.insert(directive.span()) {
                edits.push(Edit::insert_after(directive.head_span(), " ssl"));
            }
        }
    }
    let title = if edits.len() > all.len() {
        "say `ssl` in `listen` instead"
    } else {
        "take the directive out"
    };
    Some(Fix {
        title: title.to_owned(),
        applicability: Applicability::Safe,
        edits,
        ..Fix::default()
    })
}

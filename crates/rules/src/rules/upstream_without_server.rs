use model::{Body, Context, Directive, Name, Standing, name};

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::diagnostic};

rule! {
    /// An upstream has no server.
    ///
    /// ```nginx,bad
    /// upstream backend {
    ///     least_conn;
    /// }
    /// ```
    ///
    /// Upstreams that another module may fill are not reported, nor those with an `include` that
    /// could not be followed. The commercial nginx fills those with a `zone` while it runs; they are
    /// not reported where the configuration has other directives of the commercial nginx.
    RULE {
        id: "upstream-without-server",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut is_commercial = None;
    let named = |standing| Standing::named(standing, name::UPSTREAM);
    for (body, upstream) in facts.standings.iter().flat_map(named) {
        let Body::Directives(context @ (Context::Http | Context::Stream)) = body else { continue };
        if upstream.refusal(context).is_some() || upstream.children().any(may_bring_server) {
            continue;
        }
        let has_zone = upstream.children().any(|directive| directive.name() == name::ZONE);
        if has_zone && *is_commercial.get_or_insert_with(|| is_for_commercial_nginx(facts)) {
            continue;
        }
        let message = "no servers are inside upstream".to_owned();
        found.push(diagnostic(RULE.id, upstream.head_span(), message));
    }
}

/// Whether a directive is one that the commercial nginx alone has.
fn is_for_commercial_nginx(facts: &Facts<'_>) -> bool {
    let mut directives = facts.standings.iter().flat_map(Standing::directives);
    directives.any(|(_, directive)| {
        let records = directive.name().records();
        !records.is_empty() && records.iter().all(|record| record.third_party == Some("nginx-plus"))
    })
}

/// Whether servers may come of a directive: it is one, it was not followed, or it is not nginx's.
fn may_bring_server(directive: Directive<'_>) -> bool {
    match directive.name() {
        Name::UNKNOWN | name::SERVER | name::INCLUDE => true,
        name => name.records().iter().all(|record| {
            let contexts = record.contexts;
            record.third_party.is_some()
                || !contexts.contains(Context::Upstream)
                    && !contexts.contains(Context::StreamUpstream)
        }),
    }
}

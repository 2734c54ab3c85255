use std::collections::HashMap;

use acme::meant_for_challenges;
use model::{Directive, Http, Server, limit_status, name};
use parser::Span;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    passing::{Found, find, warning},
};

rule! {
    /// Requests for challenges are limited all together.
    ///
    /// A certificate authority asks from five or more places at once. A `limit_req` whose zone counts
    /// by `$server_name`, `$host` or nothing at all counts these requests together, and refuses those
    /// above its rate with 503, or what `limit_req_status` says. A zone by `$binary_remote_addr` counts
    /// each place for itself, and is fine, as is a limit that is only tried (`limit_req_dry_run`).
    ///
    /// ```nginx,bad
    /// limit_req_zone $server_name zone=sites:1m rate=1r/s;
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     limit_req zone=sites;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// There is no patch, because a limit cannot be lifted for a location, only replaced by another one:
    /// add a zone by `$binary_remote_addr`, and a `limit_req` for it in the location for challenges. A
    /// `burst` of 5 or more is as good.
    RULE {
        id: "challenge-rate-limited",
        group: Group::Challenge,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// From so many places a certificate authority asks at once.
const PERSPECTIVES: u32 = 5;

/// A limit that is too low.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Limit {
    at: Span,
    /// The zone that counts the requests.
    zone: Span,
    /// What requests above the rate get.
    status: u16,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let zones = slow_zones(http);
    if zones.is_empty() {
        return;
    }
    let limits = find(facts, |_| true, |server| limit(http, &zones, server));
    for Found { what: Limit { at, zone, status }, names, .. } in limits {
        let message = "the requests of a certificate authority are limited all together";
        let mut diagnostic = warning(RULE.id, message, at, &names);
        diagnostic.here =
            format!("of {PERSPECTIVES} requests that come at once, some get {status}");
        let text = "this counts all clients as one".to_owned();
        diagnostic.labels.push(Label { span: zone, text });
        found.push(diagnostic);
    }
}

/// The zones that count all clients of a site together, and let in fewer within a second than ask at
/// once.
fn slow_zones(http: &Http<'_>) -> HashMap<String, Span> {
    let zones = http.level.all(name::LIMIT_REQ_ZONE).filter_map(|zone| {
        let name = value(zone, "zone=")?.split(':').next()?.to_owned();
        let is_slow = !is_fast(&value(zone, "rate=")?)? && is_shared(&zone.arg(0)?);
        is_slow.then(|| (name, zone.head_span()))
    });
    zones.collect()
}

/// The limit on the challenges of a server that is too low.
fn limit(http: &Http<'_>, zones: &HashMap<String, Span>, server: &Server<'_>) -> Option<Limit> {
    let meant = meant_for_challenges(server).next();
    // What answers by itself does so before it counts.
    let answers =
        meant.is_some_and(|(_, one)| one.level.code().any(|code| code.name() == name::RETURN));
    if answers {
        return None;
    }
    let chain = std::iter::successors(meant.map(|(id, _)| id), |&id| server.location(id).parent);
    let levels = chain.map(|id| &server.location(id).level).chain([&server.level, &http.level]);
    let mut trials = levels.clone().filter_map(|level| level.first(name::LIMIT_REQ_DRY_RUN));
    let is_trial = trials.next().and_then(|trial| trial.arg(0));
    if is_trial.is_some_and(|flag| flag.eq_ignore_ascii_case(b"on")) {
        return None;
    }
    let status = limit_status(levels.clone(), name::LIMIT_REQ_STATUS);
    let level = levels.into_iter().find(|level| level.first(name::LIMIT_REQ).is_some())?;
    level.all(name::LIMIT_REQ).find_map(|limit| {
        let zone = *zones.get(&value(limit, "zone=")?)?;
        let burst = value(limit, "burst=").map_or(Some(0), |burst| burst.parse::<u32>().ok())?;
        (burst + 1 < PERSPECTIVES).then(|| Limit { at: limit.head_span(), zone, status })
    })
}

/// The parameter of a directive that starts so, without its start.
fn value(directive: Directive<'_>, start: &str) -> Option<String> {
    directive.args().find_map(|word| {
        let value = word.strip_prefix(start.as_bytes())?;
        Some(String::from_utf8_lossy(value).into_owned())
    })
}

/// Whether a rate lets in the requests of all places within a second.
fn is_fast(rate: &str) -> Option<bool> {
    match rate.strip_suffix("r/s") {
        Some(rate) => Some(rate.parse::<u32>().ok()? >= PERSPECTIVES),
        None => Some(rate.strip_suffix("r/m")?.parse::<u32>().ok()? >= PERSPECTIVES * 60),
    }
}

/// Whether a key is the same for all clients of a site.
fn is_shared(key: &[u8]) -> bool {
    const OF_SITE: [&str; 6] =
        ["host", "http_host", "scheme", "server_addr", "server_name", "server_port"];
    let text = String::from_utf8_lossy(key);
    text.split('$').skip(1).all(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        OF_SITE.contains(&&rest[..end.unwrap_or(rest.len())])
    })
}

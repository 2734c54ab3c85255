use std::collections::HashSet;

use model::{Body, Context, Directive, Name, name};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    refusal::{diagnostic, shown},
};

rule! {
    /// An `access_log` names a format that no `log_format` defines.
    ///
    /// `combined` is the only one that nginx brings along. `main` comes with the nginx.conf of many
    /// packages, and is missing where a site moves to a machine with another one.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     access_log /var/log/nginx/example.com.log shop;
    /// }
    /// ```
    ///
    /// Files that no nginx.conf includes are not judged, and nothing is while a file is missing that
    /// may define the format.
    RULE {
        id: "log-format-unknown",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

/// `http` and `stream` have formats of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Http,
    Stream,
}

impl Part {
    fn of(context: Context) -> Option<Self> {
        match context {
            Context::Http
            | Context::Server
            | Context::Location
            | Context::IfInLocation
            | Context::LimitExcept => Some(Self::Http),
            Context::Stream | Context::StreamServer => Some(Self::Stream),
            _ => None,
        }
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let sources = facts.sources();
    if sources.roots().iter().any(|root| root.is_fragment) || !sources.problems().is_empty() {
        return;
    }
    let all = |name: Name| {
        let named = facts.standings.iter().flat_map(move |standing| standing.named(name));
        named.filter_map(|(body, directive)| match body {
            Body::Directives(context) => Some((Part::of(context)?, directive)),
            Body::Entries | Body::Lua | Body::Unknown => None,
        })
    };
    let mut known: HashSet<(Part, Vec<u8>)> = HashSet::new();
    known.insert((Part::Http, b"combined".to_vec()));
    let formats = all(name::LOG_FORMAT);
    known.extend(formats.filter_map(|(part, format)| Some((part, format.arg(0)?.into_owned()))));
    let mut seen = HashSet::new();
    for (part, log) in all(name::ACCESS_LOG) {
        let Some(format) = format_of(log) else { continue };
        let Some(span) = log.arg_span(1) else { continue };
        if !known.contains(&(part, format.clone())) && seen.insert(span) {
            let message = format!("unknown log format \"{}\"", shown(&format));
            found.push(diagnostic(RULE.id, span, message));
        }
    }
}

/// The format that an `access_log` names.
fn format_of(log: Directive<'_>) -> Option<Vec<u8>> {
    if log.arg(0)? == &b"off"[..] {
        return None;
    }
    log.arg(1).map(std::borrow::Cow::into_owned)
}

use acme::PATH;
use model::{AnswerPhase, Directive, name};
use parser::Span;

use crate::{
    Diagnostic, Edit, Fix, FixAvailability, Group, Label, Severity,
    cure::{end_of_word, location_at, one_edit, remove},
    facts::Facts,
    failure::{Case, Mistake, span_to_show, unserving},
};

rule! {
    /// The location for challenges takes them and does not serve the token.
    ///
    /// `internal` hides a location from everybody outside. `try_files` that never tests `$uri`, such
    /// as `try_files $uri/ =404`, finds no token, whatever lies there. And a `return` in the location
    /// answers in place of the file. Where a client listens behind the location, as certbot's
    /// `standalone` does, a `proxy_pass` with a `/` at its end cuts the path off that the client wants to
    /// see.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///         try_files $uri/ =404;
    ///     }
    /// }
    /// ```
    ///
    /// The patch takes `internal` out, lets `try_files` test the file, or hands on the whole path. Where the location has a
    /// `return`, its owner has to say what is meant.
    RULE {
        id: "challenge-location-serves-nothing",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::LocationUnserving {
            continue;
        }
        let case = failure.first();
        let Some(location) = case.location(facts.http) else { continue };
        let trace = &case.at().trace;
        let outcome = failure.outcome();
        let decided = unserving(trace).or(trace.decided_by);
        let (message, here) = match decided.map(Directive::name) {
            Some(name::PROXY_PASS) => (
                "`proxy_pass` hands challenges on with another path",
                format!("the certificate authority gets {outcome}"),
            ),
            Some(name::INTERNAL) => (
                "`internal` hides the location for challenges",
                "requests from outside get 404 here".to_owned(),
            ),
            Some(name::TRY_FILES) => (
                "`try_files` never tests the file of the token",
                format!("none of these is the token's file, so that the answer is {outcome}"),
            ),
            _ if trace.phase == AnswerPhase::LocationRewrite => (
                "the location for challenges answers by itself, and not with the token",
                format!("this answers {outcome}"),
            ),
            _ => (
                "the location for challenges does not serve them",
                format!("the certificate authority gets {outcome}"),
            ),
        };
        let place = decided.map_or(location.directive.head_span(), span_to_show);
        let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), place);
        diagnostic.here = here;
        let is_around = decided.is_none_or(|decided| decided == location.directive);
        if !is_around {
            let text = "in the location for challenges".to_owned();
            diagnostic.labels.push(Label { span: location.directive.head_span(), text });
        }
        diagnostic.fix = failure.fix(|case| fix(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    let location = case.location(facts.http)?;
    let is_for_challenges_alone =
        location.modifier.is_regex() || location.pattern.starts_with(PATH.as_bytes());
    let trace = &case.at().trace;
    let decided = unserving(trace).or(trace.decided_by)?;
    match decided.name() {
        name::INTERNAL if is_for_challenges_alone => {
            Some(one_edit("take `internal` out", remove(facts.sources(), decided)))
        }
        name::TRY_FILES if is_for_challenges_alone => {
            let (first, last) =
                (decided.arg_span(0)?, decided.arg_span(decided.arg_count().checked_sub(1)?)?);
            let span = Span::new(first.file, first.start, last.end);
            Some(one_edit("test the file itself", Edit::replace(span, "$uri =404")))
        }
        name::PROXY_PASS => {
            let span = decided.arg_span(0)?;
            let text = &facts.sources().file(span.file).bytes[span.range()];
            let host = text.windows(3).position(|part| part == b"://")? + 3;
            let slash = host + text[host..].iter().position(|&byte| byte == b'/')?;
            let start = span.start + slash as u32;
            let end = end_of_word(facts.sources(), decided, 0)?.end;
            let edit = Edit::replace(Span::new(span.file, start, end), "");
            Some(one_edit("hand challenges on with their path as it came", edit))
        }
        _ => location_at(facts, case, "serve challenges from a location of their own"),
    }
}

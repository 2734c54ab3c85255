use acme::Cause;
use model::{Directive, Sources, name};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group,
    cure::own_location,
    facts::Facts,
    failure::{Case, Mistake, span_to_show},
};

rule! {
    /// A redirect leads where certificate authorities do not follow.
    ///
    /// They follow 301, 302, 307 and 308 to `http` and `https` on ports 80 and 443, to public host
    /// names, ten times at most, and never to a URL that they have seen before. A missing slash is
    /// enough: with `rewrite ^/(.*)$ https://example.com$1` the host becomes
    /// `example.com.well-known`. Browsers fail there too, or forgive it, as they do with other ports.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location / {
    ///         return 301 https://$host:8443$request_uri;
    ///     }
    /// }
    ///
    /// server {
    ///     listen 8443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// The patch serves challenges on port 80, in front of the redirect, and leaves it as it is for
    /// everybody else. A missing slash is put in, and 303 becomes 301.
    ///
    /// ## Fix safety
    ///
    /// A slash or a status put right changes the redirect for all visitors.
    RULE {
        id: "challenge-redirect-not-followed",
        group: Group::Challenge,
        max_severity: crate::Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::RedirectRefused {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let Some(Cause::Redirect(why)) = case.cause else { continue };
        let decided = case.at().trace.decided_by;
        let place = decided.map_or(server.directive.name_span(), span_to_show);
        let message = "certificate authorities do not follow this redirect".to_owned();
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        diagnostic.here.clone_from(why);
        diagnostic.fix = failure.fix(|case| {
            let decided = case.at().trace.decided_by;
            let fix = decided.and_then(|redirect| put_right(facts.sources(), redirect, case));
            fix.or_else(|| own_location(facts, case))
        });
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

/// The redirect itself put right, where it is plain what was meant.
fn put_right(sources: &Sources, redirect: Directive<'_>, case: &Case<'_>) -> Option<Fix> {
    let is_return = redirect.name() == name::RETURN;
    let status = redirect.arg(0)?;
    if is_return && &*status == b"303" {
        return Some(Fix {
            title: "redirect with 301, which certificate authorities follow".to_owned(),
            applicability: Applicability::Unsafe,
            edits: vec![Edit::replace(redirect.arg_span(0)?, "301")],
            ..Fix::default()
        });
    }
    let Some(Cause::Redirect(why)) = case.cause else { return None };
    if !why.contains(".well-known`") {
        return None;
    }
    let span = redirect.arg_span(1)?;
    let text = &sources.file(span.file).bytes[span.range()];
    let host = text.windows(3).position(|part| part == b"://")? + 3;
    let length = text[host..].iter().position(|byte| matches!(byte, b'$' | b'/'))?;
    let at = span.start + (host + length) as u32;
    let is_capture = matches!(text[host + length..], [b'$', b'1'..=b'9', ..]);
    (is_capture && length > 0).then(|| Fix {
        title: "put a `/` between the host and the path".to_owned(),
        applicability: Applicability::Unsafe,
        edits: vec![Edit::insert_before(Span::new(span.file, at, at), "/")],
        ..Fix::default()
    })
}

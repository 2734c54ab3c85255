use acme::meant_for_challenges;
use model::Directive;

use crate::{
    Diagnostic, Fix, FixAvailability, Group, Label, Severity,
    cure::location_at,
    facts::Facts,
    failure::{Case, Failure, Mistake, span_to_show},
};

rule! {
    /// Challenges are redirected to an SSL server that refuses them.
    ///
    /// The certificate authority asks for the token on port 80. The server there redirects it to
    /// HTTPS, and the SSL server has no location for challenges: a rule against dot files, a `deny`
    /// or a `return 404` answers in its place. The first certificate was mostly issued before the
    /// redirect was there, so that only the renewal fails.
    ///
    /// A location on port 80 is of no use as long as the redirect stands outside of every
    /// location: nginx answers with it before it looks for one.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     rewrite ^ https://example.com$request_uri permanent;
    ///
    ///     location ^~ /.well-known/ {
    ///         allow all;
    ///     }
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///
    ///     location ~ /\. {
    ///         deny all;
    ///     }
    /// }
    /// ```
    ///
    /// ## See also
    ///
    /// - `challenge-taken-by-regex`, when the SSL server has such a location and another one wins
    RULE {
        id: "ssl-server-without-challenge-location",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::SslServerRefuses {
            continue;
        }
        let Some((_, server)) = failure.first().server(facts.http) else { continue };
        let outcome = failure.outcome();
        let message =
            format!("challenges are redirected to this SSL server, which answers {outcome}");
        let mut diagnostic = failure.diagnostic(RULE.id, message, server.directive.name_span());
        diagnostic.here = match meant_for_challenges(server).next() {
            None => "it has no location for challenges".to_owned(),
            Some(_) => "its location for challenges does not serve them".to_owned(),
        };
        if let Some(directive) = failure.at().trace.decided_by {
            let text = format!("this answers {outcome}");
            diagnostic.labels.push(Label { span: span_to_show(directive), text });
        }
        if let Some(location) = dead_location(facts, failure) {
            let text = "this location is never reached: the redirect comes first".to_owned();
            diagnostic.labels.push(Label { span: location.head_span(), text });
        }
        diagnostic.fix = failure.fix(|case| fix(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

/// The location for challenges in the server that redirects.
fn dead_location<'c>(facts: &Facts<'c>, failure: &Failure<'c>) -> Option<Directive<'c>> {
    let first = failure.first().challenge.hops.first()?.trace.server?;
    let (_, location) = meant_for_challenges(facts.http.server(first)).next()?;
    Some(location.directive)
}

fn fix(facts: &Facts<'_>, case: &Case<'_>) -> Option<Fix> {
    location_at(facts, case, "open the path of challenges, and nothing else, in the SSL server")
}

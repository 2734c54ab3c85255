use model::Answer;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    cure::own_location,
    facts::Facts,
    failure::{Mistake, abridge, span_to_show},
};

rule! {
    /// A redirect sends challenges to another page, without their path.
    ///
    /// `return 301 https://example.com/;` takes every visitor to the front page, and the certificate
    /// authority as well: it asks there, gets a page, and compares it with the token. What hosting
    /// panels call forwarding of a site does the same.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     return 301 https://example.com/;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// The patch serves challenges in front of the redirect. Should visitors, too, come to the page
    /// that they asked for, redirect to `https://example.com$request_uri` instead.
    RULE {
        id: "challenge-redirect-loses-path",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::RedirectLosesPath {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let decided = case.at().trace.decided_by;
        let place = decided.map_or(server.directive.name_span(), span_to_show);
        let message = "this redirect drops the path of challenges".to_owned();
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        if let Answer::Redirect { to, .. } = &case.at().trace.answer {
            diagnostic.here =
                format!("every challenge ends up at {}", abridge(&to.escape_ascii().to_string()));
        }
        diagnostic.fix = failure.fix(|case| own_location(facts, case));
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

use acme::Cause;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    cure::location_at,
    facts::Facts,
    failure::{Mistake, span_to_show},
};

rule! {
    /// The site answers challenges with a page of its own.
    ///
    /// A front controller, be it `/index.php` or the `/index.html` of an application that runs in the
    /// browser, gets every path that is no file. That is fine as long as files are asked for first,
    /// as in `try_files $uri /index.php`. Here the file of the token is never tested: the certificate
    /// authority gets a page in its place.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///
    ///     location / {
    ///         rewrite ^ /index.html break;
    ///     }
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// The patch serves challenges from a location of their own, before the site gets them. What a
    /// backend answers is not known, so that a front controller behind one is a warning.
    RULE {
        id: "challenge-taken-by-front-controller",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::PageOfSite {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let decider = failure.deciders.first().copied();
        let place = decider.map_or(server.directive.name_span(), span_to_show);
        let message = "the site answers challenges with a page of its own".to_owned();
        let mut diagnostic = failure.diagnostic(RULE.id, message, place);
        diagnostic.here = "this leads there without a look at the token's file".to_owned();
        if let Some(decided) = case.at().trace.decided_by
            && Some(decided) != decider
            && case.cause == Some(&Cause::Backend)
        {
            let text = "and this hands it to a backend".to_owned();
            diagnostic.labels.push(Label { span: span_to_show(decided), text });
        }
        diagnostic.fix = failure.fix(|case| {
            location_at(facts, case, "serve challenges from a web root, before the site gets them")
        });
        diagnostic.ask_for_web_root();
        found.push(diagnostic);
    }
}

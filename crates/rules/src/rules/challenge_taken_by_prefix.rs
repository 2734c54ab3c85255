use acme::WebRootOrigin;

use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity, cure::location_at, facts::Facts,
    failure::Mistake,
};

rule! {
    /// A prefix with `^~` takes challenges from the regular expression that should serve them.
    ///
    /// `^~` on the longest prefix that matches keeps nginx from trying any regular expression of the
    /// level. A location such as `~ ^/\.well-known/acme-challenge/`, which panels and ACME clients
    /// write into configurations, is dead beside `^~ /.well-known/`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/ {
    ///         return 404;
    ///     }
    ///
    ///     location ~ ^/\.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// The patch adds a longer prefix for challenges alone, which comes before both.
    RULE {
        id: "challenge-taken-by-prefix",
        group: Group::Challenge,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::TakenByPrefix {
            continue;
        }
        let case = failure.first();
        let Some((_, server)) = case.server(facts.http) else { continue };
        let Some(meant) = case.meant.map(|id| server.location(id)) else { continue };
        let Some(taker) = case.at().trace.location.map(|id| server.location(id)) else { continue };
        let message = "challenges never reach the location meant for them".to_owned();
        let mut diagnostic = failure.diagnostic(RULE.id, message, meant.directive.head_span());
        diagnostic.here = "a prefix with `^~` keeps nginx from trying this".to_owned();
        let text = format!("this takes them, and they get {}", failure.outcome());
        diagnostic.labels.push(Label { span: taker.directive.head_span(), text });
        diagnostic.fix = failure.fix(|case| {
            let (id, _) = case.server(facts.http)?;
            // What the location does may be more than a web root.
            let root = facts.web_roots.of(id)?;
            if root.origin != WebRootOrigin::SameName {
                return None;
            }
            location_at(facts, case, "add a longer prefix for challenges alone")
        });
        found.push(diagnostic);
    }
}

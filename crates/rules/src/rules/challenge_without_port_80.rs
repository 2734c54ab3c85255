use crate::{Diagnostic, FixAvailability, Group, Label, Severity, facts::Facts, failure::Mistake};

rule! {
    /// Nothing listens on port 80, where challenges start.
    ///
    /// A location for challenges in an SSL server is of no use by itself: certificate authorities ask
    /// for the token in plain HTTP on port 80 first, and come to HTTPS only by a redirect.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// Another program may have the port, and names may be validated over DNS: it is a warning, and only
    /// where a location for challenges shows that they are expected. If any server speaks plain HTTP,
    /// on whatever port, nothing is reported, because port 80 may be mapped to it.
    RULE {
        id: "challenge-without-port-80",
        group: Group::Challenge,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake != Mistake::NoPort80 {
            continue;
        }
        let case = failure.first();
        let Some(server) = case.other.map(|id| http.server(id)) else { continue };
        let Some(meant) = case.meant.map(|id| server.location(id)) else { continue };
        let message = "nothing listens on port 80, where challenges start".to_owned();
        let mut diagnostic = failure.diagnostic(RULE.id, message, server.directive.name_span());
        diagnostic.here = "this server speaks TLS alone".to_owned();
        let text = "this location waits for challenges".to_owned();
        diagnostic.labels.push(Label { span: meant.directive.head_span(), text });
        diagnostic.notes.push(
            "add a server on port 80 that serves challenges and redirects everything else"
                .to_owned(),
        );
        found.push(diagnostic);
    }
}

use crate::{Diagnostic, FixAvailability, Group, Severity, facts::Facts};

rule! {
    /// A certificate may not be used by servers.
    ///
    /// A certificate says what its key may be used for. Without `serverAuth` among the extended key
    /// usages nginx loads it, and clients refuse it: `unsuitable certificate purpose`. It is one for
    /// clients, for mail or for signing programs.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/client.pem;
    ///     ssl_certificate_key /etc/ssl/client.key;
    /// }
    /// ```
    RULE {
        id: "certificate-not-for-servers",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    for file in &served.files {
        let is_for_servers = file.leaf().key_usage.is_none_or(|usage| usage.server);
        if !file.is_shown || is_for_servers || file.is_mismatched {
            continue;
        }
        let message = "clients refuse this certificate: it is not one for servers".to_owned();
        let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
        diagnostic.here = "its extended key usage lacks `serverAuth`".to_owned();
        found.push(diagnostic);
    }
}

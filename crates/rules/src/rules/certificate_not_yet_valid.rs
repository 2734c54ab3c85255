use crate::{Diagnostic, FixAvailability, Group, Severity, date::date, facts::Facts};

rule! {
    /// A certificate is not valid yet.
    ///
    /// nginx loads it, and clients refuse it until its day comes: `certificate is not yet valid`.
    /// Often it is the clock that is wrong, that of this machine or that of the one on which the
    /// certificate was made.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/future.pem;
    ///     ssl_certificate_key /etc/ssl/future.key;
    /// }
    /// ```
    ///
    /// `--now` judges as of another day.
    RULE {
        id: "certificate-not-yet-valid",
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
        let leaf = file.leaf();
        let is_early = facts.settings.now < leaf.not_before;
        let is_nobodys = leaf.is_self_issued() && file.names.is_empty();
        if !file.is_shown || !is_early || is_nobodys || file.is_mismatched {
            continue;
        }
        let message = format!("the certificate is not valid before {}", date(leaf.not_before));
        let mut diagnostic = file.problem(RULE.id, Severity::Error, message);
        diagnostic.here = format!("today is {}", date(facts.settings.now));
        diagnostic.notes.push("check the clock: `date -u`".to_owned());
        found.push(diagnostic);
    }
}

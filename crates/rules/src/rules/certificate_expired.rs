use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    date::{date, length},
    facts::Facts,
    served::{ServedFile, lockout},
};

rule! {
    /// A certificate has expired.
    ///
    /// nginx loads an expired certificate without a word and goes on showing it; clients refuse it
    /// from one second to the next. The renewal has not worked, or nginx was not reloaded after it: a
    /// running nginx keeps the certificate that it read when it started.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/expired.pem;
    ///     ssl_certificate_key /etc/ssl/expired.key;
    /// }
    /// ```
    ///
    /// An intermediate certificate of the chain may expire as well: then the chain has to be fetched
    /// anew. Of a certificate that has signed itself, and that only stands behind names that nobody
    /// asks for, nothing is said. `--now` judges as of another day.
    RULE {
        id: "certificate-expired",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    let now = facts.settings.now;
    for file in &served.files {
        if file.is_shown && !file.is_mismatched {
            found.extend(leaf(facts, file).or_else(|| intermediate(file, now)));
        }
    }
}

fn leaf(facts: &Facts<'_>, file: &ServedFile<'_>) -> Option<Diagnostic> {
    let now = facts.settings.now;
    let leaf = file.leaf();
    if leaf.not_after >= now {
        return None;
    }
    let severity = match (leaf.is_self_issued(), file.names.is_empty(), file.has_public_name()) {
        // Nobody trusts it anyway; that it signs itself is another rule's.
        (true, true, _) | (true, _, true) => return None,
        (true, false, false) => Severity::Warning,
        (false, ..) => Severity::Error,
    };
    let ago = length(now - leaf.not_after);
    let message = format!("the certificate expired on {}, {ago} ago", date(leaf.not_after));
    let mut diagnostic = file.problem(RULE.id, severity, message);
    diagnostic.here = format!("valid from {} to {}", date(leaf.not_before), date(leaf.not_after));
    diagnostic.notes.push(
        "renew it, then `nginx -s reload`; if the file has been renewed since, the reload is all \
         that is missing"
            .to_owned(),
    );
    diagnostic.notes.extend(lockout(facts, file));
    Some(diagnostic)
}

/// A certificate further up that has expired; without the issuer of the server's own nothing
/// verifies.
fn intermediate(file: &ServedFile<'_>, now: i64) -> Option<Diagnostic> {
    if file.chain.certificates.len() == 1 {
        return None;
    }
    let order = file.chain.order();
    let mut upwards = order.upwards.iter().skip(1).map(|&at| (at, &file.chain.certificates[at]));
    let (at, expired) =
        upwards.find(|(_, above)| !above.is_self_issued() && above.not_after < now)?;
    let message = format!(
        "intermediate certificate {} of the chain expired on {}",
        at + 1,
        date(expired.not_after)
    );
    let severity = if order.upwards[1] == at { Severity::Error } else { Severity::Warning };
    let mut diagnostic = file.problem(RULE.id, severity, message);
    diagnostic.here = format!("it is that of {}", expired.subject);
    diagnostic.notes.push("fetch the chain anew from the issuer of the certificate".to_owned());
    Some(diagnostic)
}

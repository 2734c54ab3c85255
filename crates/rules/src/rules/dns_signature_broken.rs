use acme::dns::Fault;

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// The DNSSEC signatures of a name do not hold.
    ///
    /// The zone is signed, or the one above says that it is, and what comes back does not fit:
    /// signatures have expired, or the zone was moved to servers that do not sign it while the DS
    /// record above stayed. Resolvers that check signatures, as certificate authorities' do, answer
    /// SERVFAIL; others answer as ever, so that many people do not notice. It is told from a server
    /// that does not answer by a second question, with checking turned off, to which there is an
    /// answer.
    ///
    /// With `--dns`, where the zone above has a DS record for a key that example.com is not signed
    /// with:
    ///
    /// ```dns,records,bogus
    /// example.com.      A  93.184.215.14
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// The resolver that is asked has to check signatures. The one of this machine may not; then
    /// the report says so, and `--resolver 9.9.9.9` asks one that does.
    ///
    /// ## See also
    ///
    /// - `dns-lookup-failed`
    RULE {
        id: "dns-signature-broken",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Failed(failure) => Some(&failure.said),
        _ => None,
    });
    for case in cases {
        let Fault::Failed(failure) = case.fault else { continue };
        let message = format!("the DNSSEC signatures for {} do not hold", case.who());
        let here = "certificate authorities get SERVFAIL and give up";
        let mut diagnostic = case.diagnostic(RULE.id, message, here);
        if let Some(said) = &failure.said {
            diagnostic.notes.push(format!("the resolver says: {said}"));
        }
        diagnostic.notes.push(format!(
            "have the zone signed anew, or take the DS record out where the domain is registered; this \
             shows more:\n    delv {} {}",
            failure.name, failure.record
        ));
        found.push(diagnostic);
    }
}

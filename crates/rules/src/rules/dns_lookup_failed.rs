use acme::dns::{FailureKind, Fault};

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// DNS gives no answer about a name.
    ///
    /// The resolver that is asked finds no server that answers for the zone, or is refused: name
    /// servers that are gone, that do not have the zone (a lame delegation, often after a move to
    /// another provider), or that do not know CAA records and fail on them. Certificate authorities
    /// get no answer either: `DNS problem: SERVFAIL looking up A for example.com`, or `query timed
    /// out`. They have to know the CAA records, too; no answer to that question is a no.
    ///
    /// With `--dns`, where the name server has lost the zone of example.com:
    ///
    /// ```dns,records,lost
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
    /// A question that is not answered in time is a warning: that may be the network between this
    /// machine and the resolver, and over soon. Where the resolver does not answer at all, the
    /// program says so once, and exits with 2.
    ///
    /// ## See also
    ///
    /// - `dns-signature-broken`
    RULE {
        id: "dns-lookup-failed",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Failed(failure) => Some((failure.record, &failure.kind, &failure.said)),
        _ => None,
    });
    for case in cases {
        let Fault::Failed(failure) = case.fault else { continue };
        let what = if failure.record == "CAA" { "CAA records" } else { "addresses" };
        let of = if failure.name == case.names[0] {
            case.who()
        } else {
            format!("{}, which counts for {}", failure.name, case.who())
        };
        let message = format!("DNS does not say which {what} there are for {of}");
        let mut diagnostic = case.diagnostic(RULE.id, message, &failure.words());
        if let Some(said) = &failure.said {
            diagnostic.notes.push(format!("the resolver says: {said}"));
        }
        diagnostic.notes.push(match failure.kind {
            FailureKind::TimedOut | FailureKind::Network(_) => {
                "try again, or with another resolver (`--resolver`)".to_owned()
            }
            FailureKind::Refused => "the server does not have the zone, or the resolver does not \
                                     serve this machine"
                .to_owned(),
            _ => "look whether the name servers that the domain is registered with have its zone"
                .to_owned(),
        });
        found.push(diagnostic);
    }
}

use acme::dns::Fault;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    dns::{cases, served_by},
    facts::Facts,
};

rule! {
    /// DNS does not have a name that a certificate is wanted for.
    ///
    /// A certificate authority looks for the addresses of a name before anything else. Where DNS
    /// says that there is no such name (NXDOMAIN), nothing that nginx does matters: there is no
    /// certificate, and none for the other names that are in it. The record was never made, or has
    /// gone with a move to another provider; the name is an alias for one that is not there any
    /// more; or the domain itself has expired.
    ///
    /// With `--dns`, where DNS says this:
    ///
    /// ```dns,records
    /// example.com.      A  93.184.215.14
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com mail.example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// The record is made where the zone is, with whoever runs its name servers. Other resolvers
    /// may remember for a while that there was none. If the name is not needed, it goes: from the
    /// server, and from the certificate.
    ///
    /// ## See also
    ///
    /// - `dns-name-without-address`
    RULE {
        id: "dns-name-not-found",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        // Each name is missing by itself, but all of a domain that has gone are missing with it.
        Fault::NotFound { missing, zone } => Some((zone, zone.is_none().then_some(missing))),
        _ => None,
    });
    for case in cases {
        let Fault::NotFound { missing, zone } = case.fault else { continue };
        let name = case.names[0];
        let is_alias = missing != name;
        let message = if is_alias {
            format!("{} {missing}, which DNS does not have", case.leads_to())
        } else {
            format!("DNS does not have {}", case.who())
        };
        let here = "certificate authorities get NXDOMAIN and give up";
        let mut diagnostic = case.diagnostic(RULE.id, message, here);
        let is_whole = matches!(zone, Some(zone) if !zone.name.contains('.'));
        diagnostic.notes.push(match zone {
            _ if is_alias => format!(
                "{name} is an alias (CNAME) for {missing}: make it one for a name that is there, or \
                 give it addresses of its own"
            ),
            Some(_) if is_whole => "the domain itself is not there: it has expired, was never \
                                    registered, or is misspelt here"
                .to_owned(),
            Some(zone) => format!(
                "add an A or AAAA record for it to the zone {}{}; or, if nobody needs the name, take \
                 it out of the server and of the certificate",
                zone.name,
                served_by(zone)
            ),
            None => "add an A or AAAA record for it; or, if nobody needs the name, take it out of the \
                     server and of the certificate"
                .to_owned(),
        });
        found.push(diagnostic);
    }
}

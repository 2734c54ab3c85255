use acme::dns::Fault;

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    dns::{cases, served_by},
    facts::Facts,
};

rule! {
    /// DNS has the name, and no address for it.
    ///
    /// A name can be there for other reasons: mail, a record for a verification, or other names
    /// below it. Certificate authorities look for A and AAAA records, and without either there is
    /// nobody to ask for the challenge: `no valid A records found for example.com; no valid AAAA
    /// records found`.
    ///
    /// With `--dns`, where DNS says this:
    ///
    /// ```dns,records
    /// example.com.      MX 10 mail.example.net.
    /// www.example.com.  A  93.184.215.14
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name example.com www.example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// A domain itself cannot be an alias (CNAME), because it has other records, too; some
    /// providers offer `ALIAS` or `ANAME` for that, which become addresses.
    ///
    /// ## See also
    ///
    /// - `dns-name-not-found`
    RULE {
        id: "dns-name-without-address",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::NoAddress { alias, zone } => Some((alias, zone)),
        _ => None,
    });
    for case in cases {
        let Fault::NoAddress { alias, zone } = case.fault else { continue };
        let message = format!("DNS has no address for {}", case.who());
        let here = "certificate authorities find neither A nor AAAA records";
        let mut diagnostic = case.diagnostic(RULE.id, message, here);
        diagnostic.notes.push(match (alias, zone) {
            (Some(alias), _) => {
                format!("it is an alias (CNAME) for {alias}, and that name needs an address")
            }
            (None, Some(zone)) => format!(
                "add an A or AAAA record for it to the zone {}{}",
                zone.name,
                served_by(zone)
            ),
            (None, None) => "add an A or AAAA record for it".to_owned(),
        });
        found.push(diagnostic);
    }
}

use acme::dns::{Consequence, Fault, list};

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// DNS has only addresses that nobody reaches over the Internet.
    ///
    /// Addresses of private networks (`10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`,
    /// `100.64.0.0/10`, `fd00::/8`), of loopback, of links and of documentation are dropped by
    /// certificate authorities: `no valid A records found for example.com`. The other addresses of
    /// the name count, if there are any.
    ///
    /// With `--dns`, where DNS says this:
    ///
    /// ```dns,records
    /// example.com.      A  192.168.178.20
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
    /// A resolver inside of a network may tell other addresses than the rest of the world gets. So
    /// it is an error only if the resolver is of the public Internet, such as with `--resolver
    /// 9.9.9.9`; a warning else; and for information if the address is one of this machine, as it
    /// is where the inside has a view of its own. A name that is for the inside alone gets its
    /// certificate with a challenge over DNS.
    RULE {
        id: "dns-address-private",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Private { addresses, .. } => Some(addresses),
        _ => None,
    });
    for case in cases {
        let Fault::Private { addresses, consequence } = case.fault else { continue };
        let message = format!(
            "{} {}, which is no address of the public Internet",
            case.leads_to(),
            list(addresses)
        );
        let here = "certificate authorities drop such addresses";
        let mut diagnostic = case.diagnostic(RULE.id, message, here);
        if *consequence != Consequence::Fails {
            diagnostic.notes.push(
                "if this is what the resolver tells the inside of a network, ask one outside: \
                 `--resolver 9.9.9.9`"
                    .to_owned(),
            );
        }
        diagnostic.notes.push(
            "the name needs a public address, or a challenge over DNS instead of HTTP".to_owned(),
        );
        found.push(diagnostic);
    }
}

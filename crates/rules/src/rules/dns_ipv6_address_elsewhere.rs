use acme::dns::{Fault, list};

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// The IPv6 address of a name is not this machine's, while its IPv4 address is.
    ///
    /// A site moves, its A record is changed, and the AAAA record is forgotten. Most visitors do
    /// not notice: browsers try both. Certificate authorities prefer IPv6, and turn to IPv4 only if
    /// nobody accepts the connection; an old server that answers 404 is an answer. So the challenge
    /// fails, with an IPv6 address in the message.
    ///
    /// With `--dns --public-address 93.184.215.14`, where DNS says this:
    ///
    /// ```dns,records
    /// example.com.      A     93.184.215.14
    /// example.com.      AAAA  2606:2800:220:1::1
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen [::]:80;
    ///     server_name example.com;
    ///
    ///     location ^~ /.well-known/acme-challenge/ {
    ///         root /var/www/letsencrypt;
    ///     }
    /// }
    /// ```
    ///
    /// It is an error where the machine's own IPv6 addresses are known, or that it has none; else a
    /// warning, because the address may be one that nobody has declared (`--public-address`).
    ///
    /// ## See also
    ///
    /// - `dns-address-elsewhere`
    /// - `challenge-lost-over-ipv6`
    RULE {
        id: "dns-ipv6-address-elsewhere",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Ipv6Elsewhere { addresses, .. } => Some(addresses),
        _ => None,
    });
    for case in cases {
        let Fault::Ipv6Elsewhere { addresses, own, is_certain } = case.fault else { continue };
        let message =
            format!("over IPv6 {} {}, which is not this machine", case.leads_to(), list(addresses));
        let here = format!("this machine is at {own}; certificate authorities prefer IPv6");
        let mut diagnostic = case.diagnostic(RULE.id, message, &here);
        let declare = if *is_certain {
            String::new()
        } else {
            format!("; if it is this machine's all the same: `--public-address {}`", addresses[0])
        };
        diagnostic.notes.push(format!(
            "change the AAAA record to this machine's IPv6 address, or remove it if it has none{declare}"
        ));
        found.push(diagnostic);
    }
}

use acme::dns::{Fault, list};

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// DNS leads to another machine.
    ///
    /// The challenge goes where the addresses of the name lead. After a move, while the name is
    /// still with the old provider, or with a parked domain, another machine answers it, and that
    /// one does not have the token: `404`, or a page of somebody else's.
    ///
    /// The addresses are compared with those of this machine's interfaces, if the configuration is
    /// this machine's own, with those that nginx listens on, and with those that are declared
    /// (`--public-address`). A machine behind a router that translates addresses does not know by
    /// which address it is reached: there nothing is compared until one is declared.
    ///
    /// With `--dns --public-address 93.184.215.14`, where DNS says this:
    ///
    /// ```dns,records
    /// example.com.      A  93.184.215.14
    /// www.example.com.  A  93.184.220.29
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
    /// It is a warning, because something may stand there that hands challenges on: a load
    /// balancer, a proxy, another machine that shares the tokens. Services that are known for it
    /// are left in peace, and so are the networks of `set_real_ip_from`. Of several addresses, one
    /// of this machine is enough.
    ///
    /// ## See also
    ///
    /// - `dns-ipv6-address-elsewhere`
    RULE {
        id: "dns-address-elsewhere",
        group: Group::Dns,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Elsewhere { addresses, .. } => Some(addresses),
        _ => None,
    });
    for case in cases {
        let Fault::Elsewhere { addresses, own } = case.fault else { continue };
        let message = format!("{} {}, which is not this machine", case.leads_to(), list(addresses));
        let here = format!("this machine is at {own}");
        let mut diagnostic = case.diagnostic(RULE.id, message, &here);
        diagnostic.notes.push(format!(
            "if the site has moved here, its A and AAAA records have to follow; if a proxy or a load \
             balancer stands there and hands challenges on, declare it with `--public-address {}`",
            addresses[0]
        ));
        found.push(diagnostic);
    }
}

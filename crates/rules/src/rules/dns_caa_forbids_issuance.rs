use acme::dns::{CaaSet, Fault, Order, Refusal};

use crate::{Diagnostic, FixAvailability, Group, Severity, dns::cases, facts::Facts};

rule! {
    /// CAA records do not let the certificate authority issue.
    ///
    /// CAA records say which authorities may issue certificates for a domain. The nearest ones
    /// count: those of the name, or else of the name above it, and so on; a name without any, and
    /// with none above, may get its certificates anywhere. The authority of the ACME client has to
    /// be named in an `issue` record, or for a wildcard in an `issuewild` record if there is one.
    /// Parameters may narrow it to some ways of validation or to one account, and a critical record
    /// that nobody knows forbids everything.
    ///
    /// With `--dns`, where DNS says this, and this at the end of
    /// `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```dns,records
    /// example.com.      A    93.184.215.14
    /// www.example.com.  A    93.184.215.14
    /// example.com.      CAA  0 issue "digicert.com"
    /// ```
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = webroot
    /// webroot_path = /var/www/letsencrypt,
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// `acme.sh` has its certificates from the authority `sectigo.com` unless it is told otherwise.
    /// Records with parameters for the right account and method are fine:
    ///
    /// ```dns,records
    /// example.com.      A    93.184.215.14
    /// www.example.com.  A    93.184.215.14
    /// example.com.      CAA  0 issue "letsencrypt.org; validationmethods=http-01,dns-01"
    /// example.com.      CAA  0 issuewild ";"
    /// ```
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/letsencrypt;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    RULE {
        id: "dns-caa-forbids-issuance",
        group: Group::Dns,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let cases = cases(facts, RULE.id, |fault| match fault {
        Fault::Caa { set, refusal, order } => Some((set, refusal, order)),
        _ => None,
    });
    for case in cases {
        let Fault::Caa { set, refusal, order } = case.fault else { continue };
        let wildcard = if order.is_wildcard { "*." } else { "" };
        let who = order.authority.map_or("any authority", |authority| authority.name);
        let message = format!(
            "the CAA records of {} do not let {who} issue for {wildcard}{}",
            set.at,
            case.who()
        );
        let mut diagnostic = case.diagnostic(RULE.id, message, &reason(refusal, order));
        if let Some(alias) = &set.alias_of {
            diagnostic
                .notes
                .push(format!("{} is an alias, and the records are those of {alias}", set.at));
        }
        if let (Some(client), Some(certificate)) = (&order.client, &order.certificate) {
            diagnostic.notes.push(format!("{client} gets {certificate} from {who}"));
        }
        diagnostic.notes.extend(cure(set, refusal, order));
        found.push(diagnostic);
    }
}

fn reason(refusal: &Refusal, order: &Order) -> String {
    match refusal {
        Refusal::Nobody => "they let nobody issue".to_owned(),
        Refusal::Others(domains) => format!("they name {}", domains.join(", ")),
        Refusal::Methods(methods) if methods.is_empty() => {
            "their parameters are malformed, so that nobody meets them".to_owned()
        }
        Refusal::Methods(methods) => {
            let own = order.validation.map_or("another way", |validation| validation.method());
            format!("they want validation over {}, and the client has {own}", methods.join(" or "))
        }
        Refusal::Account(_) => "they name another account than the client's".to_owned(),
        Refusal::Unknown(tag) => {
            format!("`{tag}` is critical in them, and certificate authorities do not know it")
        }
    }
}

/// What to do.
fn cure(set: &CaaSet, refusal: &Refusal, order: &Order) -> Option<String> {
    let owner = set.alias_of.as_deref().unwrap_or(&set.at);
    let domain = order.authority.and_then(|authority| authority.domains.first().copied());
    let tag = if order.is_wildcard
        && set.properties.iter().any(|one| one.tag.eq_ignore_ascii_case("issuewild"))
    {
        "issuewild"
    } else {
        "issue"
    };
    let record =
        |value: &str| format!("a record that lets it issue:\n    {owner}. CAA 0 {tag} \"{value}\"");
    match refusal {
        Refusal::Nobody | Refusal::Others(_) => Some(record(domain?)),
        Refusal::Methods(_) => {
            Some(record(&format!("{}; validationmethods={}", domain?, order.validation?.method())))
        }
        Refusal::Account(_) => {
            Some(record(&format!("{}; accounturi={}", domain?, order.account.as_ref()?)))
        }
        Refusal::Unknown(tag) => {
            Some(format!("take the `{tag}` record out, or write it with the flag 0 instead of 128"))
        }
    }
}

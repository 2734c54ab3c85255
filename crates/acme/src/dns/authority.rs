//! Certificate authorities, and the domains by which CAA records name them.

use evidence::client::{Client, Lineage};

/// A certificate authority, as far as CAA records are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    /// Its name.
    pub name: &'static str,
    /// The domains that stand for it; the first is the one to write.
    pub domains: &'static [&'static str],
    /// Whether it heeds the parameters of RFC 8657, `accounturi` and `validationmethods`.
    pub heeds_parameters: bool,
    /// A part of the URL of its ACME directory.
    url: &'static str,
}

const LETS_ENCRYPT: Authority =
    authority("Let's Encrypt", &["letsencrypt.org"], true, ".letsencrypt.org/");

const ZERO_SSL: Authority = authority("ZeroSSL", SECTIGO, false, ".zerossl.com/");

/// The domains that Sectigo takes for its own.
const SECTIGO: &[&str] =
    &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"];

/// Authorities with an ACME directory for everybody.
const KNOWN: [Authority; 9] = [
    LETS_ENCRYPT,
    ZERO_SSL,
    authority("Sectigo", SECTIGO, false, ".sectigo.com/"),
    authority("Google Trust Services", &["pki.goog"], true, ".pki.goog/"),
    authority("Buypass", &["buypass.com", "buypass.no"], false, ".buypass.com/"),
    authority("SSL.com", &["ssl.com"], false, ".ssl.com/"),
    authority("Actalis", &["actalis.it"], false, ".actalis.com/"),
    authority("HARICA", &["harica.gr"], false, ".harica.gr/"),
    authority(
        "DigiCert",
        &["digicert.com", "symantec.com", "geotrust.com", "rapidssl.com", "thawte.com"],
        false,
        ".digicert.com/",
    ),
];

const fn authority(
    name: &'static str,
    domains: &'static [&'static str],
    heeds_parameters: bool,
    url: &'static str,
) -> Authority {
    Authority { name, domains, heeds_parameters, url }
}

impl Authority {
    /// The one that a client gets a certificate from; `None` if that is another one than those known
    /// here, such as one of a company.
    pub fn of(lineage: &Lineage) -> Option<Self> {
        match (lineage.server.as_deref(), lineage.client) {
            (None, Client::AcmeSh) => Some(ZERO_SSL),
            (None, Client::Certbot | Client::Lego) => Some(LETS_ENCRYPT),
            // Theirs stands in files that are not looked at for it.
            (None, Client::Dehydrated | Client::NginxModule) => None,
            (Some(server), _) => Self::at(server),
        }
    }

    /// The one with this ACME directory.
    pub fn at(server: &str) -> Option<Self> {
        // dehydrated and acme.sh have short names for the usual ones.
        match server {
            "letsencrypt" | "letsencrypt-test" => return Some(LETS_ENCRYPT),
            "zerossl" => return Some(ZERO_SSL),
            _ => {}
        }
        KNOWN.into_iter().find(|known| server.contains(known.url))
    }

    /// Whether a domain of a CAA record stands for it.
    pub(super) fn is_called(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| domain.eq_ignore_ascii_case(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_known_by_their_directories() {
        let name = |url: &str| Authority::at(url).map(|known| known.name);
        assert_eq!(name("https://acme-v02.api.letsencrypt.org/directory"), Some("Let's Encrypt"));
        assert_eq!(
            name("https://acme-staging-v02.api.letsencrypt.org/directory"),
            Some("Let's Encrypt")
        );
        assert_eq!(name("https://acme.zerossl.com/v2/DV90"), Some("ZeroSSL"));
        assert_eq!(
            name("https://dv.acme-v02.api.pki.goog/directory"),
            Some("Google Trust Services")
        );
        assert_eq!(name("https://ca.internal.example/acme/acme/directory"), None);
        assert_eq!(name("letsencrypt-test"), Some("Let's Encrypt"));
    }
}

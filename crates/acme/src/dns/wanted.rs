//! The names that DNS is asked about, and what for.

use std::collections::BTreeMap;

use evidence::client::{Clients, Lineage, Method};
use model::ServerNameKind;

use super::Authority;
use crate::{
    public::{is_public_name, never_issued},
    settings::Way,
    verdict::{NameVerdict, Verdict, Verdicts},
};

/// What is wanted of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether certificate authorities connect to it.
    pub is_connected_to: bool,
    /// The certificates that it is in, or a wildcard right below it; one that nobody is known to
    /// order if there are none.
    pub orders: Vec<Order>,
}

/// A certificate that a client orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order {
    /// The client's name, and what it calls the certificate; `None` if none is known.
    pub client: Option<String>,
    /// What the client calls the certificate.
    pub certificate: Option<String>,
    /// The authority, as far as it is known.
    pub authority: Option<Authority>,
    /// Whether it is for everything below the name.
    pub is_wildcard: bool,
    /// How the name is validated, as far as it is known.
    pub validation: Option<Validation>,
    /// The URI of the client's account.
    pub account: Option<String>,
}

/// A way of validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validation {
    /// A file over HTTP.
    Http01,
    /// A record in DNS.
    Dns01,
    /// A TLS handshake.
    TlsAlpn01,
}

impl Validation {
    /// What CAA records and ACME call it.
    pub fn method(self) -> &'static str {
        match self {
            Self::Http01 => "http-01",
            Self::Dns01 => "dns-01",
            Self::TlsAlpn01 => "tls-alpn-01",
        }
    }

    fn of(method: &Method) -> Option<Self> {
        match method {
            Method::WebRoot(_)
            | Method::TokenDirectory(_)
            | Method::Standalone(_)
            | Method::Nginx
            | Method::Stateless => Some(Self::Http01),
            Method::Dns(_) => Some(Self::Dns01),
            Method::TlsAlpn => Some(Self::TlsAlpn01),
            Method::Module | Method::Manual { .. } | Method::Other(_) => None,
        }
    }
}

/// The names to ask about: those of servers for which a certificate is wanted, and those that clients
/// renew. `account` says which account a client has for a certificate.
pub fn wanted(
    verdicts: &Verdicts<'_>,
    clients: &Clients,
    account: impl Fn(&Lineage) -> Option<String>,
) -> BTreeMap<String, Wanted> {
    let mut all: BTreeMap<String, Wanted> = BTreeMap::new();
    for lineage in clients.lineages.iter().filter(|lineage| lineage.autorenew) {
        let account = account(lineage);
        for name in lineage.names.iter().flatten() {
            let base = name.strip_prefix("*.");
            let is_wildcard = base.is_some();
            let base = base.unwrap_or(name);
            if !is_public_name(base.as_bytes()) {
                continue;
            }
            let validation = match lineage.method_of(name) {
                _ if is_wildcard => Some(Validation::Dns01),
                Some(method) => Validation::of(method),
                None => None,
            };
            let wanted = all.entry(base.to_owned()).or_default();
            wanted.is_connected_to |= is_connected(validation);
            wanted.orders.push(Order {
                client: Some(lineage.client.name().to_owned()),
                certificate: Some(lineage.name.clone()),
                authority: Authority::of(lineage),
                is_wildcard,
                validation,
                account: account.clone(),
            });
        }
    }
    for verdict in &verdicts.names {
        let Ok(name) = std::str::from_utf8(&verdict.name.text) else { continue };
        let base = match verdict.name.server_name.kind {
            ServerNameKind::LeadingWildcard => name.strip_prefix("*.").unwrap_or(name),
            kind if never_issued(name.as_bytes(), kind).is_some() => continue,
            _ => name,
        };
        let is_wildcard = base != name;
        if is_wildcard && !is_public_name(base.as_bytes()) {
            continue;
        }
        let validation =
            if is_wildcard { Some(Validation::Dns01) } else { judged(verdicts, verdict) };
        let is_known = all.contains_key(base);
        if !is_known && validation.is_none() {
            continue;
        }
        let wanted = all.entry(base.to_owned()).or_default();
        wanted.is_connected_to |= is_connected(validation);
        if wanted.orders.iter().all(|order| order.client.is_none()) {
            wanted.orders.push(Order { is_wildcard, validation, ..Order::default() });
        }
    }
    // Of these somebody says that an authority has connected to them.
    for name in &verdicts.settings.asked {
        let Ok(name) = std::str::from_utf8(name) else { continue };
        if is_public_name(name.as_bytes()) {
            let wanted = all.entry(name.to_owned()).or_default();
            wanted.is_connected_to = true;
            if wanted.orders.is_empty() {
                wanted.orders.push(Order::default());
            }
        }
    }
    all
}

/// Whether an authority connects to a name that is validated in this way.
fn is_connected(validation: Option<Validation>) -> bool {
    matches!(validation, Some(Validation::Http01 | Validation::TlsAlpn01))
}

/// How the name of a server is validated; `None` if nothing wants a certificate for it.
fn judged(verdicts: &Verdicts<'_>, verdict: &NameVerdict<'_>) -> Option<Validation> {
    let way = verdicts.settings.ways.get(&*verdict.name.text);
    match (way, &verdict.families.first()?.verdict) {
        (Some(Way::Dns), _) => Some(Validation::Dns01),
        (Some(Way::TlsAlpn), _) => Some(Validation::TlsAlpn01),
        (None, Verdict::NotHttp01 { because, .. }) => match because {
            because if because.ends_with("over DNS") => Some(Validation::Dns01),
            because if because.ends_with("over TLS-ALPN-01") => Some(Validation::TlsAlpn01),
            _ => None,
        },
        _ => Some(Validation::Http01),
    }
}

//! Which addresses are those of the machine, and who else may stand in front of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Address, Http, Level, name};

use super::{Answer, Records};
use crate::public::is_reserved;

/// The addresses of the machine that nginx runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Those of its interfaces, and those that nginx listens on.
    pub own: Vec<IpAddr>,
    /// Those that the user declares.
    pub declared: Vec<IpAddr>,
    /// Networks of proxies that nginx believes (`set_real_ip_from`).
    pub proxies: Vec<Network>,
    /// Whether the interfaces were looked at, so that a family without an address is one that the
    /// machine does not have.
    pub has_looked: bool,
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    length: u32,
}

/// Networks of services that take requests in place of a machine.
const SERVICES: [(&str, &str); 22] = [
    ("Cloudflare", "173.245.48.0/20"),
    ("Cloudflare", "103.21.244.0/22"),
    ("Cloudflare", "103.22.200.0/22"),
    ("Cloudflare", "103.31.4.0/22"),
    ("Cloudflare", "141.101.64.0/18"),
    ("Cloudflare", "108.162.192.0/18"),
    ("Cloudflare", "190.93.240.0/20"),
    ("Cloudflare", "188.114.96.0/20"),
    ("Cloudflare", "197.234.240.0/22"),
    ("Cloudflare", "198.41.128.0/17"),
    ("Cloudflare", "162.158.0.0/15"),
    ("Cloudflare", "104.16.0.0/13"),
    ("Cloudflare", "104.24.0.0/14"),
    ("Cloudflare", "172.64.0.0/13"),
    ("Cloudflare", "131.0.72.0/22"),
    ("Cloudflare", "2400:cb00::/32"),
    ("Cloudflare", "2606:4700::/32"),
    ("Cloudflare", "2803:f800::/32"),
    ("Cloudflare", "2405:b500::/32"),
    ("Cloudflare", "2405:8100::/32"),
    ("Cloudflare", "2a06:98c0::/29"),
    ("Cloudflare", "2c0f:f248::/32"),
];

/// The names that such services have their customers' names be aliases for.
const ALIASES: [(&str, &str); 14] = [
    ("Akamai", ".akamaiedge.net"),
    ("Akamai", ".akamai.net"),
    ("Akamai", ".edgekey.net"),
    ("Akamai", ".edgesuite.net"),
    ("Azure", ".azureedge.net"),
    ("Azure", ".azurefd.net"),
    ("Azure", ".trafficmanager.net"),
    ("bunny.net", ".b-cdn.net"),
    ("CDN77", ".cdn77.org"),
    ("Cloudflare", ".cdn.cloudflare.net"),
    ("CloudFront", ".cloudfront.net"),
    ("Elastic Load Balancing", ".elb.amazonaws.com"),
    ("Fastly", ".fastly.net"),
    ("KeyCDN", ".kxcdn.com"),
];

impl Machine {
    /// What a configuration says of its machine: addresses to listen on, and proxies.
    pub fn of(http: &Http<'_>) -> Self {
        let listens = http.servers().flat_map(|(_, server)| &server.listens);
        let own = listens.filter_map(|listen| match listen.address {
            Address::Ip(address, _) if !address.is_unspecified() => Some(address),
            _ => None,
        });
        let levels = std::iter::once(&http.level);
        let levels = levels.chain(http.servers().map(|(_, server)| &server.level));
        let proxies = levels
            .flat_map(Level::settings)
            .filter(|directive| directive.name() == name::SET_REAL_IP_FROM);
        let proxies = proxies.filter_map(|directive| {
            let text = directive.arg(0)?;
            Network::cast(std::str::from_utf8(&text).ok()?)
        });
        let mut machine =
            Self { own: own.collect(), proxies: proxies.collect(), ..Self::default() };
        machine.own.sort_unstable();
        machine.own.dedup();
        machine
    }

    /// Whether an address leads to the machine, or to a proxy that nginx believes.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
            || self.declared.contains(&address)
            || self.proxies.iter().any(|network| network.has(address))
    }

    /// Whether an address of an interface or of a `listen` it is, however private.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
    }

    /// Whether it is known at which public addresses of a family the machine is.
    pub(super) fn is_known(&self, is_ipv6: bool) -> bool {
        let mut all = self.own.iter().filter(|address| !is_reserved(**address));
        let is_of_family = |address: &IpAddr| address.is_ipv6() == is_ipv6;
        all.any(is_of_family) || self.declared.iter().any(is_of_family)
    }

    /// The public addresses that are known, in words; `None` if there are none.
    pub fn in_words(&self) -> Option<String> {
        let own = self.own.iter().filter(|address| !is_reserved(**address));
        let mut all: Vec<_> = own.chain(&self.declared).copied().collect();
        all.sort_unstable();
        all.dedup();
        let all: Vec<_> = all.iter().map(IpAddr::to_string).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

/// The service in front of the machine, if DNS leads there.
pub(super) fn proxy(records: &Records) -> Option<&'static str> {
    let alias = records.aliases.iter().find_map(|alias| {
        let known = ALIASES.iter().find(|(_, ending)| alias.ends_with(ending))?;
        Some(known.0)
    });
    let by_address = || records.addresses().find_map(service);
    let is_found = |answer: &Answer<_>| answer.found().is_some();
    if !is_found(&records.ipv4) && !is_found(&records.ipv6) {
        return None;
    }
    alias.or_else(by_address)
}

/// The service that has an address.
fn service(address: IpAddr) -> Option<&'static str> {
    let has = |network: &str| Network::cast(network).is_some_and(|network| network.has(address));
    SERVICES.iter().find(|(_, network)| has(network)).map(|(name, _)| *name)
}

impl Network {
    /// `192.0.2.0/24`, or an address alone.
    pub fn cast(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address.parse().ok()?, length.parse().ok()?),
            None => (text.parse().ok()?, 128),
        };
        let most = match address {
            IpAddr::V4(Ipv4Addr { .. }) => 32,
            IpAddr::V6(Ipv6Addr { .. }) => 128,
        };
        // Everybody is no proxy.
        (length > 0).then_some(Self { address, length: length.min(most) })
    }

    /// Whether an address is in it.
    pub fn has(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                (u32::from(one) ^ u32::from(other)).leading_zeros() >= self.length
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                (u128::from(one) ^ u128::from(other)).leading_zeros() >= self.length
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_have_the_addresses_that_begin_alike() {
        let network = Network::cast("192.0.2.0/25").unwrap();
        assert!(network.has(address("192.0.2.127")) && !network.has(address("192.0.2.128")));
        assert!(Network::cast("2001:db8::/32").unwrap().has(address("2001:db8:1::1")));
        assert!(Network::cast("192.0.2.1").unwrap().has(address("192.0.2.1")));
        assert!(!Network::cast("192.0.2.1").unwrap().has(address("192.0.2.2")));
        for wrong in ["0.0.0.0/0", "unix:", "proxy.example.com", "192.0.2.0/x", ""] {
            assert_eq!(Network::cast(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_service_has_networks() {
        assert!(SERVICES.iter().all(|(_, network)| Network::cast(network).is_some()));
        assert_eq!(service(address("104.16.1.2")), Some("Cloudflare"));
        assert_eq!(service(address("2606:4700::1")), Some("Cloudflare"));
        assert_eq!(service(address("192.0.2.1")), None);
    }
}

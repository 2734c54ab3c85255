//! Clients that listen by themselves, on a machine where nginx listens, too.

use std::net::IpAddr;

use evidence::client::Standalone;
use model::{Address, Http, Ports};

/// Over which address families, IPv4 first, nginx keeps a client from listening on its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken(pub(crate) [bool; 2]);

impl Taken {
    /// What nginx takes from a client that wants the port of HTTP: with all addresses of a family, or
    /// any one of them, it takes the family. Clients begin with a socket for both, which they do not
    /// get without IPv4; certbot is content with IPv4 alone
    /// (`acme.standalone.BaseDualNetworkedServers`).
    pub(crate) fn of(http: &Http<'_>, ports: Ports, standalone: &Standalone) -> Self {
        let wanted = standalone.address.as_deref().and_then(|text| text.parse::<IpAddr>().ok());
        let is_wanted = |ip: IpAddr| {
            wanted.is_none_or(|wanted| {
                wanted.is_ipv4() == ip.is_ipv4() && (ip.is_unspecified() || wanted.is_unspecified())
                    || wanted == ip
            })
        };
        let mut taken = [false; 2];
        for (_, socket) in http.sockets().filter(|(_, one)| one.address.port() == ports.http) {
            match socket.address {
                Address::Ip(ip, _) => {
                    taken[usize::from(ip.is_ipv6())] |= is_wanted(ip);
                    taken[0] |= socket.dual && ip.is_unspecified();
                }
                Address::Name(..) => taken[0] = true,
                Address::Unix(_) => {}
            }
        }
        taken[1] |= taken[0] && wanted.is_none();
        Self(taken)
    }

    /// Whether the client can listen wherever it wants to.
    pub(crate) fn is_free(self) -> bool {
        self == Self([false; 2])
    }

    /// Whether the client cannot listen at all, which it says; else nginx gets what is meant for it.
    pub(crate) fn is_all(self) -> bool {
        self == Self([true; 2])
    }
}

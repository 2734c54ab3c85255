//! What takes connections from the Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Address, Http, Ports, Socket};

/// Over which address families, IPv4 first, something listens on the public ports.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Listens {
    pub(crate) http: [bool; 2],
    pub(crate) https: [bool; 2],
    /// Whether nothing here takes connections over IPv6 to the port where challenges start, so that
    /// they come over IPv4.
    pub(crate) falls_back: bool,
    /// Whether `stream` or `mail` has this port.
    pub(crate) is_outside: bool,
}

impl Listens {
    pub(crate) fn of(http: &Http<'_>, ports: Ports) -> Self {
        let mut listens = Self::default();
        for (_, socket) in http.sockets() {
            let families = [is_on_ipv4(socket), is_on_ipv6(socket)];
            for (port, known) in
                [(ports.http, &mut listens.http), (ports.https, &mut listens.https)]
            {
                if socket.address.port() == port {
                    known[0] |= families[0];
                    known[1] |= families[1];
                }
            }
        }
        let [over_ipv4, over_ipv6] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
            .map(|every: IpAddr| http.taken_outside(every, ports.http).is_some());
        listens.falls_back = !listens.http[1] && !over_ipv6;
        listens.is_outside = over_ipv4 || over_ipv6;
        listens
    }

    /// Whether challenges over IPv6 may differ from those over IPv4.
    pub(crate) fn over_ipv6(self) -> bool {
        self.http[1] || self.https[1]
    }

    /// Whether something here listens on a port over IPv4.
    pub(crate) fn over_ipv4(self, port: u16, ports: Ports) -> bool {
        port == ports.http && self.http[0] || port == ports.https && self.https[0]
    }
}

/// Whether the Internet may reach a socket over IPv4.
fn is_on_ipv4(socket: &Socket<'_>) -> bool {
    match socket.address {
        Address::Ip(IpAddr::V4(ip), _) => !ip.is_loopback(),
        Address::Ip(IpAddr::V6(ip), _) => ip.is_unspecified() && socket.dual,
        Address::Name(..) => true,
        Address::Unix(_) => false,
    }
}

/// Whether the Internet may reach a socket over IPv6.
pub(crate) fn is_on_ipv6(socket: &Socket<'_>) -> bool {
    matches!(socket.address, Address::Ip(IpAddr::V6(ip), _) if ip != Ipv6Addr::LOCALHOST)
}

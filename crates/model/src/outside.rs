//! Where the servers of `stream` and `mail` listen, which share the ports with those of `http`.

use std::net::IpAddr;

use crate::{
    config::{Config, Directive},
    directive_table::{Context, name},
    http::Http,
    listen::{Address, Listen},
};

/// The addresses on which servers of `stream` and `mail` take TCP connections.
pub(crate) fn outside<'c>(config: &'c Config<'c>) -> Vec<Listen<'c>> {
    let blocks = config.roots_in(Context::Main);
    let blocks = blocks.filter(|block| matches!(block.name(), name::STREAM | name::MAIL));
    let servers = blocks.flat_map(Directive::children);
    servers.filter(|server| server.name() == name::SERVER).flat_map(tcp_listens).collect()
}

/// The addresses on which a server of `stream` or `mail` takes TCP connections.
pub fn tcp_listens(server: Directive<'_>) -> impl Iterator<Item = Listen<'_>> {
    let listens = server.children().filter(|inner| inner.name() == name::LISTEN);
    let over_tcp = listens.filter(|listen| !listen.args().skip(1).any(|word| &*word == b"udp"));
    over_tcp.flat_map(Listen::cast)
}

impl<'c> Http<'c> {
    /// The `listen` of `stream` or `mail` that takes a connection to this address. If it is that of
    /// all of its family, the connection comes from the Internet.
    pub fn taken_outside(&self, address: IpAddr, port: u16) -> Option<&Listen<'c>> {
        self.outside.iter().filter(|listen| listen.address.port() == port).find(|listen| {
            match listen.address {
                Address::Ip(ip, _) if ip.is_unspecified() => {
                    ip.is_ipv4() == address.is_ipv4() || listen.dual
                }
                Address::Ip(ip, _) if address.is_unspecified() => {
                    ip.is_ipv4() == address.is_ipv4() && !ip.is_loopback()
                }
                Address::Ip(ip, _) => ip == address,
                Address::Name(..) => true,
                Address::Unix(_) => false,
            }
        })
    }

    /// Whether `stream` and `mail` leave a port to `http`, on all addresses of this one's family:
    /// nginx does not start if two of them want the same.
    pub fn is_left_over(&self, every: IpAddr, port: u16) -> bool {
        let mut outside = self.outside.iter();
        !outside.any(|listen| match listen.address {
            Address::Ip(ip, at) => at == port && (ip.is_ipv4() == every.is_ipv4() || listen.dual),
            Address::Name(_, at) => at == port,
            Address::Unix(_) => false,
        })
    }
}

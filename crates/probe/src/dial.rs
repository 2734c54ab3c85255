//! Who is dialled for a name: sockets of this machine, or what the user says.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use model::{Address, Http, Socket, SocketId};
use parser::Span;

/// Whom to dial in place of this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// For requests to port 80.
    pub plain: Option<SocketAddr>,
    /// For those to port 443.
    pub tls: Option<SocketAddr>,
}

/// So many sockets are asked for a name over one address family.
const MOST: usize = 4;

/// The addresses at which nginx takes connections to a port, and why others are not asked.
pub(crate) fn addresses(
    http: &Http<'_>,
    host: &[u8],
    port: u16,
    is_ipv6: bool,
) -> (Vec<IpAddr>, Vec<String>) {
    let of_port = |socket: &&Socket<'_>| socket.address.port() == port;
    let naming: Vec<_> = http.sockets_naming(host).collect();
    let mut sockets: Vec<_> = naming.iter().copied().filter(of_port).collect();
    let mut reasons = BTreeSet::new();
    if sockets.is_empty() {
        sockets = http.sockets().map(|(_, socket)| socket).filter(of_port).collect();
        for socket in naming {
            if let Address::Unix(path) = &socket.address {
                let path = path.escape_ascii();
                reasons.insert(format!("unix:{path} is no address that an authority reaches"));
            }
        }
    }
    let mut found = Vec::new();
    for socket in sockets {
        match place(http, socket, is_ipv6) {
            Some(Ok(ip)) if !found.contains(&ip) => found.push(ip),
            Some(Ok(_)) | None => {}
            Some(Err(why)) => {
                reasons.insert(why);
            }
        }
    }
    if found.len() > MOST {
        let more = found.len() - MOST;
        reasons.insert(format!("{more} more addresses were not asked for it"));
        found.truncate(MOST);
    }
    (found, reasons.into_iter().collect())
}

/// The `listen` that makes a socket.
pub(crate) fn listen(http: &Http<'_>, id: SocketId) -> Option<Span> {
    let socket = http.socket(id);
    let servers = [socket.default_server].into_iter().chain(socket.servers.iter().copied());
    let listens = servers.flat_map(|id| &http.server(id).listens);
    let mut own = listens.filter(|listen| listen.address == socket.address && !listen.quic);
    own.find_map(|listen| Some(listen.directive?.head_span()))
}

/// The one address to go on with, if there is one: the same as before, or the first.
pub(crate) fn next(http: &Http<'_>, host: &[u8], port: u16, before: IpAddr) -> IpAddr {
    let (found, _) = addresses(http, host, port, before.is_ipv6());
    if found.contains(&before) {
        return before;
    }
    found.first().copied().unwrap_or(loopback(before.is_ipv6()))
}

/// The address of this machine that every machine has.
pub(crate) fn loopback(is_ipv6: bool) -> IpAddr {
    if is_ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() }
}

/// The address that stands for all of a family.
pub(crate) fn unspecified(is_ipv6: bool) -> IpAddr {
    if is_ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
}

/// Where a socket is reached over an address family; `None` if it does not belong to it.
fn place(http: &Http<'_>, socket: &Socket<'_>, is_ipv6: bool) -> Option<Result<IpAddr, String>> {
    let (ip, port) = match &socket.address {
        Address::Ip(ip, port) => (*ip, *port),
        Address::Name(name, _) => {
            let name = name.escape_ascii();
            return Some(Err(format!("`listen {name}` names no address, but a host")));
        }
        Address::Unix(_) => return None,
    };
    let is_dual = ip.is_ipv6() && ip.is_unspecified() && socket.dual;
    if ip.is_ipv6() != is_ipv6 && (is_ipv6 || !is_dual) {
        return None;
    }
    if socket.proxy_protocol {
        return Some(Err(format!("{} wants the PROXY protocol", socket.address)));
    }
    if ip.is_unspecified() {
        // nginx may have another server for the very address.
        let is_free = |ip: &IpAddr| {
            let own = Address::Ip(*ip, port);
            http.sockets().all(|(_, other)| other.address != own)
        };
        let free = candidates(is_ipv6).find(is_free);
        return Some(free.ok_or_else(|| {
            format!("each loopback address has a server of its own on port {port}")
        }));
    }
    if ip.is_loopback() {
        return None; // no authority gets there
    }
    Some(if is_local(ip) { Ok(ip) } else { Err(format!("{ip} is no address of this machine")) })
}

/// The addresses of this machine that lead nowhere else. All that begin with 127 do, on Linux.
fn candidates(is_ipv6: bool) -> impl Iterator<Item = IpAddr> {
    let last = if is_ipv6 { 1 } else { 9 };
    (1..=last).map(move |number| {
        if is_ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::new(127, 0, 0, number).into() }
    })
}

/// Whether an address is one of this machine: then it would itself be where packets to it come from.
/// Nothing is sent to find that out.
fn is_local(ip: IpAddr) -> bool {
    let source = || {
        let socket = UdpSocket::bind((unspecified(ip.is_ipv6()), 0)).ok()?;
        socket.connect((ip, 9)).ok()?;
        socket.local_addr().ok()
    };
    ip.is_loopback() || source().is_some_and(|source| source.ip() == ip)
}

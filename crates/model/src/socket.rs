//! Listening sockets and the search for the server of a host.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    hash_combined::HashCombined,
    http::Http,
    listen::{Address, Listen},
    pattern::{Captures, Match, Pattern},
    server::ServerId,
};

/// A socket, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A listening TCP socket and the servers that share it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "parameters of `listen`, each on its own")]
pub struct Socket<'c> {
    /// Where it listens.
    pub address: Address,
    /// Whether any of the servers says `ssl`: then it is TLS for all of them.
    pub ssl: bool,
    /// Whether any of the servers has `ssl on`.
    pub legacy_ssl: bool,
    /// Whether any of the servers says `proxy_protocol`.
    pub proxy_protocol: bool,
    /// Whether any of the servers says `http2` in its `listen`.
    pub http2: bool,
    /// Whether it takes IPv4 connections on an IPv6 address.
    pub dual: bool,
    /// The server for names that no server has.
    pub default_server: ServerId,
    /// The servers in nginx's order.
    pub servers: Vec<ServerId>,
    pub(crate) has_explicit_default: bool,
    names: Arc<Names<'c>>,
}

/// The names of the servers of a socket. Sockets that have the same servers share them.
#[derive(Debug, Default)]
struct Names<'c> {
    texts: HashCombined<'c, ServerId>,
    regexes: Vec<(Arc<Pattern>, ServerId)>,
}

/// The sockets of a configuration in the order in which they are first named.
#[derive(Debug, Default)]
pub(crate) struct Sockets<'c> {
    pub(crate) list: Vec<Socket<'c>>,
    pub(crate) by_address: FxHashMap<Address, SocketId>,
    /// Those that the Internet can reach, by port, and by whether it is over IPv4.
    reachable: FxHashMap<(u16, bool), Vec<SocketId>>,
    /// Which of many sockets have a name without wildcards; empty where there are few.
    by_name: FxHashMap<Cow<'c, [u8]>, Vec<SocketId>>,
    /// Which of many have names with wildcards, or regular expressions.
    with_patterns: Vec<SocketId>,
}

/// Of so many sockets each is asked for a name.
pub(crate) const FEW_SOCKETS: usize = 16;

impl<'c> Sockets<'c> {
    pub(crate) fn of(http: &Http<'c>) -> Self {
        let mut sockets = Self::default();
        for (id, server) in http.servers() {
            let legacy = http.legacy_ssl(server).is_some();
            for listen in server.listens.iter().filter(|listen| !listen.quic) {
                let known = sockets.by_address.get(&listen.address);
                let at = known.map_or(sockets.list.len(), |id| id.0 as usize);
                if at == sockets.list.len() {
                    sockets.by_address.insert(listen.address.clone(), SocketId(at as u32));
                    sockets.list.push(Socket::new(listen, id));
                }
                let socket = &mut sockets.list[at];
                socket.add(listen, id);
                socket.legacy_ssl |= legacy;
            }
        }
        sockets.give_names(http);
        sockets.sort_by_port();
        if sockets.list.len() > FEW_SOCKETS {
            sockets.sort_by_name();
        }
        sockets
    }

    fn give_names(&mut self, http: &Http<'c>) {
        let mut known: FxHashMap<&[ServerId], Arc<Names<'c>>> = FxHashMap::default();
        for socket in &mut self.list {
            let names = known.entry(&socket.servers);
            let names = names.or_insert_with(|| Arc::new(Names::of(&socket.servers, http)));
            socket.names = Arc::clone(names);
        }
    }

    fn sort_by_name(&mut self) {
        for (id, socket) in (0..).map(SocketId).zip(&self.list) {
            let Names { texts, regexes } = &*socket.names;
            for name in texts.exact() {
                self.by_name.entry(name.clone()).or_default().push(id);
            }
            if texts.has_wildcards() || !regexes.is_empty() {
                self.with_patterns.push(id);
            }
        }
    }

    /// The sockets that have a server with this name, in their order.
    pub(crate) fn naming(&self, host: &[u8]) -> Vec<SocketId> {
        let names_host = |id: &SocketId| self.list[id.0 as usize].names_host(host);
        if self.list.len() <= FEW_SOCKETS {
            return (0..self.list.len() as u32).map(SocketId).filter(names_host).collect();
        }
        let by_name = self.by_name.get(host).into_iter().flatten();
        let mut naming: Vec<_> =
            by_name.chain(&self.with_patterns).copied().filter(names_host).collect();
        naming.sort_unstable();
        naming.dedup();
        naming
    }

    fn sort_by_port(&mut self) {
        for (id, socket) in (0..).map(SocketId).zip(&self.list) {
            let (port, families) = match socket.address {
                Address::Ip(ip, _) if ip.is_loopback() => continue,
                Address::Ip(ip, port) => {
                    let is_dual = socket.dual && ip.is_unspecified();
                    (port, [ip.is_ipv4() || is_dual, ip.is_ipv6() || is_dual])
                }
                Address::Name(_, port) => (port, [true, true]),
                Address::Unix(_) => continue,
            };
            for (is_ipv4, _) in [true, false].into_iter().zip(families).filter(|(_, is)| *is) {
                self.reachable.entry((port, is_ipv4)).or_default().push(id);
            }
        }
    }

    /// The sockets that might take a connection from the Internet to this port.
    pub(crate) fn reachable(&self, port: u16, is_ipv4: bool) -> &[SocketId] {
        self.reachable.get(&(port, is_ipv4)).map_or(&[], Vec::as_slice)
    }

    /// The socket for a connection to a known address: its own one goes before the one for all
    /// addresses.
    pub(crate) fn at(&self, ip: IpAddr, port: u16) -> Option<SocketId> {
        let at = |ip| self.by_address.get(&Address::Ip(ip, port)).copied();
        let [all_v4, all_v6] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        let of_all = if ip.is_ipv4() { at(all_v4) } else { at(all_v6) };
        let dual = || at(all_v6).filter(|id| self.list[id.0 as usize].dual);
        at(ip).or(of_all).or_else(dual)
    }
}

/// Which server a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameMatch {
    /// A server that has the name, and what its regular expression caught.
    Named(ServerId, Option<Captures>),
    /// The default server, because none has it.
    Default(ServerId),
    /// It depends on a regular expression of this server that cannot be run.
    Unknown(ServerId),
}

impl<'c> Names<'c> {
    fn of(servers: &[ServerId], http: &Http<'c>) -> Self {
        let mut names = Self::default();
        names.texts.reserve(servers.len());
        for &id in servers {
            // nginx warns of a name given twice, and the first server keeps it.
            for name in &http.server(id).names {
                if let Some(pattern) = name.pattern() {
                    let caseless = pattern.iter().any(u8::is_ascii_uppercase);
                    names.regexes.push((http.patterns.get(pattern, caseless), id));
                } else {
                    names.texts.add(name.text.clone(), id);
                }
            }
        }
        names
    }
}

impl Socket<'_> {
    pub(crate) fn new(listen: &Listen<'_>, first: ServerId) -> Self {
        Self {
            address: listen.address.clone(),
            ssl: false,
            legacy_ssl: false,
            proxy_protocol: false,
            http2: false,
            dual: false,
            default_server: first,
            servers: Vec::new(),
            has_explicit_default: false,
            names: Arc::default(),
        }
    }

    pub(crate) fn add(&mut self, listen: &Listen<'_>, id: ServerId) {
        self.ssl |= listen.ssl;
        self.proxy_protocol |= listen.proxy_protocol;
        self.http2 |= listen.http2;
        self.dual |= listen.dual;
        if listen.default_server && !self.has_explicit_default {
            self.default_server = id;
            self.has_explicit_default = true;
        }
        if self.servers.last() != Some(&id) {
            self.servers.push(id);
        }
    }

    /// The server for a host in lower case without port (`ngx_http_find_virtual_server`).
    pub(crate) fn server_for(&self, host: &[u8]) -> NameMatch {
        let Names { texts, regexes } = &*self.names;
        if let Some(id) = texts.find(host) {
            return NameMatch::Named(id, None);
        }
        for (pattern, id) in regexes {
            match pattern.find(host) {
                Match::Yes(captures) => {
                    return NameMatch::Named(*id, Some(captures).filter(|_| self.looks_at_names()));
                }
                Match::No => {}
                Match::Unknown => return NameMatch::Unknown(*id),
            }
        }
        NameMatch::Default(self.default_server)
    }

    /// Whether a request for this host meets the same on another socket.
    pub fn is_like(&self, other: &Self, host: &[u8]) -> bool {
        let what_it_speaks =
            |socket: &Self| (socket.ssl, socket.legacy_ssl, socket.proxy_protocol, socket.http2);
        what_it_speaks(self) == what_it_speaks(other)
            && self.default_server == other.default_server
            && self.looks_at_names() == other.looks_at_names()
            && (Arc::ptr_eq(&self.names, &other.names)
                || self.server_for(host) == other.server_for(host))
    }

    /// Whether nginx looks at names here at all. For a lone server it does so only for the sake of
    /// captures, and the last of its regular expressions tells it whether there are any.
    pub fn looks_at_names(&self) -> bool {
        self.servers.len() > 1
            || self.names.regexes.last().is_some_and(|(pattern, _)| pattern.has_groups())
    }

    /// The server that has the host among its names; `None` if the default server takes it, or if
    /// that cannot be known.
    pub fn named(&self, host: &[u8]) -> Option<ServerId> {
        match self.server_for(host) {
            NameMatch::Named(id, _) => Some(id),
            NameMatch::Default(_) | NameMatch::Unknown(_) => None,
        }
    }

    /// The servers with a regular expression that the host fits, whether nginx asks it or not.
    pub fn with_regex_for(&self, host: &[u8]) -> impl Iterator<Item = ServerId> {
        let fits = |pattern: &Pattern| matches!(pattern.find(host), Match::Yes(_));
        let regexes = self.names.regexes.iter();
        regexes.filter(move |(pattern, _)| fits(pattern)).map(|(_, id)| *id)
    }

    /// Whether a server of this socket has the host among its names.
    pub fn names_host(&self, host: &[u8]) -> bool {
        matches!(self.server_for(host), NameMatch::Named(..))
    }
}

#[cfg(test)]
mod tests;

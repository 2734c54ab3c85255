//! The typed view of everything in `http`.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    path::PathBuf,
};

use crate::{
    config::{Children, Config, Directive},
    directive_table::{Context, Name, name},
    listen::{Address, Listen},
    pattern::{Captures, Match, Patterns},
    route::Assigned,
    server::{Server, ServerId},
    server_name::ServerNameKind,
};

/// The servers of a configuration and the sockets they share.
#[derive(Debug)]
pub struct Http<'c> {
    /// The configuration.
    pub config: &'c Config<'c>,
    /// What is set in `http` itself.
    pub level: Level<'c>,
    /// The servers in nginx's order.
    pub servers: Vec<Server<'c>>,
    /// The sockets in the order in which they are first named.
    pub sockets: Vec<Socket>,
    /// Where relative paths of `root` and `alias` start.
    pub prefix: Prefix,
    pub(crate) patterns: Patterns,
    /// The variables that code or regular expressions give a value.
    pub(crate) assigned: Assigned,
}

/// nginx's `-p`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The directory.
    pub path: PathBuf,
    /// Whether nobody said so: neither the user nor the installed nginx.
    pub is_guess: bool,
}

/// What is set on one level, the blocks inside it apart.
#[derive(Debug, Default)]
pub struct Level<'c> {
    /// The simple directives that are not code.
    settings: Vec<Directive<'c>>,
    /// `if`, `set`, `rewrite`, `return` and `break` in nginx's order, which is the order in which
    /// they run; among them each `include` of which nothing was read, for it may hold any of them.
    pub code: Vec<Directive<'c>>,
}

/// A socket, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A listening TCP socket and the servers that share it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "parameters of `listen`, each on its own")]
pub struct Socket {
    /// Where it listens.
    pub address: Address,
    /// Whether any of the servers says `ssl`: then it is TLS for all of them.
    pub ssl: bool,
    /// Whether any of the servers has `ssl on`.
    pub legacy_ssl: bool,
    /// Whether any of the servers says `proxy_protocol`.
    pub proxy_protocol: bool,
    /// Whether it takes IPv4 connections on an IPv6 address.
    pub dual: bool,
    /// The server for names that no server has.
    pub default_server: ServerId,
    /// The servers in nginx's order.
    pub servers: Vec<ServerId>,
    has_explicit_default: bool,
    /// The names without wildcard that are given, even if nginx ignores them.
    taken: HashSet<Vec<u8>>,
    exact: HashMap<Vec<u8>, ServerId>,
    leading: HashMap<Vec<u8>, ServerId>,
    trailing: HashMap<Vec<u8>, ServerId>,
    regexes: Vec<(std::sync::Arc<crate::pattern::Pattern>, ServerId)>,
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

impl<'c> Http<'c> {
    /// The `http` blocks of a configuration, and site fragments that belong into one.
    pub fn of(config: &'c Config<'c>, prefix: Prefix) -> Self {
        let patterns = Patterns::default();
        let mut level = Level::default();
        let mut servers = Vec::new();
        let blocks = config.roots_in(Context::Main).filter(|block| block.name() == name::HTTP);
        let inside = blocks.flat_map(Directive::children).chain(config.roots_in(Context::Http));
        for directive in inside {
            if directive.name() == name::SERVER && directive.has_block() {
                servers.push(Server::cast(directive, &patterns));
            } else {
                level.add(directive);
            }
        }
        let assigned = Assigned::default();
        let mut http =
            Self { config, level, servers, sockets: Vec::new(), prefix, patterns, assigned };
        http.add_sockets();
        http
    }

    /// One server.
    pub fn server(&self, id: ServerId) -> &Server<'c> {
        &self.servers[id.0 as usize]
    }

    /// The servers with their ids.
    pub fn servers(&self) -> impl Iterator<Item = (ServerId, &Server<'c>)> {
        (0..).map(ServerId).zip(&self.servers)
    }

    /// One socket.
    pub fn socket(&self, id: SocketId) -> &Socket {
        &self.sockets[id.0 as usize]
    }

    /// The sockets with their ids.
    pub fn sockets(&self) -> impl Iterator<Item = (SocketId, &Socket)> {
        (0..).map(SocketId).zip(&self.sockets)
    }

    /// The value of a directive for a server as a whole: its own, else that of `http`.
    pub fn effective(&self, server: &Server<'c>, name: Name) -> Option<Directive<'c>> {
        server.level.first(name).or_else(|| self.level.first(name))
    }

    /// All directives of one name that hold for a server as a whole: its own, or those of `http` if
    /// it has none (`ssl_certificate` and other lists are inherited all or nothing).
    pub fn effective_all(&self, server: &Server<'c>, name: Name) -> Vec<Directive<'c>> {
        let own: Vec<_> = server.level.all(name).collect();
        if own.is_empty() { self.level.all(name).collect() } else { own }
    }

    /// The `ssl on` that holds for a server: TLS on all of its addresses, whatever `listen` says, up
    /// to nginx 1.25.0; later ones refuse it.
    pub fn legacy_ssl(&self, server: &Server<'c>) -> Option<Directive<'c>> {
        let is_on =
            |ssl: &Directive<'c>| ssl.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"));
        self.effective(server, name::SSL).filter(is_on)
    }

    fn add_sockets(&mut self) {
        let mut by_address: HashMap<&Address, usize> = HashMap::new();
        let mut sockets: Vec<Socket> = Vec::new();
        for (number, server) in (0..).zip(&self.servers) {
            let id = ServerId(number);
            for listen in server.listens.iter().filter(|listen| !listen.quic) {
                let at = *by_address.entry(&listen.address).or_insert_with(|| {
                    sockets.push(Socket::new(listen, id));
                    sockets.len() - 1
                });
                sockets[at].add(listen, id, server, &self.patterns);
                let legacy = self.legacy_ssl(server).is_some();
                sockets[at].legacy_ssl |= legacy;
            }
        }
        self.sockets = sockets;
    }
}

impl<'c> Level<'c> {
    pub(crate) fn of(directives: Children<'c>) -> Self {
        let mut level = Self::default();
        for directive in directives {
            level.add(directive);
        }
        level
    }

    fn add(&mut self, directive: Directive<'c>) {
        match directive.name() {
            name::IF | name::SET | name::REWRITE | name::RETURN | name::BREAK | name::INCLUDE => {
                self.code.push(directive);
            }
            name::LOCATION | name::SERVER | name::UPSTREAM => {}
            _ => self.settings.push(directive),
        }
    }

    /// The first directive of this name; where nginx takes only one, it is the one.
    pub fn first(&self, name: Name) -> Option<Directive<'c>> {
        self.all(name).next()
    }

    /// The directives of this name in nginx's order.
    pub fn all(&self, name: Name) -> impl Iterator<Item = Directive<'c>> {
        self.settings.iter().copied().filter(move |directive| directive.name() == name)
    }

    /// Everything but code, in nginx's order.
    pub fn settings(&self) -> &[Directive<'c>] {
        &self.settings
    }

    /// Whether a prefix location with this content gets the slash that a request lacks
    /// (`auto_redirect`).
    pub(crate) fn adds_slash(&self) -> bool {
        [
            name::PROXY_PASS,
            name::FASTCGI_PASS,
            name::UWSGI_PASS,
            name::SCGI_PASS,
            name::MEMCACHED_PASS,
            name::GRPC_PASS,
        ]
        .iter()
        .any(|&handler| self.first(handler).is_some())
    }
}

impl Socket {
    fn new(listen: &Listen<'_>, first: ServerId) -> Self {
        Self {
            address: listen.address.clone(),
            ssl: false,
            legacy_ssl: false,
            proxy_protocol: false,
            dual: false,
            default_server: first,
            servers: Vec::new(),
            has_explicit_default: false,
            taken: HashSet::new(),
            exact: HashMap::new(),
            leading: HashMap::new(),
            trailing: HashMap::new(),
            regexes: Vec::new(),
        }
    }

    fn add(&mut self, listen: &Listen<'_>, id: ServerId, server: &Server<'_>, patterns: &Patterns) {
        self.ssl |= listen.ssl;
        self.proxy_protocol |= listen.proxy_protocol;
        self.dual |= listen.dual;
        if listen.default_server && !self.has_explicit_default {
            self.default_server = id;
            self.has_explicit_default = true;
        }
        if self.servers.last() == Some(&id) {
            return;
        }
        self.servers.push(id);
        // A name given twice belongs to the first server; nginx warns and ignores the second. To it
        // `.a` and `*.a` are the same twice, and so are `.a` and `a` (`ngx_hash_add_key`).
        for name in &server.names {
            let fixed = name.fixed_part().to_vec();
            match name.kind {
                ServerNameKind::Exact | ServerNameKind::Empty => {
                    if self.taken.insert(fixed.clone()) {
                        self.exact.insert(fixed, id);
                    }
                }
                ServerNameKind::LeadingDot => {
                    let bare = fixed[1..].to_vec();
                    if self.taken.insert(bare.clone()) && !self.leading.contains_key(&fixed) {
                        self.exact.insert(bare, id);
                        self.leading.insert(fixed, id);
                    }
                }
                ServerNameKind::LeadingWildcard => {
                    self.leading.entry(fixed).or_insert(id);
                }
                ServerNameKind::TrailingWildcard => {
                    self.trailing.entry(fixed).or_insert(id);
                }
                ServerNameKind::Regex => {
                    let pattern = name.pattern().unwrap_or_default();
                    let caseless = pattern.iter().any(u8::is_ascii_uppercase);
                    self.regexes.push((patterns.get(pattern, caseless), id));
                }
            }
        }
    }

    /// The server for a host in lower case without port (`ngx_http_find_virtual_server`).
    pub(crate) fn server_for(&self, host: &[u8]) -> NameMatch {
        if let Some(&id) = self.exact.get(host) {
            return NameMatch::Named(id, None);
        }
        // The longest suffix starts at the leftmost dot, the longest prefix ends at the rightmost.
        let dots = || host.iter().enumerate().filter(|&(_, &byte)| byte == b'.').map(|(at, _)| at);
        let leading = dots().filter(|&at| at > 0).find_map(|at| self.leading.get(&host[at..]));
        let trailing = || {
            let mut ends: Vec<_> = dots().collect();
            ends.reverse();
            ends.into_iter().find_map(|at| self.trailing.get(&host[..=at]))
        };
        if let Some(&id) = leading.or_else(trailing) {
            return NameMatch::Named(id, None);
        }
        for (pattern, id) in &self.regexes {
            match pattern.find(host) {
                Match::Yes(captures) => {
                    return NameMatch::Named(*id, Some(captures).filter(|_| self.runs_regexes()));
                }
                Match::No => {}
                Match::Unknown => return NameMatch::Unknown(*id),
            }
        }
        NameMatch::Default(self.default_server)
    }

    /// Whether nginx looks at names here at all. For a lone server it does so only for the sake of
    /// captures, and the last of its regular expressions tells it whether there are any.
    fn runs_regexes(&self) -> bool {
        self.servers.len() > 1
            || self.regexes.last().is_some_and(|(pattern, _)| pattern.has_groups())
    }

    /// Whether a server of this socket has the host among its names.
    pub fn names_host(&self, host: &[u8]) -> bool {
        matches!(self.server_for(host), NameMatch::Named(..))
    }

    /// Whether a connection to this address and port could arrive here, were there no other socket.
    pub(crate) fn takes(&self, ip: IpAddr, port: u16) -> bool {
        let Address::Ip(own, own_port) = self.address else { return false };
        own_port == port
            && (own == ip || own.is_unspecified() && (own.is_ipv4() == ip.is_ipv4() || self.dual))
    }
}

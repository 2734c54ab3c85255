//! The typed view of everything in `http`.

use std::path::PathBuf;

use rustc_hash::FxHashMap;

use crate::{
    config::{Config, Directive},
    directive_table::{Context, Name, name},
    level::Level,
    listen::Address,
    pattern::Patterns,
    route::Variables,
    server::{Server, ServerId},
    socket::{Socket, SocketId},
    worker::Worker,
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
    pub sockets: Vec<Socket<'c>>,
    /// Where relative paths of `root` and `alias` start.
    pub prefix: Prefix,
    by_address: FxHashMap<Address, SocketId>,
    pub(crate) patterns: Patterns,
    /// The variables that the configuration defines.
    pub(crate) variables: Variables<'c>,
    pub(crate) worker: Worker,
}

/// nginx's `-p`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The directory.
    pub path: PathBuf,
    /// Whether nobody said so: neither the user nor the installed nginx.
    pub is_guess: bool,
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
                level.push(directive);
            }
        }
        let variables = Variables::of(&level);
        let worker = Worker::default();
        let mut http = Self {
            config,
            level,
            servers,
            sockets: Vec::new(),
            prefix,
            by_address: FxHashMap::default(),
            patterns,
            variables,
            worker,
        };
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
    pub fn socket(&self, id: SocketId) -> &Socket<'c> {
        &self.sockets[id.0 as usize]
    }

    /// The sockets with their ids.
    pub fn sockets(&self) -> impl Iterator<Item = (SocketId, &Socket<'c>)> {
        (0..).map(SocketId).zip(&self.sockets)
    }

    /// The sockets of a server, once for each `listen` that names them.
    pub fn sockets_of(&self, server: &Server<'c>) -> impl Iterator<Item = &Socket<'c>> {
        let tcp = server.listens.iter().filter(|listen| !listen.quic);
        tcp.filter_map(|listen| self.by_address.get(&listen.address)).map(|&id| self.socket(id))
    }

    /// The value of a directive for a server as a whole: its own, else that of `http`.
    pub fn effective(&self, server: &Server<'c>, name: Name) -> Option<Directive<'c>> {
        server.level.first(name).or_else(|| self.level.first(name))
    }

    /// All directives of one name that hold for a server as a whole: its own, or those of `http` if
    /// it has none (`ssl_certificate` and other lists are inherited all or nothing).
    pub fn effective_all<'h>(
        &'h self,
        server: &'h Server<'c>,
        name: Name,
    ) -> impl Iterator<Item = Directive<'c>> {
        let is_own = server.level.first(name).is_some();
        if is_own { server.level.all(name) } else { self.level.all(name) }
    }

    /// The `ssl on` that holds for a server: TLS on all of its addresses, whatever `listen` says, up
    /// to nginx 1.25.0; later ones refuse it.
    pub fn legacy_ssl(&self, server: &Server<'c>) -> Option<Directive<'c>> {
        let is_on =
            |ssl: &Directive<'c>| ssl.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"));
        self.effective(server, name::SSL).filter(is_on)
    }

    fn add_sockets(&mut self) {
        let mut sockets: Vec<Socket<'c>> = Vec::new();
        for (number, server) in (0..).zip(&self.servers) {
            let id = ServerId(number);
            let legacy = self.legacy_ssl(server).is_some();
            for listen in server.listens.iter().filter(|listen| !listen.quic) {
                let known = self.by_address.get(&listen.address);
                let at = known.map_or(sockets.len(), |id| id.0 as usize);
                if at == sockets.len() {
                    self.by_address.insert(listen.address.clone(), SocketId(at as u32));
                    sockets.push(Socket::new(listen, id));
                }
                sockets[at].add(listen, id, server, &self.patterns);
                sockets[at].legacy_ssl |= legacy;
            }
        }
        self.sockets = sockets;
    }
}

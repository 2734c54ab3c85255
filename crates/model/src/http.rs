//! The typed view of everything in `http`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    config::{Config, Directive},
    directive_table::{Context, Name, name},
    file_system::FileSystem,
    level::Level,
    listen::{Address, Listen},
    outside::outside,
    pattern::Patterns,
    route::{Variables, host_name},
    server::{Server, ServerId},
    socket::{FEW_SOCKETS, Socket, SocketId, Sockets},
    worker::{May, Permission, Worker},
};

/// The servers of a configuration and the sockets they share.
#[derive(Debug)]
pub struct Http<'c> {
    /// The configuration.
    pub config: &'c Config<'c>,
    /// What is set in `http` itself.
    pub level: Level<'c>,
    /// The servers in nginx's order.
    pub servers: Vec<Arc<Server<'c>>>,
    /// Where relative paths of `root` and `alias` start.
    pub prefix: Prefix,
    pub(crate) sockets: Arc<Sockets<'c>>,
    /// Where servers of `stream` and `mail` listen.
    pub(crate) outside: Vec<Listen<'c>>,
    pub(crate) patterns: Arc<Patterns>,
    /// The variables that the configuration defines.
    pub(crate) variables: Variables<'c>,
    pub(crate) worker: Worker,
    /// The `upstream` blocks by name in lower case.
    upstreams: FxHashMap<Vec<u8>, Directive<'c>>,
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
        let patterns = Arc::new(Patterns::default());
        let (level, blocks) = blocks(config);
        let servers = blocks.into_iter().map(|block| Arc::new(Server::cast(block, &patterns)));
        let mut http = Self {
            config,
            variables: Variables::of(&level),
            upstreams: upstreams(&level),
            level,
            servers: servers.collect(),
            prefix,
            sockets: Arc::default(),
            outside: outside(config),
            patterns,
            worker: Worker::default(),
        };
        http.sockets = Arc::new(Sockets::of(&http));
        http
    }

    /// The same with other insides of these servers, as they stand in `config`; everything else is
    /// taken over. `None` if that is not all that differs: if there are more servers or fewer, or if
    /// requests would find one of them by other names or addresses.
    pub fn with_servers(
        &'c self,
        config: &'c Config<'c>,
        changed: impl IntoIterator<Item = ServerId>,
    ) -> Option<Self> {
        let (level, blocks) = blocks(config);
        let mut servers = self.servers.clone();
        if blocks.len() != servers.len() {
            return None;
        }
        for id in changed {
            let at = id.0 as usize;
            let server = Server::cast(blocks[at], &self.patterns);
            if !server.is_found_like(&servers[at]) {
                return None;
            }
            servers[at] = Arc::new(server);
        }
        Some(Self {
            config,
            variables: Variables::of(&level),
            upstreams: upstreams(&level),
            level,
            servers,
            prefix: self.prefix.clone(),
            sockets: Arc::clone(&self.sockets),
            outside: outside(config),
            patterns: Arc::clone(&self.patterns),
            worker: Worker::default(),
        })
    }

    /// The servers and what is set in `http` itself, in nginx's order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_, 'c>> {
        let mut servers = self.servers.iter();
        inside(self.config).filter_map(move |directive| {
            if is_server(directive) {
                return servers.next().map(|server| Part::Server(server));
            }
            Some(Part::Setting(directive))
        })
    }

    /// One server.
    pub fn server(&self, id: ServerId) -> &Server<'c> {
        &self.servers[id.0 as usize]
    }

    /// The servers with their ids.
    pub fn servers(&self) -> impl Iterator<Item = (ServerId, &Server<'c>)> {
        (0..).map(ServerId).zip(self.servers.iter().map(|server| &**server))
    }

    /// One socket.
    pub fn socket(&self, id: SocketId) -> &Socket<'c> {
        &self.sockets.list[id.0 as usize]
    }

    /// The sockets with their ids.
    pub fn sockets(&self) -> impl Iterator<Item = (SocketId, &Socket<'c>)> {
        (0..).map(SocketId).zip(&self.sockets.list)
    }

    /// The sockets that have a server with this name, in their order.
    pub fn sockets_naming(&self, host: &[u8]) -> impl Iterator<Item = &Socket<'c>> {
        self.sockets.naming(host).into_iter().map(|id| self.socket(id))
    }

    /// Whether every socket on this port leads two hosts in lower case to the same server. Of many
    /// sockets it is not found out: then they may as well not.
    pub fn finds_alike(&self, hosts: [&[u8]; 2], port: u16) -> bool {
        let mut sockets = self.sockets.list.iter();
        let [one, other] = hosts;
        sockets.len() <= FEW_SOCKETS
            && sockets.all(|socket| {
                socket.address.port() != port || socket.server_for(one) == socket.server_for(other)
            })
    }

    /// Whether a host leads to a server by name, over anything but a Unix socket.
    pub fn has_host(&self, host: &[u8]) -> bool {
        let host = host_name(host);
        self.sockets_naming(&host).any(|socket| !matches!(socket.address, Address::Unix(_)))
    }

    /// The sockets of a server, once for each `listen` that names them.
    pub fn sockets_of(&self, server: &Server<'c>) -> impl Iterator<Item = &Socket<'c>> {
        let tcp = server.listens.iter().filter(|listen| !listen.quic);
        tcp.filter_map(|listen| self.sockets.by_address.get(&listen.address))
            .map(|&id| self.socket(id))
    }

    /// The `upstream` block of this name, whatever its case (`ngx_http_upstream_add`).
    pub fn upstream(&self, name: &[u8]) -> Option<Directive<'c>> {
        self.upstreams.get(&name.to_ascii_lowercase()).copied()
    }

    /// What certainly keeps nginx's workers from reading a file: a directory on the way that they
    /// may not search, or the file itself.
    pub fn closed_to_workers(&self, file_system: &dyn FileSystem, path: &Path) -> Option<PathBuf> {
        let barrier = self.worker.barrier(self.config, file_system, path);
        if let Some(barrier) = barrier {
            return barrier.is_certain.then_some(barrier.directory);
        }
        let stat = file_system.stat(path).found()?;
        let may = self.worker.may(self.config, file_system, &stat, Permission::Read);
        (may == May::No).then(|| path.to_path_buf())
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
}

/// What is set in `http` itself, and its servers.
fn blocks<'c>(config: &'c Config<'c>) -> (Level<'c>, Vec<Directive<'c>>) {
    let (mut level, mut servers) = (Level::default(), Vec::new());
    for directive in inside(config) {
        if is_server(directive) {
            servers.push(directive);
        } else {
            level.push(directive);
        }
    }
    (level, servers)
}

/// Everything right inside `http`, in nginx's order.
fn inside<'c>(config: &'c Config<'c>) -> impl Iterator<Item = Directive<'c>> {
    let blocks = config.roots_in(Context::Main).filter(|block| block.name() == name::HTTP);
    blocks.flat_map(Directive::children).chain(config.roots_in(Context::Http))
}

fn is_server(directive: Directive<'_>) -> bool {
    directive.name() == name::SERVER && directive.has_block()
}

/// A part of `http`.
pub(crate) enum Part<'h, 'c> {
    Server(&'h Server<'c>),
    Setting(Directive<'c>),
}

fn upstreams<'c>(level: &Level<'c>) -> FxHashMap<Vec<u8>, Directive<'c>> {
    let mut upstreams = FxHashMap::default();
    for upstream in level.all(name::UPSTREAM) {
        let name = upstream.arg(0).unwrap_or_default().to_ascii_lowercase();
        upstreams.entry(name).or_insert(upstream);
    }
    upstreams
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use parser::{FileId, Span};

    use super::{Http, Prefix};
    use crate::{Config, Memory, ServerId, load};

    const SITE: &str = "events {}
http {
    server { listen 80; server_name a.test; root /a; }
    server { listen 80; server_name b.test; root /b; }
}
";

    /// The root of each server, once these words are replaced; `None` where not only the insides of
    /// the first server differ.
    fn roots_with(old: &str, new: &str) -> Option<Vec<String>> {
        let files = Memory::new().file("/nginx.conf", SITE);
        let sources = load(&["/nginx.conf".into()], &files).remove(0);
        let config = Config::of(&sources);
        let http = Http::of(&config, Prefix { path: "/".into(), is_guess: false });
        let start = SITE.find(old).expect("it is in the text");
        let span = Span::new(FileId(0), start as u32, (start + old.len()) as u32);
        let edited = sources.with_edits(&[(span, new.as_bytes().to_vec())], &BTreeMap::new());
        let config = Config::of(&edited);
        let edited = http.with_servers(&config, [ServerId(0)])?;
        let root = |server: &crate::Server<'_>| {
            let root = server.level.first(crate::name::ROOT).and_then(|root| root.arg(0));
            root.map(|root| root.escape_ascii().to_string()).unwrap_or_default()
        };
        Some(edited.servers().map(|(_, server)| root(server)).collect())
    }

    #[test]
    fn the_insides_of_a_server_may_change_but_not_how_it_is_found() {
        assert_eq!(roots_with("/a;", "/c;"), Some(vec!["/c".to_owned(), "/b".to_owned()]));
        for (old, new) in [
            ("a.test", "c.test"),
            ("a.test", "a.test c.test"),
            ("listen 80;", "listen 81;"),
            ("listen 80;", "listen 80 default_server;"),
            ("listen 80;", "listen 80; listen 81;"),
            ("listen 80;", ""),
            ("root /a;", "ssl on;"),
            ("server {", "server { listen 82; } server {"),
        ] {
            assert_eq!(roots_with(old, new), None, "{old} {new}");
        }
    }
}

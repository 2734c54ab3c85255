//! certbot's plugin for nginx, which writes the answer into the configuration while it orders.

use std::cell::OnceCell;

use model::{
    Address, AnswerPhase, Directive, Http, Ports, Scheme, Server, ServerId, Socket, Trace,
};

use crate::challenge::Hop;

/// The plugin at work on a configuration.
pub(crate) struct Plugin<'c> {
    http: &'c Http<'c>,
    ports: Ports,
    /// The server that it copies for names that no server has.
    copied: OnceCell<Option<ServerId>>,
}

impl<'c> Plugin<'c> {
    pub(crate) fn new(http: &'c Http<'c>, ports: Ports) -> Self {
        Self { http, ports, copied: OnceCell::new() }
    }

    /// The server that answers a hop of a name's challenge, because the plugin has written the answer
    /// into it (`certbot_nginx._internal.http_01`): into every server that has the name on the public
    /// ports, before anything else that the server does; if none has it on the port of HTTP, into a
    /// copy of the default server, or into a new server on all addresses, in front of all others.
    pub(crate) fn answering(&self, host: &[u8], hop: &Hop<'c>) -> Option<Directive<'c>> {
        let Trace { server: Some(server), socket: Some(socket), phase, .. } = hop.trace else {
            return None;
        };
        let socket = self.http.socket(socket);
        let is_written = match hop.request.scheme {
            _ if phase == AnswerPhase::Connection => false,
            _ if socket.names_host(host) && self.sees(server) => true,
            Scheme::Https => false,
            Scheme::Http if self.is_named(host) => false,
            Scheme::Http => match self.copied() {
                Some(copied) => copied == server,
                None => matches!(socket.address, Address::Ip(ip, _) if ip.is_unspecified()),
            },
        };
        is_written.then_some(self.http.server(server).directive)
    }

    /// Whether a server has the name on the port of HTTP.
    fn is_named(&self, host: &[u8]) -> bool {
        let is_plain =
            |socket: &Socket<'_>| socket.address.port() == self.ports.http && !socket.ssl;
        let is_seen = |(id, server): (ServerId, &Server<'_>)| {
            server.names.iter().any(|name| *name.text == *host) && self.sees(id)
        };
        self.http.sockets_naming(host).any(is_plain) && self.http.servers().any(is_seen)
    }

    /// Whether the plugin's reader sees a server (`certbot_nginx._internal.nginxparser`): it passes over
    /// files that are not UTF-8 or have `\{` outside of quotes, and does not know a block whose name a
    /// comment keeps from its brace.
    fn sees(&self, id: ServerId) -> bool {
        let server = self.http.server(id).directive;
        let bytes = &server.file().bytes;
        let start = server.name_span().range().end;
        let head = bytes[start..].split(|byte| *byte == b'{').next().unwrap_or_default();
        let is_bare = |at: usize| {
            let line = bytes[..at].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            line.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count() % 2 == 0
        };
        let mut escaped = bytes.windows(2).enumerate().filter(|(_, pair)| *pair == b"\\{");
        !head.contains(&b'#')
            && !escaped.any(|(at, _)| is_bare(at))
            && std::str::from_utf8(bytes).is_ok()
    }

    /// The only server that is marked as the default of the port, if there is only one
    /// (`NginxConfigurator._get_default_vhost`).
    fn copied(&self) -> Option<ServerId> {
        let is_marked = |server: &Server<'_>| {
            let marked = server.listens.iter().find(|listen| listen.default_server);
            marked.is_some_and(|listen| listen.address.port() == self.ports.http)
        };
        *self.copied.get_or_init(|| {
            let mut marked = self.http.servers().filter(|(_, server)| is_marked(server));
            let first = marked.next();
            first.filter(|_| marked.next().is_none()).map(|(id, _)| id)
        })
    }
}

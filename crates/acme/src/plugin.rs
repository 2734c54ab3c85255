//! certbot's plugin for nginx, which writes the answer into the configuration while it orders.

use std::cell::OnceCell;

use model::{
    Address, AnswerPhase, Directive, Http, Ports, Scheme, Server, ServerId, Socket, Trace,
};
use parser::Span;

use self::sight::Sight;
use crate::challenge::Hop;

mod sight;

pub use sight::Unseen;

/// The plugin at work on a configuration.
pub(crate) struct Plugin<'c> {
    http: &'c Http<'c>,
    ports: Ports,
    sight: Sight<'c>,
    /// The server that it copies for names that no server has.
    copied: OnceCell<Option<ServerId>>,
}

impl<'c> Plugin<'c> {
    pub(crate) fn new(http: &'c Http<'c>, ports: Ports) -> Self {
        Self { http, ports, sight: Sight::new(http), copied: OnceCell::new() }
    }

    /// The server that answers a hop of a name's challenge, because the plugin has written the answer
    /// into it (`certbot_nginx._internal.http_01`): into every server that has the name on the public
    /// ports, before anything else that the server does; if none has it on the port of HTTP, into a
    /// copy of the default server, or into a new server on all addresses, in front of all others.
    pub(crate) fn answering(&self, host: &[u8], hop: &Hop<'c>) -> Option<Directive<'c>> {
        let Trace { server: Some(server), socket: Some(socket), phase, .. } = hop.trace else {
            return None;
        };
        if matches!(self.sight.hides(server), Some((Unseen::HttpElsewhere, _))) {
            return None;
        }
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

    /// Whether the plugin sees a server.
    fn sees(&self, id: ServerId) -> bool {
        self.sight.hides(id).is_none()
    }

    /// What hides a server from the plugin, and where it stands.
    pub(crate) fn hides(&self, id: ServerId) -> Option<(Unseen, Span)> {
        self.sight.hides(id)
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

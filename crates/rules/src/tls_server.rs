//! The servers that take part in TLS handshakes with clients, be they of `http`, `stream` or `mail`.

use evidence::{OtherServer, other_servers};
use model::{Directive, Http, Name, Server, ServerId};

use crate::facts::Facts;

/// A server that may take part in handshakes.
pub(crate) struct TlsServer<'c> {
    http: &'c Http<'c>,
    kind: Kind<'c>,
}

enum Kind<'c> {
    Http(ServerId, &'c Server<'c>),
    Other(Box<OtherServer<'c>>),
}

/// The servers that are judged, and those of `stream` and `mail`.
pub(crate) fn tls_servers<'c>(facts: &Facts<'c>) -> impl Iterator<Item = TlsServer<'c>> {
    let http = facts.http;
    let of_http =
        facts.servers().map(move |(id, server)| TlsServer { http, kind: Kind::Http(id, server) });
    let others = other_servers(http).into_iter();
    of_http.chain(others.map(move |other| TlsServer { http, kind: Kind::Other(Box::new(other)) }))
}

impl<'c> TlsServer<'c> {
    /// Its block.
    pub(crate) fn directive(&self) -> Directive<'c> {
        match &self.kind {
            Kind::Http(_, server) => server.directive,
            Kind::Other(other) => other.directive,
        }
    }

    /// Whether it is of `http`.
    pub(crate) fn is_of_http(&self) -> bool {
        matches!(self.kind, Kind::Http(..))
    }

    /// What stands in the server itself.
    pub(crate) fn own(&self, name: Name) -> Option<Directive<'c>> {
        match &self.kind {
            Kind::Http(_, server) => server.level.first(name),
            Kind::Other(other) => other.directive.children().find(|inner| inner.name() == name),
        }
    }

    /// The value of a directive: its own, else that of the block around it.
    pub(crate) fn effective(&self, name: Name) -> Option<Directive<'c>> {
        match &self.kind {
            Kind::Http(_, server) => self.http.effective(server, name),
            Kind::Other(other) => other.effective(name),
        }
    }

    /// All directives of one name that hold: its own, or those of the block around it if it has none.
    pub(crate) fn effective_all(&self, name: Name) -> impl Iterator<Item = Directive<'c>> {
        let (of_http, of_other) = match &self.kind {
            Kind::Http(_, server) => (Some(self.http.effective_all(server, name)), None),
            Kind::Other(other) => (None, Some(other.effective_all(name))),
        };
        of_http.into_iter().flatten().chain(of_other.into_iter().flatten())
    }

    /// Whether clients speak TLS with it on any of its addresses.
    pub(crate) fn speaks_tls(&self) -> bool {
        match &self.kind {
            Kind::Http(_, server) => self.http.sockets_of(server).any(|socket| socket.ssl),
            Kind::Other(other) => !other.tls_defaults.is_empty(),
        }
    }

    /// Whether it is the default server of one of these addresses.
    pub(crate) fn is_default(&self) -> bool {
        match &self.kind {
            Kind::Http(id, server) => {
                let mut sockets = self.http.sockets_of(server).filter(|socket| socket.ssl);
                sockets.any(|socket| socket.default_server == *id)
            }
            Kind::Other(other) => other.tls_defaults.contains(&other.directive),
        }
    }

    /// The default server of the first of these addresses.
    pub(crate) fn default(&self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::Http(_, server) => {
                let id = self.http.sockets_of(server).find(|socket| socket.ssl)?.default_server;
                Kind::Http(id, self.http.server(id))
            }
            Kind::Other(other) => Kind::Other(Box::new(other.default_server()?)),
        };
        Some(Self { http: self.http, kind })
    }
}

//! From the connection to the server: sockets, TLS, names.

use std::net::IpAddr;

use super::{
    Answer, AnswerPhase, Request, Scheme,
    run::{Run, Undecided},
};
use crate::{
    directive_table::name,
    http::{Http, NameMatch, SocketId},
    listen::Address,
    server::ServerId,
};

/// The socket that takes a request's connection: `Ok(None)` if nothing listens there.
pub(super) fn socket<'c>(
    http: &'c Http<'c>,
    request: &Request,
) -> Result<Option<SocketId>, Undecided<'c>> {
    let (address, port) = (request.address, request.port);
    if !address.is_unspecified() {
        return Ok(socket_of_address(http, address, port));
    }
    // The address is not known, only its family: every socket that the Internet can reach might be
    // it. The names tell which one is meant.
    let reachable: Vec<SocketId> = http
        .sockets()
        .filter(|(_, socket)| match socket.address {
            Address::Ip(ip, own_port) => {
                own_port == port
                    && !ip.is_loopback()
                    && (ip.is_ipv4() == address.is_ipv4() || socket.dual && ip.is_unspecified())
            }
            Address::Name(_, own_port) => own_port == port,
            Address::Unix(_) => false,
        })
        .map(|(id, _)| id)
        .collect();
    let host = host_name(&request.host);
    let naming: Vec<SocketId> =
        reachable.iter().copied().filter(|&id| http.socket(id).names_host(&host)).collect();
    let wildcard = reachable.iter().copied().find(|&id| {
        let Address::Ip(ip, _) = http.socket(id).address else { return false };
        ip.is_unspecified() && ip.is_ipv4() == address.is_ipv4()
    });
    let choice = match (&*naming, &*reachable) {
        ([only], _) | (_, [only]) => Some(*only),
        ([], []) => return Ok(None),
        ([], _) => wildcard,
        _ => None,
    };
    if let Some(id) = choice
        && !matches!(http.socket(id).address, Address::Name(..))
    {
        return Ok(Some(id));
    }
    let at = reachable
        .first()
        .and_then(|&id| http.server(http.socket(id).default_server).level.first(name::LISTEN));
    Err(Undecided {
        because: "it depends on the address on which the request arrives".to_owned(),
        at,
    })
}

/// The socket for a known local address: its own one goes before the one for all addresses.
fn socket_of_address(http: &Http<'_>, address: IpAddr, port: u16) -> Option<SocketId> {
    let takers = || http.sockets().filter(|(_, socket)| socket.takes(address, port));
    let is_own = |own: &Address| *own == Address::Ip(address, port);
    let same_family =
        |own: &Address| matches!(own, Address::Ip(ip, _) if ip.is_ipv4() == address.is_ipv4());
    takers()
        .find(|(_, socket)| is_own(&socket.address))
        .or_else(|| takers().find(|(_, socket)| same_family(&socket.address)))
        .or_else(|| takers().next())
        .map(|(id, _)| id)
}

/// The host as nginx looks for it among server names: lower case, no final dot.
pub(super) fn host_name(host: &[u8]) -> Vec<u8> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    host.to_ascii_lowercase()
}

impl<'c> Run<'_, 'c> {
    /// Chooses the server, and gives the answer if the request ends before one can work on it.
    pub(super) fn connect(&mut self, id: SocketId) -> Result<Option<Answer<'c>>, Undecided<'c>> {
        let socket = self.http.socket(id);
        self.phase = AnswerPhase::Connection;
        if socket.proxy_protocol {
            self.note(None, "the socket expects the PROXY protocol".to_owned());
            return Ok(Some(Answer::Close));
        }
        let server = match socket.server_for(&self.host) {
            NameMatch::Named(server) | NameMatch::Default(server) => server,
            NameMatch::Unknown(server) => {
                self.server = server;
                return Err(Undecided {
                    because: "a server name is a regular expression that cannot be run".to_owned(),
                    at: self.server().level.first(name::SERVER_NAME),
                });
            }
        };
        self.enter(id, server);
        match (self.request.scheme, socket.ssl) {
            (Scheme::Http, false) => Ok(None),
            (Scheme::Https, false) => {
                self.note(None, format!("{} does not speak TLS", socket.address));
                Ok(Some(Answer::TlsError))
            }
            (Scheme::Http, true) => {
                self.note(None, format!("{} speaks only TLS", socket.address));
                Ok(Some(Answer::Status { status: 400, body: None }))
            }
            (Scheme::Https, true) => self.handshake(),
        }
    }

    fn handshake(&mut self) -> Result<Option<Answer<'c>>, Undecided<'c>> {
        let server = self.server();
        let on = |directive: &crate::Directive<'c>| directive.arg(0).as_deref() == Some(b"on");
        let effective = |name| self.http.effective(server, name);
        if let Some(rejects) = effective(name::SSL_REJECT_HANDSHAKE).filter(on) {
            self.note(Some(rejects), "the handshake for this name is rejected".to_owned());
            return Ok(Some(Answer::TlsError));
        }
        if let Some(verifies) = effective(name::SSL_VERIFY_CLIENT).filter(on) {
            self.note(Some(verifies), "a client certificate is demanded".to_owned());
            return Ok(Some(Answer::Status { status: 400, body: None }));
        }
        Ok(None)
    }

    fn enter(&mut self, socket: SocketId, server: ServerId) {
        self.socket = Some(socket);
        self.server = server;
        let shared = self.http.socket(socket);
        let named = shared.names_host(&self.host);
        let host = self.host.escape_ascii();
        let address = &shared.address;
        let why = if named {
            format!("`{host}` is one of its names on {address}")
        } else {
            format!(
                "it is the default server of {address}, and no server there has the name `{host}`"
            )
        };
        let directive = self.server().directive;
        self.note(Some(directive), why);
    }
}

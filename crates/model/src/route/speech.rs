//! What sockets speak, as far as a configuration tells.

use super::{
    Request,
    connect::host_name,
    run::{Run, Undecided},
};
use crate::{
    http::Http,
    listen::{Address, Listen},
    socket::Socket,
};

/// See [`super::is_alike_over_ipv6`].
pub(super) fn is_alike_over_ipv6(http: &Http<'_>, request: &Request) -> bool {
    let socket_over = |is_ipv4| match http.sockets.reachable(request.port, is_ipv4) {
        [only] => Some(http.socket(*only)),
        _ => None,
    };
    let (Some(one), Some(other)) = (socket_over(true), socket_over(false)) else { return false };
    let is_resolved = |socket: &Socket<'_>| !matches!(socket.address, Address::Name(..));
    is_resolved(one) && is_resolved(other) && one.is_like(other, &host_name(request.named_host()))
}

impl<'c> Run<'_, 'c> {
    /// Whether every version of nginx reads a request on this socket as this one is written.
    pub(super) fn check_speech(&self, socket: &Socket<'c>) -> Result<(), Undecided<'c>> {
        let servers = || socket.servers.iter().map(|&id| self.http.server(id));
        let listen = |says: fn(&Listen<'c>) -> bool| {
            let listens = servers().flat_map(|server| &server.listens);
            let mut here =
                listens.filter(|listen| listen.address == socket.address && says(listen));
            here.find_map(|listen| listen.directive)
        };
        let (because, at) = if socket.proxy_protocol {
            let because = "only what stands in front of nginx can speak to this socket";
            (because, listen(|listen| listen.proxy_protocol))
        } else if socket.legacy_ssl {
            let at = servers().find_map(|server| self.http.legacy_ssl(server));
            ("`ssl on` means something only up to nginx 1.25.0", at)
        } else if socket.http2 && !socket.ssl {
            let because = "up to nginx 1.25.0 this socket speaks HTTP/2 alone";
            (because, listen(|listen| listen.http2))
        } else {
            return Ok(());
        };
        Err(Undecided { because: because.to_owned(), at })
    }
}

//! Requests that no fix may answer in another way.

use std::{cell::Cell, mem};

use model::{
    Address, Answer, Directive, FileSystem, Http, Request, Server, ServerId, ServerNameKind,
    Socket, Trace, route_briefly, route_watched,
};

use super::{Change, changed::Changed};

/// The paths asked for besides the prefixes that a server itself has.
const PROBES: [&[u8]; 7] = [
    b"/",
    b"/index.php",
    b"/.git/config",
    b"/.env",
    b"/.htaccess",
    b"/.well-known/",
    b"/.well-known/security.txt",
];

/// A name that no server has.
const NOBODY: &[u8] = b"probe.invalid";

/// What becomes of the other requests to a server.
#[derive(Debug)]
pub(super) enum Others {
    /// They get the answers they got.
    AsBefore,
    /// At least this one does not.
    Changed(Change),
    /// No name is known that would lead to the server.
    Unreachable,
}

/// Two configurations to be held against each other.
pub(super) struct Comparison<'a, 'b, 'c> {
    pub(super) before: &'b Http<'b>,
    pub(super) after: &'c Http<'c>,
    pub(super) file_system: &'a dyn FileSystem,
    /// Whether names lead to the servers they led to.
    pub(super) is_found_alike: bool,
}

impl Comparison<'_, '_, '_> {
    /// Asks for the probes and the literal prefixes of a server, under each of its names, over every
    /// socket. One name stands for the others where nothing looks at the host, and one socket for
    /// another that is like it where nothing looks at the addresses.
    pub(super) fn others(&self, id: ServerId) -> Others {
        let server = self.before.server(id);
        let paths = paths(server);
        let changed = self.is_found_alike.then(|| self.after.server(id));
        let changed = changed.and_then(|after| Changed::of(server, after));
        let mut asked: Vec<Asked<'_, '_>> = Vec::new();
        let mut is_reached = false;
        for socket in self.before.sockets_of(server) {
            let Address::Ip(address, port) = socket.address else { continue };
            if asked.iter().any(|other| other.socket.address == socket.address) {
                continue;
            }
            let mut hosts = hosts(server, socket.default_server == id);
            let stands_for_it = |host: &[u8], other: &Asked<'_, '_>| {
                other.socket.address.port() == port
                    && !other.depends_on_addresses
                    && other.socket.is_like(socket, host)
            };
            if self.is_found_alike {
                hosts.retain(|host| !asked.iter().any(|other| stands_for_it(host, other)));
            }
            let mut request = Request::get(b"", b"/");
            if socket.ssl {
                request = request.over_tls();
            }
            (request.address, request.port, request.url_port) = (address, port, port);
            let mut depends_on_addresses = false;
            // One request shows whether the handshake is the same for those that follow.
            let mut have_shaken =
                vec![changed.as_ref().is_some_and(|it| !it.handshake); hosts.len()];
            for path in paths.iter().filter(|_| !hosts.is_empty()) {
                request.target.clone_from(path);
                for (host, has_shaken) in hosts.iter().zip(&mut have_shaken) {
                    request.host.clone_from(host);
                    let changed = changed.as_ref().filter(|_| mem::replace(has_shaken, true));
                    let same = match self.compare(&request, id, changed) {
                        Ok(same) => same,
                        Err(change) => return Others::Changed(change),
                    };
                    is_reached |= same.is_of_server;
                    depends_on_addresses |= same.depends_on_addresses;
                    if self.is_found_alike && same.is_of_server && !same.depends_on_host {
                        break;
                    }
                }
            }
            asked.push(Asked { socket, depends_on_addresses });
        }
        let has_regex = server.names.iter().any(|name| name.kind == ServerNameKind::Regex);
        if has_regex && !is_reached { Others::Unreachable } else { Others::AsBefore }
    }

    /// Follows a request, a second time only where it comes to what is changed of the server. If it
    /// is answered in another way, that is the error.
    fn compare(
        &self,
        request: &Request,
        id: ServerId,
        changed: Option<&Changed>,
    ) -> Result<SameAnswer, Change> {
        let meets_change = Cell::new(changed.is_none());
        let search = |server: ServerId, path: &[u8]| {
            let may_be_taken = changed.is_none_or(|changed| changed.may_take(path));
            meets_change.set(meets_change.get() || server != id || may_be_taken);
        };
        let old = route_watched(self.before, request, self.file_system, &search);
        let mut same = SameAnswer::of(&old, id);
        if meets_change.get() || cfg!(debug_assertions) {
            let new = route_briefly(self.after, request, self.file_system);
            if !is_same(&old.answer, &new.answer) {
                debug_assert!(meets_change.get(), "{} is answered anew", request.url());
                return Err(change(request, &old.answer, &new.answer));
            }
            same = same.and(SameAnswer::of(&new, id));
        }
        Ok(same)
    }
}

/// What the answer to a request depends on, which is the same as before.
#[derive(Clone, Copy)]
struct SameAnswer {
    /// Whether this server handles it.
    is_of_server: bool,
    depends_on_addresses: bool,
    depends_on_host: bool,
}

impl SameAnswer {
    fn of(trace: &Trace<'_>, id: ServerId) -> Self {
        Self {
            is_of_server: trace.server == Some(id),
            depends_on_addresses: trace.depends_on_addresses,
            depends_on_host: trace.depends_on_host,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            is_of_server: self.is_of_server && other.is_of_server,
            depends_on_addresses: self.depends_on_addresses || other.depends_on_addresses,
            depends_on_host: self.depends_on_host || other.depends_on_host,
        }
    }
}

/// A socket that was asked.
struct Asked<'h, 'c> {
    socket: &'h Socket<'c>,
    depends_on_addresses: bool,
}

fn change(request: &Request, old: &Answer<'_>, new: &Answer<'_>) -> Change {
    let (before, mut after) = (old.to_string(), new.to_string());
    if before == after {
        after += ", but not the same";
    }
    Change {
        method: String::from_utf8_lossy(&request.method).into_owned(),
        url: request.url().to_string(),
        is_ipv6: request.address.is_ipv6(),
        before,
        after,
    }
}

/// The hosts that may lead to a server.
fn hosts(server: &Server<'_>, is_default: bool) -> Vec<Vec<u8>> {
    let mut hosts: Vec<Vec<u8>> = Vec::with_capacity(server.names.len() + 1);
    for name in &server.names {
        match name.kind {
            ServerNameKind::Exact => hosts.push(name.text.to_vec()),
            ServerNameKind::LeadingDot => {
                hosts.push(name.text[1..].to_vec());
                hosts.push([b"probe", &*name.text].concat());
            }
            ServerNameKind::LeadingWildcard => {
                hosts.push([b"probe", &name.text[1..]].concat());
            }
            ServerNameKind::TrailingWildcard => {
                hosts.push([&name.text[..name.text.len() - 1], b"invalid"].concat());
            }
            ServerNameKind::Regex => {
                hosts.extend([NOBODY.to_vec(), [b"www.", NOBODY].concat()]);
            }
            ServerNameKind::Empty => {}
        }
    }
    if is_default || hosts.is_empty() {
        hosts.push(NOBODY.to_vec());
    }
    hosts
}

/// The probes, and the literal prefixes of the server with something behind them.
fn paths(server: &Server<'_>) -> Vec<Vec<u8>> {
    let mut paths: Vec<Vec<u8>> = PROBES.iter().map(|path| path.to_vec()).collect();
    for location in &server.locations {
        let pattern = &location.pattern;
        let is_challenge = pattern.starts_with(acme::PATH.as_bytes());
        if location.modifier.is_regex() || !pattern.starts_with(b"/") || is_challenge {
            continue;
        }
        paths.push(pattern.to_vec());
        if location.modifier.is_prefix() {
            paths.push([pattern, &b"probe"[..]].concat());
        }
    }
    paths
}

/// Whether two answers are the same to a client; the directives behind them may stand elsewhere.
fn is_same(old: &Answer<'_>, new: &Answer<'_>) -> bool {
    let text = |at: &Option<Directive<'_>>| at.map(|directive| format!("{directive:?}"));
    match (old, new) {
        (
            Answer::Proxy { protocol, to, at },
            Answer::Proxy { protocol: new_protocol, to: new_to, at: new_at },
        ) => (protocol, to, text(&Some(*at))) == (new_protocol, new_to, text(&Some(*new_at))),
        (Answer::Unknown { because, at }, Answer::Unknown { because: new_because, at: new_at }) => {
            because == new_because && text(at) == text(new_at)
        }
        (Answer::Proxy { .. } | Answer::Unknown { .. }, _)
        | (_, Answer::Proxy { .. } | Answer::Unknown { .. }) => false,
        (old, new) => old == new,
    }
}

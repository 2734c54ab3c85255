//! Requests that no fix may answer in another way.

use model::{
    Address, Answer, Directive, FileSystem, Http, Request, Server, ServerId, ServerNameKind,
    Socket, Trace, route_briefly,
};

use super::Change;

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
            for path in paths.iter().filter(|_| !hosts.is_empty()) {
                request.target.clone_from(path);
                for host in &hosts {
                    request.host.clone_from(host);
                    let old = route_briefly(self.before, &request, self.file_system);
                    let new = route_briefly(self.after, &request, self.file_system);
                    if !is_same(&old.answer, &new.answer) {
                        return Others::Changed(change(&request, &old.answer, &new.answer));
                    }
                    is_reached |= old.server == Some(id);
                    depends_on_addresses |= old.depends_on_addresses || new.depends_on_addresses;
                    if self.is_found_alike && stands_for_all_names(&old, &new, id) {
                        break;
                    }
                }
            }
            asked.push(Asked { socket, depends_on_addresses });
        }
        let has_regex = server.names.iter().any(|name| name.kind == ServerNameKind::Regex);
        if has_regex && !is_reached { Others::Unreachable } else { Others::AsBefore }
    }
}

/// A socket that was asked.
struct Asked<'h, 'c> {
    socket: &'h Socket<'c>,
    depends_on_addresses: bool,
}

/// Whether what one name gets of a server is what all of its names get.
fn stands_for_all_names(old: &Trace<'_>, new: &Trace<'_>, id: ServerId) -> bool {
    old.server == Some(id) && new.server == Some(id) && !old.depends_on_host && !new.depends_on_host
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

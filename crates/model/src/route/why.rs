//! Why a socket, a server and a location are chosen, in sentences for people.

use std::{fmt, net::IpAddr};

use super::{Answer, Request, Step, run::Run};
use crate::{
    config::Directive,
    http::Http,
    listen::{Address, Listen},
    location::{LocationId, Modifier},
    pattern::Match,
    server::Server,
    server_name::{ServerName, ServerNameKind},
    socket::Socket,
};

impl<'c> Run<'_, 'c> {
    /// Notes a decision, if anybody wants to know.
    pub(super) fn note(&self, at: Option<Directive<'c>>, why: impl FnOnce() -> String) {
        if let Some(steps) = &mut *self.steps.borrow_mut() {
            steps.push(Step { at, why: why(), phase: self.phase });
        }
    }
}

impl fmt::Display for Answer<'_> {
    /// In a few words; of a status the body is left out.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(out, "the file {}", path.display()),
            Self::Proxy { protocol, to, .. } => {
                write!(out, "whatever {} answers over {}", to.escape_ascii(), protocol.name())
            }
            Self::Redirect { status, to } => write!(out, "{status} to {}", to.escape_ascii()),
            Self::Status { status, .. } => write!(out, "{status}"),
            Self::Close => write!(out, "nothing: the connection is closed"),
            Self::Refused => write!(out, "nothing: the connection is refused"),
            Self::TlsError => write!(out, "nothing: the TLS handshake fails"),
            Self::Unknown { because, .. } => write!(out, "unknown: {because}"),
        }
    }
}

/// Why a socket takes the connection.
pub(super) fn socket(
    http: &Http<'_>,
    socket: &Socket<'_>,
    listen: Option<&Listen<'_>>,
    request: &Request,
) -> String {
    let port = socket.address.port();
    if listen.is_some_and(|listen| listen.directive.is_none()) {
        return format!("without `listen` a server takes port {port} of every IPv4 address");
    }
    match socket.address {
        Address::Ip(ip, _) if ip.is_unspecified() => {
            let family = match ip {
                IpAddr::V4(_) => "IPv4",
                IpAddr::V6(_) if socket.dual => "IPv6 and IPv4",
                IpAddr::V6(_) => "IPv6",
            };
            format!("it takes connections to port {port} of every {family} address")
        }
        Address::Ip(ip, _) if ip == request.address => {
            "it is for this very address, and goes before those for every address".to_owned()
        }
        _ => {
            let same_port = |other: &Socket<'_>| other.address.port() == port;
            if http.sockets().filter(|(_, other)| same_port(other)).count() == 1 {
                format!("it is the only one for port {port}")
            } else {
                format!("of those for port {port}, it is the one where a server has this name")
            }
        }
    }
}

/// Why a server takes the request.
pub(super) fn server(
    http: &Http<'_>,
    socket: &Socket<'_>,
    server: &Server<'_>,
    host: &[u8],
) -> String {
    let (address, shown) = (&socket.address, String::from_utf8_lossy(host));
    if socket.names_host(host)
        && let Some(name) = fitting_name(http, server, host)
    {
        let text = String::from_utf8_lossy(&name.text);
        return match name.kind {
            ServerNameKind::Exact | ServerNameKind::Empty => {
                format!("`{shown}` is one of its names on {address}")
            }
            ServerNameKind::LeadingDot | ServerNameKind::LeadingWildcard => format!(
                "no server on {address} is called exactly `{shown}`, and its name `{text}` is the \
                 longest wildcard that fits"
            ),
            ServerNameKind::TrailingWildcard => {
                format!("no other name on {address} fits `{shown}`, and its wildcard `{text}` does")
            }
            ServerNameKind::Regex => format!(
                "no plain name or wildcard on {address} fits `{shown}`, and its `{text}` is the \
                 first regular expression that matches"
            ),
        };
    }
    if socket.servers.len() == 1 {
        return format!("it is the only server on {address}, so that its names do not matter");
    }
    let because = if socket.has_explicit_default {
        "its `listen` says `default_server`"
    } else {
        "it is the first one, which is the default"
    };
    format!("no server on {address} has the name `{shown}`, and {because}")
}

/// The name by which a server takes a host; exact ones go before wildcards, these before regular
/// expressions.
fn fitting_name<'s, 'c>(
    http: &Http<'_>,
    server: &'s Server<'c>,
    host: &[u8],
) -> Option<&'s ServerName<'c>> {
    let rank = |name: &ServerName<'_>| match name.kind {
        ServerNameKind::Exact | ServerNameKind::Empty => 0,
        ServerNameKind::LeadingDot => 1,
        ServerNameKind::LeadingWildcard => 2,
        ServerNameKind::TrailingWildcard => 3,
        ServerNameKind::Regex => 4,
    };
    let fits = |name: &&ServerName<'_>| {
        let fixed = name.fixed_part();
        match name.kind {
            ServerNameKind::Exact | ServerNameKind::Empty => *name.text == *host,
            ServerNameKind::LeadingDot => host.ends_with(&fixed) || *host == fixed[1..],
            ServerNameKind::LeadingWildcard => host.ends_with(&fixed),
            ServerNameKind::TrailingWildcard => host.starts_with(&fixed),
            ServerNameKind::Regex => {
                let pattern = name.pattern().unwrap_or_default();
                let caseless = pattern.iter().any(u8::is_ascii_uppercase);
                matches!(http.patterns.get(pattern, caseless).find(host), Match::Yes(_))
            }
        }
    };
    server.names.iter().filter(fits).min_by_key(|name| rank(name))
}

/// Why a location takes the request. `passed_over` is the prefix that would have had it.
pub(super) fn location(
    server: &Server<'_>,
    id: LocationId,
    passed_over: Option<LocationId>,
) -> String {
    let location = server.location(id);
    let pattern = String::from_utf8_lossy(&location.pattern);
    match location.modifier {
        Modifier::Exact => format!("`{pattern}` is exactly the path, which ends the search"),
        Modifier::FinalPrefix => format!(
            "`{pattern}` is the longest prefix of the path, and `^~` keeps regular expressions away"
        ),
        Modifier::Prefix => format!(
            "`{pattern}` is the longest prefix of the path, and no regular expression matches"
        ),
        Modifier::Named => format!("it has the name `{pattern}`"),
        Modifier::Regex | Modifier::RegexCaseless => {
            let first = format!("`{pattern}` is the first regular expression that matches");
            let Some(other) = passed_over else { return first };
            let other = String::from_utf8_lossy(&server.location(other).pattern);
            format!("{first}, and the plain prefix `{other}` yields to it")
        }
    }
}

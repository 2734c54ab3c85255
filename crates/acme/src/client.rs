//! Clients that answer challenges by themselves, behind a `proxy_pass`.

use std::net::IpAddr;

use model::{Directive, Http, Location, Modifier, name};

use crate::challenge::PATH;

/// What stands behind a `proxy_pass` in a location for challenges alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A client on this machine, which gets the request as it came.
    Client,
    /// One that gets another path.
    OtherPath(Vec<u8>),
    /// It cannot be known, for this reason.
    Unknown(&'static str),
}

/// What stands behind a `proxy_pass` over HTTP to `to` in `location`, for this token.
pub(crate) fn behind(http: &Http<'_>, location: &Location<'_>, to: &[u8], token: &str) -> Behind {
    // These stand for the path as it came, for a token has nothing to decode.
    let variables = [&b"$request_uri"[..], b"$uri"];
    let before_path = variables.iter().find_map(|path| to.strip_suffix(*path));
    let to = before_path.unwrap_or(to);
    if to.contains(&b'$') {
        return Behind::Unknown("where it is handed on to is not known");
    }
    let Some(rest) = to.strip_prefix(b"http://") else {
        return Behind::Unknown("clients speak plain HTTP");
    };
    let (host, path) = split(rest);
    if !is_local(http, host) {
        return Behind::Unknown("another machine answers challenges, or it does not");
    }
    if location.level.code().any(|code| code.name() == name::REWRITE) {
        return Behind::Unknown("what path the client gets is not known");
    }
    let Some(path) = path else { return Behind::Client };
    let asked = [PATH, token].concat();
    // Without variables, the path of `proxy_pass` takes the place of the prefix.
    let rest = match location.modifier {
        _ if before_path.is_some() => Some(asked.as_bytes()),
        Modifier::Prefix | Modifier::FinalPrefix => asked.as_bytes().get(location.pattern.len()..),
        _ => None,
    };
    let sent = [path, rest.unwrap_or_default()].concat();
    if sent == asked.as_bytes() { Behind::Client } else { Behind::OtherPath(sent) }
}

/// The port to which a `proxy_pass` leads; `None` if it cannot be known, or there are several.
pub(crate) fn port(http: &Http<'_>, proxy_pass: Directive<'_>) -> Option<u16> {
    let to = proxy_pass.arg(0)?;
    let (host, _) = split(to.strip_prefix(b"http://")?);
    let of_address = |address: &[u8]| {
        let text = std::str::from_utf8(address).ok()?;
        let after = text.rsplit_once(']').map_or(text, |(_, rest)| rest);
        match after.rsplit_once(':') {
            Some((_, port)) => port.parse().ok(),
            None => Some(80),
        }
    };
    let Some(upstream) = http.upstream(host) else { return of_address(host) };
    let servers = upstream.children().filter(|server| server.name() == name::SERVER);
    let mut ports = servers.map(|server| of_address(&server.arg(0)?));
    let first = ports.next()??;
    ports.all(|port| port == Some(first)).then_some(first)
}

/// The host with its port, or the socket, and the path if there is one.
fn split(address: &[u8]) -> (&[u8], Option<&[u8]>) {
    if address.starts_with(b"unix:") {
        let colon = address[5..].iter().position(|&byte| byte == b':');
        return match colon {
            Some(at) => (&address[..5 + at], Some(&address[5 + at + 1..])),
            None => (address, None),
        };
    }
    match address.iter().position(|&byte| byte == b'/') {
        Some(at) => (&address[..at], Some(&address[at..])),
        None => (address, None),
    }
}

/// Whether a host is this machine: a loopback address, a socket, or an `upstream` of such.
fn is_local(http: &Http<'_>, host: &[u8]) -> bool {
    let Some(upstream) = http.upstream(host) else { return is_loopback(host) };
    let servers = || upstream.children().filter(|server| server.name() == name::SERVER);
    let is_here =
        |server: Directive<'_>| server.arg(0).is_some_and(|address| is_loopback(&address));
    servers().next().is_some() && servers().all(is_here)
}

fn is_loopback(host: &[u8]) -> bool {
    if host.starts_with(b"unix:") {
        return true;
    }
    let Ok(text) = std::str::from_utf8(host) else { return false };
    let name = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, _)) => address,
        None => text.split_once(':').map_or(text, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

//! Addresses of other servers (`ngx_parse_url`).

use super::{BadArgument, number, quoted};

/// The address of a `proxy_pass` in http.
pub(super) fn proxy_pass(url: &[u8]) -> Option<BadArgument> {
    if url.contains(&b'$') {
        return None; // only requests decide
    }
    let address = [&b"http://"[..], b"https://"].iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    match address {
        None => Some(BadArgument {
            index: 0,
            message: "invalid URL prefix".to_owned(),
            help: "a URL starts with `http://` or `https://`",
        }),
        Some(address) => judge(address, 0, "upstream", Path::Allowed),
    }
}

/// The address of a `fastcgi_pass` and its kin.
pub(super) fn pass(address: &[u8]) -> Option<BadArgument> {
    if address.contains(&b'$') {
        return None; // only requests decide
    }
    judge(address, 0, "upstream", Path::Refused)
}

/// The address of a `server` in an upstream.
pub(super) fn server(address: &[u8]) -> Option<BadArgument> {
    judge(address, 0, "upstream", Path::Refused)
}

/// The addresses of a `resolver`.
pub(super) fn resolver(args: &[&[u8]]) -> Option<BadArgument> {
    const PARAMETERS: [&[u8]; 4] = [b"valid=", b"ipv4=", b"ipv6=", b"status_zone="];
    let is_address = |arg: &[u8]| !PARAMETERS.iter().any(|start| arg.starts_with(start));
    let mut addresses = args.iter().enumerate().filter(|(_, arg)| is_address(arg));
    addresses.find_map(|(index, address)| judge(address, index, "resolver", Path::Refused))
}

/// Whether a path may follow the address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    Allowed,
    Refused,
}

/// Looks at ports, and at paths where there may be none; host names are for the resolver.
fn judge(address: &[u8], index: usize, what: &str, path: Path) -> Option<BadArgument> {
    let wrong = |error: &str, help| {
        let message = format!("{error} in {what} {}", quoted(address));
        Some(BadArgument { index, message, help })
    };
    if address.len() >= 5 && address[..5].eq_ignore_ascii_case(b"unix:")
        || address.starts_with(b"[")
    {
        return None;
    }
    let end = address.iter().position(|byte| matches!(byte, b'/' | b'?'));
    if end.is_some() && path == Path::Refused {
        return wrong("invalid host", "no path may follow the address");
    }
    let host = &address[..end.unwrap_or(address.len())];
    let colon = host.iter().position(|byte| *byte == b':')?;
    match number(&host[colon + 1..]) {
        Some(1..=65535) => None,
        _ if host[colon + 1..].contains(&b':') => {
            wrong("invalid port", "an IPv6 address stands in brackets")
        }
        _ => wrong("invalid port", "a port is a number from 1 to 65535"),
    }
}

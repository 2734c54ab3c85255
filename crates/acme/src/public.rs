//! Which names and hosts are of the public Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::ServerNameKind;

/// Endings below which no public certificate authority issues anything.
const PRIVATE_ENDINGS: [&str; 12] = [
    "localhost",
    "local",
    "localdomain",
    "lan",
    "internal",
    "intranet",
    "corp",
    "home",
    "private",
    "invalid",
    "onion",
    "arpa",
];

/// IPv4 networks for special purposes (RFC 6890 and those that update it), with the length of their
/// prefix.
const RESERVED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Outside of this network no IPv6 addresses are given out.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The networks for special purposes in it.
const RESERVED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// What keeps a validator from following a redirect to a host in lower case.
pub(crate) fn refused_host(host: &[u8]) -> Option<&'static str> {
    if host.ends_with(b".well-known") {
        return Some("is not a host; a `/` may be missing in front of the path");
    }
    let text = String::from_utf8_lossy(host);
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&text);
    if let Ok(address) = address.parse() {
        return is_reserved(address).then_some("is not an address of the public Internet");
    }
    let is_private = never_issued(host, ServerNameKind::Exact).is_some();
    is_private.then_some("is not a public host")
}

pub(crate) fn is_reserved(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => RESERVED_V4.iter().any(|&(network, length)| {
            (u32::from(address) ^ u32::from(network)).leading_zeros() >= length
        }),
        IpAddr::V6(address) => {
            let is_in = |(network, length): (Ipv6Addr, u32)| {
                (u128::from(address) ^ u128::from(network)).leading_zeros() >= length
            };
            !is_in(GLOBAL_V6) || RESERVED_V6.into_iter().any(is_in)
        }
    }
}

/// Whether a host in lower case has a name that certificate authorities issue for.
pub fn is_public_name(host: &[u8]) -> bool {
    never_issued(host, ServerNameKind::Exact).is_none()
}

/// Why no certificate authority would validate a name over HTTP-01, whatever nginx does.
pub(crate) fn never_issued(text: &[u8], kind: ServerNameKind) -> Option<&'static str> {
    match kind {
        ServerNameKind::Regex => return Some("a regular expression is not a name"),
        ServerNameKind::LeadingWildcard | ServerNameKind::TrailingWildcard => {
            return Some("wildcards are validated over DNS");
        }
        ServerNameKind::Empty => return Some("it is empty"),
        ServerNameKind::Exact | ServerNameKind::LeadingDot => {}
    }
    let Some((above, top)) = last_label(text) else { return Some("it is not a host name") };
    if above.is_empty() || top.iter().all(u8::is_ascii_digit) {
        return Some("it is not a public name");
    }
    let is_private = PRIVATE_ENDINGS.iter().any(|ending| ending.as_bytes() == top);
    is_private.then_some("it is not a public name")
}

/// A host name (RFC 1123, section 2.1) up to its last label, and this; `None` if it is none.
fn last_label(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut start = 0;
    for at in 0..=text.len() {
        match text.get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'-' => continue,
            Some(b'.') | None => {}
            Some(_) => return None,
        }
        let label = &text[start..at];
        if label.is_empty() || label.len() > 63 || label[0] == b'-' || label.ends_with(b"-") {
            return None;
        }
        if at < text.len() {
            start = at + 1;
        }
    }
    Some(text.split_at(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_issued_for_public_host_names() {
        let longest = format!("{}.example.com", "a".repeat(63));
        for name in
            ["example.com", "a-1.example.com", "xn--bcher-kva.example", "1.example", &longest]
        {
            assert!(is_public_name(name.as_bytes()), "{name}");
        }
        let too_long = format!("{}.example.com", "a".repeat(64));
        for name in [
            "",
            ".",
            "example",
            "example.com.",
            ".example.com",
            "a..example.com",
            "-a.example.com",
            "a-.example.com",
            "a.example.com-",
            "a_b.example.com",
            "a b.example.com",
            "192.0.2.1",
            "[::1]",
            "printer.local",
            "localhost",
            "b\u{fc}cher.example",
            &too_long,
        ] {
            assert!(!is_public_name(name.as_bytes()), "{name}");
        }
        assert!(!is_public_name(b"a\xff.example.com"));
    }
}

//! Which names and hosts are of the public Internet.

use std::net::IpAddr;

use model::ServerNameKind;

/// Endings below which no public certificate authority issues anything.
const PRIVATE_ENDINGS: [&str; 11] = [
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
    "arpa",
];

/// Whether a host is one that certificate authorities follow a redirect to: below a public ending,
/// or a public address.
pub(crate) fn is_public(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified())
        }
        Ok(IpAddr::V6(ip)) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
        Err(_) => {
            let host = host.strip_suffix('.').unwrap_or(host);
            never_issued(host.as_bytes(), ServerNameKind::Exact).is_none()
        }
    }
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
    let Ok(text) = std::str::from_utf8(text) else { return Some("it is not a host name") };
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !text.split('.').all(|label| is_label(&label)) {
        return Some("it is not a host name");
    }
    let Some((_, top)) = text.rsplit_once('.') else { return Some("it is not a public name") };
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("it is not a public name");
    }
    PRIVATE_ENDINGS.contains(&top).then_some("it is not a public name")
}

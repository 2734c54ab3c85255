//! Redirects as clients see them: complete URLs, with the escapes that nginx adds or takes away.

use super::run::Run;
use crate::directive_table::name;

impl Run<'_, '_> {
    /// A redirect's target with scheme, host and port, as nginx completes it
    /// (`ngx_http_header_filter`).
    pub(super) fn absolute(&self, target: &[u8]) -> Vec<u8> {
        if !target.starts_with(b"/") || self.is_off(name::ABSOLUTE_REDIRECT) {
            return target.to_vec();
        }
        let scheme = self.request.scheme;
        let mut url = format!("{}://", scheme.name()).into_bytes();
        if self.is_on(name::SERVER_NAME_IN_REDIRECT).is_some() {
            url.extend_from_slice(&self.first_name());
        } else if self.host().is_empty() {
            // As it is, without the brackets that an IPv6 address needs in a URL.
            url.extend_from_slice(self.addresses().0.to_string().as_bytes());
        } else {
            url.extend_from_slice(self.host());
        }
        if self.request.port != scheme.usual_port() && !self.is_off(name::PORT_IN_REDIRECT) {
            url.extend_from_slice(format!(":{}", self.request.port).as_bytes());
        }
        url.extend_from_slice(target);
        url
    }

    /// Adds `?` and the query, if there is one.
    pub(super) fn add_query(&self, target: &mut Vec<u8>) {
        if !self.query.is_empty() {
            target.push(b'?');
            target.extend_from_slice(&self.query);
        }
    }
}

/// A path with what may not stand in one escaped (`NGX_ESCAPE_URI`).
pub(super) fn escape_path(path: &[u8]) -> Vec<u8> {
    escape(path, |byte| matches!(byte, b' ' | b'"' | b'#' | b'%' | b'?') || is_never_plain(byte))
}

/// A value with what may not stand in a query escaped (`NGX_ESCAPE_ARGS`).
pub(super) fn escape_query(value: &[u8]) -> Vec<u8> {
    escape(value, |byte| {
        matches!(byte, b' ' | b'"' | b'#' | b'%' | b'&' | b'+' | b';' | b'?')
            || is_never_plain(byte)
    })
}

/// The target of a `rewrite` that redirects: escapes of plain characters are undone, up to the
/// query (`NGX_UNESCAPE_REDIRECT`).
pub(super) fn unescape_redirect(target: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(target.len());
    let mut rest = target;
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'?' {
            plain.extend_from_slice(rest);
            break;
        }
        rest = after;
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        // Of what is no escape, nginx drops all but the byte that is no digit right behind the `%`.
        let Some((high, after)) = rest.split_first() else { break };
        rest = after;
        let Some(first) = digit(*high) else {
            plain.push(*high);
            continue;
        };
        let Some((low, after)) = rest.split_first() else { break };
        rest = after;
        let Some(second) = digit(*low) else { continue };
        let value = first * 16 + second;
        if value == b'?' {
            plain.push(value);
            plain.extend_from_slice(rest);
            break;
        }
        if value > b'%' && value < 0x7f {
            plain.push(value);
        } else {
            plain.extend_from_slice(&[b'%', *high, *low]);
        }
    }
    plain
}

fn escape(bytes: &[u8], needs_escape: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if needs_escape(byte) {
            escaped.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            escaped.push(byte);
        }
    }
    escaped
}

fn is_never_plain(byte: u8) -> bool {
    !(b' '..0x7f).contains(&byte)
        || matches!(byte, b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

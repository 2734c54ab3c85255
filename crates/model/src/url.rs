//! URLs as clients read them. Nothing in the path is decoded or tidied up: that is for nginx.

use std::{fmt, net::IpAddr};

use crate::route::Scheme;

/// An absolute URL of HTTP or HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// HTTP or HTTPS.
    pub scheme: Scheme,
    /// The host as written; IPv6 addresses in brackets.
    pub host: Vec<u8>,
    /// The port, written or not.
    pub port: u16,
    /// The request target: path, and `?` with the query if there is one, as written. The fragment,
    /// which clients keep for themselves, is not part of it.
    pub target: Vec<u8>,
}

/// Why a text is not the URL of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It starts with neither `http://` nor any other scheme.
    NoScheme,
    /// Its scheme is neither `http` nor `https`.
    OtherScheme,
    /// It has no host.
    NoHost,
    /// It has a user in front of the host.
    User,
    /// What stands in brackets is not an IPv6 address.
    BadAddress,
    /// What stands behind the colon is not a port.
    BadPort,
    /// It has blanks or control characters.
    Blank,
}

impl Url {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// If no request can be made to it.
    pub fn parse(text: &[u8]) -> Result<Self, UrlError> {
        let Some(colon) = text.windows(3).position(|part| part == b"://") else {
            // `a.example:80` has no scheme, `mailto:` is one without a host.
            let is_host = scheme_of(text).is_none_or(|scheme| scheme.contains(&b'.'));
            return Err(if is_host { UrlError::NoScheme } else { UrlError::NoHost });
        };
        if scheme_of(text).map(<[u8]>::len) != Some(colon) {
            return Err(UrlError::NoScheme);
        }
        let scheme = match &*text[..colon].to_ascii_lowercase() {
            b"http" => Scheme::Http,
            b"https" => Scheme::Https,
            _ => return Err(UrlError::OtherScheme),
        };
        if text.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
            return Err(UrlError::Blank);
        }
        let rest = &text[colon + 3..];
        let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains(&b'@') {
            return Err(UrlError::User);
        }
        let (host, port) = split_port(authority);
        let port = match port {
            None | Some(b"") => scheme.usual_port(),
            Some(port) => decimal(port).ok_or(UrlError::BadPort)?,
        };
        if host.is_empty() {
            return Err(UrlError::NoHost);
        }
        let url = Self { scheme, host: host.to_vec(), port, target: target_of(target) };
        if host.starts_with(b"[") && url.address().is_none() {
            return Err(UrlError::BadAddress);
        }
        Ok(url)
    }

    /// The URL to which a redirect from this one leads (RFC 3986, section 5.2, dot segments apart).
    ///
    /// # Errors
    /// If no request can be made to it.
    pub fn join(&self, to: &[u8]) -> Result<Self, UrlError> {
        // Clients escape the blanks that servers forget about.
        let escaped;
        let to = if to.contains(&b' ') {
            escaped = to.split(|&byte| byte == b' ').collect::<Vec<_>>().join(&b"%20"[..]);
            &escaped
        } else {
            to
        };
        if scheme_of(to).is_some() {
            return Self::parse(to);
        }
        if to.starts_with(b"//") {
            return Self::parse(&[self.scheme.name().as_bytes(), b":", to].concat());
        }
        if to.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
            return Err(UrlError::Blank);
        }
        let path_end = self.target.iter().position(|&byte| byte == b'?');
        let path = &self.target[..path_end.unwrap_or(self.target.len())];
        let kept = match to.first() {
            Some(b'/') => &[][..],
            Some(b'?') => path,
            None | Some(b'#') => &self.target,
            Some(_) => {
                let slash = path.iter().rposition(|&byte| byte == b'/');
                &path[..slash.map_or(0, |slash| slash + 1)]
            }
        };
        Ok(Self { target: target_of(&[kept, to].concat()), ..self.clone() })
    }

    /// The address, if the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        let text = std::str::from_utf8(&self.host).ok()?;
        match text.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
            None => text.parse().ok().map(IpAddr::V4),
        }
    }

    /// The URL as bytes; the port only where it has to be said.
    pub fn to_bytes(&self) -> Vec<u8> {
        let scheme = self.scheme.name().as_bytes();
        let mut url = [scheme, b"://", &self.host].concat();
        if self.port != self.scheme.usual_port() {
            url.extend_from_slice(format!(":{}", self.port).as_bytes());
        }
        url.extend_from_slice(&self.target);
        url
    }
}

impl fmt::Display for Url {
    /// For people: what is not plain ASCII is escaped.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.to_bytes().escape_ascii())
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoScheme => "it has no scheme; write http://HOST/PATH or https://HOST/PATH",
            Self::OtherScheme => "its scheme is neither http nor https",
            Self::NoHost => "it has no host; write http://HOST/PATH or https://HOST/PATH",
            Self::User => "it has a user in front of the host; passwords are header fields",
            Self::BadAddress => "what stands in brackets is not an IPv6 address",
            Self::BadPort => "what stands behind the colon is not a port",
            Self::Blank => "it has a blank or a control character; write it as %20 and the like",
        })
    }
}

impl std::error::Error for UrlError {}

/// A host and what stands behind the colon after it, if there is one.
pub(crate) fn split_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let brackets = authority.iter().rposition(|&byte| byte == b']').unwrap_or(0);
    match authority[brackets..].iter().position(|&byte| byte == b':') {
        Some(colon) => (&authority[..brackets + colon], Some(&authority[brackets + colon + 1..])),
        None => (authority, None),
    }
}

fn decimal(digits: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(digits).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The scheme in front of the first colon, if it can be one.
fn scheme_of(text: &[u8]) -> Option<&[u8]> {
    let colon = text.iter().position(|&byte| byte == b':')?;
    let scheme = &text[..colon];
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    is_scheme.then_some(scheme)
}

/// The path and query, without the fragment and with the first slash.
fn target_of(text: &[u8]) -> Vec<u8> {
    let text = text.split(|&byte| byte == b'#').next().unwrap_or_default();
    if text.starts_with(b"/") { text.to_vec() } else { [b"/", text].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        match Url::parse(text.as_bytes()) {
            Ok(url) => {
                let (host, target) = (url.host.escape_ascii(), url.target.escape_ascii());
                format!("{} {host} {} {target}", url.scheme.name(), url.port)
            }
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn urls_are_cut_and_not_tidied() {
        for (text, expected) in [
            ("http://a.test/x", "http a.test 80 /x"),
            ("HTTPS://A.test", "https A.test 443 /"),
            ("http://a.test:8080?x=1#top", "http a.test 8080 /?x=1"),
            ("http://a.test:/", "http a.test 80 /"),
            ("http://a.test/b/../%2e//c\u{e9}", "http a.test 80 /b/../%2e//c\\xc3\\xa9"),
            ("https://[2001:db8::1]:8443/x", "https [2001:db8::1] 8443 /x"),
            ("http://[::1]", "http [::1] 80 /"),
            ("a.test/x", "NoScheme"),
            ("a.test:80/x", "NoScheme"),
            ("/x?to=http://a.test/", "NoScheme"),
            ("", "NoScheme"),
            ("ftp://a.test/", "OtherScheme"),
            ("http:/a.test/", "NoHost"),
            ("http:///x", "NoHost"),
            ("http://:80/x", "NoHost"),
            ("http://user:secret@a.test/", "User"),
            ("http://[::g]/", "BadAddress"),
            ("http://a.test:http/", "BadPort"),
            ("http://a.test:65536/", "BadPort"),
            ("http://a.test:+80/", "BadPort"),
            ("http://a.test/a b", "Blank"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn redirects_lead_where_clients_go() {
        let from = Url::parse(b"http://a.test:8080/dir/page?x=1").expect("it is a URL");
        for (to, expected) in [
            ("https://b.test/", "https://b.test/"),
            ("//b.test/y", "http://b.test/y"),
            ("/y#top", "http://a.test:8080/y"),
            ("y z", "http://a.test:8080/dir/y%20z"),
            ("?y", "http://a.test:8080/dir/page?y"),
            ("", "http://a.test:8080/dir/page?x=1"),
            ("ftp://a.test/", "its scheme is neither http nor https"),
            ("mailto:x@a.test", "it has no host; write http://HOST/PATH or https://HOST/PATH"),
        ] {
            let joined = from.join(to.as_bytes());
            let joined = joined.map(|url| String::from_utf8_lossy(&url.to_bytes()).into_owned());
            assert_eq!(joined.unwrap_or_else(|error| error.to_string()), expected, "{to}");
        }
    }
}

//! Which redirects a validator follows, and with what request.

use model::{Ports, Request, Scheme, Url, UrlError};

use crate::public::refused_host;

/// The path of a redirect is at most so long.
const LONGEST_PATH: usize = 2000;

/// The request that follows a redirect, or why a validator does not make it.
///
/// # Errors
///
/// If a validator does not follow it; the text says why.
pub fn redirected(from: &Request, status: u16, to: &[u8], ports: Ports) -> Result<Request, String> {
    if !matches!(status, 301 | 302 | 307 | 308) {
        return Err(format!("status {status} is not followed"));
    }
    let source = from.url();
    let mut url = source.join(to).map_err(|error| {
        let why = match error {
            UrlError::NoHost => "it has no host".to_owned(),
            error => error.to_string(),
        };
        format!("`{}`: {why}", to.escape_ascii())
    })?;
    if !matches!(url.port, 80 | 443) {
        return Err(format!("only ports 80 and 443 are followed, not {}", url.port));
    }
    url.host.make_ascii_lowercase();
    if let Some(why) = refused_host(&url.host) {
        return Err(format!("`{}` {why}", url.host.escape_ascii()));
    }
    let length = length_of_path(&url.target);
    if length > LONGEST_PATH {
        return Err(format!("its path of {length} bytes is longer than {LONGEST_PATH}"));
    }
    let mut headers: Vec<_> = from.headers.to_vec();
    headers.retain(|(name, _)| name != b"referer");
    if (source.scheme, url.scheme) != (Scheme::Https, Scheme::Http) {
        headers.push((b"referer".to_vec(), source.to_bytes()));
    }
    let host_field = explicit_port(&url, to);
    Ok(Request { headers: headers.into(), host_field, ..from.clone().for_url(&url, ports) })
}

/// The `Host` field where it has a port that the URL need not have said.
fn explicit_port(url: &Url, to: &[u8]) -> Option<Vec<u8>> {
    if url.port != url.scheme.usual_port() {
        return None; // it is there in any case
    }
    let authority = to.splitn(3, |&byte| byte == b'/').nth(2)?;
    let authority = authority.split(|byte| b"/?#".contains(byte)).next()?;
    let port = format!(":{}", url.port);
    let has_port = to.contains(&b':') && authority.ends_with(port.as_bytes());
    has_port.then(|| [&*url.host, port.as_bytes()].concat())
}

/// How long the path of a target is, its escapes undone.
fn length_of_path(target: &[u8]) -> usize {
    let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
    let is_escape = |three: &&[u8]| {
        three[0] == b'%' && three[1].is_ascii_hexdigit() && three[2].is_ascii_hexdigit()
    };
    if path.len() <= LONGEST_PATH {
        return path.len();
    }
    path.len() - 2 * path.windows(3).filter(is_escape).count()
}

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use model::{Http, ServerId, ServerName, ServerNameKind};

use crate::challenge::meant_for_challenges;

/// A name that servers of the configuration have.
#[derive(Clone, Debug)]
pub struct Name<'c> {
    /// The name in lower case.
    pub text: Cow<'c, [u8]>,
    /// Where it is written first.
    pub server_name: ServerName<'c>,
    /// The servers that have it, in nginx's order.
    pub servers: Vec<ServerId>,
    /// Why no HTTP-01 challenge is made for it; `None` if one is.
    pub not_http01: Option<&'static str>,
}

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

/// The names of a configuration, each once, in the order in which nginx meets them.
pub fn names<'c>(http: &'c Http<'c>) -> Vec<Name<'c>> {
    let count = http.servers.len();
    let mut names: Vec<Name<'c>> = Vec::with_capacity(count);
    let mut known: FxHashMap<Cow<'c, [u8]>, usize> = FxHashMap::default();
    known.reserve(count);
    for (id, server) in http.servers() {
        for server_name in &server.names {
            let text = match server_name.kind {
                ServerNameKind::LeadingDot => server_name.without_dot(),
                _ => server_name.text.clone(),
            };
            let at = *known.entry(text).or_insert_with_key(|text| {
                let (text, server_name) = (text.clone(), server_name.clone());
                names.push(Name { text, server_name, servers: Vec::new(), not_http01: None });
                names.len() - 1
            });
            if names[at].servers.last() != Some(&id) {
                names[at].servers.push(id);
            }
        }
    }
    for name in &mut names {
        name.judge(http);
    }
    names
}

impl Name<'_> {
    /// The same name in a configuration that gives it to the same servers.
    #[must_use]
    pub fn again(&self, http: &Http<'_>) -> Self {
        let mut name = self.clone();
        name.judge(http);
        name
    }

    /// Finds out why no challenge is made for it.
    fn judge(&mut self, http: &Http<'_>) {
        self.not_http01 = never_issued(&self.text, self.server_name.kind);
        let wants = |id: &ServerId| {
            let server = http.server(*id);
            http.sockets_of(server).any(|socket| socket.ssl)
                || http.legacy_ssl(server).is_some()
                || meant_for_challenges(server).next().is_some()
        };
        if self.not_http01.is_none() && !self.servers.iter().any(wants) {
            self.not_http01 = Some("nothing here serves it over TLS or answers challenges for it");
        }
    }
}

/// Whether a host is one that certificate authorities follow a redirect to: below a public ending,
/// or a public address.
pub(crate) fn is_public(host: &str) -> bool {
    use std::net::IpAddr;
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
fn never_issued(text: &[u8], kind: ServerNameKind) -> Option<&'static str> {
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

//! TLS-ALPN-01: a `stream` server that leads validators to a client of their own
//! (RFC 8737; nginx itself cannot answer).

use model::{Config, Context, Directive, Ports, name};

/// The protocol that validators ask for in the handshake.
const PROTOCOL: &[u8] = b"acme-tls/1";

/// What the names of the protocols that a client asks for are in `stream`.
const PROTOCOLS: &[u8] = b"$ssl_preread_alpn_protocols";

/// For which names TLS-ALPN-01 challenges are led to a client of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TlsAlpn<'c> {
    /// The `proxy_pass` that leads there.
    pub(crate) at: Directive<'c>,
    /// Whether all names are; else something besides the protocol counts.
    pub(crate) is_for_all: bool,
}

impl<'c> TlsAlpn<'c> {
    /// `None` if no server of `stream` looks at the protocol on the public port 443.
    pub(crate) fn of(config: &'c Config<'c>, ports: Ports) -> Option<Self> {
        let mut blocks =
            config.roots_in(Context::Main).filter(|block| block.name() == name::STREAM);
        blocks.find_map(|stream| Self::in_stream(stream, ports))
    }

    fn in_stream(stream: Directive<'c>, ports: Ports) -> Option<Self> {
        let is_on = |level: Directive<'c>| {
            let mut inside = level.children();
            let preread = inside.find(|inner| inner.name() == name::SSL_PREREAD)?;
            Some(preread.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on")))
        };
        let maps: Vec<_> = stream
            .children()
            .filter(|map| map.name() == name::MAP && leads_validators(*map))
            .collect();
        let around = is_on(stream);
        let servers = stream.children().filter(|server| server.name() == name::SERVER);
        let servers = servers
            .filter(|&server| is_on(server).or(around) == Some(true))
            .filter(|&server| server.children().any(|listen| listens_on(listen, ports.https)));
        let mut proxies =
            servers.flat_map(Directive::children).filter(|proxy| proxy.name() == name::PROXY_PASS);
        proxies.find_map(|at| {
            let target = at.arg(0)?;
            let map = maps.iter().find(|map| map.arg(1).is_some_and(|result| result == target))?;
            let is_for_all = map.arg(0).as_deref() == Some(PROTOCOLS);
            Some(Self { at, is_for_all })
        })
    }
}

/// Whether a `map` of the protocols has an entry for that of validators.
fn leads_validators(map: Directive<'_>) -> bool {
    let is_of_protocols = map.arg(0).is_some_and(|source| contains(&source, PROTOCOLS));
    is_of_protocols && map.children().any(|entry| contains(&entry.name_text(), PROTOCOL))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether a `listen` of `stream` takes connections to a port.
fn listens_on(listen: Directive<'_>, port: u16) -> bool {
    let address = listen.arg(0).filter(|_| listen.name() == name::LISTEN).unwrap_or_default();
    let after = address.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    std::str::from_utf8(after).ok().and_then(|text| text.parse().ok()) == Some(port)
}

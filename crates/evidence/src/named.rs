//! The directives that name files of certificates and keys, as far as nginx acts on them.

use model::{Context, Directive, Http, Level, Location, Name, Server, name};

/// A directive that names a file, and that nginx acts on.
#[derive(Clone, Copy, Debug)]
pub struct Named<'c> {
    /// The directive.
    pub directive: Directive<'c>,
    /// What the file is for.
    pub purpose: Purpose,
    /// Whether nginx is the client: the file is for connections to upstream servers.
    pub is_for_upstream: bool,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A certificate with its chain, to be shown to others.
    Certificate,
    /// The key of a certificate.
    Key,
    /// Authorities that are trusted.
    Trusted,
    /// Authorities of clients, whose names are sent to them.
    Clients,
    /// Certificates that were revoked.
    Revoked,
    /// Parameters of Diffie-Hellman key exchange.
    DhParameters,
    /// Passwords of keys.
    Passwords,
    /// An OCSP answer.
    OcspAnswer,
}

impl Purpose {
    /// What the file of a directive of this name is for, and whether nginx is the client.
    pub fn of(name: Name) -> Option<(Self, bool)> {
        let own = |purpose| Some((purpose, false));
        let upstream = |purpose| Some((purpose, true));
        match name {
            name::SSL_CERTIFICATE => own(Self::Certificate),
            name::SSL_CERTIFICATE_KEY => own(Self::Key),
            name::SSL_TRUSTED_CERTIFICATE => own(Self::Trusted),
            name::SSL_CLIENT_CERTIFICATE => own(Self::Clients),
            name::SSL_CRL => own(Self::Revoked),
            name::SSL_DHPARAM => own(Self::DhParameters),
            name::SSL_PASSWORD_FILE => own(Self::Passwords),
            name::SSL_STAPLING_FILE => own(Self::OcspAnswer),
            name::PROXY_SSL_CERTIFICATE
            | name::GRPC_SSL_CERTIFICATE
            | name::UWSGI_SSL_CERTIFICATE => upstream(Self::Certificate),
            name::PROXY_SSL_CERTIFICATE_KEY
            | name::GRPC_SSL_CERTIFICATE_KEY
            | name::UWSGI_SSL_CERTIFICATE_KEY => upstream(Self::Key),
            name::PROXY_SSL_TRUSTED_CERTIFICATE
            | name::GRPC_SSL_TRUSTED_CERTIFICATE
            | name::UWSGI_SSL_TRUSTED_CERTIFICATE => upstream(Self::Trusted),
            name::PROXY_SSL_CRL | name::GRPC_SSL_CRL | name::UWSGI_SSL_CRL => {
                upstream(Self::Revoked)
            }
            name::PROXY_SSL_PASSWORD_FILE
            | name::GRPC_SSL_PASSWORD_FILE
            | name::UWSGI_SSL_PASSWORD_FILE => upstream(Self::Passwords),
            _ => None,
        }
    }
}

/// Every directive that names such a file and that nginx acts on, each in each place once.
pub fn named<'c>(http: &'c Http<'c>) -> Vec<Named<'c>> {
    let mut all = Vec::new();
    of_servers(http, &mut all);
    of_upstreams(http, &mut all);
    for block in http.config.roots_in(Context::Main) {
        if matches!(block.name(), name::STREAM | name::MAIL) {
            of_block(block, &mut all);
        }
    }
    all
}

/// A certificate directive with the key directive that nginx puts with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'c> {
    /// The certificate.
    pub certificate: Directive<'c>,
    /// Its key; `None` if there is none, so that nginx does not start.
    pub key: Option<Directive<'c>>,
}

/// A `server` of `stream` or `mail`.
#[derive(Clone, Debug)]
pub struct OtherServer<'c> {
    /// The block.
    pub directive: Directive<'c>,
    /// What it shows to clients.
    pub pairs: Vec<Pair<'c>>,
}

/// The pairs of certificates and keys that hold for a server: the first certificate goes with the
/// first key (`ngx_ssl_certificates`).
pub fn pairs<'c>(http: &'c Http<'c>, server: &'c Server<'c>) -> impl Iterator<Item = Pair<'c>> {
    let mut keys = http.effective_all(server, name::SSL_CERTIFICATE_KEY);
    let certificates = http.effective_all(server, name::SSL_CERTIFICATE);
    certificates.map(move |certificate| Pair { certificate, key: keys.next() })
}

/// The servers of `stream` and `mail`.
pub fn other_servers<'c>(http: &'c Http<'c>) -> Vec<OtherServer<'c>> {
    let blocks = http.config.roots_in(Context::Main);
    let blocks = blocks.filter(|block| matches!(block.name(), name::STREAM | name::MAIL));
    let servers = blocks.flat_map(|block| {
        let servers = block.children().filter(|inner| inner.name() == name::SERVER);
        servers.map(move |directive| {
            let all = |name| {
                let of = |at: Directive<'c>| at.children().filter(move |at| at.name() == name);
                let own: Vec<_> = of(directive).collect();
                if own.is_empty() { of(block).collect() } else { own }
            };
            let mut keys = all(name::SSL_CERTIFICATE_KEY).into_iter();
            let certificates = all(name::SSL_CERTIFICATE).into_iter();
            let pairs = certificates.map(|certificate| Pair { certificate, key: keys.next() });
            OtherServer { directive, pairs: pairs.collect() }
        })
    });
    servers.collect()
}

/// Those of the servers of `http`.
fn of_servers<'c>(http: &'c Http<'c>, all: &mut Vec<Named<'c>>) {
    let outer: Vec<_> = http.level.tls_files().collect();
    let mut is_inherited = vec![false; outer.len()];
    for server in &http.servers {
        let own: Vec<_> = server.level.tls_files().collect();
        let flag = |name| {
            let own = server.level.settings().find(|found| found.name() == name);
            own.or_else(|| http.level.settings().find(|found| found.name() == name))
        };
        merge(&outer, &mut is_inherited, &own, flag, all);
    }
    add_inherited(&outer, &is_inherited, all);
}

/// Those of the servers of `stream` or `mail`.
fn of_block<'c>(block: Directive<'c>, all: &mut Vec<Named<'c>>) {
    let files = |at: Directive<'c>| -> Vec<_> {
        at.children().filter(|inner| Purpose::of(inner.name()).is_some()).collect()
    };
    let outer = files(block);
    let mut is_inherited = vec![false; outer.len()];
    for server in block.children().filter(|inner| inner.name() == name::SERVER) {
        let flag = |name| {
            let first = |at: Directive<'c>| at.children().find(|found| found.name() == name);
            first(server).or_else(|| first(block))
        };
        let own = files(server);
        merge(&outer, &mut is_inherited, &own, flag, all);
        let connects = own.iter().chain(&outer).any(|at| is_for_upstream(*at))
            && flag(name::PROXY_SSL).is_some_and(is_on)
            && flag(name::PROXY_PASS).is_some();
        if connects {
            let levels = [own.as_slice(), outer.as_slice()];
            add_effective(levels.iter().map(|level| level.iter().copied()), all);
        }
    }
    add_inherited(&outer, &is_inherited, all);
}

/// Adds what a server of nginx's own acts on, and marks what it inherits.
fn merge<'c>(
    outer: &[Directive<'c>],
    is_inherited: &mut [bool],
    own: &[Directive<'c>],
    flag: impl Fn(Name) -> Option<Directive<'c>>,
    all: &mut Vec<Named<'c>>,
) {
    let is_own = |name| own.iter().any(|directive| directive.name() == name);
    let has = |name| is_own(name) || outer.iter().any(|outer| outer.name() == name);
    let has_certificate = has(name::SSL_CERTIFICATE);
    let acts = |directive: Directive<'c>| match Purpose::of(directive.name()) {
        // Read as soon as the directive is.
        Some((Purpose::Passwords, _)) => true,
        Some((_, true)) | None => false,
        Some((Purpose::Certificate | Purpose::Key, _)) => true,
        Some((Purpose::Clients, _)) => {
            has_certificate && flag(name::SSL_VERIFY_CLIENT).is_some_and(|flag| !is_off(flag))
        }
        Some((Purpose::OcspAnswer, _)) => {
            has_certificate && flag(name::SSL_STAPLING).is_some_and(is_on)
        }
        Some(_) => has_certificate,
    };
    all.extend(own.iter().filter(|&&own| acts(own)).filter_map(|&own| Named::of(own)));
    for (&outer, is_inherited) in outer.iter().zip(is_inherited) {
        *is_inherited |= !is_own(outer.name()) && acts(outer);
    }
}

fn add_inherited<'c>(outer: &[Directive<'c>], is_inherited: &[bool], all: &mut Vec<Named<'c>>) {
    let inherited = outer.iter().zip(is_inherited).filter(|(outer, is_inherited)| {
        **is_inherited || matches!(Purpose::of(outer.name()), Some((Purpose::Passwords, _)))
    });
    all.extend(inherited.filter_map(|(&outer, _)| Named::of(outer)));
}

/// Those of locations that connect to upstream servers over TLS.
fn of_upstreams<'c>(http: &'c Http<'c>, all: &mut Vec<Named<'c>>) {
    let has_any = |level: &Level<'c>| level.tls_files().any(is_for_upstream);
    let is_outer = has_any(&http.level);
    let first = all.len();
    for server in &http.servers {
        let is_in_server = is_outer || has_any(&server.level);
        if !is_in_server && !server.locations.iter().any(|location| has_any(&location.level)) {
            continue;
        }
        for location in &server.locations {
            let Some(prefix) = connects_over_tls(location) else { continue };
            let parents = std::iter::successors(Some(location), |location| {
                location.parent.map(|parent| server.location(parent))
            });
            let levels = parents.map(|location| &location.level);
            let levels = levels.chain([&server.level, &http.level]);
            let of_module = move |at: &Directive<'c>| at.name().text().starts_with(prefix);
            add_effective(levels.map(|level| level.tls_files().filter(of_module)), all);
        }
    }
    let mut seen = std::collections::HashSet::new();
    let mut at = 0;
    all.retain(|named| {
        at += 1;
        at <= first || seen.insert(named.directive)
    });
}

/// Adds the first directive of each name, from the innermost level to the outermost.
fn add_effective<'c>(
    levels: impl Iterator<Item = impl Iterator<Item = Directive<'c>>>,
    all: &mut Vec<Named<'c>>,
) {
    let mut seen = Vec::new();
    for level in levels {
        for directive in level {
            let is_new = is_for_upstream(directive) && !seen.contains(&directive.name());
            // Passwords are read wherever they stand.
            if is_new {
                seen.push(directive.name());
                all.extend(Named::of(directive));
            }
        }
    }
}

/// The module that connects to an upstream server over TLS in a location, as its directives begin.
fn connects_over_tls(location: &Location<'_>) -> Option<&'static str> {
    const PASSES: [(Name, &[u8], &str); 3] = [
        (name::PROXY_PASS, b"https://", "proxy_ssl_"),
        (name::GRPC_PASS, b"grpcs://", "grpc_ssl_"),
        (name::UWSGI_PASS, b"suwsgi://", "uwsgi_ssl_"),
    ];
    location.level.settings().find_map(|directive| {
        let (_, scheme, prefix) = PASSES.into_iter().find(|pass| pass.0 == directive.name())?;
        let url = directive.arg(0)?;
        let start = url.get(..scheme.len()).unwrap_or_default();
        (start.eq_ignore_ascii_case(scheme) || url.starts_with(b"$")).then_some(prefix)
    })
}

fn is_for_upstream(directive: Directive<'_>) -> bool {
    Purpose::of(directive.name()).is_some_and(|(_, is_for_upstream)| is_for_upstream)
}

fn is_on(flag: Directive<'_>) -> bool {
    flag.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on"))
}

fn is_off(flag: Directive<'_>) -> bool {
    flag.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"off"))
}

impl<'c> Named<'c> {
    fn of(directive: Directive<'c>) -> Option<Self> {
        let (purpose, is_for_upstream) = Purpose::of(directive.name())?;
        Some(Self { directive, purpose, is_for_upstream })
    }
}

//! The directives that name files of certificates and keys, as far as nginx acts on them.

use model::{Context, Directive, Http, Level, Location, Name, Server, name};
use rustc_hash::FxHashSet;

mod other;

pub use other::{OtherServer, other_servers};

/// A directive that names a file, and that nginx acts on.
#[derive(Clone, Copy, Debug)]
pub struct Named<'c> {
    /// The directive.
    pub directive: Directive<'c>,
    /// What the file is for.
    pub purpose: Purpose,
    /// Whether nginx is the client: the file is for connections to upstream servers.
    pub is_for_upstream: bool,
    /// Of a key, whether there is a file of passwords for it wherever it is used.
    pub has_passwords: bool,
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
    /// An OCSP response.
    OcspResponse,
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
            name::SSL_STAPLING_FILE => own(Self::OcspResponse),
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
    named_by(http, http.servers.iter().map(|server| &**server))
}

/// The same, of the servers of `http` these alone.
pub fn named_by<'c>(
    http: &'c Http<'c>,
    servers: impl Iterator<Item = &'c Server<'c>> + Clone,
) -> Vec<Named<'c>> {
    let mut all = Vec::new();
    of_servers(http, servers.clone(), &mut all);
    of_upstreams(http, servers, &mut all);
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

/// The pairs of certificates and keys that hold for a server: the first certificate goes with the
/// first key (`ngx_ssl_certificates`).
pub fn pairs<'c>(http: &'c Http<'c>, server: &'c Server<'c>) -> impl Iterator<Item = Pair<'c>> {
    let mut keys = http.effective_all(server, name::SSL_CERTIFICATE_KEY);
    let certificates = http.effective_all(server, name::SSL_CERTIFICATE);
    certificates.map(move |certificate| Pair { certificate, key: keys.next() })
}

/// Those of the servers of `http` (`ngx_http_ssl_merge_srv_conf`).
fn of_servers<'c>(
    http: &'c Http<'c>,
    servers: impl Iterator<Item = &'c Server<'c>>,
    all: &mut Vec<Named<'c>>,
) {
    let outer: Vec<_> = http.level.tls_files().collect();
    let mut inherited = vec![Inherited::default(); outer.len()];
    for server in servers {
        let own: Vec<_> = server.level.tls_files().collect();
        let flag = |name| {
            let own = server.level.settings().find(|found| found.name() == name);
            own.or_else(|| http.level.settings().find(|found| found.name() == name))
        };
        merge(&outer, &mut inherited, &own, flag, all);
    }
    add_inherited(&outer, &inherited, all);
}

/// Those of the servers of `stream` or `mail`.
fn of_block<'c>(block: Directive<'c>, all: &mut Vec<Named<'c>>) {
    let files = |at: Directive<'c>| -> Vec<_> {
        at.children().filter(|inner| Purpose::of(inner.name()).is_some()).collect()
    };
    let outer = files(block);
    let around: Vec<_> = other::settings(block).collect();
    let mut inherited = vec![Inherited::default(); outer.len()];
    for server in block.children().filter(|inner| inner.name() == name::SERVER) {
        let flag = |name| {
            let own = server.children().find(|found| found.name() == name);
            own.or_else(|| around.iter().copied().find(|found| found.name() == name))
        };
        let own = files(server);
        if speaks_tls(block, server, flag) {
            merge(&outer, &mut inherited, &own, flag, all);
        } else {
            let passwords = own.iter().filter(|own| is_of_passwords(own));
            all.extend(passwords.filter_map(|&own| Named::of(own)));
        }
        let connects = own.iter().chain(&outer).any(is_for_upstream)
            && flag(name::PROXY_SSL).is_some_and(is_on)
            && flag(name::PROXY_PASS).is_some();
        if connects {
            let levels = [own.as_slice(), outer.as_slice()];
            let verifies = flag(name::PROXY_SSL_VERIFY).is_some_and(is_on);
            add_effective(levels.iter().map(|level| level.iter().copied()), verifies, all);
        }
    }
    add_inherited(&outer, &inherited, all);
}

/// Whether a server of `stream` or `mail` reads its certificates for clients
/// (`ngx_stream_ssl_merge_conf`, `ngx_mail_ssl_merge_conf`); from nginx 1.25.5 on, those of `stream` do
/// without `ssl`, too.
fn speaks_tls<'c>(
    block: Directive<'c>,
    server: Directive<'c>,
    flag: impl Fn(Name) -> Option<Directive<'c>>,
) -> bool {
    let mut listens = server.children().filter(|inner| inner.name() == name::LISTEN);
    let says_ssl = listens.any(|listen| listen.args().skip(1).any(|word| &*word == b"ssl"));
    let is_mail = block.name() == name::MAIL;
    says_ssl
        || is_mail && flag(name::SSL).is_some_and(is_on)
        || is_mail && flag(name::STARTTLS).is_some_and(|flag| !is_off(flag))
}

/// Adds what a server of nginx's own acts on, and marks what it inherits.
fn merge<'c>(
    outer: &[Directive<'c>],
    inherited: &mut [Inherited],
    own: &[Directive<'c>],
    flag: impl Fn(Name) -> Option<Directive<'c>>,
    all: &mut Vec<Named<'c>>,
) {
    let is_own = |name| own.iter().any(|directive| directive.name() == name);
    let has = |name| is_own(name) || outer.iter().any(|outer| outer.name() == name);
    // A server that rejects handshakes prepares for TLS all the same.
    let is_tls = has(name::SSL_CERTIFICATE)
        || !(own.is_empty() && outer.is_empty())
            && flag(name::SSL_REJECT_HANDSHAKE).is_some_and(is_on);
    let acts = |directive: Directive<'c>| match Purpose::of(directive.name()) {
        // Read as soon as the directive is.
        Some((Purpose::Passwords, _)) => true,
        Some((_, true)) | None => false,
        Some((Purpose::Certificate | Purpose::Key, _)) => true,
        Some((Purpose::Clients, _)) => {
            is_tls && flag(name::SSL_VERIFY_CLIENT).is_some_and(|flag| !is_off(flag))
        }
        Some((Purpose::OcspResponse, _)) => is_tls && flag(name::SSL_STAPLING).is_some_and(is_on),
        Some(_) => is_tls,
    };
    let has_passwords = has(name::SSL_PASSWORD_FILE);
    let acting = own.iter().filter(|&&own| acts(own)).filter_map(|&own| Named::of(own));
    all.extend(acting.map(|named| Named { has_passwords, ..named }));
    for (&outer, inherited) in outer.iter().zip(inherited) {
        if !is_own(outer.name()) && acts(outer) {
            inherited.by_any = true;
            inherited.without_passwords |= !has_passwords;
        }
    }
}

/// Which servers inherit a directive.
#[derive(Clone, Copy, Default)]
struct Inherited {
    by_any: bool,
    /// One of them has no file of passwords.
    without_passwords: bool,
}

fn add_inherited<'c>(outer: &[Directive<'c>], inherited: &[Inherited], all: &mut Vec<Named<'c>>) {
    for (outer, inherited) in outer.iter().zip(inherited) {
        if inherited.by_any || is_of_passwords(outer) {
            let has_passwords = !inherited.without_passwords;
            all.extend(Named::of(*outer).map(|named| Named { has_passwords, ..named }));
        }
    }
}

/// Those of locations that connect to upstream servers over TLS (`ngx_http_proxy_set_ssl`).
fn of_upstreams<'c>(
    http: &'c Http<'c>,
    servers: impl Iterator<Item = &'c Server<'c>>,
    all: &mut Vec<Named<'c>>,
) {
    let has_any = |level: &Level<'c>| level.tls_files().any(|at| is_for_upstream(&at));
    let is_outer = has_any(&http.level);
    let first = all.len();
    for server in servers {
        let is_in_server = is_outer || has_any(&server.level);
        if !is_in_server && !server.locations.iter().any(|location| has_any(&location.level)) {
            continue;
        }
        for location in &server.locations {
            all.extend(location.level.tls_files().filter(is_of_passwords).filter_map(Named::of));
            for (prefix, verify) in connect_over_tls(location) {
                let parents = std::iter::successors(Some(location), |location| {
                    location.parent.map(|parent| server.location(parent))
                });
                let levels = parents.map(|location| &location.level);
                let levels = levels.chain([&server.level, &http.level]);
                let flag = |level: &Level<'c>| level.settings().find(|at| at.name() == verify);
                let verifies = levels.clone().find_map(flag).is_some_and(is_on);
                let of_module = move |at: &Directive<'c>| at.name().text().starts_with(prefix);
                let files = levels.map(|level| level.tls_files().filter(of_module));
                add_effective(files, verifies, all);
            }
        }
    }
    let mut seen: FxHashSet<_> = all[..first].iter().map(|named| named.directive).collect();
    let mut at = 0;
    all.retain(|named| {
        at += 1;
        at <= first || seen.insert(named.directive)
    });
}

/// Adds the first directive of each name, from the innermost level to the outermost.
fn add_effective<'c>(
    levels: impl Iterator<Item = impl Iterator<Item = Directive<'c>>>,
    verifies: bool,
    all: &mut Vec<Named<'c>>,
) {
    let mut effective: Vec<Named<'c>> = Vec::new();
    for named in levels.flatten().filter(is_for_upstream).filter_map(Named::of) {
        if !effective.iter().any(|known| known.directive.name() == named.directive.name()) {
            effective.push(named);
        }
    }
    let has_passwords = effective.iter().any(|named| named.purpose == Purpose::Passwords);
    // Whom to trust matters only where that is checked.
    effective
        .retain(|named| verifies || !matches!(named.purpose, Purpose::Trusted | Purpose::Revoked));
    all.extend(effective.into_iter().map(|named| Named { has_passwords, ..named }));
}

/// The modules that connect to upstream servers over TLS in a location, as their directives begin,
/// with the directive of each that has certificates verified. What stands in `if` and `limit_except`
/// has the files of the location around it, for none can be named there.
fn connect_over_tls(location: &Location<'_>) -> Vec<(&'static str, Name)> {
    let (mut blocks, mut modules) = (vec![location.directive], Vec::new());
    while let Some(block) = blocks.pop() {
        for directive in block.children() {
            if matches!(directive.name(), name::IF | name::LIMIT_EXCEPT) {
                blocks.push(directive);
            } else if let Some(module) = connects_over_tls(directive)
                && !modules.contains(&module)
            {
                modules.push(module);
            }
        }
    }
    modules
}

fn connects_over_tls(directive: Directive<'_>) -> Option<(&'static str, Name)> {
    const PASSES: [(Name, &[u8], &str, Name); 3] = [
        (name::PROXY_PASS, b"https://", "proxy_ssl_", name::PROXY_SSL_VERIFY),
        (name::GRPC_PASS, b"grpcs://", "grpc_ssl_", name::GRPC_SSL_VERIFY),
        (name::UWSGI_PASS, b"suwsgi://", "uwsgi_ssl_", name::UWSGI_SSL_VERIFY),
    ];
    let mut passes = PASSES.into_iter();
    let (_, scheme, prefix, verify) = passes.find(|pass| pass.0 == directive.name())?;
    let url = directive.arg(0)?;
    let start = url.get(..scheme.len()).unwrap_or_default();
    let is_over_tls = start.eq_ignore_ascii_case(scheme) || url.contains(&b'$');
    is_over_tls.then_some((prefix, verify))
}

fn is_for_upstream(directive: &Directive<'_>) -> bool {
    Purpose::of(directive.name()).is_some_and(|(_, is_for_upstream)| is_for_upstream)
}

/// Whether it is read as soon as the directive is, wherever that stands.
fn is_of_passwords(directive: &Directive<'_>) -> bool {
    matches!(Purpose::of(directive.name()), Some((Purpose::Passwords, _)))
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
        Some(Self { directive, purpose, is_for_upstream, has_passwords: false })
    }
}

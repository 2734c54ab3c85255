//! Goes through the servers and collects what they show.

use std::path::Path;

use evidence::{Pair, other_servers, pairs};
use model::{Address, Directive, Server, ServerId, Socket, name};
use parser::Span;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Borrowed, Mismatched, Replaced, Served, ServedFile, ShownName, rejects_handshakes,
    shown::host,
    slots::{Consequence, Loaded, load},
};
use crate::facts::Facts;

/// What OpenSSL wants of keys and signatures unless told otherwise, from version 3.2 on and before
/// in Debian, Ubuntu and Red Hat's systems: 112 bits of security.
const SECURITY_LEVEL: u8 = 2;

struct Builder<'f, 'c> {
    facts: &'f Facts<'c>,
    served: Served<'c>,
    by_path: FxHashMap<&'c Path, usize>,
    by_pair: FxHashMap<(usize, &'c Path), usize>,
    /// The places that are collected, with what for.
    seen: FxHashSet<(Span, usize)>,
    /// What servers show that inherit from `http`.
    inherited: Option<Shown>,
}

/// What a server shows.
#[derive(Clone, Default)]
struct Shown {
    /// The files that can be read.
    files: Vec<usize>,
    /// Whether it has certificates at all.
    has_certificate: bool,
    /// Whether it has one that cannot be known.
    is_unknown: bool,
}

pub(super) fn build<'c>(facts: &Facts<'c>) -> Served<'c> {
    let mut builder = Builder {
        facts,
        served: Served::default(),
        by_path: FxHashMap::default(),
        by_pair: FxHashMap::default(),
        seen: FxHashSet::default(),
        inherited: None,
    };
    for (id, server) in facts.servers() {
        let shown = builder.shown(server);
        let ciphers = facts.http.effective(server, name::SSL_CIPHERS);
        builder.set_level(&shown, ciphers);
        builder.add_names(id, server, &shown);
    }
    for server in other_servers(facts.http) {
        let ciphers = server.effective(name::SSL_CIPHERS);
        let shown = builder.add(server.pairs.into_iter());
        builder.set_level(&shown, ciphers);
        for file in shown.files {
            builder.served.files[file].is_shown = true;
        }
    }
    builder.served
}

impl<'c> Builder<'_, 'c> {
    /// What a server shows, be it its own or inherited.
    fn shown(&mut self, server: &'c Server<'c>) -> Shown {
        let http = self.facts.http;
        let names = [name::SSL_CERTIFICATE, name::SSL_CERTIFICATE_KEY];
        if names.iter().any(|&name| server.level.first(name).is_some()) {
            return self.add(pairs(http, server));
        }
        if let Some(shown) = &self.inherited {
            return shown.clone();
        }
        let shown = self.add(pairs(http, server));
        self.inherited = Some(shown.clone());
        shown
    }

    /// Adds the pairs of a server.
    fn add(&mut self, pairs: impl Iterator<Item = Pair<'c>>) -> Shown {
        let evidence = self.facts.evidence;
        let config = self.facts.config();
        let mut shown = Shown::default();
        let (mut known, mut loaded) = (Vec::new(), Vec::new());
        for pair in pairs {
            shown.has_certificate = true;
            let Some(file) = self.add_file(pair.certificate) else {
                shown.is_unknown = true;
                continue;
            };
            let key = pair.key.and_then(|key| evidence.key(config, key));
            loaded.push(Loaded { certificate: self.served.files[file].leaf(), key });
            known.push((file, pair));
        }
        let outcome = load(&loaded);
        for (at, consequence) in outcome.mismatches {
            self.add_mismatch(known[at].0, &known[at].1, consequence);
        }
        for (earlier, later) in outcome.replaced {
            let ((file, certificate), (by_file, by)) = (&known[earlier], &known[later]);
            let (certificate, by) = (certificate.certificate, by.certificate);
            if file != by_file && self.seen.insert((certificate.span(), usize::MAX)) {
                let (file, by_file) = (*file, *by_file);
                self.served.replaced.push(Replaced { certificate, file, by, by_file });
            }
        }
        shown.files = outcome.kept.into_iter().map(|at| known[at].0).collect();
        shown
    }

    fn add_file(&mut self, directive: Directive<'c>) -> Option<usize> {
        let found = self.facts.evidence.file(self.facts.config(), directive)?;
        let known = self.by_path.get(&*found.path).copied();
        let file = if let Some(file) = known {
            file
        } else {
            let chain = found.content()?.chain().ok()?;
            let file = self.served.files.len();
            self.by_path.insert(&found.path, file);
            self.served.files.push(ServedFile::new(found, chain));
            file
        };
        if self.seen.insert((directive.span(), file)) {
            self.served.files[file].directives.push(directive);
        }
        Some(file)
    }

    fn add_mismatch(&mut self, file: usize, pair: &Pair<'c>, consequence: Consequence) {
        let Some(key) = pair.key else { return };
        let Some(found) = self.facts.evidence.file(self.facts.config(), key) else { return };
        self.served.files[file].is_mismatched = true;
        let mismatched = &mut self.served.mismatched;
        let at = *self.by_pair.entry((file, &found.path)).or_insert(mismatched.len());
        if at == mismatched.len() {
            let (certificate, keys) = (pair.certificate, Vec::new());
            mismatched.push(Mismatched { file, certificate, keys, consequence });
        }
        let known = &mut mismatched[at];
        known.consequence = known.consequence.max(consequence);
        if self.seen.insert((key.span(), file)) {
            known.keys.push(key);
        }
    }

    /// Remembers what the ciphers of a server say of the security that OpenSSL wants.
    fn set_level(&mut self, shown: &Shown, ciphers: Option<Directive<'c>>) {
        let ciphers = ciphers.and_then(|ciphers| ciphers.arg(0)).unwrap_or_default();
        let said = memchr::memmem::rfind(&ciphers, b"@SECLEVEL=");
        let said = said.and_then(|at| ciphers.get(at + b"@SECLEVEL=".len()));
        let level = said.map_or(SECURITY_LEVEL, |digit| digit.wrapping_sub(b'0'));
        for &file in &shown.files {
            let known = &mut self.served.files[file].security_level;
            *known = (*known).max(level);
        }
    }

    /// Adds the names for which clients are shown a certificate because a server has them
    /// (`ngx_http_ssl_servername`).
    fn add_names(&mut self, id: ServerId, server: &'c Server<'c>, own: &Shown) {
        let http = self.facts.http;
        if rejects_handshakes(http, server) {
            return;
        }
        let is_tls = |socket: &&Socket<'c>| {
            (socket.ssl || socket.legacy_ssl) && is_reachable(&socket.address)
        };
        let sockets: Vec<_> = http.sockets_of(server).filter(is_tls).collect();
        if sockets.is_empty() && !server.listens.iter().any(|listen| listen.quic) {
            return;
        }
        for &file in &own.files {
            self.served.files[file].is_shown = true;
            self.served.files[file].servers.push(id);
        }
        for name in &server.names {
            let Some(host) = host(name) else { continue };
            let is_for_this = |socket: &&&Socket<'c>| socket.named(&host) == Some(id);
            let Some(socket) = sockets.iter().find(is_for_this) else { continue };
            let shown = ShownName { server: id, name };
            if own.is_unknown {
                continue;
            }
            if own.has_certificate {
                for &file in &own.files {
                    self.served.files[file].names.push(shown.clone());
                }
                continue;
            }
            let from = socket.default_server;
            let other = self.shown(http.server(from));
            // If that has none either, nginx does not start.
            if !other.is_unknown && !other.files.is_empty() {
                self.served.borrowed.push(Borrowed { name: shown, from, files: other.files });
            }
        }
    }
}

/// Whether others than this machine may connect to an address.
fn is_reachable(address: &Address) -> bool {
    match address {
        Address::Ip(ip, _) => !ip.is_loopback(),
        Address::Name(..) => true,
        Address::Unix(_) => false,
    }
}

//! The servers of `stream` and `mail`.

use std::{collections::HashMap, sync::Arc};

use model::{Address, Context, Directive, Http, Name, name, tcp_listens};

use super::{Pair, is_off, is_on};

/// A `server` of `stream` or `mail`.
#[derive(Clone, Debug)]
pub struct OtherServer<'c> {
    /// What is set around it, in `stream` or `mail`.
    outer: Arc<[Directive<'c>]>,
    /// The block.
    pub directive: Directive<'c>,
    /// What it shows to clients.
    pub pairs: Vec<Pair<'c>>,
    /// The default server of each of its addresses on which clients can speak TLS.
    pub tls_defaults: Vec<Directive<'c>>,
}

/// The servers of `stream` and `mail`.
pub fn other_servers<'c>(http: &'c Http<'c>) -> Vec<OtherServer<'c>> {
    let blocks = http.config.roots_in(Context::Main);
    let blocks = blocks.filter(|block| matches!(block.name(), name::STREAM | name::MAIL));
    blocks.flat_map(servers).collect()
}

impl<'c> OtherServer<'c> {
    /// The default server of the first of its addresses on which clients can speak TLS. What it shows
    /// is left out.
    pub fn default_server(&self) -> Option<Self> {
        let &directive = self.tls_defaults.first()?;
        Some(Self { directive, pairs: Vec::new(), ..self.clone() })
    }

    /// The value of a directive: its own, else that of the block around it.
    pub fn effective(&self, name: Name) -> Option<Directive<'c>> {
        self.effective_all(name).next()
    }

    /// All directives of one name that hold: its own, or those of the block around it if it has none.
    pub fn effective_all(&self, name: Name) -> impl Iterator<Item = Directive<'c>> {
        effective_all(&self.outer, self.directive, name)
    }
}

fn servers(outer: Directive<'_>) -> Vec<OtherServer<'_>> {
    let is_mail = outer.name() == name::MAIL;
    let outer_settings: Arc<[_]> = settings(outer).collect();
    let inside = outer.children().filter(|inner| inner.name() == name::SERVER);
    let blocks: Vec<(_, Vec<_>)> =
        inside.map(|block| (block, tcp_listens(block).collect())).collect();
    let mut sockets: HashMap<&Address, Socket<'_>> = HashMap::new();
    for (block, listens) in &blocks {
        for listen in listens {
            let is_tls = listen.ssl || is_mail && takes_tls(&outer_settings, *block);
            let socket = sockets.entry(&listen.address).or_insert(Socket {
                default: *block,
                is_explicit: false,
                is_tls,
            });
            socket.is_tls |= is_tls;
            if listen.default_server && !socket.is_explicit {
                *socket = Socket { default: *block, is_explicit: true, ..*socket };
            }
        }
    }
    let mut all = Vec::new();
    for (directive, listens) in &blocks {
        let own = listens.iter().filter_map(|listen| sockets.get(&listen.address));
        let tls_defaults = own.filter(|socket| socket.is_tls).map(|socket| socket.default);
        let mut keys = effective_all(&outer_settings, *directive, name::SSL_CERTIFICATE_KEY);
        let certificates = effective_all(&outer_settings, *directive, name::SSL_CERTIFICATE);
        let pairs = certificates.map(|certificate| Pair { certificate, key: keys.next() });
        all.push(OtherServer {
            outer: Arc::clone(&outer_settings),
            directive: *directive,
            pairs: pairs.collect(),
            tls_defaults: tls_defaults.collect(),
        });
    }
    all
}

/// What is said of one address.
struct Socket<'c> {
    default: Directive<'c>,
    is_explicit: bool,
    is_tls: bool,
}

/// Whether TLS is spoken on every address of a server of `mail`: with `ssl on`, or after STARTTLS.
fn takes_tls(outer: &[Directive<'_>], server: Directive<'_>) -> bool {
    let effective = |name| effective_all(outer, server, name).next();
    effective(name::SSL).is_some_and(is_on)
        || effective(name::STARTTLS).is_some_and(|flag| !is_off(flag))
}

/// What stands in `stream` or `mail` besides servers, which may be many.
pub(super) fn settings(outer: Directive<'_>) -> impl Iterator<Item = Directive<'_>> {
    outer.children().filter(|inner| inner.name() != name::SERVER)
}

fn effective_all<'c>(
    outer: &[Directive<'c>],
    server: Directive<'c>,
    name: Name,
) -> impl Iterator<Item = Directive<'c>> {
    let mut own = server.children().filter(move |inner| inner.name() == name).peekable();
    let inherited = if own.peek().is_some() { &[] } else { outer };
    own.chain(inherited.iter().copied().filter(move |inner| inner.name() == name))
}

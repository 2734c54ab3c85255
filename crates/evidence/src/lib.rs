//! What lies on disk behind the certificate and key paths of a configuration.

use std::{
    borrow::Cow,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use client::Clients;
use model::{Config, Directive, FileSystem, Http, NearMiss};
use rustc_hash::FxHashMap;

mod beside;
mod certificate;
mod chain;
pub mod client;
mod closed;
mod content;
mod der;
mod file;
pub mod ini;
mod key;
mod named;
mod nearest;
mod ocsp;
mod pem;
mod renewed;
mod secret;
mod shell;

pub use certificate::{Certificate, ExtendedKeyUsage, Hash, Issued, Name, SignatureAlgorithm};
pub use chain::Order;
pub use closed::Closed;
pub use content::{Chain, Content, Disguise, Fault};
pub use der::DerKind;
pub use file::{PemFile, PemState};
pub use key::{Curve, KeyKind, PrivateKey, PublicKey};
pub use named::{Named, OtherServer, Pair, Purpose, named, named_by, other_servers, pairs};
pub use ocsp::{OcspResponse, SingleResponse};
pub use pem::{Damage, Header};
pub use secret::private_keys;

use content::Pool;
use renewed::Renewed;

/// What was found, by path.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The ACME clients of the machine.
    pub clients: Arc<Clients>,
    /// By the bytes of the path, or by `data:` and what follows.
    files: FxHashMap<Box<[u8]>, PemFile>,
    pool: Arc<Pool>,
    renewed: Renewed,
    /// What workers may not read, by the argument with the variables.
    closed: FxHashMap<Box<[u8]>, Closed>,
    /// What else lies in the directories of files that will not do.
    beside: FxHashMap<PathBuf, Vec<PathBuf>>,
    /// Includes that match nothing, and the files that were probably meant.
    pub near_misses: Vec<NearMiss>,
    /// Whether an absolute path leads to a certificate or key: if none does, this may not be the
    /// machine that the configuration is for.
    pub has_certificates: bool,
}

impl Evidence {
    /// That of a configuration whose files have not been looked at.
    pub fn of(clients: Arc<Clients>) -> Self {
        let pool = Arc::clone(&clients.pool);
        let renewed = Renewed::of(&clients);
        Self { clients, pool, renewed, ..Self::default() }
    }

    /// What lies behind the path of a directive that names a file; `None` if its argument is no path
    /// that can be known.
    pub fn file(&self, config: &Config<'_>, directive: Directive<'_>) -> Option<&PemFile> {
        self.files.get(&*source_of(config, directive)?)
    }

    /// What keeps nginx's workers from the file of a path with variables, if that is certain.
    pub fn closed(&self, directive: Directive<'_>) -> Option<&Closed> {
        self.closed.get(&*directive.arg(0)?)
    }

    /// What lies at a path, if that has been looked at.
    pub fn file_at(&self, path: &Path) -> Option<&PemFile> {
        self.files.get(path.as_os_str().as_bytes())
    }

    /// Looks at a path, unless that has been done.
    pub fn look_at(&mut self, path: &Path, file_system: &dyn FileSystem) -> &PemFile {
        let files = &mut self.files;
        let key = path.as_os_str().as_bytes();
        if !files.contains_key(key) {
            files.insert(key.into(), file::look(path, file_system, &self.pool));
        }
        &files[key]
    }

    /// Follows the links of a path, so that certificates of clients are found behind them.
    pub fn follow(&mut self, path: &Path, file_system: &dyn FileSystem) {
        self.renewed.follow(path, &self.clients, file_system);
    }

    /// Which certificate of clients lies at a path, or behind its links if it was followed.
    pub fn renewed_at(&self, path: &Path) -> Option<usize> {
        self.renewed.at(path)
    }

    /// A path, and those to which its links lead if it was followed.
    pub fn way_of<'s>(&'s self, path: &'s Path) -> impl Iterator<Item = &'s Path> {
        self.renewed.way_of(path)
    }

    /// The chain that nginx reads for a certificate directive, if it reads one.
    pub fn chain(&self, config: &Config<'_>, directive: Directive<'_>) -> Option<&Chain> {
        self.file(config, directive)?.content()?.chain().ok()
    }

    /// The key that nginx reads for a key directive, if it reads one.
    pub fn key(&self, config: &Config<'_>, directive: Directive<'_>) -> Option<&PrivateKey> {
        self.file(config, directive)?.content()?.key().ok()
    }
}

/// For so many missing files the nearest that exists is looked for: each time a directory is listed.
const MOST_NEAREST: usize = 256;

/// Looks at every path of certificates, keys and the like that nginx acts on, once each.
pub fn gather(http: &Http<'_>, file_system: &dyn FileSystem) -> Evidence {
    gather_beside(Arc::default(), http, file_system)
}

/// The same beside what has been found of ACME clients.
pub fn gather_beside(
    clients: Arc<Clients>,
    http: &Http<'_>,
    file_system: &dyn FileSystem,
) -> Evidence {
    let mut evidence = Evidence::of(clients);
    evidence.near_misses = http.config.sources().near_misses(file_system);
    let mut entered = FxHashMap::default();
    let mut missing = 0;
    for Named { directive, purpose, .. } in named(http) {
        let Some(source) = source_of(http.config, directive) else { continue };
        if evidence.files.contains_key(&*source) {
            continue;
        }
        let path = Path::new(OsStr::from_bytes(&source));
        if let Some(data) = source.strip_prefix(DATA) {
            let state = PemState::Read(Content::of(data, &evidence.pool));
            // The value may be a key, and is nothing to show.
            let path = format!("data:{}", evidence.files.len()).into();
            let file = PemFile { path, state, stat: None, is_open: false, nearest: None };
            evidence.files.insert(source.into_owned().into(), file);
            continue;
        }
        if purpose != Purpose::Key {
            evidence.follow(path, file_system);
        }
        let mut file = file::look(path, file_system, &evidence.pool);
        file.is_open = purpose == Purpose::Key
            && file::is_open(path, file.stat.as_ref(), file_system, &mut entered);
        evidence.has_certificates |= matches!(file.state, PemState::Read(_))
            && matches!(purpose, Purpose::Certificate | Purpose::Key)
            && directive.arg(0).is_some_and(|argument| argument.starts_with(b"/"));
        if matches!(file.state, PemState::Missing | PemState::Dangling(_)) && missing < MOST_NEAREST
        {
            missing += 1;
            let holds = |other: &Path| {
                let other = file::look(other, file_system, &evidence.pool);
                other.content().is_some_and(|content| purpose.is_served_by(content))
            };
            file.nearest = nearest::to(path, file_system, holds);
        }
        if let Some(nearest) = &file.nearest {
            evidence.look_at(nearest, file_system);
        }
        evidence.files.insert(source.into_owned().into(), file);
    }
    evidence.closed = closed::to_workers(http, file_system);
    evidence.look_beside(http, file_system);
    evidence
}

/// How a value begins that is what would stand in a file.
const DATA: &[u8] = b"data:";

/// The path of a directive that names a file; relative ones start at the directory of nginx.conf.
/// Variables and `data:`, `engine:` and `store:` name no file that can be looked at.
pub fn path_of<'c>(config: &Config<'_>, directive: Directive<'c>) -> Option<Cow<'c, [u8]>> {
    source_of(config, directive).filter(|source| !source.starts_with(DATA))
}

/// The same, or `data:` with what follows it.
fn source_of<'c>(config: &Config<'_>, directive: Directive<'c>) -> Option<Cow<'c, [u8]>> {
    let argument = directive.arg(0)?;
    let (purpose, _) = Purpose::of(directive.name())?;
    let is_key = purpose == Purpose::Key;
    let may_be_data = is_key || purpose == Purpose::Certificate;
    if argument.is_empty()
        || may_be_data && argument.contains(&b'$')
        || is_key && (argument.starts_with(b"engine:") || argument.starts_with(b"store:"))
    {
        return None;
    }
    if argument.starts_with(b"/") || may_be_data && argument.starts_with(DATA) {
        return Some(argument);
    }
    let prefix = config.sources().conf_prefix_of(directive.file_id());
    Some(Cow::Owned([prefix.as_os_str().as_bytes(), b"/", &argument].concat()))
}

impl Purpose {
    /// Whether a file has what it takes.
    fn is_served_by(self, content: &Content) -> bool {
        match self {
            Self::Certificate | Self::Trusted | Self::Clients => content.has_certificate(),
            Self::Key => content.has_key(),
            _ => true,
        }
    }
}

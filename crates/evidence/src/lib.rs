//! What lies on disk behind the certificate and key paths of a configuration.

use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::{Directive, FileKind, FileSystem, Http, Lookup, Reason, name};

pub mod client;
pub mod ini;
mod nearest;

/// What was found, by path.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// By the bytes of the path.
    files: HashMap<Vec<u8>, PemFile>,
    /// Whether any of the paths has an existing grandparent directory: if none has, this is not
    /// the machine that the configuration is for.
    pub any_grandparent_exists: bool,
    /// Whether any of the directives does not get what it wants.
    pub has_faults: bool,
}

/// What a certificate or key path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFile {
    /// What it is.
    pub state: PemState,
    /// The existing path that is most like it, if it is missing.
    pub nearest: Option<PathBuf>,
}

/// What a certificate or key path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PemState {
    /// A file with these PEM blocks.
    Blocks {
        /// Blocks that hold a certificate.
        certificates: usize,
        /// Blocks that hold a private key.
        keys: usize,
    },
    /// A file without a byte.
    Empty,
    /// Nothing.
    Missing,
    /// A symbolic link to nothing, with the text of each link on the way.
    Dangling(Vec<PathBuf>),
    /// A directory, a FIFO, a socket or a device.
    NotAFile(FileKind),
    /// It is there, or may be, but cannot be looked at.
    Unreadable(Reason),
}

impl Evidence {
    /// What lies behind the path of an `ssl_certificate` or `ssl_certificate_key` directive;
    /// `None` if its argument is no path that can be known.
    pub fn file(&self, http: &Http<'_>, directive: Directive<'_>) -> Option<(&Path, &PemFile)> {
        let path = path_of(http, directive)?;
        let (path, file) = self.files.get_key_value(&*path)?;
        Some((Path::new(OsStr::from_bytes(path)), file))
    }
}

/// Every certificate and key directive that nginx acts on: those of servers, and those of `http` if
/// there is a server that inherits them.
pub fn pem_directives<'c>(http: &'c Http<'c>) -> Vec<Directive<'c>> {
    let kinds = [name::SSL_CERTIFICATE, name::SSL_CERTIFICATE_KEY];
    let inherits = |kind| http.servers.iter().any(|server| server.level.first(kind).is_none());
    let outer = kinds.into_iter().filter(|&kind| inherits(kind));
    let outer = outer.flat_map(|kind| http.level.all(kind));
    let levels = http.servers.iter().map(|server| &server.level);
    outer
        .chain(levels.flat_map(|level| kinds.into_iter().flat_map(|kind| level.all(kind))))
        .collect()
}

/// Looks at every certificate and key path of a configuration, once each.
pub fn gather(http: &Http<'_>, file_system: &dyn FileSystem) -> Evidence {
    let mut evidence = Evidence::default();
    for directive in pem_directives(http) {
        let Some(bytes) = path_of(http, directive) else { continue };
        if let Some(file) = evidence.files.get(&*bytes) {
            evidence.has_faults |= !file.state.is_for(directive);
            continue;
        }
        let path = Path::new(OsStr::from_bytes(&bytes));
        let state = look(path, file_system);
        evidence.has_faults |= !state.is_for(directive);
        let grandparent = path.parent().and_then(Path::parent);
        evidence.any_grandparent_exists |= grandparent
            .is_some_and(|directory| !matches!(file_system.stat(directory), Lookup::Absent));
        let nearest = matches!(state, PemState::Missing | PemState::Dangling(_))
            .then(|| nearest::to(path, file_system, |other| holds(directive, other, file_system)))
            .flatten();
        evidence.files.insert(bytes.into_owned(), PemFile { state, nearest });
    }
    evidence
}

/// Whether a file holds what a directive wants.
fn holds(directive: Directive<'_>, path: &Path, file_system: &dyn FileSystem) -> bool {
    look(path, file_system).is_for(directive)
}

impl PemState {
    /// Whether it is what a directive wants.
    fn is_for(&self, directive: Directive<'_>) -> bool {
        let Self::Blocks { certificates, keys } = *self else { return false };
        if directive.name() == name::SSL_CERTIFICATE { certificates > 0 } else { keys > 0 }
    }
}

/// The path of an `ssl_certificate` or `ssl_certificate_key` directive; relative ones start at the
/// directory of nginx.conf. Variables and `data:`, `engine:` and `store:` name no file that can be
/// looked at.
pub fn path_of<'c>(http: &Http<'_>, directive: Directive<'c>) -> Option<Cow<'c, [u8]>> {
    let argument = directive.arg(0)?;
    let is_key = directive.name() == name::SSL_CERTIFICATE_KEY;
    if argument.is_empty()
        || argument.contains(&b'$')
        || argument.starts_with(b"data:")
        || is_key && (argument.starts_with(b"engine:") || argument.starts_with(b"store:"))
    {
        return None;
    }
    if argument.starts_with(b"/") {
        return Some(argument);
    }
    let prefix = http.config.sources().conf_prefix_of(directive.file_id());
    Some(Cow::Owned([prefix.as_os_str().as_bytes(), b"/", &argument].concat()))
}

fn look(path: &Path, file_system: &dyn FileSystem) -> PemState {
    match file_system.stat(path) {
        Lookup::Absent => match links(path, file_system) {
            links if links.is_empty() => PemState::Missing,
            links => PemState::Dangling(links),
        },
        Lookup::Unknowable(reason) => PemState::Unreadable(reason),
        Lookup::Found(stat) if stat.kind != FileKind::File => PemState::NotAFile(stat.kind),
        Lookup::Found(stat) if stat.size == 0 => PemState::Empty,
        Lookup::Found(_) => {
            let mut blocks = PemState::Blocks { certificates: 0, keys: 0 };
            match file_system.read_secret(path, &mut |bytes| blocks = count_blocks(bytes)) {
                Lookup::Found(()) => blocks,
                Lookup::Absent => PemState::Missing,
                Lookup::Unknowable(reason) => PemState::Unreadable(reason),
            }
        }
    }
}

/// The texts of the links that start at a path, as far as they lead.
fn links(path: &Path, file_system: &dyn FileSystem) -> Vec<PathBuf> {
    const MOST: usize = 40;
    let mut links = Vec::new();
    let mut at = path.to_path_buf();
    while links.len() < MOST {
        let Lookup::Found(target) = file_system.readlink(&at) else { break };
        at = at.parent().unwrap_or(Path::new("/")).join(&target);
        links.push(target);
    }
    links
}

/// Counts the PEM blocks (RFC 7468) of a file by their labels.
fn count_blocks(bytes: &[u8]) -> PemState {
    let (mut certificates, mut keys) = (0, 0);
    for at in memchr::memmem::find_iter(bytes, b"-----BEGIN ") {
        let label = &bytes[at + b"-----BEGIN ".len()..];
        let Some(end) = memchr::memmem::find(&label[..label.len().min(64)], b"-----") else {
            continue;
        };
        match &label[..end] {
            b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => certificates += 1,
            label if label.ends_with(b"PRIVATE KEY") => keys += 1,
            _ => {}
        }
    }
    PemState::Blocks { certificates, keys }
}

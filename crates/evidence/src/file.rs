//! What the paths of certificates and keys lead to.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{FileKind, FileSystem, Lookup, Reason, Stat, real_path};
use rustc_hash::FxHashMap;

use crate::content::{Content, Pool};

/// What a certificate or key path leads to.
#[derive(Debug)]
pub struct PemFile {
    /// The path; `data:` and a number for what stands in the configuration itself.
    pub path: PathBuf,
    /// What it leads to.
    pub state: PemState,
    /// Owner and permissions, of what is there.
    pub stat: Option<Stat>,
    /// Of a key, whether every user of the machine may read it.
    pub is_open: bool,
    /// The existing path that is most like it, if it is missing.
    pub nearest: Option<PathBuf>,
}

/// What a certificate or key path leads to.
#[derive(Debug)]
pub enum PemState {
    /// A file that could be read.
    Read(Content),
    /// Nothing.
    Missing,
    /// A symbolic link to nothing, with the text of each link on the way.
    Dangling(Vec<PathBuf>),
    /// A directory, a FIFO, a socket or a device.
    NotAFile(FileKind),
    /// It is there, or may be, but cannot be looked at.
    Unreadable(Reason),
}

impl PemFile {
    /// What it holds, if it could be read.
    pub fn content(&self) -> Option<&Content> {
        match &self.state {
            PemState::Read(content) => Some(content),
            _ => None,
        }
    }
}

/// Looks at a path.
pub(crate) fn look(path: &Path, file_system: &dyn FileSystem, pool: &Arc<Pool>) -> PemFile {
    let (state, stat) = match file_system.stat(path) {
        Lookup::Absent => (absent(path, file_system), None),
        Lookup::Unknowable(reason) => (PemState::Unreadable(reason), None),
        Lookup::Found(stat) if stat.kind != FileKind::File => {
            (PemState::NotAFile(stat.kind), Some(stat))
        }
        Lookup::Found(stat) => (read(path, file_system, pool), Some(stat)),
    };
    PemFile { path: path.to_owned(), state, stat, is_open: false, nearest: None }
}

/// Whether every user may read what lies at a path. `known` remembers which directories they may
/// enter.
pub(crate) fn is_open(
    path: &Path,
    stat: Option<&Stat>,
    file_system: &dyn FileSystem,
    known: &mut FxHashMap<PathBuf, bool>,
) -> bool {
    const READ: u32 = 4;
    const SEARCH: u32 = 1;
    if stat.is_none_or(|stat| stat.mode & READ == 0) {
        return false;
    }
    let Lookup::Found(path) = real_path(path, file_system) else { return false };
    path.ancestors().skip(1).all(|directory| {
        *known.entry(directory.to_path_buf()).or_insert_with(|| {
            let stat = file_system.stat(directory).found();
            stat.is_some_and(|stat| stat.mode & SEARCH != 0)
        })
    })
}

fn read(path: &Path, file_system: &dyn FileSystem, pool: &Arc<Pool>) -> PemState {
    let mut content = None;
    let mut reader = |bytes: &[u8]| content = Some(Content::of(bytes, pool));
    match file_system.read_secret(path, &mut reader) {
        Lookup::Found(()) => content.map_or(PemState::Missing, PemState::Read),
        Lookup::Absent => PemState::Missing,
        Lookup::Unknowable(reason) => PemState::Unreadable(reason),
    }
}

fn absent(path: &Path, file_system: &dyn FileSystem) -> PemState {
    match links(path, file_system) {
        links if links.is_empty() => PemState::Missing,
        links => PemState::Dangling(links),
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

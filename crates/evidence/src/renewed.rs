//! Which certificates of clients lie behind the paths of a configuration, links followed.

use std::path::{Component, Path, PathBuf};

use model::{FileSystem, Lookup, real_path};
use rustc_hash::FxHashMap;

use crate::client::Clients;

/// The certificates of clients by paths, and where other paths lead. Links are followed one by one,
/// as those of certbot lead into an archive, where the next certificate is another file.
#[derive(Debug, Default)]
pub(crate) struct Renewed {
    /// The number of each among those of all clients.
    by_path: FxHashMap<PathBuf, usize>,
    /// Whether they are there without the links in their directories as well, which takes questions.
    is_resolved: bool,
    /// The paths to which others lead.
    ways: FxHashMap<PathBuf, Vec<PathBuf>>,
    /// Directories, and what they are without links.
    directories: FxHashMap<PathBuf, PathBuf>,
}

impl Renewed {
    pub(crate) fn of(clients: &Clients) -> Self {
        let mut renewed = Self::default();
        for (index, path) in files(clients) {
            renewed.by_path.entry(path.to_owned()).or_insert(index);
        }
        renewed
    }

    /// Follows a path, unless a client names it itself.
    pub(crate) fn follow(&mut self, path: &Path, clients: &Clients, file_system: &dyn FileSystem) {
        let is_none = clients.certbot.is_empty() && clients.lineages.is_empty();
        if is_none || self.by_path.contains_key(path) || self.ways.contains_key(path) {
            return;
        }
        if !self.is_resolved {
            self.is_resolved = true;
            for (index, path) in files(clients) {
                let path = self.in_directory(path, file_system);
                self.by_path.entry(path).or_insert(index);
            }
        }
        let way = self.way(path, file_system);
        self.ways.insert(path.to_owned(), way);
    }

    /// The certificate at a path that was followed.
    pub(crate) fn at(&self, path: &Path) -> Option<usize> {
        self.way_of(path).find_map(|path| self.by_path.get(path).copied())
    }

    /// A path, and those to which it leads if it was followed.
    pub(crate) fn way_of<'s>(&'s self, path: &'s Path) -> impl Iterator<Item = &'s Path> {
        let way = self.ways.get(path).into_iter().flatten();
        [path].into_iter().chain(way.map(PathBuf::as_path))
    }

    fn way(&mut self, path: &Path, file_system: &dyn FileSystem) -> Vec<PathBuf> {
        const MOST_LINKS: usize = 40;
        let mut way = Vec::new();
        let mut at = path.to_owned();
        for _ in 0..MOST_LINKS {
            let resolved = self.in_directory(&at, file_system);
            if resolved != at {
                way.push(resolved.clone());
            }
            let Lookup::Found(target) = file_system.readlink(&resolved) else { break };
            at = resolved.parent().unwrap_or(Path::new("/")).join(target);
            way.push(at.clone());
        }
        way
    }

    /// A path without the links on the way to its directory.
    fn in_directory(&mut self, path: &Path, file_system: &dyn FileSystem) -> PathBuf {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => self.directory(parent, file_system).join(name),
            _ => path.to_owned(),
        }
    }

    fn directory(&mut self, path: &Path, file_system: &dyn FileSystem) -> PathBuf {
        if let Some(known) = self.directories.get(path) {
            return known.clone();
        }
        let real = |path: &Path| real_path(path, file_system).found();
        let directory = if path.components().any(|part| part == Component::ParentDir) {
            real(path).unwrap_or_else(|| path.to_owned())
        } else {
            let path = self.in_directory(path, file_system);
            match file_system.readlink(&path) {
                Lookup::Found(_) => real(&path).unwrap_or(path),
                _ => path,
            }
        };
        self.directories.insert(path.to_owned(), directory.clone());
        directory
    }
}

/// The files of clients' certificates that servers name.
fn files(clients: &Clients) -> impl Iterator<Item = (usize, &Path)> {
    clients.lineages.iter().enumerate().flat_map(|(index, lineage)| {
        let files = [&lineage.files.fullchain, &lineage.files.certificate];
        files.into_iter().flatten().map(move |path| (index, path.as_path()))
    })
}

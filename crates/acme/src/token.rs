use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup, Stat};

use crate::challenge::TOKEN;

/// A file system in which the client has put its token.
pub(crate) struct WithToken<'f> {
    file_system: &'f dyn FileSystem,
    /// The only place where the token lies; `None` for wherever it is looked for.
    place: Option<&'f Path>,
}

impl<'f> WithToken<'f> {
    /// The token lies wherever it is looked for: what remains to be seen is whether nginx gets
    /// there.
    pub(crate) fn everywhere(file_system: &'f dyn FileSystem) -> Self {
        Self { file_system, place: None }
    }

    /// The token lies at `place` alone.
    pub(crate) fn at(file_system: &'f dyn FileSystem, place: &'f Path) -> Self {
        Self { file_system, place: Some(place) }
    }

    fn has_token_at(&self, path: &Path) -> bool {
        match self.place {
            Some(place) => path == place,
            None => path.file_name().is_some_and(|name| name == TOKEN),
        }
    }
}

impl FileSystem for WithToken<'_> {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.file_system.read(path)
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.file_system.read_secret(path, reader)
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        if self.has_token_at(path) {
            return Lookup::Found(Stat {
                kind: FileKind::File,
                size: 87,
                uid: 0,
                gid: 0,
                mode: 0o644,
                device: 0,
                inode: 0,
            });
        }
        self.file_system.stat(path)
    }

    fn list(&self, path: &Path) -> Lookup<Vec<OsString>> {
        self.file_system.list(path)
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        self.file_system.readlink(path)
    }
}

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use model::{FileKind, FileSystem, Lookup, Stat};

use crate::challenge::TOKEN;

/// A file system in which the client has put its token wherever it is looked for: what remains to
/// be seen is whether nginx gets there.
pub(crate) struct WithToken<'f>(pub(crate) &'f dyn FileSystem);

impl FileSystem for WithToken<'_> {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.0.read(path)
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.0.read_secret(path, reader)
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        if path.file_name().is_some_and(|name| name == TOKEN) {
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
        self.0.stat(path)
    }

    fn list(&self, path: &Path) -> Lookup<Vec<OsString>> {
        self.0.list(path)
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        self.0.readlink(path)
    }
}

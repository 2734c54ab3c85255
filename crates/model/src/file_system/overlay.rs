//! A disk on which one file has another text, or is there already.

use std::path::{Path, PathBuf};

use super::{DirectoryEntry, Disk, FileKind, FileSystem, Lookup, Stat, real_path};

/// A disk with one file as it is not saved yet.
#[derive(Clone, Debug)]
pub struct Overlay {
    disk: Disk,
    /// The path of the file, without links.
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Overlay {
    /// The disk on which `path` has these bytes.
    pub fn new(disk: Disk, path: &Path, bytes: Vec<u8>) -> Self {
        let file = real_path(path, &disk).found().unwrap_or_else(|| path.to_owned());
        Self { disk, file, bytes }
    }

    fn is_file(&self, path: &Path) -> bool {
        path.file_name().is_some()
            && (path == self.file
                || real_path(path, &self.disk).found().is_some_and(|real| real == self.file))
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        if self.is_file(path) { Lookup::Found(self.bytes.clone()) } else { self.disk.read(path) }
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.disk.read_secret(path, reader)
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        match self.disk.stat(path) {
            Lookup::Absent if self.is_file(path) => Lookup::Found(Stat {
                kind: FileKind::File,
                size: self.bytes.len() as u64,
                uid: 0,
                gid: 0,
                mode: 0o644,
                device: 0,
                inode: 0,
            }),
            answer => answer,
        }
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        let mut answer = self.disk.list(path);
        if let Lookup::Found(entries) = &mut answer
            && let (Some(directory), Some(name)) = (self.file.parent(), self.file.file_name())
            && real_path(path, &self.disk).found().is_some_and(|real| real == directory)
            && let Err(at) = entries.binary_search_by(|entry| (*entry.name).cmp(name))
        {
            let kind = Some(FileKind::File);
            entries.insert(at, DirectoryEntry { name: name.to_owned(), kind });
        }
        answer
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        self.disk.readlink(path)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn one_file_has_another_text_by_all_of_its_names() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("available")).unwrap();
        fs::write(at("available/a"), "old").unwrap();
        fs::write(at("available/b"), "other").unwrap();
        symlink("available/a", at("link")).unwrap();
        let overlay = Overlay::new(Disk::new(), &at("link"), b"new".to_vec());
        let read = |path: &str| overlay.read(&at(path)).found();
        assert_eq!(read("link").as_deref(), Some(&b"new"[..]));
        assert_eq!(read("available/a").as_deref(), Some(&b"new"[..]));
        assert_eq!(read("available/b").as_deref(), Some(&b"other"[..]));
        assert_eq!(overlay.list(&at("available")), Disk::new().list(&at("available")));
    }

    #[test]
    fn a_file_that_is_not_saved_yet_is_there() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::write(at("b"), "").unwrap();
        let overlay = Overlay::new(Disk::new(), &at("a"), b"new".to_vec());
        assert_eq!(overlay.read(&at("a")), Lookup::Found(b"new".to_vec()));
        assert_eq!(overlay.stat(&at("a")).map(|stat| stat.size), Lookup::Found(3));
        let names = overlay.list(root.path()).found().unwrap();
        let names: Vec<_> = names.iter().map(|entry| entry.name.to_str().unwrap()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(overlay.read(&at("c")), Lookup::Absent);
    }
}

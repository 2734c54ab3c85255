//! A file system that is asked each question about a path once.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustc_hash::FxHashMap;

use super::{DirectoryEntry, FileSystem, Lookup, Stat};

/// A file system that is taken to stay as it is: what a path leads to is asked only once.
pub struct Remembered<'f> {
    file_system: &'f dyn FileSystem,
    stats: Answers<Stat>,
    links: Answers<PathBuf>,
}

/// Answers by path.
type Answers<T> = Mutex<FxHashMap<Box<[u8]>, Lookup<T>>>;

impl<'f> Remembered<'f> {
    /// Nothing is known of it yet.
    pub fn new(file_system: &'f dyn FileSystem) -> Self {
        Self { file_system, stats: Answers::default(), links: Answers::default() }
    }
}

/// The answer for a path, asked for if it is not known.
fn answer<T: Clone>(
    answers: &Answers<T>,
    path: &Path,
    ask: impl FnOnce() -> Lookup<T>,
) -> Lookup<T> {
    // The bytes themselves: a slash at the end asks for a directory.
    let bytes = path.as_os_str().as_bytes();
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = answers.get(bytes) {
        return known.clone();
    }
    let answer = ask();
    answers.insert(bytes.into(), answer.clone());
    answer
}

impl FileSystem for Remembered<'_> {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.file_system.read(path)
    }

    fn read_listed(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.file_system.read_listed(path)
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.file_system.read_secret(path, reader)
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        answer(&self.stats, path, || self.file_system.stat(path))
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        self.file_system.list(path)
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        answer(&self.links, path, || self.file_system.readlink(path))
    }

    fn included(&self) -> Option<&dyn FileSystem> {
        self.file_system.included()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Memory;

    /// Counts what it is asked.
    struct Counted {
        memory: Memory,
        asked: AtomicUsize,
    }

    impl FileSystem for Counted {
        fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
            self.memory.read(path)
        }

        fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
            self.memory.read_secret(path, reader)
        }

        fn stat(&self, path: &Path) -> Lookup<Stat> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.memory.stat(path)
        }

        fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
            self.memory.list(path)
        }

        fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.memory.readlink(path)
        }
    }

    #[test]
    fn each_path_is_asked_for_once() {
        let memory = Memory::new().file("/www/a", b"a").link("/www/b", "a");
        let counted = Counted { memory: memory.clone(), asked: AtomicUsize::new(0) };
        let remembered = Remembered::new(&counted);
        let paths = ["/www/a", "/www/a/", "/www/b", "/www/c", "/www", "/www/"];
        for _ in 0..2 {
            for path in paths.map(Path::new) {
                assert_eq!(remembered.stat(path), memory.stat(path), "{}", path.display());
                assert_eq!(remembered.readlink(path), memory.readlink(path), "{}", path.display());
            }
        }
        assert_eq!(counted.asked.into_inner(), 2 * paths.len());
    }
}

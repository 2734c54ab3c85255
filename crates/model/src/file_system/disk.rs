//! The disk, as it is or under another root directory.

use std::{
    borrow::Cow,
    ffi::OsString,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use walkdir::WalkDir;
use zeroize::Zeroizing;

use super::{
    FileKind, FileSystem, Lookup, Miss, Reason, Stat,
    links::{Entry, Last, follow},
};

/// A tree stores 32-bit offsets.
const SIZE_LIMIT: u64 = u32::MAX as u64;

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    root: Option<PathBuf>,
}

impl Disk {
    /// The disk as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk as a program sees it whose root directory is `root`: neither `..` nor a link leads
    /// out of it.
    pub fn under(root: PathBuf) -> Self {
        Self { root: Some(root) }
    }

    /// Where on the disk a path is. Under another root the answer has no links left, but for one at
    /// its end if `last` says so.
    fn locate<'p>(&self, path: &'p Path, last: Last) -> Result<Cow<'p, Path>, Miss> {
        let Some(root) = &self.root else { return Ok(Cow::Borrowed(path)) };
        let entry = |path: &Path| {
            let path = within(root, path);
            let kind = fs::symlink_metadata(&path)?.file_type();
            Ok(if kind.is_symlink() {
                Entry::Link(fs::read_link(&path)?)
            } else if kind.is_dir() {
                Entry::Directory
            } else {
                Entry::Other
            })
        };
        Ok(Cow::Owned(within(root, &follow(path, last, entry)?)))
    }

    fn open(&self, path: &Path) -> Result<(File, usize), Miss> {
        let path = self.locate(path, Last::Follow)?;
        // Opening a device can do something, so ask first; asked again, because it may have changed.
        regular_size(&fs::metadata(&path)?)?;
        let mut options = OpenOptions::new();
        let file = options.read(true).custom_flags(libc::O_NONBLOCK).open(&path)?;
        let size = regular_size(&file.metadata()?)?;
        Ok((file, size))
    }

    fn read_all(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        let (file, size) = self.open(path)?;
        let mut bytes = Vec::with_capacity(size + 1);
        file.take(SIZE_LIMIT).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == SIZE_LIMIT {
            return Err(Miss::Unknowable(Reason::TooLarge(SIZE_LIMIT)));
        }
        Ok(bytes)
    }

    /// Reads into buffers that are wiped, however often the file grows meanwhile.
    fn read_all_secret(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Miss> {
        let (mut file, size) = self.open(path)?;
        let mut bytes = Zeroizing::new(vec![0; size + 1]);
        let mut length = 0;
        loop {
            if length == bytes.len() {
                let mut larger = Zeroizing::new(vec![0; 2 * length]);
                larger[..length].copy_from_slice(&bytes);
                bytes = larger;
            }
            match file.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        bytes.truncate(length);
        Ok(bytes)
    }

    fn stat_of(&self, path: &Path) -> Result<Stat, Miss> {
        let found = fs::metadata(self.locate(path, Last::Follow)?)?;
        let is_null = path == Path::new("/dev/null");
        Ok(Stat {
            kind: if is_null { FileKind::File } else { kind(&found) },
            size: found.len(),
            uid: found.uid(),
            gid: found.gid(),
            mode: found.mode() & 0o7777,
            device: found.dev(),
            inode: found.ino(),
        })
    }

    fn names_in(&self, path: &Path) -> Result<Vec<OsString>, Miss> {
        let path = self.locate(path, Last::Follow)?;
        let kind = kind(&fs::metadata(&path)?);
        if kind != FileKind::Directory {
            return Err(Miss::Unknowable(Reason::WrongKind(kind)));
        }
        let entries = WalkDir::new(&path).min_depth(1).max_depth(1).sort_by_file_name();
        let names = entries.into_iter().map(|entry| match entry {
            Ok(entry) => Ok(entry.file_name().to_owned()),
            Err(error) => Err(io::Error::from(error).into()),
        });
        names.collect()
    }

    fn link_at(&self, path: &Path) -> Result<PathBuf, Miss> {
        match fs::read_link(self.locate(path, Last::Keep)?) {
            // Not a link.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(Miss::Absent),
            answer => Ok(answer?),
        }
    }
}

impl FileSystem for Disk {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        // nginx includes it as the empty file that it is.
        if path == Path::new("/dev/null") {
            return Lookup::Found(Vec::new());
        }
        self.read_all(path).into()
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.read_all_secret(path).map(|bytes| reader(&bytes)).into()
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        self.stat_of(path).into()
    }

    fn list(&self, path: &Path) -> Lookup<Vec<OsString>> {
        self.names_in(path).into()
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        self.link_at(path).into()
    }
}

fn within(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn kind(found: &Metadata) -> FileKind {
    if found.is_file() {
        FileKind::File
    } else if found.is_dir() {
        FileKind::Directory
    } else {
        FileKind::Special
    }
}

fn regular_size(found: &Metadata) -> Result<usize, Miss> {
    let kind = kind(found);
    if kind != FileKind::File {
        return Err(Miss::Unknowable(Reason::WrongKind(kind)));
    }
    if found.len() >= SIZE_LIMIT {
        return Err(Miss::Unknowable(Reason::TooLarge(found.len())));
    }
    Ok(found.len() as usize)
}

#[cfg(test)]
mod tests;

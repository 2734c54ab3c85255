//! The disk, as it is or under another root directory.

use std::{
    borrow::Cow,
    fs::{self, File, FileType, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    DirectoryEntry, FileKind, FileSystem, Lookup, Miss, Reason, Stat,
    links::{Entry, Last, follow},
    mounts::Mounts,
};

/// A tree stores 32-bit offsets.
const SIZE_LIMIT: u64 = u32::MAX as u64;

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    root: Option<PathBuf>,
    mounts: Mounts,
}

impl Disk {
    /// The disk as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk as a program sees it whose root directory is `root`: neither `..` nor a link leads
    /// out of it.
    pub fn under(root: PathBuf) -> Self {
        Self { root: Some(root), mounts: Mounts::default() }
    }

    /// The same with directories that lie elsewhere. Without a root directory these are all that is
    /// known of the machine.
    #[must_use]
    pub fn with_mounts(self, mounts: Mounts) -> Self {
        Self { mounts, ..self }
    }

    /// Where on the disk a path is whose directories have no links.
    fn place(&self, path: &Path) -> Result<PathBuf, Miss> {
        if let Some(path) = self.mounts.on_disk(path) {
            return Ok(path);
        }
        match &self.root {
            Some(root) => Ok(within(root, path)),
            None => Err(Miss::Unknowable(Reason::NotMapped)),
        }
    }

    /// Whether a path, whose directories have no links, is a directory for no other reason than that
    /// something is mounted below it.
    fn is_only_around_mounts(&self, path: &Path) -> bool {
        self.mounts.are_below(path)
            && !self.place(path).is_ok_and(|place| fs::symlink_metadata(place).is_ok())
    }

    /// Where on the disk a path is. Under another root the answer has no links left, but for one at
    /// its end if `last` says so.
    fn locate<'p>(&self, path: &'p Path, last: Last) -> Result<Cow<'p, Path>, Miss> {
        if self.root.is_none() && self.mounts.is_empty() {
            return Ok(Cow::Borrowed(path));
        }
        Ok(Cow::Owned(self.place(&self.without_links(path, last)?)?))
    }

    /// The path on the machine without links, but for one at its end if `last` says so.
    fn without_links(&self, path: &Path, last: Last) -> Result<PathBuf, Miss> {
        let entry = |path: &Path| {
            if self.is_only_around_mounts(path) {
                return Ok(Entry::Directory);
            }
            let path = self.place(path)?;
            let kind = fs::symlink_metadata(&path)?.file_type();
            Ok(if kind.is_symlink() {
                Entry::Link(fs::read_link(&path)?)
            } else if kind.is_dir() {
                Entry::Directory
            } else {
                Entry::Other
            })
        };
        follow(path, last, entry)
    }

    fn open(&self, path: &Path) -> Result<(File, usize), Miss> {
        let path = self.locate(path, Last::Follow)?;
        // Opening a device can do something, so ask first.
        regular_size(&fs::metadata(&path)?)?;
        Self::open_regular(&path)
    }

    /// Opens what has been a regular file a moment ago.
    fn open_regular(path: &Path) -> Result<(File, usize), Miss> {
        let mut options = OpenOptions::new();
        let file = options.read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let size = regular_size(&file.metadata()?)?;
        Ok((file, size))
    }

    fn listed_bytes(&self, path: &Path) -> Result<Vec<u8>, Miss> {
        let path = self.locate(path, Last::Follow)?;
        let (file, size) = Self::open_regular(&path)?;
        Self::read_all(file, size)
    }

    fn read_all(file: File, size: usize) -> Result<Vec<u8>, Miss> {
        let mut file = file.take(SIZE_LIMIT);
        let mut bytes = vec![0; size + 1];
        let count = loop {
            match file.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                count => break count?,
            }
        };
        bytes.truncate(count);
        // There was room for one byte more, so that this is the end, unless the size was not true.
        if count != size {
            file.read_to_end(&mut bytes)?;
        }
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
        // There was room for one byte more, so that this is the end, unless the size is not true.
        while length == 0 || length != size {
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
        if let Some(stat) = self.stat_around_mounts(path) {
            return Ok(stat);
        }
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

    /// What is said of a directory that is there only because something is mounted below it.
    fn stat_around_mounts(&self, path: &Path) -> Option<Stat> {
        if self.mounts.is_empty() {
            return None;
        }
        let real = self.without_links(path, Last::Follow).ok()?;
        let (kind, size, device, inode) = (FileKind::Directory, 0, 0, 0);
        let stat = Stat { kind, size, uid: 0, gid: 0, mode: 0o755, device, inode };
        self.is_only_around_mounts(&real).then_some(stat)
    }

    fn entries_in(&self, path: &Path) -> Result<Vec<DirectoryEntry>, Miss> {
        if self.mounts.is_empty() {
            return Self::entries_on_disk(&self.locate(path, Last::Follow)?);
        }
        let real = self.without_links(path, Last::Follow)?;
        let mut entries = if self.is_only_around_mounts(&real) {
            if self.root.is_none() {
                // What else there is, nobody knows.
                self.place(&real)?;
            }
            Vec::new()
        } else {
            Self::entries_on_disk(&self.place(&real)?)?
        };
        for name in self.mounts.names_in(&real) {
            if entries.iter().all(|entry| entry.name != name) {
                entries.push(DirectoryEntry { name: name.to_owned(), kind: None });
            }
        }
        entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(entries)
    }

    fn entries_on_disk(path: &Path) -> Result<Vec<DirectoryEntry>, Miss> {
        let kind = kind(&fs::metadata(path)?);
        if kind != FileKind::Directory {
            return Err(Miss::Unknowable(Reason::WrongKind(kind)));
        }
        let entries = fs::read_dir(path)?.map(|entry| {
            let entry = entry?;
            Ok(DirectoryEntry {
                name: entry.file_name(),
                kind: entry.file_type().ok().and_then(kind_of_entry),
            })
        });
        let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
        entries.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(entries)
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
        self.open(path).and_then(|(file, size)| Self::read_all(file, size)).into()
    }

    fn read_listed(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.listed_bytes(path).into()
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.read_all_secret(path).map(|bytes| reader(&bytes)).into()
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        self.stat_of(path).into()
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        self.entries_in(path).into()
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

/// `None` for a link.
fn kind_of_entry(found: FileType) -> Option<FileKind> {
    if found.is_file() {
        Some(FileKind::File)
    } else if found.is_dir() {
        Some(FileKind::Directory)
    } else {
        (!found.is_symlink()).then_some(FileKind::Special)
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

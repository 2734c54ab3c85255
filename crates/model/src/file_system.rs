//! The one door to everything on disk.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

mod disk;
mod dump;
mod glob;
mod links;
mod memory;
mod mounts;
mod overlay;
mod remembered;
mod wildcard;

pub use disk::Disk;
pub use dump::{Dump, DumpError};
pub(crate) use glob::{FoundPath, expand, fits, is_pattern};
pub use links::real_path;
pub use memory::Memory;
pub use mounts::{Mount, Mounts};
pub use overlay::Overlay;
pub use remembered::Remembered;

/// What a question to the file system brings: an answer, the certainty that nothing is there, or
/// neither. Permission denied is never "absent".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// It is not there.
    Absent,
    /// It may or may not be there.
    Unknowable(Reason),
}

/// Why the file system gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The path, or a directory on the way, may not be looked at.
    PermissionDenied,
    /// Links that lead in a circle.
    LinkLoop,
    /// It is there, but it is not what was asked for: only regular files can be read, only
    /// directories listed.
    WrongKind(FileKind),
    /// The file is larger than the bytes given here.
    TooLarge(u64),
    /// It lies in no directory that is known of the machine.
    NotMapped,
    /// It is not in the output of `nginx -T`, which is all that is known of the machine.
    NotInDump,
    /// Whatever else the system said.
    Other(String),
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A FIFO, a socket or a device.
    Special,
}

/// What is known about a file without reading it; links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes.
    pub size: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits, `0o7777` at most.
    pub mode: u32,
    /// Device number.
    pub device: u64,
    /// Inode number; with the device it says whether two paths are one file.
    pub inode: u64,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name.
    pub name: OsString,
    /// What it is; `None` for a link, and if the directory does not say.
    pub kind: Option<FileKind>,
}

/// The disk, the disk under another root directory, the output of `nginx -T`, or memory. Paths are
/// absolute, as in the configuration.
pub trait FileSystem: Sync {
    /// The bytes of a regular file. Never blocks on a FIFO.
    fn read(&self, path: &Path) -> Lookup<Vec<u8>>;

    /// The same for what [`FileSystem::list`] has called a regular file, so that nothing has to be
    /// asked before it is opened.
    fn read_listed(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.read(path)
    }

    /// Shows the bytes of a regular file to `reader` and wipes them afterwards.
    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()>;

    /// What a path leads to, links followed. A link without its target is `Absent`.
    fn stat(&self, path: &Path) -> Lookup<Stat>;

    /// What is in a directory, without `.` and `..`, sorted by the bytes of the names.
    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>>;

    /// The text of a symbolic link; `Absent` if nothing is there or it is not a link.
    fn readlink(&self, path: &Path) -> Lookup<PathBuf>;

    /// All the files to which patterns of `include` can lead, where these are not simply those that
    /// are there.
    fn included(&self) -> Option<&dyn FileSystem> {
        None
    }
}

impl<T> Lookup<T> {
    /// The answer, if there is one.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Absent | Self::Unknowable(_) => None,
        }
    }

    /// The same certainty about something made from the answer.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(make(found)),
            Self::Absent => Lookup::Absent,
            Self::Unknowable(reason) => Lookup::Unknowable(reason),
        }
    }
}

/// Why there is no answer: lets a question end early with `?`.
#[derive(Debug, PartialEq, Eq)]
enum Miss {
    Absent,
    Unknowable(Reason),
}

impl<T> From<Result<T, Miss>> for Lookup<T> {
    fn from(answer: Result<T, Miss>) -> Self {
        match answer {
            Ok(found) => Self::Found(found),
            Err(Miss::Absent) => Self::Absent,
            Err(Miss::Unknowable(reason)) => Self::Unknowable(reason),
        }
    }
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Self::Absent,
            io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
            io::ErrorKind::IsADirectory => Reason::WrongKind(FileKind::Directory),
            _ if error.raw_os_error() == Some(libc::ELOOP) => Reason::LinkLoop,
            _ => Reason::Other(error.to_string()),
        };
        Self::Unknowable(reason)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PermissionDenied => out.write_str("permission denied"),
            Self::LinkLoop => out.write_str("its symbolic links lead in a circle"),
            Self::WrongKind(FileKind::Directory) => out.write_str("it is a directory"),
            Self::WrongKind(FileKind::File) => out.write_str("it is a file, not a directory"),
            Self::WrongKind(FileKind::Special) => {
                out.write_str("it is a FIFO, a socket or a device")
            }
            Self::TooLarge(size) => write!(out, "it is too large ({size} bytes)"),
            Self::NotMapped => out.write_str("it lies in no mapped directory"),
            Self::NotInDump => out.write_str("it is not in the output of nginx -T"),
            Self::Other(words) => out.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certainly_not_there_is_absent() {
        for (error, miss) in [
            (libc::ENOENT, Miss::Absent),
            (libc::ENOTDIR, Miss::Absent),
            (libc::EACCES, Miss::Unknowable(Reason::PermissionDenied)),
            (libc::EPERM, Miss::Unknowable(Reason::PermissionDenied)),
            (libc::ELOOP, Miss::Unknowable(Reason::LinkLoop)),
            (libc::EISDIR, Miss::Unknowable(Reason::WrongKind(FileKind::Directory))),
        ] {
            assert_eq!(Miss::from(io::Error::from_raw_os_error(error)), miss);
        }
        let failed = Miss::from(io::Error::from_raw_os_error(libc::EIO));
        assert!(matches!(failed, Miss::Unknowable(Reason::Other(_))));
    }
}

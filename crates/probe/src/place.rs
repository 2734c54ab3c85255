//! Directories that tokens are put into, reached without following anybody's links.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Write},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid, fchmod, fchown, fstat, mkdirat, openat, unlinkat},
    io::Errno,
};

/// What a directory may be used for by everybody.
const DIRECTORY: Mode = Mode::from_raw_mode(0o755);

/// What a token may be used for by everybody.
const TOKEN: Mode = Mode::from_raw_mode(0o644);

/// Opens what may be entered, but not be looked into; only Linux has it.
#[cfg(target_os = "linux")]
const ENTERED: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const ENTERED: OFlags = OFlags::empty();

/// A directory for tokens: one that has to be there, and those below it that the client makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// What has to be there, without links.
    pub(crate) base: PathBuf,
    /// The names of the directories below it, of which none may be a link.
    pub(crate) below: Vec<String>,
    /// Whether the file belongs to whoever the base belongs to, as acme.sh has it.
    pub(crate) is_given_away: bool,
}

/// A directory, and how many of those that lead there have been made: the innermost ones.
pub(crate) struct Entered {
    directory: OwnedFd,
    base: OwnedFd,
    pub(crate) made: usize,
}

/// What has become of a token and of the directories that were made for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Something was there, and is removed.
    Removed,
    /// The place is there, and nothing of that in it.
    Gone,
    /// The place is not there, or another has its name: it was moved, replaced or unmounted.
    Misplaced,
}

impl Place {
    /// The directory itself.
    pub(crate) fn directory(&self) -> PathBuf {
        self.below.iter().fold(self.base.clone(), |path, name| path.join(name))
    }

    /// The number that the file system has for the directory that has to be there.
    pub(crate) fn inode(&self) -> io::Result<u64> {
        Ok(fstat(open_base(&self.base)?)?.st_ino)
    }

    /// How many of the directories are missing.
    pub(crate) fn missing(&self) -> io::Result<usize> {
        let mut directory = open_base(&self.base)?;
        for (at, name) in self.below.iter().enumerate() {
            match enter(&directory, name) {
                Ok(next) => directory = next,
                Err(Errno::NOENT) => return Ok(self.below.len() - at),
                Err(error) => return Err(self.explained(at, error)),
            }
        }
        Ok(0)
    }

    /// Enters the directory; what is missing is made as certbot makes it: for the owner of the web
    /// root, open for everybody.
    pub(crate) fn enter(&self) -> io::Result<Entered> {
        let base = open_base(&self.base)?;
        let inode = fstat(&base)?.st_ino;
        let mut directory = base.try_clone()?;
        let mut made = 0;
        for (at, name) in self.below.iter().enumerate() {
            let next = enter(&directory, name).or_else(|error| match error {
                Errno::NOENT => {
                    let is_made = make(&directory, &base, name)?;
                    if is_made && made == 0 {
                        made = self.below.len() - at;
                    }
                    enter(&directory, name)
                }
                error => Err(error),
            });
            directory = match next {
                Ok(next) => next,
                Err(error) => {
                    // Nothing has this name: it is the directories that go.
                    let _ = self.remove(".nothing", made, inode);
                    return Err(self.explained(at, error));
                }
            };
        }
        Ok(Entered { directory, base, made })
    }

    /// Removes a token, and directories that were made for it: the innermost `made`, as far as
    /// nobody else has put anything into them. `inode` is the number that the base had then.
    pub(crate) fn remove(&self, name: &str, made: usize, inode: u64) -> io::Result<Removal> {
        let mut directories = match open_base(&self.base) {
            Ok(base) => vec![base],
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => return Ok(Removal::Misplaced),
            Err(error) => return Err(error.into()),
        };
        let mut is_here = fstat(&directories[0])?.st_ino == inode;
        let first_made = self.below.len().saturating_sub(made);
        for (at, part) in self.below.iter().enumerate() {
            match enter(&directories[at], part) {
                Ok(next) => directories.push(next),
                Err(Errno::NOENT) => {
                    is_here &= at >= first_made;
                    break;
                }
                // A link or another file has taken its place since: nothing of ours is behind it.
                Err(Errno::LOOP | Errno::NOTDIR) => return Ok(Removal::Misplaced),
                Err(error) => return Err(error.into()),
            }
        }
        let mut removal = if is_here { Removal::Gone } else { Removal::Misplaced };
        if directories.len() == self.below.len() + 1 {
            match unlinkat(&directories[self.below.len()], name, AtFlags::empty()) {
                Ok(()) => removal = Removal::Removed,
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if removal == Removal::Misplaced {
            return Ok(removal); // nor are the directories ours
        }
        for at in (first_made..self.below.len()).rev().filter(|at| *at + 1 < directories.len()) {
            match unlinkat(&directories[at], self.below[at].as_str(), AtFlags::REMOVEDIR) {
                Ok(()) => removal = Removal::Removed,
                Err(Errno::NOENT) => {}
                Err(Errno::NOTEMPTY | Errno::EXIST) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(removal)
    }

    fn explained(&self, at: usize, error: Errno) -> io::Error {
        let path = self.below[..=at].iter().fold(PathBuf::new(), |path, name| path.join(name));
        match error {
            Errno::LOOP | Errno::NOTDIR => {
                let is_link = std::fs::symlink_metadata(self.base.join(&path))
                    .is_ok_and(|found| found.file_type().is_symlink());
                let what = if is_link {
                    "is a symbolic link, and none is followed below the web root"
                } else {
                    "is no directory"
                };
                io::Error::other(format!("{} {what}", path.display()))
            }
            error => error.into(),
        }
    }
}

impl Entered {
    /// Makes a file of this name that nobody has made before, for everybody to read.
    pub(crate) fn write(&self, name: &str, text: &str, is_given_away: bool) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let file = openat(&self.directory, name, flags | OFlags::CLOEXEC, TOKEN)?;
        fchmod(&file, TOKEN)?;
        if is_given_away {
            let _ = give_away(&file, &self.base);
        }
        File::from(file).write_all(text.as_bytes())
    }
}

fn open_base(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty()).or_else(|error| match error {
        // It may be entered all the same.
        Errno::ACCESS => openat(CWD, path, flags | ENTERED, Mode::empty()),
        error => Err(error),
    })
}

fn enter(directory: &OwnedFd, name: impl AsRef<OsStr>) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name.as_ref(), flags, Mode::empty()).or_else(|error| match error {
        Errno::ACCESS => openat(directory, name.as_ref(), flags | ENTERED, Mode::empty()),
        error => Err(error),
    })
}

/// Makes a directory as certbot does; says whether it was not there before.
fn make(directory: &OwnedFd, base: &OwnedFd, name: &str) -> Result<bool, Errno> {
    match mkdirat(directory, name, DIRECTORY) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(false),
        Err(error) => return Err(error),
    }
    let made = enter(directory, name)?;
    fchmod(&made, DIRECTORY)?;
    let _ = give_away(&made, base);
    Ok(true)
}

/// Gives something to whoever a directory belongs to, which only root can.
fn give_away(file: &OwnedFd, base: &OwnedFd) -> io::Result<()> {
    let found = fstat(base)?;
    let (owner, group) = (Uid::from_raw(found.st_uid), Gid::from_raw(found.st_gid));
    Ok(fchown(file, Some(owner), Some(group))?)
}

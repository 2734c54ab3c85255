//! One file that is changed, and the names beside it. No symbolic link is followed on the way to it:
//! whoever owns a directory there could lead it elsewhere.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, ErrorKind, Read, Write},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Component, Path},
};

use rustix::{
    fs::{
        AtFlags, FileType, Mode, OFlags, Stat, XattrFlags, fchmod, fchown, fgetxattr, flistxattr,
        fremovexattr, fsetxattr, fstat, fsync, linkat, mkdirat, openat, renameat, statat, unlinkat,
    },
    io::Errno,
    process::{Gid, Uid},
};

use super::{Action, Replacement};

/// A file by the directory it is in and its name there.
pub(super) struct Place {
    directory: OwnedFd,
    name: OsString,
    /// The name of what is to take its place.
    new: String,
    /// The second name of the file as it is.
    old: String,
    /// What the file was when it was compared with what it has to hold.
    seen: Option<Stat>,
}

impl Place {
    /// A place for the file of this number in a change.
    pub(super) fn open(path: &Path, id: &str, number: usize) -> io::Result<Self> {
        let no_file = || io::Error::new(ErrorKind::InvalidInput, "it is not the path of a file");
        let (parent, name) = path.parent().zip(path.file_name()).ok_or_else(no_file)?;
        // nginx's patterns, like those of the shell, leave out names that start with a dot.
        let beside = |what: &str| format!(".nginx-acme-lint.{id}.{number}.{what}");
        Ok(Self {
            directory: open_directory(parent)?,
            name: name.to_owned(),
            new: beside("new"),
            old: beside("old"),
            seen: None,
        })
    }

    /// Writes what is to take the file's place beside it, and gives the file a second name.
    pub(super) fn prepare(&mut self, replacement: &Replacement) -> io::Result<()> {
        let model = match &replacement.before {
            Some(before) => Some(self.check(before)?),
            None => None,
        };
        if let Some(after) = &replacement.after {
            self.write_new(after, model.as_ref(), replacement.mode)?;
        }
        if model.is_some() {
            let directory = &self.directory;
            linkat(directory, &self.name, directory, &self.old, AtFlags::empty())?;
        }
        Ok(())
    }

    /// Opens the file, and looks whether it is what it has to be.
    fn check(&mut self, before: &[u8]) -> io::Result<File> {
        let mut file = self.open_file(&self.name)?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is no regular file any more"));
        }
        if stat.st_nlink > 1 {
            let why = "it has other hard links, and a new file in its place would part them";
            return Err(io::Error::other(why));
        }
        if !holds(&mut file, before)? {
            return Err(io::Error::other("it has changed since it was read"));
        }
        self.seen = Some(stat);
        Ok(file)
    }

    fn open_file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        // Opening a FIFO would wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.directory, name.as_ref(), flags, Mode::empty())?;
        Ok(File::from(file))
    }

    /// Writes the new file, with all that belongs to the old one but its contents.
    fn write_new(&self, contents: &[u8], model: Option<&File>, mode: u32) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let new = openat(&self.directory, &self.new, flags, Mode::RUSR | Mode::WUSR)?;
        let mut new = File::from(new);
        new.write_all(contents)?;
        match model {
            Some(model) => keep_attributes(model.as_fd(), new.as_fd())?,
            None => fchmod(&new, Mode::from_raw_mode(mode as rustix::fs::RawMode))?,
        }
        new.sync_all()
    }

    /// Lets the new file take the name, unless the old one is not what it was.
    pub(super) fn swap(&self, action: Action) -> io::Result<()> {
        let directory = &self.directory;
        if let Some(seen) = &self.seen {
            let now = statat(directory, &self.name, AtFlags::SYMLINK_NOFOLLOW)?;
            let key = |stat: &Stat| {
                (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec)
            };
            if key(&now) != key(seen) {
                return Err(io::Error::other("it has changed since it was read"));
            }
        }
        match action {
            Action::Change => renameat(directory, &self.new, directory, &self.name)?,
            // Unlike renaming, this fails if there is such a file by now.
            Action::Create => {
                linkat(directory, &self.new, directory, &self.name, AtFlags::empty())?;
            }
            Action::Remove => unlinkat(directory, &self.name, AtFlags::empty())?,
        }
        Ok(())
    }

    /// Gives the old file its name back; false if there is something there that is neither it nor
    /// what was put in its place.
    pub(super) fn undo(&self, action: Action, after: Option<&[u8]>) -> io::Result<bool> {
        let directory = &self.directory;
        let (now, old) = (self.stat(&self.name)?, self.stat(&self.old)?);
        let new = self.stat(&self.new)?;
        let is_back = match (action, now, old) {
            (Action::Create, Some(now), _) => {
                let is_ours = new.is_some_and(|new| is_same(&new, &now));
                if is_ours {
                    unlinkat(directory, &self.name, AtFlags::empty())?;
                }
                true
            }
            // It has no second name yet, or none any more.
            (_, _, None) => true,
            (_, None, Some(_)) => {
                renameat(directory, &self.old, directory, &self.name)?;
                true
            }
            (_, Some(now), Some(old)) if is_same(&now, &old) => true,
            (_, Some(_), Some(_)) => {
                let is_ours = match after {
                    Some(after) => holds(&mut self.open_file(&self.name)?, after)?,
                    None => false,
                };
                if is_ours {
                    renameat(directory, &self.old, directory, &self.name)?;
                }
                is_ours
            }
        };
        self.tidy()?;
        Ok(is_back)
    }

    /// Removes the names beside the file.
    pub(super) fn tidy(&self) -> io::Result<()> {
        for name in [&self.new, &self.old] {
            match unlinkat(&self.directory, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Syncs the names in the directory.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(fsync(&self.directory)?)
    }

    fn stat(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Stat>> {
        match statat(&self.directory, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes a directory for new files.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    let no_name = || io::Error::new(ErrorKind::InvalidInput, "it has no name");
    let (parent, name) = path.parent().zip(path.file_name()).ok_or_else(no_name)?;
    let parent = open_directory(parent)?;
    match mkdirat(&parent, name, Mode::from_raw_mode(0o755)) {
        // It was made for another file of the same change.
        Ok(()) | Err(Errno::EXIST) => Ok(fsync(&parent)?),
        Err(error) => Err(error.into()),
    }
}

/// Removes a directory that was made for new files, unless there is something in it by now.
pub(super) fn remove_directory(path: &Path) {
    let Some((parent, name)) = path.parent().zip(path.file_name()) else { return };
    if let Ok(parent) = open_directory(parent) {
        // An empty directory too many does no harm.
        let _ = unlinkat(&parent, name, AtFlags::REMOVEDIR);
    }
}

/// Opens a directory step by step from the root.
fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    const THROUGH: OFlags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    const THROUGH: OFlags = OFlags::RDONLY;
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let names: Vec<_> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    let last = names.len();
    let flags_of = |at| if at == last { flags | OFlags::RDONLY } else { flags | THROUGH };
    let mut directory = rustix::fs::open("/", flags_of(0), Mode::empty())?;
    for (name, at) in names.into_iter().zip(1..) {
        directory = match openat(&directory, name, flags_of(at), Mode::empty()) {
            Err(Errno::LOOP | Errno::NOTDIR) => {
                let name = name.display();
                let why = format!("`{name}` on the way to it is a link or no directory by now");
                return Err(io::Error::other(why));
            }
            opened => opened?,
        };
    }
    Ok(directory)
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

fn holds(file: &mut File, contents: &[u8]) -> io::Result<bool> {
    // One byte more would show that it holds more.
    let mut found = Vec::with_capacity(contents.len() + 1);
    file.take(contents.len() as u64 + 1).read_to_end(&mut found)?;
    Ok(found == contents)
}

/// Gives a new file the owner, the group, the permissions and the extended attributes of another
/// one; among the latter are access control lists and the label of `SELinux`.
fn keep_attributes(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> io::Result<()> {
    let (wanted, made) = (fstat(from)?, fstat(to)?);
    if (wanted.st_uid, wanted.st_gid) != (made.st_uid, made.st_gid) {
        let (owner, group) = (Uid::from_raw(wanted.st_uid), Gid::from_raw(wanted.st_gid));
        fchown(to, Some(owner), Some(group)).map_err(cannot_keep("its owner and group"))?;
    }
    let (names, made_names) = (attribute_names(from)?, attribute_names(to)?);
    for name in &names {
        let value = attribute(from, name)?;
        if !made_names.contains(name) || attribute(to, name)? != value {
            let what = format!("its attribute {}", name.display());
            fsetxattr(to, name.as_os_str(), &value, XattrFlags::empty())
                .map_err(cannot_keep(&what))?;
        }
    }
    // A directory may give new files an access control list that the old one does not have.
    for name in made_names.iter().filter(|name| !names.contains(name)) {
        fremovexattr(to, name.as_os_str())?;
    }
    // Changing the owner may have taken permissions away.
    Ok(fchmod(to, Mode::from_raw_mode(wanted.st_mode))?)
}

fn cannot_keep(what: &str) -> impl FnOnce(Errno) -> io::Error {
    move |error| {
        let error = io::Error::from(error);
        io::Error::new(error.kind(), format!("it cannot keep {what}: {error}"))
    }
}

/// The names of the extended attributes of a file; none where the file system has no such thing.
fn attribute_names(file: BorrowedFd<'_>) -> io::Result<Vec<OsString>> {
    use std::os::unix::ffi::OsStringExt;
    let mut names = Vec::new();
    match in_full(|buffer| flistxattr(file, buffer)) {
        Ok(bytes) => {
            let all = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            names.extend(all.map(|name| OsString::from_vec(name.to_vec())));
        }
        Err(Errno::NOTSUP) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(names)
}

fn attribute(file: BorrowedFd<'_>, name: &OsStr) -> io::Result<Vec<u8>> {
    Ok(in_full(|buffer| fgetxattr(file, name, buffer))?)
}

/// All that a call would fill a buffer with, however long it is.
fn in_full(
    mut call: impl FnMut(&mut [u8]) -> rustix::io::Result<usize>,
) -> rustix::io::Result<Vec<u8>> {
    let mut buffer = vec![0; 256];
    loop {
        match call(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(Errno::RANGE) => buffer = vec![0; buffer.len() * 4],
            Err(error) => return Err(error),
        }
    }
}

//! The output of `nginx -T`: every file that nginx has read, and nothing else of its machine.

use std::{
    ffi::OsStr,
    fmt,
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

use super::{DirectoryEntry, Disk, FileSystem, Lookup, Memory, Reason, Stat};

mod split;

/// The files that nginx has read, as it prints them.
#[derive(Clone, Debug)]
pub struct Dump {
    /// In the order in which nginx opened them; never empty.
    paths: Vec<PathBuf>,
    files: Memory,
    /// Where all else lies, if somebody says so.
    disk: Option<Disk>,
}

/// Why a text is not the output of `nginx -T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DumpError {
    /// It has nothing in it.
    Empty,
    /// nginx says there why it refuses its configuration, of which it prints nothing then.
    Refused(String),
    /// It is in UTF-16, as PowerShell writes what it is given.
    Utf16,
    /// It has no file in it.
    NoFile,
    /// This line, counted from 1, is of a file whose first line is missing.
    HeadCut {
        /// The line.
        line: usize,
    },
    /// It has a file a second time, from this line on, as the outputs of several machines have.
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

impl Dump {
    /// Takes apart what nginx has printed; relative paths of it start at `base`. All that is not in
    /// it is asked of `disk`, or is not known.
    ///
    /// # Errors
    ///
    /// If nginx does not print this.
    pub fn read(bytes: &[u8], base: &Path, disk: Option<Disk>) -> Result<Self, DumpError> {
        let (mut paths, mut files) = (Vec::new(), Memory::new());
        for part in split::parts(without_mark(bytes))? {
            let path = tidy(&base.join(OsStr::from_bytes(part.name)));
            // Two names of one file, such as `a` and `./a`.
            if !paths.contains(&path) {
                files = files.file(&path, &part.text);
                paths.push(path);
            }
        }
        Ok(Self { paths, files, disk })
    }

    /// Whether a file of this path is such an output, rather than a configuration with a comment
    /// that looks like the head of one.
    pub fn is_one(bytes: &[u8], path: &Path) -> bool {
        let mut names = split::names(without_mark(bytes));
        let Some(first) = names.next() else { return false };
        let is_own_name = Path::new(OsStr::from_bytes(first)).file_name() == path.file_name();
        !is_own_name || names.any(|name| name != first)
    }

    /// The files, in the order in which nginx opened them; there is at least one.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// An answer from the files, or else from the disk.
    fn ask<T>(
        &self,
        path: &Path,
        question: impl Fn(&dyn FileSystem, &Path) -> Lookup<T>,
    ) -> Lookup<T> {
        match (question(&self.files, path), &self.disk) {
            (Lookup::Absent, Some(disk)) => question(disk, path),
            (Lookup::Absent, None) => Lookup::Unknowable(Reason::NotInDump),
            (answer, _) => answer,
        }
    }
}

impl FileSystem for Dump {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.ask(path, |files, path| files.read(path))
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        match (self.files.stat(path), &self.disk) {
            (Lookup::Found(_), _) => self.files.read_secret(path, reader),
            (_, Some(disk)) => disk.read_secret(path, reader),
            (_, None) => Lookup::Unknowable(Reason::NotInDump),
        }
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        match &self.disk {
            // What the file is now; nginx has read it, whatever is there now.
            Some(disk) => match disk.stat(path) {
                Lookup::Found(stat) => Lookup::Found(stat),
                _ => self.ask(path, |files, path| files.stat(path)),
            },
            None => self.ask(path, |files, path| files.stat(path)),
        }
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        match &self.disk {
            Some(disk) => disk.list(path),
            None => Lookup::Unknowable(Reason::NotInDump),
        }
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        match &self.disk {
            Some(disk) => disk.readlink(path),
            None if matches!(self.files.stat(path), Lookup::Found(_)) => Lookup::Absent,
            None => Lookup::Unknowable(Reason::NotInDump),
        }
    }

    /// A pattern has led to those that fit it among the files that nginx has read, and to no other.
    fn included(&self) -> Option<&dyn FileSystem> {
        Some(&self.files)
    }
}

/// The bytes without the mark that PowerShell and editors of Windows write first.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The path without `.` and `..`: where links lead is not known.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => tidy.push(name),
            Component::ParentDir => {
                tidy.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    tidy
}

impl fmt::Display for DumpError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str(
                "it is empty; `nginx -T` prints nothing to standard output if nginx refuses its \
                 configuration",
            ),
            Self::Refused(said) => write!(out, "nginx prints no configuration, but: {said}"),
            Self::Utf16 => out.write_str("it is in UTF-16: save it as UTF-8"),
            Self::NoFile => out.write_str(
                "it is not the output of `nginx -T`: no line of it is `# configuration file PATH:`",
            ),
            Self::HeadCut { line } => write!(
                out,
                "line {line} is of a file whose first line, `# configuration file PATH:`, is missing \
                 or changed; give all that `nginx -T` prints, as it is"
            ),
            Self::Twice { path, line } => write!(
                out,
                "line {line} has {} a second time; give the output of each `nginx -T` in a file of \
                 its own",
                path.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests;

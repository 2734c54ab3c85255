//! `--output`: a report into a file, all of it or nothing.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

use model::Sources;

use crate::{lint::Settings, report::printable};

/// Where a report goes.
#[derive(Debug)]
pub(crate) struct Output {
    /// The option that names it.
    option: &'static str,
    /// As it was given.
    path: PathBuf,
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum OutputError {
    /// It would have no name.
    NoName(&'static str, PathBuf),
    /// nginx reads it, or would.
    Included(&'static str, PathBuf),
}

/// Why a file was not written.
#[derive(Debug)]
pub(crate) struct NotWritten(PathBuf, io::Error);

impl Output {
    /// Looks whether this can be the name of a file.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub(crate) fn new(option: &'static str, path: PathBuf) -> Result<Self, OutputError> {
        if path.file_name().is_none() || path.as_os_str() == "-" {
            return Err(OutputError::NoName(option, path));
        }
        Ok(Self { option, path })
    }

    /// The path, as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks whether nginx would take the report for a part of its configuration. `inside` says what
    /// the configuration calls a path of this disk.
    ///
    /// # Errors
    ///
    /// If it would.
    pub(crate) fn check(
        &self,
        all: &[(&Settings<'_>, &Sources)],
        inside: impl Fn(&Path) -> Option<PathBuf>,
    ) -> Result<(), OutputError> {
        let Some(path) = resolved(&self.path).and_then(|path| inside(&path)) else { return Ok(()) };
        let is_read = all.iter().any(|(_, sources)| {
            let mut files = sources.files();
            files.any(|(_, file)| file.path == path || file.edited_path() == path)
                || (!is_only_part(sources) && sources.would_include(&path))
        });
        if is_read {
            return Err(OutputError::Included(self.option, self.path.clone()));
        }
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// If that fails: then the file is as it was.
    pub(crate) fn write(
        &self,
        writer: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), NotWritten> {
        self.try_write(writer).map_err(|error| NotWritten(self.path.clone(), error))
    }

    fn try_write(&self, writer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let path = match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => fs::canonicalize(&self.path)?,
            // A pipe or a device takes what comes, and a link that leads nowhere gets its file.
            Ok(metadata) if !metadata.is_dir() => return fill(File::create(&self.path)?, writer),
            Err(_) if self.path.is_symlink() => return fill(File::create(&self.path)?, writer),
            Ok(_) => return Err(io::ErrorKind::IsADirectory.into()),
            Err(_) => self.path.clone(),
        };
        let name = path.file_name().unwrap_or(OsStr::new("report"));
        // Where nginx includes a directory, it leaves out names that begin with a dot.
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", process::id()));
        let temporary = path.with_file_name(hidden);
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        let replaced = fs::metadata(&path)
            .map_or(Ok(()), |old| file.set_permissions(old.permissions()))
            .and_then(|()| fill(file, writer))
            .and_then(|()| fs::rename(&temporary, &path));
        if replaced.is_err() {
            // What is wrong is known already.
            let _ = fs::remove_file(&temporary);
        }
        replaced
    }
}

fn fill(file: File, writer: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    writer(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all().or_else(|error| {
        // Pipes and devices have nothing to sync.
        if error.kind() == io::ErrorKind::InvalidInput { Ok(()) } else { Err(error) }
    })
}

/// The path without links; its last part need not be there.
fn resolved(path: &Path) -> Option<PathBuf> {
    if let Ok(path) = fs::canonicalize(path) {
        return Some(path);
    }
    let absolute = std::path::absolute(path).ok()?;
    let parent = fs::canonicalize(absolute.parent()?).ok()?;
    Some(parent.join(absolute.file_name()?))
}

/// Whether it is not known where includes start.
fn is_only_part(sources: &Sources) -> bool {
    sources.roots().iter().any(|root| root.is_fragment)
}

impl fmt::Display for OutputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName(option, path) => {
                write!(out, "{option} {}: name a file", printable::path(path))?;
                match *option {
                    "--output" => {
                        out.write_str("; without --output the report goes to standard output")
                    }
                    _ => Ok(()),
                }
            }
            Self::Included(option, path) => write!(
                out,
                "{option} {}: nginx reads this file as a part of its configuration, or would; name \
                 another one",
                printable::path(path)
            ),
        }
    }
}

impl fmt::Display for NotWritten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot write {}: {}", printable::path(&self.0), self.1)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn output(path: &Path) -> Output {
        Output::new("--output", path.to_owned()).unwrap()
    }

    fn names_in(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_that_breaks_off_leaves_the_file_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        fs::write(&path, "before").unwrap();
        let broken = output(&path).write(|out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(broken.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(names_in(directory.path()), ["report.json"]);
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_mode_and_its_links() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("report"), directory.path().join("link"));
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("report", &link).unwrap();
        output(&link).write(|out| out.write_all(b"after")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn devices_and_links_that_lead_nowhere_are_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        symlink("new", &link).unwrap();
        output(&link).write(|out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("new")).unwrap(), "new");
        output(Path::new("/dev/null")).write(|out| out.write_all(b"gone")).unwrap();
    }

    #[test]
    fn what_has_no_name_is_no_file() {
        for path in ["-", "/", ".."] {
            assert!(Output::new("--output", path.into()).is_err(), "{path}");
        }
        assert!(output(&tempfile::tempdir().unwrap().keep()).write(|_| Ok(())).is_err());
    }
}

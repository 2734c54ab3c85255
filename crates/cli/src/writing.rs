//! `--fix --write`: applies a patch, tests the result, and keeps it or puts everything back.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    fs::canonicalize,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fixer::{
    FilePatch, Patch,
    write::{Recovered, Replacement, Store, WriteError},
};
use model::{LoadProblem, LoadProblemKind, Mounts, Sources};
use time::OffsetDateTime;

use crate::{
    arguments::{Lint, lies_in},
    inputs::Inputs,
    installed,
    lint::Settings,
    report::{Written, printable},
};

/// What was decided before anything is read.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Store,
    /// Where the backups are, as somebody has said it.
    backup_dir: Option<PathBuf>,
    /// The directory that stands for `/`, without links.
    root: Option<PathBuf>,
    mounts: Mounts,
    tests: Vec<Test>,
}

/// A command that says whether a configuration is fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    program: OsString,
    arguments: Vec<OsString>,
    /// As a person would type it.
    shown: String,
}

/// Why nothing can be written.
#[derive(Debug)]
pub(crate) enum WritingError {
    /// There is no directory for backups.
    NoHome,
    /// The directory for backups lies where nginx reads.
    BackupsAmongFiles(PathBuf),
    /// Nothing says how to test the result.
    NoTest,
    /// The root directory is none.
    Root(PathBuf, io::Error),
    /// The backups cannot be used, or an earlier run not be finished.
    Store(WriteError),
}

impl Writer {
    /// Gets ready, and first finishes what an earlier run began.
    ///
    /// # Errors
    ///
    /// If nothing can be written.
    pub(crate) fn new(arguments: &Lint, inputs: &Inputs) -> Result<Self, WritingError> {
        let writing = &arguments.writing;
        let root = match &arguments.machine.root {
            Some(root) => {
                Some(canonicalize(root).map_err(|error| WritingError::Root(root.clone(), error))?)
            }
            None => None,
        };
        let tests = match &writing.verify {
            _ if writing.no_verify => Vec::new(),
            Some(command) => vec![Test::of_command(command)],
            None if !arguments.machine.is_this() => return Err(WritingError::NoTest),
            None => {
                let tests: Option<_> =
                    inputs.paths.iter().map(|input| Test::of_nginx(input)).collect();
                tests.ok_or(WritingError::NoTest)?
            }
        };
        let directory = writing.backups.directory().ok_or(WritingError::NoHome)?;
        let store = Store::open(&directory).map_err(WritingError::Store)?;
        tell_of_recovery(&store).map_err(WritingError::Store)?;
        let backup_dir = writing.backups.named().map(Path::to_owned);
        Ok(Self { store, backup_dir, root, mounts: inputs.shown.mounts.clone(), tests })
    }

    /// Looks whether the backups are kept apart from what was read.
    ///
    /// # Errors
    ///
    /// If they are not.
    pub(crate) fn check(&self, all: &[(&Settings<'_>, &Sources)]) -> Result<(), WritingError> {
        let files = all.iter().flat_map(|(_, sources)| sources.files());
        let files: Vec<_> = files.map(|(_, file)| self.on_disk(file.edited_path())).collect();
        let directory = self.store.directory();
        if lies_in(directory, &files) {
            return Err(WritingError::BackupsAmongFiles(directory.to_owned()));
        }
        Ok(())
    }

    /// Applies a patch of these configurations.
    pub(crate) fn apply(&self, all: &[(&Settings<'_>, &Sources)], patch: &Patch) -> Written {
        if patch.is_empty() {
            return Written::Nothing;
        }
        let mut problems = all.iter().flat_map(|(_, sources)| sources.problems());
        let is_unread = |problem: &&LoadProblem| problem.kind != LoadProblemKind::Unresolved;
        if let Some(problem) = problems.find(is_unread) {
            // What was proved without it may not hold with it.
            let unread = printable::path(&problem.path);
            return Written::Failed { why: format!("{unread} was not read, and it may matter") };
        }
        let replacement = |file: &FilePatch| Replacement {
            path: self.on_disk(&file.path),
            before: file.before.clone(),
            after: Some(file.after.clone()),
            mode: if file.is_executable { 0o755 } else { 0o644 },
        };
        let replacements: Vec<_> = patch.files.iter().map(replacement).collect();
        let written = match self.store.write(&time_as_name(), &replacements) {
            Ok(written) => written,
            Err(error) => return Written::Failed { why: error.to_string() },
        };
        let failed = self.tests.iter().find_map(|test| Some((test, test.run().err()?)));
        if let Some((test, said)) = failed {
            let backup = written.id().to_owned();
            return match written.put_back() {
                Ok(left) => Written::PutBack {
                    test: test.shown.clone(),
                    said,
                    failed_before: test.run().is_err(),
                    left,
                },
                Err(error) => Written::Failed {
                    why: format!("`{}` failed, and {error}; see backup {backup}", test.shown),
                },
            };
        }
        let backup = written.id().to_owned();
        match written.keep() {
            Ok(leftover) => Written::Applied {
                files: patch.files.iter().map(|file| self.shown(&file.path)).collect(),
                backup,
                backup_dir: self.backup_dir.clone(),
                tests: self.tests.iter().map(|test| test.shown.clone()).collect(),
                leftover: leftover.map(|error| error.to_string()),
            },
            Err(error) => Written::Failed { why: error.to_string() },
        }
    }

    /// A path as it is shown: the one on this disk where the machine has another.
    fn shown(&self, path: &Path) -> PathBuf {
        self.mounts.on_disk(path).unwrap_or_else(|| path.to_owned())
    }

    /// Where a path of the machine is on this disk.
    fn on_disk(&self, path: &Path) -> PathBuf {
        if let Some(path) = self.mounts.on_disk(path) {
            return path;
        }
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        }
    }
}

impl Test {
    /// `--verify`.
    fn of_command(command: &OsStr) -> Self {
        Self {
            program: "sh".into(),
            arguments: vec!["-c".into(), command.to_owned()],
            shown: command.to_string_lossy().into_owned(),
        }
    }

    /// The installed nginx, if it is the one that reads this path.
    fn of_nginx(input: &Path) -> Option<Self> {
        let program = installed::program(input)?;
        let mut arguments: Vec<OsString> = vec!["-t".into(), "-q".into()];
        if input.is_file() && input.file_name() == Some(OsStr::new("nginx.conf")) {
            arguments.extend(["-c".into(), input.into()]);
        }
        Some(Self { program: program.into(), arguments, shown: format!("{program} -t") })
    }

    /// Runs it; if it fails, gives what it said.
    fn run(&self) -> Result<(), String> {
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        Err(if said.is_empty() { output.status.to_string() } else { said })
    }
}

/// Finishes what an earlier run began, and says so.
///
/// # Errors
///
/// If it cannot be finished.
pub(crate) fn tell_of_recovery(store: &Store) -> Result<(), WriteError> {
    for recovered in store.recover()? {
        let mut err = io::stderr().lock();
        // Whoever closed standard error does not want to know.
        let _ = match recovered {
            Recovered::Undone { id, left } if left.is_empty() => {
                writeln!(err, "note: an earlier run was interrupted; its changes are undone ({id})")
            }
            Recovered::Undone { id, left } => {
                let left: Vec<_> = left.iter().map(|path| printable::path(path)).collect();
                writeln!(
                    err,
                    "note: an earlier run was interrupted; its changes are undone ({id}), but for \
                     what somebody has changed since: {}",
                    left.join(", ")
                )
            }
            Recovered::Finished { id } => {
                writeln!(err, "note: an earlier run was interrupted; its changes are made ({id})")
            }
        };
    }
    Ok(())
}

/// A name that sorts by the time it was given.
pub(crate) fn time_as_name() -> String {
    let now = OffsetDateTime::now_utc();
    let (hour, minute, second) = now.to_hms();
    format!("{}T{hour:02}-{minute:02}-{second:02}Z", now.date())
}

impl fmt::Display for WritingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => {
                out.write_str("there is no home to keep backups in: name a place with --backup-dir")
            }
            Self::BackupsAmongFiles(directory) => write!(
                out,
                "{} lies where nginx reads its configuration, and a backup there may be read like \
                 the rest: name another place with --backup-dir",
                printable::path(directory)
            ),
            Self::NoTest => out.write_str(
                "no nginx of this machine reads this configuration, so that nothing would test the \
                 result: say how with --verify CMD, or do without with --no-verify",
            ),
            Self::Root(path, error) => {
                write!(out, "cannot use {} as the root directory: {error}", printable::path(path))
            }
            Self::Store(error) => error.fmt(out),
        }
    }
}

//! What to do with a patch other than to print it.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::Args;

/// Whether and how to apply a patch.
#[derive(Debug, Args)]
pub(crate) struct Writing {
    /// With --fix: apply the patch, all of it or nothing, and test the result with nginx -t
    ///
    /// If the test fails, every file is put back. The former contents are kept: see
    /// nginx-acme-lint restore.
    #[arg(long, requires = "fix")]
    pub write: bool,

    /// With --write: the command that has to succeed afterwards, instead of nginx -t
    #[arg(long, value_name = "CMD", requires = "write")]
    pub verify: Option<OsString>,

    /// With --write: do not test the result
    ///
    /// A mistake then shows when nginx is reloaded: it keeps its old configuration, and does not
    /// start any more once it has stopped.
    #[arg(long, requires = "write", conflicts_with = "verify")]
    pub no_verify: bool,

    #[command(flatten)]
    pub backups: Backups,

    /// With --fix: exit with 1 if there is anything to patch, whatever --fail-on says
    #[arg(long, requires = "fix", conflicts_with = "write")]
    pub check: bool,
}

/// What to put back.
#[derive(Debug, Args)]
#[command(override_usage = "nginx-acme-lint restore [OPTIONS] [BACKUP]")]
pub(crate) struct Restore {
    /// The backup to put back, or `last`; without it, all are listed
    #[arg(value_name = "BACKUP")]
    pub backup: Option<String>,

    #[command(flatten)]
    pub backups: Backups,
}

/// Where the former contents of files are kept.
#[derive(Debug, Args)]
pub(crate) struct Backups {
    /// Where the former contents of changed files are kept
    ///
    /// Not where nginx reads its configuration. Without it: /var/lib/nginx-acme-lint for root,
    /// ~/.local/state/nginx-acme-lint for others.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
}

impl Backups {
    /// The directory, as far as somebody has said it.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.backup_dir.as_deref()
    }

    /// The directory; `None` if there is no home to have it in.
    pub(crate) fn directory(&self) -> Option<PathBuf> {
        match &self.backup_dir {
            Some(directory) => std::path::absolute(directory).ok(),
            None => state_directory(),
        }
    }
}

/// Where this program keeps what it has to remember; `None` if there is no home to have it in.
pub(crate) fn state_directory() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/nginx-acme-lint".into());
    }
    let directory = |variable| env::var_os(variable).map(PathBuf::from);
    let state = directory("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(directory("HOME")?.join(".local/state")))?;
    Some(state.join("nginx-acme-lint")).filter(|path| path.is_absolute())
}

/// Whether a directory is one of those that hold what nginx reads, or lies in one.
pub(crate) fn lies_in(directory: &Path, files: &[PathBuf]) -> bool {
    let mut parents = files.iter().filter_map(|file| file.parent());
    parents.any(|parent| directory.starts_with(parent))
}

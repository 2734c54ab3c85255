//! `fixture.toml`: what git cannot keep of a machine, and how the tests run it.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::Nginx;
use crate::error::{Context, Result};

mod certificate;

pub use certificate::{Form, MadeAuthority, MadeCertificate, Part, Piece};

/// A whole `fixture.toml`. Every field may be left out, and so may the file.
///
/// ```toml
/// addresses = ["203.0.113.7"]
///
/// [[certificate]]
/// names = ["example.com", "www.example.com"]
/// lineage = "example.com"
///
/// [[file]]
/// path = "etc/nginx/conf.d/shop.conf"
/// mode = "0640"
/// owner = "root:adm"
///
/// [[link]]
/// path = "etc/nginx/sites-enabled/shop"
/// to = "../sites-available/shop"
///
/// [[directory]]
/// path = "var/www/challenges"
/// owner = "www-data"
///
/// [[fifo]]
/// path = "etc/nginx/pipe.conf"
///
/// [[told]]
/// path = "etc/letsencrypt/renewal/example.com.conf"
/// from = "authenticator = standalone"
/// to = "authenticator = webroot"
///
/// [run]
/// now = "2026-03-01"
/// arguments = ["--webroot", "/var/www/challenges"]
/// exit = 1
/// nginx = { debian = "accepts", current = "refuses" }
/// message = "unknown directive"
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fixture {
    /// Addresses the machine has besides its loopback and documentation addresses.
    pub addresses: Vec<std::net::IpAddr>,
    /// Certificate authorities that differ from the usual one.
    pub authority: Vec<MadeAuthority>,
    /// Certificates and keys to make.
    pub certificate: Vec<MadeCertificate>,
    /// Files: new ones, or more about those in the directory.
    pub file: Vec<Entry>,
    /// Directories: empty ones, or more about those in the directory.
    pub directory: Vec<Entry>,
    /// Named pipes.
    pub fifo: Vec<Entry>,
    /// Symbolic links.
    pub link: Vec<Entry>,
    /// What the commands make of files that a report names beside its patch.
    pub told: Vec<Told>,
    /// How the tests run the machine.
    pub run: Run,
}

/// What a command makes of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Told {
    /// The file's path below the root of the machine.
    pub path: String,
    /// What stands in it.
    pub from: String,
    /// What stands there then.
    pub to: String,
}

/// A file, directory, pipe or link of a machine.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    /// Its path below the root of the machine.
    pub path: String,
    /// Of a file, its contents as text.
    pub text: Option<String>,
    /// Of a file, its contents in hexadecimal digits; white space is ignored.
    pub hex: Option<String>,
    /// Of a file, its contents in base64; white space is ignored.
    pub base64: Option<String>,
    /// Of a link, where it leads.
    pub to: Option<String>,
    /// Its permissions in octal, such as `"0640"`.
    pub mode: Option<String>,
    /// Its owner: `"user"`, `"user:group"`, names or numbers.
    pub owner: Option<String>,
}

/// How the tests run a machine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// The date of the machine: `2026-03-01` or `2026-03-01T12:00:00Z`, the clock's if not said.
    /// The linter is told, and days from now are counted from it.
    pub now: Option<String>,
    /// Arguments for the linter besides `--root` and the target.
    pub arguments: Vec<String>,
    /// Whether the patch is to have fixes that are not safe.
    pub unsafe_fixes: bool,
    /// The path the linter is given, below the root of the machine.
    pub target: String,
    /// nginx's main configuration file, below the root of the machine.
    pub main: String,
    /// The linter's exit code: 0 for `good` and 1 for `bad` if not said.
    pub exit: Option<u8>,
    /// Whether the linter offers a patch for a `bad` machine.
    pub applies: bool,
    /// What `nginx -t` says of the machine as it is.
    pub nginx: Expectation,
    /// A part of what nginx says when it refuses.
    pub message: Option<String>,
    /// What `nginx -t` says after the patch.
    pub after_patch: Expectation,
}

/// What is expected of both nginx versions, or of each.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(
    untagged,
    expecting = "expected `accepts`, `refuses`, `skip`, or one of them for each of `debian` and `current`"
)]
pub enum Expectation {
    /// The same of both.
    Both(Outcome),
    /// Of each its own.
    Each(EachOutcome),
}

/// What is expected of each nginx version.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct EachOutcome {
    /// Of Debian's.
    pub debian: Outcome,
    /// Of the current one.
    pub current: Outcome,
}

/// What is expected of `nginx -t`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It accepts the configuration.
    Accepts,
    /// It refuses the configuration.
    Refuses,
    /// It is not asked: the machine needs what this nginx lacks.
    Skip,
}

impl Fixture {
    /// What a fixture's directory says; the defaults if it has no `fixture.toml`.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let path = directory.join("fixture.toml");
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).context(format_args!("{}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).context(format_args!("cannot read {}", path.display())),
        }
    }
}

impl Expectation {
    /// What is expected of one version.
    pub fn of(self, nginx: Nginx) -> Outcome {
        match (self, nginx) {
            (Self::Both(outcome), _) => outcome,
            (Self::Each(each), Nginx::Debian) => each.debian,
            (Self::Each(each), Nginx::Current) => each.current,
        }
    }
}

impl Default for Run {
    fn default() -> Self {
        Self {
            now: None,
            arguments: Vec::new(),
            unsafe_fixes: false,
            target: "etc/nginx".to_owned(),
            main: "etc/nginx/nginx.conf".to_owned(),
            exit: None,
            applies: true,
            nginx: Expectation::Both(Outcome::Accepts),
            message: None,
            after_patch: Expectation::Both(Outcome::Accepts),
        }
    }
}

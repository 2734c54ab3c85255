//! Fixtures built as whole machines, with real nginx running in them.
//!
//! A fixture is a directory that looks like the root of a machine. [`Machine::build`] copies it
//! into a temporary directory and makes what git cannot keep, as its `fixture.toml` says
//! ([`Fixture`]). [`Machine::nginx_test`] and [`Machine::serve`] then run real nginx in private
//! mount, network and process namespaces whose root is that machine, so that absolute paths and
//! ports 80 and 443 are the real ones and nothing outside is touched.
//!
//! A tool that is missing is an error that says how to get it. Nothing is ever skipped.

mod answer;
mod build;
mod certificates;
mod error;
mod fixture;
mod handshake;
mod name_servers;
mod namespace;
mod network;
mod nginx;
mod openssl;
pub mod program;
mod tool;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

pub use answer::{Answer, Response};
pub use error::{Error, Result};
pub use fixture::{
    EachOutcome, Entry, Expectation, Fixture, Form, MadeAuthority, MadeCertificate, Outcome, Part,
    Piece, Run, Told,
};
pub use handshake::Handshake;
pub use name_servers::{NameServers, Zone, ZoneState};
pub use namespace::{ADDRESS_V4, ADDRESS_V6, Running, Verdict};
pub use network::Network;
pub use nginx::Nginx;

use error::Context;

/// A machine in a temporary directory, which goes away with it.
#[derive(Debug)]
pub struct Machine {
    directory: TempDir,
    fixture: Fixture,
}

impl Machine {
    /// The names at the top of a fixture that are about it, not part of it.
    pub const NOT_PART_OF_IT: [&str; 3] = ["fixture.toml", "expected.txt", "expected.patch"];

    /// The machine that a fixture's directory describes.
    ///
    /// # Errors
    /// If `fixture.toml` is not understood, or something cannot be made.
    pub fn build(fixture: &Path) -> Result<Self> {
        let settings = Fixture::read(fixture)?;
        let directory = TempDir::new().context("cannot make a temporary directory")?;
        let machine = Self { directory, fixture: settings };
        for directory in [machine.root(), machine.base(), machine.stage()] {
            build::directory(&directory)?;
        }
        build::copy(fixture, &machine.root(), &Self::NOT_PART_OF_IT)?;
        let trusted = certificates::make(&machine.root(), &machine.fixture)?;
        build::write(&machine.trusted_roots(), trusted.as_bytes())?;
        build::entries(&machine.root(), &machine.fixture)?;
        build::base(&machine.base())?;
        Ok(machine)
    }

    /// The root directory of the machine.
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// A file with the roots of the authorities that clients trust, outside of the machine.
    pub fn trusted_roots(&self) -> PathBuf {
        self.directory.path().join("trusted.pem")
    }

    /// The date of the machine, in seconds since 1970; nothing if it is that of the clock.
    ///
    /// # Errors
    /// If what `fixture.toml` says is no date.
    pub fn now(&self) -> Result<Option<u64>> {
        let said = self.fixture.run.now.as_deref();
        said.map(|said| Ok(certificates::now(Some(said))?.as_secs())).transpose()
    }

    /// What its `fixture.toml` says.
    pub fn fixture(&self) -> &Fixture {
        &self.fixture
    }

    /// Applies a patch with `patch -p1`, which has to take it whole and where it says.
    ///
    /// # Errors
    /// If `patch` refuses a part of it, or finds a part at another place than the patch says.
    pub fn apply_patch(&self, bytes: &[u8]) -> Result<()> {
        let mut command = tool::PATCH.command()?;
        command.args(["-p1", "--force", "--fuzz=0", "--no-backup-if-mismatch"]);
        command.arg("--reject-file=-").arg("-d").arg(self.root());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start `patch`")?;
        // `patch` reads its whole input before it prints, so the two ends never wait for each other.
        let written = match child.stdin.take() {
            Some(mut stdin) => stdin.write_all(bytes),
            None => Ok(()),
        };
        let output = child.wait_with_output().context("cannot wait for `patch`")?;
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        if !output.status.success() {
            return Err(Error::new(format!("`patch -p1` does not take the patch:\n{said}")));
        }
        written.context("cannot hand the patch to `patch`")?;
        if said.contains("offset") {
            return Err(Error::new(format!("`patch -p1` had to look for the place:\n{said}")));
        }
        Ok(())
    }

    /// Makes of files what the commands make of them that a report names beside its patch.
    ///
    /// # Errors
    /// If a file does not say what it should say before.
    pub fn tell(&self) -> Result<()> {
        for Told { path, from, to } in &self.fixture().told {
            let path = self.root().join(path);
            let text = fs::read_to_string(&path).context(format_args!("{}", path.display()))?;
            if !text.contains(from) {
                return Err(Error::new(format!("{} does not say `{from}`", path.display())));
            }
            let text = text.replacen(from, to, 1);
            fs::write(&path, text).context(format_args!("{}", path.display()))?;
        }
        Ok(())
    }

    /// What `nginx -t` says of the machine.
    ///
    /// # Errors
    /// If nginx could not be run. That it refuses the configuration is not an error.
    pub fn nginx_test(&self, nginx: Nginx) -> Result<Verdict> {
        namespace::test(self, nginx, "test")
    }

    /// What `nginx -T` prints on the machine, its messages included.
    ///
    /// # Errors
    /// If nginx could not be run. That it refuses the configuration is not an error.
    pub fn nginx_dump(&self, nginx: Nginx) -> Result<Verdict> {
        namespace::test(self, nginx, "dump")
    }

    /// Starts nginx in the machine and returns when it listens.
    ///
    /// # Errors
    /// If nginx could not be run, or does not start.
    pub fn serve(&self, nginx: Nginx) -> Result<Running<'_>> {
        namespace::serve(self, nginx, None)
    }

    /// Starts nginx in the machine and plugs it into a network where no other machine is.
    ///
    /// # Errors
    /// If nginx could not be run, or does not start.
    pub fn serve_in(&self, nginx: Nginx, network: &Network) -> Result<Running<'_>> {
        namespace::serve(self, nginx, Some(network))
    }

    /// What lies under the machine where the fixture says nothing: accounts, empty directories.
    fn base(&self) -> PathBuf {
        self.directory.path().join("base")
    }

    /// Where the namespaces mount; outside of them it stays empty.
    fn stage(&self) -> PathBuf {
        self.directory.path().join("stage")
    }

    /// A new file of the harness's own, outside of the machine.
    fn scratch(&self) -> Result<tempfile::NamedTempFile> {
        tempfile::NamedTempFile::new_in(self.directory.path())
            .context("cannot make a temporary file")
    }
}

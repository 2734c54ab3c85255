//! A network that outlives the machines in it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::tool;

/// A private network with a program in it, such as a certificate authority. Machines that are
/// served in it have it one after the other.
///
/// The program is the first process of its namespaces: with its end, which comes when this goes
/// away, everything ends that it has started.
#[derive(Debug)]
pub struct Network {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Network {
    /// Starts a program in a network of its own.
    ///
    /// # Errors
    /// If the namespaces cannot be made, or a tool is missing.
    pub fn start(program: &Path, arguments: &[&OsStr]) -> Result<Self> {
        tool::IP.path()?;
        let mut command = tool::UNSHARE.command()?;
        command.args(["--net", "--pid", "--fork", "--kill-child", "--", "/bin/sh", "-c"]);
        command.arg(r#"ip link set lo up && exec "$@""#).arg("network").arg(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start `unshare`")?;
        let stdin = child.stdin.take();
        let Some(stdout) = child.stdout.take() else {
            return Err(Error::new("`unshare` has no output"));
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// Gives the program a line and returns the line that it answers with.
    ///
    /// # Errors
    /// If it has ended.
    pub fn ask(&mut self, line: &str) -> Result<String> {
        let stdin = self.stdin.as_mut().ok_or_else(|| Error::new("`unshare` has no input"))?;
        writeln!(stdin, "{line}").context("cannot write to the program in the network")?;
        self.read()
    }

    /// The next line that the program says.
    ///
    /// # Errors
    /// If it has ended.
    pub fn read(&mut self) -> Result<String> {
        let mut answer = String::new();
        self.stdout
            .read_line(&mut answer)
            .context("cannot read from the program in the network")?;
        if answer.is_empty() {
            return Err(Error::new("the program in the network has ended"));
        }
        Ok(answer)
    }

    /// A command that runs inside the network, on the files outside of it.
    ///
    /// # Errors
    /// If `nsenter` is missing.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Result<Command> {
        let mut command = tool::NSENTER.command()?;
        command.arg(format!("--net=/proc/{}/ns/net", self.process())).arg("--").arg(program);
        Ok(command)
    }

    /// A process in the network.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Its end takes the program along.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

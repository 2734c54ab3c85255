//! The private namespaces that nginx runs in.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::answer::{self, Answer};
use crate::error::{Context, Error, Result};
use crate::handshake::{self, Handshake};
use crate::{Machine, Network, Nginx, tool};

/// The address that requests over IPv4 go to.
pub const ADDRESS_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

/// The address that requests over IPv6 go to.
pub const ADDRESS_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10));

const SCRIPT: &str = include_str!("namespace.sh");

/// What `nginx -t` says of a machine.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether it accepts the configuration.
    pub accepted: bool,
    /// Everything it printed.
    pub output: Vec<u8>,
}

/// An nginx that serves a machine, until this goes away.
#[derive(Debug)]
pub struct Running<'m> {
    machine: &'m Machine,
    child: Child,
    /// Whether others use the network afterwards.
    shares_network: bool,
    /// Kept open: what runs in the namespaces may write to it.
    _output: BufReader<ChildStdout>,
}

impl Running<'_> {
    /// The answer to a GET request over IPv4, redirects not followed. The URL's host is the name
    /// that is asked for, whatever it is; certificates are not checked.
    ///
    /// # Errors
    /// If the request could not be made. That nothing answers is not an error.
    pub fn get(&self, url: &str, headers: &[&str]) -> Result<Answer> {
        self.get_at(ADDRESS_V4, url, headers)
    }

    /// The same at one of the machine's other addresses, such as [`ADDRESS_V6`].
    ///
    /// # Errors
    /// If the request could not be made. That nothing answers is not an error.
    pub fn get_at(&self, address: IpAddr, url: &str, headers: &[&str]) -> Result<Answer> {
        self.request(address, url, headers, 0)
    }

    /// The answer at the end of up to ten redirects, over IPv4. Every host is this machine.
    ///
    /// # Errors
    /// If the request could not be made. That nothing answers is not an error.
    pub fn follow(&self, url: &str, headers: &[&str]) -> Result<Answer> {
        self.follow_at(ADDRESS_V4, url, headers)
    }

    /// The same at one of the machine's other addresses, such as [`ADDRESS_V6`].
    ///
    /// # Errors
    /// If the request could not be made. That nothing answers is not an error.
    pub fn follow_at(&self, address: IpAddr, url: &str, headers: &[&str]) -> Result<Answer> {
        self.request(address, url, headers, 10)
    }

    /// How a TLS handshake on port 443 ends over IPv4, for a client that asks for this name, trusts
    /// the roots of [`Machine::trusted_roots`], and believes it to be the given time, in seconds
    /// since 1970. Further arguments go to `openssl s_client`.
    ///
    /// # Errors
    /// If `openssl` could not be run. That there is no agreement is not an error.
    pub fn handshake(
        &self,
        name: &str,
        time: Option<u64>,
        arguments: &[&str],
    ) -> Result<Handshake> {
        let openssl = tool::OPENSSL.path()?;
        let mut command = self.command(&openssl.to_string_lossy())?;
        handshake::ask(&mut command, &self.machine.trusted_roots(), name, time);
        let output = command.args(arguments).stdin(Stdio::null()).output();
        handshake::understand(&output.context("cannot start `nsenter`")?)
    }

    /// The machine's root as the running nginx sees it, its logs included. What is written here,
    /// such as the file of a challenge, is served; [`Machine::root`] stays as it is.
    pub fn root(&self) -> PathBuf {
        let stage = self.machine.stage();
        let below = stage.strip_prefix("/").unwrap_or(&stage).join("new");
        PathBuf::from(format!("/proc/{}/root", self.child.id())).join(below)
    }

    /// A command that runs inside the network of the machine, on the files outside of it.
    ///
    /// # Errors
    /// If `nsenter` is missing.
    pub fn command(&self, program: &str) -> Result<Command> {
        let mut command = tool::NSENTER.command()?;
        command.arg(format!("--net=/proc/{}/ns/net", self.child.id())).arg("--").arg(program);
        Ok(command)
    }

    /// A command that runs in the machine as one of its own: its root is that of nginx, and it
    /// sees the network and the processes that nginx sees.
    ///
    /// # Errors
    /// If `nsenter` is missing.
    pub fn command_inside(&self, program: &str) -> Result<Command> {
        let mut command = tool::NSENTER.command()?;
        for (space, file) in [("mount", "mnt"), ("net", "net"), ("pid", "pid_for_children")] {
            command.arg(format!("--{space}=/proc/{}/ns/{file}", self.child.id()));
        }
        command.arg("--").arg("chroot").arg(self.machine.stage().join("new")).arg(program);
        command.env("HOME", "/root");
        Ok(command)
    }

    fn request(
        &self,
        address: IpAddr,
        url: &str,
        headers: &[&str],
        redirects: usize,
    ) -> Result<Answer> {
        let curl = tool::CURL.path()?;
        let received = self.machine.scratch()?;
        let mut command = self.command(&curl.to_string_lossy())?;
        answer::ask(&mut command, received.path(), address, url);
        for header in headers {
            command.arg("--header").arg(header);
        }
        if redirects > 0 {
            command.arg("--location").arg("--max-redirs").arg(redirects.to_string());
        }
        let output = command.output().context("cannot start `nsenter`")?;
        answer::understand(&output, received.path())
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.shares_network {
            // Without its input the first process of the namespaces ends, and is gone for its
            // parent only when all the others are: the ports are free then.
            drop(self.child.stdin.take());
        } else {
            // The process that is ended is the one whose end takes the namespaces along.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.output))
    }
}

pub(crate) fn test(machine: &Machine, nginx: Nginx, action: &str) -> Result<Verdict> {
    let mut command = command(machine, nginx, action, None)?;
    let output = command.stdin(Stdio::null()).output().context("cannot start `unshare`")?;
    let Some((accepted, length)) = ended(&output.stdout) else {
        if output.stdout.is_empty() {
            return Err(no_namespaces(&String::from_utf8_lossy(&output.stderr)));
        }
        return Err(Error::new(format!("{nginx} {}", String::from_utf8_lossy(&output.stdout))));
    };
    Ok(Verdict { accepted, output: output.stdout[length..].to_vec() })
}

pub(crate) fn serve<'m>(
    machine: &'m Machine,
    nginx: Nginx,
    network: Option<&Network>,
) -> Result<Running<'m>> {
    let mut command = command(machine, nginx, "serve", network)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start `unshare`")?;
    let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Error::new("`unshare` has no output"));
    };
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    stdout.read_until(b'\n', &mut line).context("cannot read from `unshare`")?;
    if line.is_empty() {
        let mut said = String::new();
        let _ = stderr.read_to_string(&mut said);
        let _ = child.wait();
        return Err(no_namespaces(&said));
    }
    let started = ended(&line).is_some_and(|(started, _)| started);
    if started {
        let shares_network = network.is_some();
        return Ok(Running { machine, child, shares_network, _output: stdout });
    }
    drop(child.stdin.take());
    let mut said = String::new();
    let _ = stdout.read_to_string(&mut said);
    let _ = child.wait();
    Err(Error::new(format!("{nginx} does not start:\n{said}")))
}

/// The script in its namespaces, with the machine and its addresses.
fn command(
    machine: &Machine,
    nginx: Nginx,
    action: &str,
    network: Option<&Network>,
) -> Result<Command> {
    for needed in [tool::IP, tool::MOUNT, tool::NSENTER] {
        needed.path()?;
    }
    let mut command = if let Some(network) = network {
        let mut command = tool::NSENTER.command()?;
        command.arg(format!("--net=/proc/{}/ns/net", network.process())).arg("--");
        command.arg(tool::UNSHARE.path()?);
        command
    } else {
        let mut command = tool::UNSHARE.command()?;
        command.arg("--net");
        command
    };
    command.args(["--mount", "--pid", "--fork", "--kill-child"]);
    command.args(["--propagation", "private", "--", "/bin/sh", "-c", SCRIPT, "namespace.sh"]);
    command.arg(action).arg(machine.root()).arg(machine.base()).arg(machine.stage());
    command.arg(nginx.path()?).arg(machine.fixture().run.main.trim_start_matches('/'));
    for address in [ADDRESS_V4, ADDRESS_V6].iter().chain(&machine.fixture().addresses) {
        let length = if address.is_ipv4() { 32 } else { 128 };
        command.arg(format!("{address}/{length}"));
    }
    Ok(command)
}

/// Whether nginx ended well, and how long the line is that says so; nothing if it did not say.
fn ended(stdout: &[u8]) -> Option<(bool, usize)> {
    let line = stdout.split_inclusive(|byte| *byte == b'\n').next()?;
    match line {
        b"ended 0\n" => Some((true, line.len())),
        b"ended 1\n" => Some((false, line.len())),
        _ => None,
    }
}

fn no_namespaces(said: &str) -> Error {
    Error::new(format!(
        "cannot make private namespaces for nginx, which needs root and overlay mounts:\n{said}"
    ))
}

//! One failure: it is made, and what is printed is diagnosed.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use machine::{ADDRESS_V4, Machine, Network, Nginx, Running};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::reuse::{MOST_TRIES, is_without_challenge};
use crate::told::Told;

/// What starts pebble and certbot; the tests of challenges have it.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/challenges/authority/orders.py");

/// The machine on which all of it happens.
const MACHINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/challenges/states/machine");

/// Where machines keep the certificate by which clients know the authority.
const CERTIFICATE: &str = "/usr/local/share/authority.pem";

/// By these variables clients are told: Python's library, curl, and lego.
const KNOWN_BY: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LEGO_CA_CERTIFICATES"];

/// What scripts print in a machine.
const SAID: &str = "var/log/said";

/// Nothing takes so many seconds.
const PATIENCE: &str = "100";

/// What came of a failure.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) told: Told,
    /// What was printed.
    pub(crate) said: String,
}

/// A certificate authority in a network of its own.
#[derive(Debug)]
pub(crate) struct Authority {
    network: Network,
    directory: TempDir,
}

impl Authority {
    pub(crate) fn start() -> Result<Self, String> {
        let directory = TempDir::new().map_err(|error| error.to_string())?;
        // Debian's python3 knows the package certbot, another one may not.
        let arguments = [OsStr::new(PROGRAM), directory.path().as_os_str()];
        let mut network = Network::start(Path::new("/usr/bin/python3"), &arguments)
            .map_err(|error| error.to_string())?;
        // It says so when it is ready.
        network.read().map_err(|error| error.to_string())?;
        Ok(Self { network, directory })
    }
}

/// Makes the failure and asks the program, again if there was no failure for want of a challenge.
pub(crate) fn run(failure: &Failure, authority: &mut Authority) -> Result<Tried, String> {
    for _ in 0..MOST_TRIES {
        if let Some(tried) = try_once(failure, authority)? {
            return Ok(tried);
        }
    }
    Err("pebble reuses authorizations all the time".to_owned())
}

/// The same; `None` if pebble gave a certificate without a challenge.
fn try_once(failure: &Failure, authority: &mut Authority) -> Result<Option<Tried>, String> {
    let machine = Machine::build(Path::new(MACHINE)).map_err(|error| error.to_string())?;
    let certificate = machine.root().join(CERTIFICATE.trim_start_matches('/'));
    fs::create_dir_all(certificate.parent().expect("it is below the root"))
        .and_then(|()| fs::copy(authority.directory.path().join("certificate.pem"), &certificate))
        .map_err(|error| error.to_string())?;
    let running = machine.serve_in(Nginx::Debian, &authority.network);
    let running = running.map_err(|error| error.to_string())?;
    let line = serde_json::json!({ "addresses": [ADDRESS_V4], "others": {} }).to_string();
    authority.network.ask(&line).map_err(|error| error.to_string())?;
    fail(&running, &failure.script)?;
    let said = running.root().join(SAID);
    let told = Told::of(&said, &running.root(), &failure.options)?;
    let said = fs::read(said).map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let is_other = told.summary() != failure.expected();
    if is_other && is_without_challenge(&running.root(), &said) {
        return Ok(None);
    }
    Ok(Some(Tried { told, said }))
}

/// Runs a script. What it prints goes to a file, which nobody waits for.
fn fail(running: &Running<'_>, script: &str) -> Result<(), String> {
    let mut shell =
        running.command_inside("/usr/bin/timeout").map_err(|error| error.to_string())?;
    let script = format!("exec >/{SAID} 2>&1\n{script}");
    shell.envs(KNOWN_BY.map(|name| (name, CERTIFICATE))).args([PATIENCE, "/bin/sh", "-c", &script]);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It fails, as it should.
    shell.status().map(drop).map_err(|error| error.to_string())
}

//! One state: what the linter says of it, and what comes of a renewal.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use machine::{Machine, Running};

use crate::authority::ca::Authority;
use crate::states::reuse::{MOST_TRIES, is_without_challenge};
use crate::states::state::{Nginx, State};
use crate::states::told::Told;

/// Where machines keep the certificate by which clients know the authority.
const AUTHORITY: &str = "/usr/local/share/authority.pem";

/// What scripts say in a machine.
const SAID: &str = "/var/log/said";

/// By these variables clients are told: Python's library, curl, and lego.
const KNOWN_BY: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LEGO_CA_CERTIFICATES"];

/// What certbot, dehydrated and lego say when there is a new certificate.
const SUCCESS: [&str; 3] =
    ["all renewals succeeded", "Creating fullchain.pem", "Server responded with a certificate"];

/// Nothing takes so many seconds.
const PATIENCE: &str = "100";

/// A reload is a matter of milliseconds; whoever has the old certificate after this keeps it.
const RELOAD: Duration = Duration::from_millis(1500);

/// For a new certificate that is expected one waits longer, should the machine be busy.
const START: Duration = Duration::from_secs(15);

/// What came of a state.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) told: Told,
    pub(crate) renewal: Renewal,
    pub(crate) nginx: Nginx,
}

/// What came of a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// There is a new certificate.
    Worked,
    /// The client sees nothing to renew.
    Nothing,
    /// The client says so.
    Failed(String),
}

impl Tried {
    /// Whether nginx has a new certificate in the end.
    pub(crate) fn goes_well(&self) -> bool {
        self.renewal == Renewal::Worked && self.nginx == Nginx::New
    }
}

impl Renewal {
    /// Whether it is what a state expects.
    pub(crate) fn is(&self, expected: &str) -> bool {
        match self {
            Self::Failed(message) => !expected.is_empty() && message.contains(expected),
            _ => self.words() == expected,
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Worked => "works".to_owned(),
            Self::Nothing => "does nothing".to_owned(),
            Self::Failed(message) => message.replace('|', "/"),
        }
    }
}

/// Makes the state, asks the linter, and renews.
pub(crate) fn run(
    state: &State,
    machine: &Path,
    authority: &mut Authority,
) -> Result<Tried, String> {
    for _ in 0..MOST_TRIES {
        if let Some(tried) = try_once(state, machine, authority)? {
            return Ok(tried);
        }
    }
    Err("pebble reuses authorizations all the time".to_owned())
}

/// The same; `None` if pebble renews without a challenge.
fn try_once(
    state: &State,
    machine: &Path,
    authority: &mut Authority,
) -> Result<Option<Tried>, String> {
    let machine = build(machine, authority)?;
    let running = machine.serve_in(machine::Nginx::Debian, authority.network());
    let running = running.map_err(|error| error.to_string())?;
    authority.resolve_all_to(&state.addresses)?;
    let (is_made, said) = run_inside(&running, &format!("set -eu\n{}", state.script))?;
    if !is_made {
        return Err(format!("the script fails: {said}"));
    }
    let told = Told::of(&running.root())?;
    let before = wait(START, || shown(&running, state), Option::is_some)?;
    if before.is_none() {
        return Err("nginx shows no certificate beforehand".to_owned());
    }
    let (is_well, said) = run_inside(&running, &state.renew)?;
    let renewal = renewal(is_well, &said);
    if renewal == Renewal::Worked && is_without_challenge(&running.root(), &said) {
        return Ok(None);
    }
    let patience = if state.nginx == Nginx::New { START } else { RELOAD };
    let after = wait(patience, || shown(&running, state), |after| *after != before)?;
    let nginx = match after {
        None => Nginx::Nothing,
        after if after == before => Nginx::Old,
        Some(_) => Nginx::New,
    };
    Ok(Some(Tried { told, renewal, nginx }))
}

/// A machine whose clients know the authority.
pub(crate) fn build(machine: &Path, authority: &Authority) -> Result<Machine, String> {
    let machine = Machine::build(machine).map_err(|error| error.to_string())?;
    let certificate = machine.root().join(AUTHORITY.trim_start_matches('/'));
    fs::create_dir_all(certificate.parent().expect("it is below the root"))
        .and_then(|()| fs::copy(authority.certificate(), &certificate))
        .map_err(|error| error.to_string())?;
    Ok(machine)
}

/// How a script ends, and what it says. That goes to a file, which nobody waits for: what a script
/// starts may never end.
pub(crate) fn run_inside(running: &Running<'_>, script: &str) -> Result<(bool, String), String> {
    let mut shell =
        running.command_inside("/usr/bin/timeout").map_err(|error| error.to_string())?;
    let script = format!("exec >{SAID} 2>&1\n{script}");
    shell.envs(KNOWN_BY.map(|name| (name, AUTHORITY))).args([PATIENCE, "/bin/sh", "-c", &script]);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = shell.status().map_err(|error| error.to_string())?;
    let said = running.root().join(SAID.trim_start_matches('/'));
    let said = fs::read(said).map_err(|error| error.to_string())?;
    Ok((status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// The certificate that nginx shows, if it does.
fn shown(running: &Running<'_>, state: &State) -> Result<Option<String>, String> {
    let mut command: Command =
        running.command("/usr/bin/openssl").map_err(|error| error.to_string())?;
    let address = match state.addresses[0] {
        address if address.is_ipv6() => format!("[{address}]:443"),
        address => format!("{address}:443"),
    };
    command.args(["s_client", "-connect", &address, "-servername", "example.com"]);
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let start = text.find("-----BEGIN CERTIFICATE");
    let end = text.find("-----END CERTIFICATE");
    Ok(start.zip(end).map(|(start, end)| text[start..end].to_owned()))
}

/// What there is at last: once it is what is wanted, or after this time.
fn wait<T>(
    longest: Duration,
    ask: impl Fn() -> Result<T, String>,
    is_wanted: impl Fn(&T) -> bool,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        let answer = ask()?;
        if is_wanted(&answer) || start.elapsed() > longest {
            return Ok(answer);
        }
        sleep(Duration::from_millis(100));
    }
}

fn renewal(is_well: bool, said: &str) -> Renewal {
    match is_well {
        true if SUCCESS.iter().any(|words| said.contains(words)) => Renewal::Worked,
        true => Renewal::Nothing,
        false => Renewal::Failed(message(said).unwrap_or(said).trim().to_owned()),
    }
}

/// The words in which a client says why, without what is different every time.
fn message(said: &str) -> Option<&str> {
    let line = |words: &str| said.lines().find(|line| line.contains(words));
    let after = |words: &str| line(words).and_then(|line| line.split_once(words)).map(|(_, it)| it);
    if let Some(status) = after(" returned ").and_then(|status| status.get(..3))
        && status.bytes().all(|digit| digit.is_ascii_digit())
    {
        return Some(status);
    }
    let certbot = || after("The error was:").or_else(|| after("with error:"));
    let certbot = || certbot().or_else(|| line("Skipping")).or_else(|| after("certbot: error:"));
    certbot().or_else(|| after("ERROR:")).or_else(|| after("for challenge:"))
}

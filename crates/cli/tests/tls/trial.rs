//! One machine, and what nginx, OpenSSL and the linter make of it.

use machine::{Handshake, Machine, Nginx, Outcome};

use crate::linter::{self, Said};
use crate::{Case, NOT_SEEN, ON_PURPOSE};

/// What came of a case.
pub(crate) struct Tried {
    /// Whether it refuses clients on purpose.
    is_on_purpose: bool,
    /// What the linter says about TLS.
    pub(crate) said: Vec<Said>,
    /// Whether the linter says that nginx refuses the configuration.
    pub(crate) is_refused: bool,
    /// Of each version that the fixture is for.
    pub(crate) versions: Vec<Version>,
}

/// What one version of nginx makes of a case.
pub(crate) struct Version {
    pub(crate) nginx: Nginx,
    /// Why it does not start, if it does not.
    pub(crate) refusal: Option<String>,
    /// How handshakes end, by name.
    pub(crate) handshakes: Vec<(String, Handshake)>,
}

/// Tries a case with the linter, with nginx and with OpenSSL.
pub(crate) fn run(case: &Case) -> Result<Tried, String> {
    let machine = Machine::build(&case.directory).map_err(|error| error.to_string())?;
    let (said, is_refused) = linter::lint(&machine)?;
    let names = linter::names(&machine);
    let mut versions = Vec::new();
    for nginx in Nginx::ALL {
        if machine.fixture().run.nginx.of(nginx) != Outcome::Skip {
            versions.push(version(&machine, nginx, &names).map_err(|error| error.to_string())?);
        }
    }
    let is_on_purpose = ON_PURPOSE.iter().any(|(name, _)| *name == case.name);
    Ok(Tried { is_on_purpose, said, is_refused, versions })
}

fn version(machine: &Machine, nginx: Nginx, names: &[String]) -> machine::Result<Version> {
    let verdict = machine.nginx_test(nginx)?;
    let mut version = Version { nginx, refusal: None, handshakes: Vec::new() };
    if !verdict.accepted {
        let said = verdict.to_string();
        let reason = said.lines().find(|line| line.contains("[emerg]")).unwrap_or(&said);
        version.refusal = Some(reason.trim_start_matches("nginx: [emerg] ").to_owned());
        return Ok(version);
    }
    if names.is_empty() {
        return Ok(version);
    }
    let running = machine.serve(nginx)?;
    let now = machine.now()?;
    for name in names {
        let handshake = running.handshake(name, now, &[])?;
        version.handshakes.push((name.clone(), handshake));
    }
    Ok(version)
}

/// The rules that say what a client has against a certificate, by OpenSSL's number for it
/// (`X509_V_ERR_`).
fn rules_for(code: u32) -> &'static [&'static str] {
    match code {
        9 => &["certificate-not-yet-valid"],
        10 => &["certificate-expired", "certificate-not-trusted"],
        // The issuer is missing; so it is where nobody knows it.
        20 | 21 => &["certificate-without-chain", "certificate-not-trusted"],
        18 | 19 => &["certificate-not-trusted", "certificate-expired"],
        26 => &["certificate-not-for-servers"],
        62 => &[
            "certificate-for-other-names",
            "ssl-server-shows-default-certificate",
            "certificate-replaced",
        ],
        66..=68 => &["certificate-weak"],
        _ => &[],
    }
}

/// The rules that leave it open whether nginx refuses, because it depends on the version of OpenSSL,
/// which the linter does not know here.
const LEFT_OPEN: [&str; 1] = ["dh-parameters-weak"];

/// The rules that say why there is no agreement at all.
const NO_AGREEMENT: [&str; 8] = [
    "certificate-closed-to-workers",
    "certificate-key-mismatched",
    "listen-without-ssl",
    "ssl-ciphers-unfit",
    "ssl-ciphers-weak",
    "ssl-directive-removed",
    "ssl-protocols-outdated",
    "ssl-server-shows-default-certificate",
];

impl Tried {
    /// Where the linter disagrees with nginx or OpenSSL.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut handshakes = self.versions.iter().flat_map(|version| &version.handshakes);
        if self.is_on_purpose && handshakes.all(|(_, end)| *end == Handshake::Verified) {
            problems.push("it is to refuse clients, and refuses none".to_owned());
        }
        for version in &self.versions {
            self.compare_refusal(version, &mut problems);
            for (name, handshake) in &version.handshakes {
                if let Some(problem) = self.compare_handshake(name, handshake) {
                    problems.push(format!("{}: {problem}", version.nginx));
                }
            }
        }
        problems
    }

    fn compare_refusal(&self, version: &Version, problems: &mut Vec<String>) {
        let refuses = |version: &Version| version.refusal.is_some();
        let is_disputed = !self.versions.iter().all(refuses) && self.versions.iter().any(refuses);
        match (&version.refusal, self.is_refused) {
            // What only one of them refuses, the linter may tell apart by the version.
            _ if is_disputed => {}
            (Some(_), false) if self.said.iter().any(|one| LEFT_OPEN.contains(&&*one.rule)) => {}
            (Some(reason), false) => {
                problems.push(format!("{} refuses, the linter does not: {reason}", version.nginx));
            }
            (None, true) => {
                problems.push(format!("{} starts, the linter says otherwise", version.nginx));
            }
            _ => {}
        }
    }

    fn compare_handshake(&self, name: &str, handshake: &Handshake) -> Option<String> {
        let says = |rules: &[&str]| self.said.iter().any(|one| rules.contains(&&*one.rule));
        let said = || {
            let rules = self.said.iter().map(|one| format!("{} {}", one.severity, one.rule));
            rules.collect::<Vec<_>>().join(", ")
        };
        let agrees = match handshake {
            _ if self.is_on_purpose => true,
            Handshake::Verified => true,
            Handshake::Distrusted { code, .. } => says(rules_for(*code)),
            Handshake::Failed { .. } | Handshake::Refused => says(&NO_AGREEMENT),
        };
        if agrees { None } else { Some(format!("{name}: {handshake}, the linter: {}", said())) }
    }

    /// Errors about certificates that no client has seen.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let started = self.versions.iter().filter(|version| version.refusal.is_none());
        let mut handshakes = started.clone().flat_map(|version| &version.handshakes).peekable();
        let all_fine = handshakes.peek().is_some()
            && handshakes.all(|(_, handshake)| *handshake == Handshake::Verified);
        let is_about_certificates = |one: &&Said| {
            one.severity == "error"
                && !one.is_refused
                && one.rule.starts_with("certificate-")
                && !NOT_SEEN.iter().any(|(rule, _)| *rule == one.rule)
        };
        let errors = self.said.iter().filter(is_about_certificates);
        errors.filter(|_| all_fine).map(|one| one.rule.clone()).collect()
    }
}

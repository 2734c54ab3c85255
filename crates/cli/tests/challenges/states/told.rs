//! What the linter says of a state.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use rules::{Group, RULES};
use serde::Deserialize;

/// What the linter says of a machine.
#[derive(Debug)]
pub(crate) struct Told {
    diagnostics: Vec<Diagnostic>,
    /// Names and how their challenges end.
    pub(crate) names: Vec<Name>,
}

#[derive(Debug, Deserialize)]
struct Report {
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    rule: String,
    severity: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Names {
    names: Vec<Name>,
}

/// A name and how its challenge ends.
#[derive(Debug, Deserialize)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) verdict: String,
}

impl Told {
    /// What is said of the machine with this root.
    pub(crate) fn of(root: &Path) -> Result<Self, String> {
        let report: Report = understand(&run(root, &["--format", "json"])?)?;
        let names: Names = understand(&run(root, &["names", "--format", "json"])?)?;
        Ok(Self { diagnostics: report.diagnostics, names: names.names })
    }

    /// The rules that speak up, each once. Those about the certificates themselves do not count: a
    /// certificate from pebble is a test certificate.
    pub(crate) fn rules(&self) -> Vec<String> {
        let is_about_state = |diagnostic: &&Diagnostic| {
            RULES.iter().any(|rule| rule.id == diagnostic.rule && rule.group != Group::Tls)
        };
        let is_loud = |diagnostic: &&Diagnostic| diagnostic.severity != "info";
        let loud = self.diagnostics.iter().filter(is_about_state).filter(is_loud);
        let rules: BTreeSet<_> = loud.map(|diagnostic| diagnostic.rule.clone()).collect();
        rules.into_iter().collect()
    }

    /// All that is said, in a line each.
    pub(crate) fn report(&self) -> String {
        let line = |one: &Diagnostic| format!("\n  {}[{}] {}", one.severity, one.rule, one.message);
        self.diagnostics.iter().map(line).collect()
    }

    /// Whether something is wrong.
    pub(crate) fn is_bad(&self) -> bool {
        !self.rules().is_empty()
    }
}

fn run(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.args(arguments).arg("--root").arg(root);
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.code().is_none_or(|code| code > 1) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn understand<'d, T: Deserialize<'d>>(text: &'d str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

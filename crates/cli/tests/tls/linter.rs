//! What the linter says of a machine, and which names its servers have.

use std::process::Command;

use acme::is_public_name;
use machine::Machine;
use model::{Config, Disk, Http, Prefix, ServerNameKind};
use rules::{Group, RULES};
use serde_json::Value;

/// A diagnostic of a rule about TLS.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) is_refused: bool,
}

/// What the linter says about TLS, and whether it says that nginx refuses the configuration, be it
/// for another reason.
pub(crate) fn lint(machine: &Machine) -> Result<(Vec<Said>, bool), String> {
    let run = &machine.fixture().run;
    let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.arg("--format=json").arg("--root").arg(machine.root()).args(&run.arguments);
    if let Some(now) = &run.now {
        command.args(["--now", now]);
    }
    command.arg(format!("/{}", run.target.trim_start_matches('/')));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.output().map_err(|error| error.to_string())?;
    let report: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let all = report["diagnostics"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = all.iter().map(|one| Said {
        rule: text(&one["rule"]),
        severity: text(&one["severity"]),
        is_refused: one["refused_by_nginx"] == true,
    });
    let said: Vec<_> = said.collect();
    let is_refused = said.iter().any(|one| one.is_refused);
    let is_about_tls =
        |one: &Said| RULES.iter().any(|rule| rule.id == one.rule && rule.group == Group::Tls);
    Ok((said.into_iter().filter(is_about_tls).collect(), is_refused))
}

/// The public names of the servers on port 443.
pub(crate) fn names(machine: &Machine) -> Vec<String> {
    let disk = Disk::under(machine.root());
    let main = format!("/{}", machine.fixture().run.main);
    let mut names = Vec::new();
    for sources in model::load(&[main.into()], &disk) {
        let config = Config::of(&sources);
        let http = Http::of(&config, Prefix { path: "/usr/share/nginx".into(), is_guess: false });
        let is_on_443 = |listen: &model::Listen<'_>| {
            listen.address.port() == 443 && !listen.address.to_string().starts_with("127.")
        };
        for (_, server) in http.servers() {
            if !server.listens.iter().any(is_on_443) {
                continue;
            }
            names.extend(server.names.iter().filter_map(|name| {
                let host = match name.kind {
                    ServerNameKind::Exact => name.text.to_vec(),
                    ServerNameKind::LeadingDot => name.without_dot().to_vec(),
                    _ => return None,
                };
                // In a private network clients trust whom they like.
                is_public_name(&host).then(|| String::from_utf8_lossy(&host).into_owned())
            }));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

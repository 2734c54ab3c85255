//! A machine that a page puts in order, one command after the other.

use machine::{Machine, NameServers, Nginx, Zone, ZoneState};

use crate::{
    output::{arguments, of, printed},
    pages::{self, repository},
};

/// The machine, and the patch that was printed last.
pub(crate) struct Story {
    machine: Machine,
    servers: Option<NameServers>,
    patch: String,
}

impl Story {
    /// On the machine that a directory of the repository describes.
    pub(crate) fn on(directory: &str) -> Result<Self, String> {
        let machine = Machine::build(&repository().join(directory));
        let machine = machine.map_err(|error| format!("{directory}: {error}"))?;
        Ok(Self { machine, servers: None, patch: String::new() })
    }

    /// Starts name servers that have the records of a file of the repository, in the zone that the file is
    /// called after.
    pub(crate) fn start_dns(&mut self, file: &str) -> Result<(), String> {
        let name = file.rsplit('/').next().unwrap_or(file);
        let name = name.strip_suffix(".zone").ok_or_else(|| format!("{file} is no zone"))?;
        let zone = |name: String, state, records| Zone { name, records, state };
        let zones = [
            zone(".".to_owned(), ZoneState::Signed, String::new()),
            zone("com.".to_owned(), ZoneState::Plain, String::new()),
            zone(format!("{name}."), ZoneState::Plain, pages::read(file)),
        ];
        self.servers = Some(NameServers::start(&zones, "").map_err(|error| error.to_string())?);
        Ok(())
    }

    /// What a command prints there.
    pub(crate) fn printed_by(&mut self, command: &str) -> Result<String, String> {
        if command == "nginx -t" {
            return self.nginx_test();
        }
        let root = self.machine.root().display().to_string();
        let arguments = arguments(command)?;
        let mut arguments = [&*arguments, &["--root", &root]].concat();
        let printed = match &self.servers {
            Some(servers) if arguments.contains(&"--dns") => {
                arguments.extend(["--resolver", NameServers::RESOLVER]);
                let program = env!("CARGO_BIN_EXE_nginx-acme-lint");
                let command = servers.command(program).map_err(|error| error.to_string())?;
                printed(command, &arguments)?
            }
            _ => of(&arguments)?,
        };
        if printed.contains(&root) {
            return Err(format!("`{command}` names the directory of the machine:\n{printed}"));
        }
        if arguments.contains(&"--fix") {
            self.patch.clone_from(&printed);
        }
        Ok(printed)
    }

    /// Applies the patch.
    pub(crate) fn apply_patch(&self) -> Result<(), String> {
        if self.patch.is_empty() {
            return Err("no patch was printed".to_owned());
        }
        self.machine.apply_patch(self.patch.as_bytes()).map_err(|error| error.to_string())
    }

    /// Does what the commands of a report do.
    pub(crate) fn tell(&self) -> Result<(), String> {
        self.machine.tell().map_err(|error| error.to_string())
    }

    fn nginx_test(&self) -> Result<String, String> {
        let verdict = self.machine.nginx_test(Nginx::Debian).map_err(|error| error.to_string())?;
        if !verdict.accepted {
            return Err(format!("nginx refuses the machine:\n{verdict}"));
        }
        Ok(verdict.to_string())
    }
}

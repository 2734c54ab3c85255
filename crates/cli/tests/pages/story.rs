//! A machine that a page puts in order, one command after the other.

use machine::{Machine, Nginx};

use crate::{
    output::{arguments, of},
    pages::repository,
};

/// The machine, and the patch that was printed last.
pub(crate) struct Story {
    machine: Machine,
    patch: String,
}

impl Story {
    /// On the machine that a directory of the repository describes.
    pub(crate) fn on(directory: &str) -> Result<Self, String> {
        let machine = Machine::build(&repository().join(directory));
        let machine = machine.map_err(|error| format!("{directory}: {error}"))?;
        Ok(Self { machine, patch: String::new() })
    }

    /// What a command prints there.
    pub(crate) fn printed_by(&mut self, command: &str) -> Result<String, String> {
        if command == "nginx -t" {
            return self.nginx_test();
        }
        let root = self.machine.root().display().to_string();
        let arguments = arguments(command)?;
        let printed = of(&[&*arguments, &["--root", &root]].concat())?;
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

//! A machine on which nginx runs, for pages about that.

use std::{
    fs,
    process::{Command, Stdio},
};

use machine::{Machine, Nginx, Running};

use crate::{output::arguments, pages::repository};

/// Where the program lies in the machine.
const PROGRAM: &str = "nginx-acme-lint";

/// The machine, while nginx runs.
pub(crate) struct Live<'m> {
    running: Running<'m>,
}

/// The machine that a directory of the repository describes, with the program on it.
pub(crate) fn machine(directory: &str) -> Result<Machine, String> {
    let machine = Machine::build(&repository().join(directory));
    let machine = machine.map_err(|error| format!("{directory}: {error}"))?;
    let (program, inside) = (env!("CARGO_BIN_EXE_nginx-acme-lint"), machine.root().join(PROGRAM));
    if fs::hard_link(program, &inside).is_err() {
        fs::copy(program, &inside).map_err(|error| format!("{}: {error}", inside.display()))?;
    }
    Ok(machine)
}

impl<'m> Live<'m> {
    pub(crate) fn on(machine: &'m Machine) -> Result<Self, String> {
        let running = machine.serve(Nginx::Debian).map_err(|error| error.to_string())?;
        Ok(Self { running })
    }

    /// What a command prints there.
    pub(crate) fn printed_by(&self, command: &str) -> Result<String, String> {
        let mut inside = self.inside(&format!("/{PROGRAM}"))?;
        let output = inside.args(arguments(command)?).output();
        let output = output.map_err(|error| format!("cannot run the program: {error}"))?;
        if output.status.code().is_none_or(|code| code > 1) {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`{command}` ends with {}:\n{said}", output.status));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("`{command}` does not print UTF-8"))
    }

    /// Has a shell do something.
    pub(crate) fn meanwhile(&self, command: &str) -> Result<(), String> {
        let status = self.inside("/bin/sh")?.args(["-c", command]).status();
        let status = status.map_err(|error| format!("cannot run a shell: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("`{command}` ends with {status}")) }
    }

    fn inside(&self, program: &str) -> Result<Command, String> {
        let mut command =
            self.running.command_inside(program).map_err(|error| error.to_string())?;
        command.stdin(Stdio::null());
        Ok(command)
    }
}

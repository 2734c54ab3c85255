//! What the program prints, for the pages that quote it.

use std::{
    cell::OnceCell,
    process::{Command, Stdio},
};

use crate::{
    fences::{Piece, fenced, pieces},
    live::{self, Live},
    pages::repository,
    story::Story,
};

/// The page with the block below each `<!-- printed by: COMMAND -->` rewritten. Commands run at the
/// top of the repository, and what they write to standard output is what counts.
///
/// Below `<!-- machine: DIRECTORY -->` they run on the machine that is described there, `nginx -t`
/// among them, `<!-- patched -->` applies the last patch that was printed, and `<!-- told -->` changes what
/// the commands change that its `fixture.toml` knows. Below `<!-- in DNS: FILE -->` those with `--dns` ask
/// servers that have the records of a file. Below `<!-- nginx runs on: DIRECTORY -->` they run
/// inside such a machine, where nginx runs, and `<!-- meanwhile: COMMAND -->` has a shell do something
/// there.
pub(crate) fn with_outputs(page: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut command = None;
    let mut story = None;
    let machine = OnceCell::new();
    let mut running = None;
    for piece in pieces(page) {
        match piece {
            Piece::Line(line) => {
                if let Some(command) = command {
                    return Err(format!("no code block is below `{command}`"));
                }
                text += line;
                text.push('\n');
                command = comment(line, "printed by: ");
                if let Some(directory) = comment(line, "machine: ") {
                    story = Some(Story::on(directory)?);
                }
                if let Some(directory) = comment(line, "nginx runs on: ") {
                    let machine = machine.get_or_init(|| live::machine(directory));
                    running = Some(Live::on(machine.as_ref()?)?);
                }
                if let Some(command) = comment(line, "meanwhile: ") {
                    running.as_ref().ok_or("no nginx runs")?.meanwhile(command)?;
                }
                if let Some(file) = comment(line, "in DNS: ") {
                    story.as_mut().ok_or("there is no machine for the names")?.start_dns(file)?;
                }
                if comment(line, "patched").is_some() {
                    story.as_ref().ok_or("there is no machine to patch")?.apply_patch()?;
                }
                if comment(line, "told").is_some() {
                    story.as_ref().ok_or("there is no machine to tell")?.tell()?;
                }
            }
            Piece::Block(block) => {
                let inside = match (command.take(), &mut story, &running) {
                    (Some(command), _, Some(running)) => running.printed_by(command)?,
                    (Some(command), Some(story), _) => story.printed_by(command)?,
                    (Some(command), None, _) => printed_by(command)?,
                    (None, ..) => block.text,
                };
                if inside.is_empty() {
                    return Err(format!("nothing is printed below\n{text}"));
                }
                text += &fenced(&block.info, &inside);
            }
        }
    }
    Ok(text)
}

/// What a command prints; behind ` at `, a part of the JSON document that it prints.
fn printed_by(command: &str) -> Result<String, String> {
    let Some((command, pointer)) = command.split_once(" at ") else {
        return of(&arguments(command)?);
    };
    let document: serde_json::Value =
        serde_json::from_str(&of(&arguments(command)?)?).map_err(|error| error.to_string())?;
    let part = document.pointer(pointer).ok_or_else(|| format!("nothing is at {pointer}"))?;
    serde_json::to_string_pretty(part).map_err(|error| error.to_string())
}

/// What the program prints on standard output, without colours.
pub(crate) fn of(arguments: &[&str]) -> Result<String, String> {
    printed(Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint")), arguments)
}

/// What a command that runs the program prints with these arguments.
pub(crate) fn printed(mut command: Command, arguments: &[&str]) -> Result<String, String> {
    let output = command
        .args(arguments)
        .current_dir(repository())
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run the program: {error}"))?;
    if output.status.code().is_none_or(|code| code > 1) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{arguments:?} ends with {}:\n{said}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{arguments:?} does not print UTF-8"))
}

/// The arguments of a command that runs the program.
pub(crate) fn arguments(command: &str) -> Result<Vec<&str>, String> {
    let mut words = command.split(' ');
    if words.next() != Some("nginx-acme-lint") {
        return Err(format!("`{command}` does not run this program"));
    }
    Ok(words.collect())
}

/// What a comment on a line of its own says after these words.
fn comment<'l>(line: &'l str, words: &str) -> Option<&'l str> {
    line.strip_prefix("<!-- ")?.strip_prefix(words)?.strip_suffix(" -->")
}

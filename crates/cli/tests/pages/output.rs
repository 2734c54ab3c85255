//! What the program prints, for the pages that quote it.

use std::process::{Command, Stdio};

use crate::{
    fences::{Piece, fenced, pieces},
    pages::repository,
};

/// The page with the block below each `<!-- printed by: COMMAND -->` rewritten. Commands run at the
/// top of the repository, and what they write to standard output is what counts.
pub(crate) fn with_outputs(page: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut command = None;
    for piece in pieces(page) {
        match piece {
            Piece::Line(line) => {
                if let Some(command) = command {
                    return Err(format!("no code block is below `{command}`"));
                }
                text += line;
                text.push('\n');
                command = command_of(line);
            }
            Piece::Block(block) => {
                let inside = match command.take() {
                    Some(command) => printed_by(command)?,
                    None => block.text,
                };
                text += &fenced(&block.info, &inside);
            }
        }
    }
    Ok(text)
}

/// What the program prints on standard output, without colours.
pub(crate) fn of(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"))
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

fn command_of(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- printed by: ")?.strip_suffix(" -->")
}

fn printed_by(command: &str) -> Result<String, String> {
    let mut words = command.split(' ');
    if words.next() != Some("nginx-acme-lint") {
        return Err(format!("`{command}` does not run this program"));
    }
    let words: Vec<_> = words.collect();
    match of(&words)? {
        nothing if nothing.is_empty() => Err(format!("`{command}` prints nothing")),
        printed => Ok(printed),
    }
}

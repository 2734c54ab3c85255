//! The `openssl` program, for what the library cannot make.

use std::io::Write;
use std::process::Stdio;

use tempfile::NamedTempFile;

use crate::error::{Context, Error, Result};
use crate::tool;

/// What the program writes when it is given this input.
pub(crate) fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    let running = "cannot run `openssl`";
    let mut command = tool::OPENSSL.command()?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context(running)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that needs no input may have ended.
        let _ = stdin.write_all(input.as_ref());
    }
    let output = child.wait_with_output().context(running)?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output.stdout)
}

/// The same where that is text.
pub(crate) fn text(arguments: &[&str], input: impl AsRef<[u8]>) -> Result<String> {
    String::from_utf8(run(arguments, input)?).context("cannot run `openssl`")
}

/// A file for an argument.
pub(crate) fn file(contents: &str) -> Result<NamedTempFile> {
    let making = "cannot make a temporary file";
    let mut file = NamedTempFile::new().context(making)?;
    file.write_all(contents.as_bytes()).context(making)?;
    Ok(file)
}

//! The program as its users call it.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use machine::program::clean;
pub(crate) use machine::program::{tree as directory, write};
use serde_json::Value;

/// What comes of `nginx-acme-lint trace` with these arguments, `input` on its standard input.
pub(crate) fn trace(arguments: &[&str], input: &str) -> Output {
    let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.arg("trace").args(arguments).current_dir(repository());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program was built for this test");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input = input.to_owned();
    // It may end without reading.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("writing does not panic");
    output
}

/// The document that it prints.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}:\n{}\n{}", text(&output.stdout), text(&output.stderr))
    })
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

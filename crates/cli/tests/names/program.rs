//! The program as its users call it.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use machine::program::clean;
pub(crate) use machine::program::tree as machine;
use serde_json::Value;
use tempfile::TempDir;

/// What comes of `nginx-acme-lint names` with these arguments.
pub(crate) fn names(arguments: &[&str]) -> Output {
    let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.arg("names").args(arguments).current_dir(repository());
    command.output().expect("the program was built for this test")
}

/// The same for a machine of which these are the files.
pub(crate) fn names_of(machine: &TempDir, arguments: &[&str]) -> Output {
    let root = machine.path().to_str().expect("it is plain");
    names(&[&["--root", root], arguments].concat())
}

/// A directory with an nginx.conf that has these servers.
pub(crate) fn machine_with(servers: &[u8]) -> TempDir {
    let configuration = [b"events {}\nhttp {\n", servers, b"}\n"].concat();
    machine(&[("etc/nginx/nginx.conf", &configuration)])
}

pub(crate) fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("what is printed is UTF-8")
}

pub(crate) fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("what is said is UTF-8")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal ends it")
}

/// The document that it prints.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", stdout(output), stderr(output)))
}

/// The entry of a name.
pub(crate) fn entry<'d>(document: &'d Value, name: &str) -> &'d Value {
    let names = document["names"].as_array().expect("there are names");
    names.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

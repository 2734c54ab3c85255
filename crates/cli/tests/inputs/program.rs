//! The program, and trees of files for it.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use machine::program::{clean, write};
use serde_json::Value;
use tempfile::TempDir;

/// Files in a temporary directory.
pub(crate) struct Tree(TempDir);

/// What the program printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory can be made"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file, and makes the directories around it.
    pub(crate) fn file(self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Self {
        write(self.path(), path, text);
        self
    }

    /// Runs the program at the top of the tree.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// The same with something on standard input. It has a minute.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = clean("timeout");
        command.arg("60").arg(env!("CARGO_BIN_EXE_nginx-acme-lint")).args(arguments);
        command.current_dir(self.path()).env("NO_COLOR", "1").env("HOME", "/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("timeout is there");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A program that does not read it closes it.
        let _ = stdin.write_all(input);
        drop(stdin);
        let output = child.wait_with_output().expect("it ends within a minute");
        Ran {
            code: output.status.code().expect("no signal ends it"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// The report of `--format json`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Whether the report says something, wherever its lines are broken.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
    }

    /// Whether it ended by itself, with a code of its own.
    pub(crate) fn ended_well(&self) -> bool {
        (0..=3).contains(&self.code) && !self.err.contains("panicked")
    }
}

/// The elements of an array.
pub(crate) fn each(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A server whose challenges a regular expression takes; the fix for it is safe.
pub(crate) fn taken(name: &str) -> String {
    format!(
        "server {{
    listen 80;
    server_name {name};
    location /.well-known/acme-challenge/ {{ root /var/www/acme; }}
    location ~ /\\. {{ deny all; }}
    location / {{ return 404; }}
}}
"
    )
}

/// A main file that includes the files of a pattern.
pub(crate) fn main_with(pattern: &str) -> String {
    format!("events {{}}\nhttp {{\n    include {pattern};\n}}\n")
}

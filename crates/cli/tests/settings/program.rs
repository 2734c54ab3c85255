//! The program, in a directory of its own.

use std::path::Path;

pub(crate) use machine::program::{BAD, tree};
use machine::program::{Ended, clean, ended};

/// What the program says in a directory: exit code, standard output, standard error.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    let Ended { code, out, err } = ended(command.args(arguments).current_dir(directory));
    let text = |text: String| text.replace(&*directory.to_string_lossy(), "TREE");
    (code, text(out), text(err))
}

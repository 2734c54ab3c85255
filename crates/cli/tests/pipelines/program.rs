//! The program, and other programs that are told to use it.

use std::ffi::OsStr;

use machine::program::tree;
pub(crate) use machine::program::{BAD, Ended, GOOD, clean, ended, write};
use tempfile::TempDir;

/// Runs the program.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Ended {
    ended(clean(env!("CARGO_BIN_EXE_nginx-acme-lint")).args(arguments))
}

/// A directory that stands for `/`, with this nginx.conf.
pub(crate) fn root_with(configuration: &str) -> TempDir {
    tree(&[("etc/nginx/nginx.conf", configuration)])
}

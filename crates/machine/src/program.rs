//! A program that tests run, and the files that they give it.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A site whose challenge passes: nginx serves any file.
pub const GOOD: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;
        root /var/www/html;
    }
}
";

/// A site whose challenge a regular expression takes.
pub const BAD: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;

        location /.well-known/acme-challenge/ {
            root /var/www/letsencrypt;
        }

        location ~ /\\. {
            deny all;
        }
    }
}
";

/// The end of a run.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// What was printed.
    pub out: String,
    /// What was said beside it.
    pub err: String,
}

/// A command without any environment but a path, and without input.
pub fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
///
/// # Panics
/// If it does not start, is ended by a signal, or prints what is not UTF-8.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output();
    let Output { status, stdout, stderr } =
        output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let text = |bytes| String::from_utf8(bytes).expect("all of them print UTF-8");
    let code = status.code().unwrap_or_else(|| panic!("{command:?}: {status}"));
    Ended { code, out: text(stdout), err: text(stderr) }
}

/// A directory with these files.
///
/// # Panics
/// If they cannot be written.
pub fn tree(files: &[(&str, impl AsRef<[u8]>)]) -> TempDir {
    let tree = tempfile::tempdir().expect("the temporary directory is ours");
    for (path, contents) in files {
        write(tree.path(), path, contents);
    }
    tree
}

/// Writes a file, and makes the directories above it.
///
/// # Panics
/// If it cannot be written.
pub fn write(directory: &Path, path: impl AsRef<Path>, contents: impl AsRef<[u8]>) {
    let path = directory.join(path);
    let above = path.parent().expect("it lies in a directory");
    fs::create_dir_all(above).expect("the directory is ours");
    fs::write(path, contents).expect("the directory is ours");
}

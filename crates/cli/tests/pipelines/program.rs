//! The program, and other programs that are told to use it.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A site whose challenge passes: nginx serves any file.
pub(crate) const GOOD: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;
        root /var/www/html;
    }
}
";

/// A site whose challenge a regular expression takes.
pub(crate) const BAD: &str = "events {}
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
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Ended {
    ended(clean(env!("CARGO_BIN_EXE_nginx-acme-lint")).args(arguments))
}

/// A command without any environment but a path.
pub(crate) fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output();
    let Output { status, stdout, stderr } =
        output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let text = |bytes| String::from_utf8(bytes).expect("all of them print UTF-8");
    let code = status.code().unwrap_or_else(|| panic!("{command:?}: {status}"));
    Ended { code, out: text(stdout), err: text(stderr) }
}

/// A directory that stands for `/`, with this nginx.conf.
pub(crate) fn root_with(configuration: &str) -> TempDir {
    let root = tempfile::tempdir().expect("the temporary directory is ours");
    write(root.path(), "etc/nginx/nginx.conf", configuration);
    root
}

/// Writes a file, and makes the directories above it.
pub(crate) fn write(directory: &Path, path: &str, text: &str) {
    let path = directory.join(path);
    let above = path.parent().expect("it has a directory");
    fs::create_dir_all(above).expect("the directory is ours");
    fs::write(path, text).expect("the directory is ours");
}

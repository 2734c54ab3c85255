//! The program, in a directory of its own.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

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

pub(crate) const BUILT: &str = "the program was built for this test";
const WRITABLE: &str = "the temporary directory is ours";

/// A directory with these files.
pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().expect(WRITABLE);
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("it is below the tree")).expect(WRITABLE);
        fs::write(path, text).expect(WRITABLE);
    }
    tree
}

/// What the program says in a directory: exit code, standard output, standard error.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .output()
        .expect(BUILT);
    let text = |bytes| {
        let text = String::from_utf8(bytes).expect("it prints UTF-8");
        text.replace(&*directory.to_string_lossy(), "TREE")
    };
    (status.code().expect("no signal ends it"), text(stdout), text(stderr))
}

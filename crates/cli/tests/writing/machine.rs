//! A machine to patch: three sites whose challenges get the same new location from a new file.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const MAIN: &str = "events {}
http {
    include sites-enabled/*;
}
";

const SITES: [&str; 3] = ["blog.example.com", "example.com", "shop.example.com"];

/// The files of a machine and the backups of its changes.
pub(crate) struct Machine {
    directory: TempDir,
}

/// What the files under a directory hold, by their paths there.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

impl Machine {
    pub(crate) fn new() -> Self {
        let machine =
            Self { directory: TempDir::new().expect("a temporary directory can be made") };
        machine.write("etc/nginx/nginx.conf", MAIN);
        for site in SITES {
            let text = format!(
                "server {{
    listen 80;
    server_name {site};
    return 301 https://$host$request_uri;
}}

server {{
    listen 443 ssl;
    server_name {site};
    ssl_certificate /etc/ssl/$ssl_server_name.pem;
    ssl_certificate_key /etc/ssl/$ssl_server_name.key;
    location / {{
        proxy_pass http://127.0.0.1:8080;
    }}
}}
"
            );
            machine.write(&format!("etc/nginx/sites-enabled/{site}"), &text);
        }
        machine
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.directory.path().join("backups")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("the root is ours");
        fs::write(path, text).expect("the root is ours");
    }

    /// Every file of the machine, hidden ones as well.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        let mut directories = vec![self.root()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).expect("the root is ours") {
                let path = entry.expect("the root is ours").path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let name = path.strip_prefix(self.root()).expect("it is below the root");
                    files.insert(name.to_owned(), fs::read(&path).expect("the root is ours"));
                }
            }
        }
        files
    }

    /// The command that applies the patch.
    pub(crate) fn patching(&self, program: impl AsRef<OsStr>, wrapper: &[&str]) -> Command {
        let mut command = self.command(program, wrapper);
        command.arg("--root").arg(self.root()).args(["--webroot", "/var/www/letsencrypt"]);
        command.args(["--format", "short", "--fix", "--write", "--backup-dir"]).arg(self.backups());
        command
    }

    /// Applies the patch with these further arguments.
    pub(crate) fn patch(&self, arguments: &[&str]) -> Output {
        let mut command = self.patching(linter(), &[]);
        command.args(arguments).output().expect("the program was built for this test")
    }

    /// `nginx-acme-lint restore` with these arguments.
    pub(crate) fn restore(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(linter(), &[]);
        command.arg("restore").args(arguments).arg("--backup-dir").arg(self.backups());
        command.output().expect("the program was built for this test")
    }

    fn command(&self, program: impl AsRef<OsStr>, wrapper: &[&str]) -> Command {
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
        command.current_dir(self.directory.path());
        command
    }

    /// The names that changes leave beside the files while they are made.
    pub(crate) fn has_second_names(&self) -> bool {
        let hidden = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
        };
        self.files().keys().any(hidden)
    }
}

/// The program.
pub(crate) fn linter() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_nginx-acme-lint"))
}

/// What the machine is before and after the patch.
pub(crate) fn before_and_after() -> (Files, Files) {
    let machine = Machine::new();
    let before = machine.files();
    let output = machine.patch(&["--no-verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    (before, machine.files())
}

/// All that a program says.
pub(crate) fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

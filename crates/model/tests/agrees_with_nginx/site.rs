//! The machine that all configurations run on: a few files, a certificate, addresses.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use machine::{Machine, Nginx, Running};
use model::{Config, Disk, FileSystem as _, Http, Lookup, Prefix};
use tempfile::TempDir;

use crate::client::{self, Ask, Seen};

/// The files below `/srv`; each says its own path.
const FILES: &[&str] = &[
    "www/index.html",
    "www/404.html",
    "www/a.txt",
    "www/a/b/index.html",
    "www/b/index.html",
    "www/b.html",
    "www/dir/index.html",
    "www/dir/page.html",
    "www/dir/sub/x.php",
    "www/d d/x y.txt",
    "www/img/logo.png",
    "www/img/index.php",
    "www/x.php",
    "www/.git/config",
    "www/.well-known/acme-challenge/token",
    "other/index.html",
    "other/b",
    "other/page.html",
    "other/dir/page.html",
    "other/token",
    "other.txt",
    "shut/token",
    "shut/index.html",
    "www/locked/page.html",
    "www/group/index.html",
];

const FIXTURE: &str = r#"
addresses = ["192.0.2.11", "203.0.113.5", "2001:db8::5"]

[[directory]]
path = "srv/www/empty"

[[directory]]
path = "srv/www/a/b/index.html.d"

[[directory]]
path = "srv/shut"
mode = "0700"

[[directory]]
path = "srv/www/locked"
mode = "0711"

[[directory]]
path = "srv/www/group"
owner = "root:50"
mode = "0750"

[[file]]
path = "srv/www/secret.txt"
text = "FILE www/secret.txt"
mode = "0600"

[[file]]
path = "srv/www/staff.txt"
text = "FILE www/staff.txt"
owner = "root:50"
mode = "0640"

[[file]]
path = "srv/www/own.txt"
text = "FILE www/own.txt"
owner = "33:33"
mode = "0044"

[[link]]
path = "srv/www/link"
to = "../shut/token"

[[link]]
path = "srv/www/linked"
to = "/srv/other"

[[certificate]]
names = ["a.test", "b.test"]
lineage = "a.test"

[[certificate]]
names = ["b.test"]
lineage = "b.test"

[[certificate]]
names = ["c.test"]
lineage = "c.test"
"#;

const USERS: &str = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n";

const GROUPS: &str = "root:x:0:\nwww-data:x:33:\nstaff:x:50:nobody,www-data\n";

/// Where nginx's own relative paths start on these machines.
const PREFIX: &str = "/usr/share/nginx";

/// A machine whose configuration changes from case to case.
pub(crate) struct Site {
    machine: Machine,
    _fixture: TempDir,
}

/// What belongs into the directory of nginx.conf: paths in it and texts.
pub(crate) type Texts = Vec<(String, String)>;

impl Site {
    pub(crate) fn build() -> Self {
        let fixture = TempDir::new().expect("a temporary directory can be made");
        write(fixture.path(), "fixture.toml", FIXTURE);
        for file in FILES {
            write(fixture.path(), &format!("srv/{file}"), &format!("FILE {file}"));
        }
        write(fixture.path(), "usr/share/nginx/html/index.html", "FILE of nginx itself");
        write(fixture.path(), "etc/nginx/nginx.conf", "events { }");
        write(fixture.path(), "etc/passwd", USERS);
        write(fixture.path(), "etc/group", GROUPS);
        write(fixture.path(), "etc/nginx/users", "user:{PLAIN}password\n");
        let machine = Machine::build(fixture.path()).expect("the machine can be built");
        Self { machine, _fixture: fixture }
    }

    /// Asks real nginx and the model the same requests of the same configuration, and hands each
    /// pair of answers to `compare`.
    pub(crate) fn ask(
        &self,
        nginx: Nginx,
        texts: &Texts,
        asks: &[Ask],
        mut compare: impl FnMut(&Http<'_>, &Ask, &model::Trace<'_>, &Seen),
    ) -> Result<(), String> {
        let _ = fs::remove_dir_all(self.machine.root().join("etc/nginx/parts"));
        for (path, text) in texts {
            write(&self.machine.root(), &format!("etc/nginx/{path}"), text);
        }
        let running = self.machine.serve(nginx).map_err(|error| error.to_string())?;
        let seen = fetch(&running, asks)?;
        drop(running);

        let disk = self.disk();
        let sources = model::load(&[PathBuf::from("/etc/nginx/nginx.conf")], &disk);
        let config = Config::of(&sources[0]);
        let http = Http::of(&config, Prefix { path: PathBuf::from(PREFIX), is_guess: false });
        for (ask, seen) in asks.iter().zip(&seen) {
            let trace = model::route(&http, &ask.request(), &disk);
            compare(&http, ask, &trace, seen);
        }
        Ok(())
    }

    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        match self.disk().read(path) {
            Lookup::Found(bytes) => Some(bytes),
            Lookup::Absent | Lookup::Unknowable(_) => None,
        }
    }

    fn disk(&self) -> Disk {
        Disk::under(self.machine.root())
    }
}

fn fetch(running: &Running<'_>, asks: &[Ask]) -> Result<Vec<Seen>, String> {
    let mut command = running.command("curl").map_err(|error| error.to_string())?;
    command.args(["-q", "--config", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut input = child.stdin.take().ok_or("curl has no input")?;
    let text = client::script(asks);
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let _ = writer.join();
    client::understand(&output.stdout, asks.len())
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    let parent = path.parent().expect("it is below the root");
    fs::create_dir_all(parent).expect("directories can be made");
    fs::write(path, text).expect("files can be written");
}

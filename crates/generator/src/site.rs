use std::{fs, path::Path};

use machine::Machine;
use tempfile::TempDir;

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

/// The machine that all configurations are for: a few files, certificates, addresses. Each
/// configuration belongs into its `/etc/nginx`.
///
/// # Panics
/// If it cannot be made.
pub fn machine() -> Machine {
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
    Machine::build(fixture.path()).expect("the machine can be built")
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    let parent = path.parent().expect("it is below the root");
    fs::create_dir_all(parent).expect("directories can be made");
    fs::write(path, text).expect("files can be written");
}

//! What belongs to a file besides its contents, asked with the tools of those who set it.

use std::{fs, path::Path, process::Command};

use crate::machine::{Machine, before_and_after, told};

/// Runs a tool on a file. `.ci/prepare` installs it.
fn ask(tool: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(tool).args(arguments).arg(file).output();
    let output = output.unwrap_or_else(|error| panic!("{tool}: {error}"));
    assert!(output.status.success(), "{tool}: {}", told(&output));
    told(&output)
}

/// The access control list and all extended attributes of a file.
fn attributes(file: &Path) -> String {
    let list = ask("getfacl", &["--numeric", "--absolute-names"], file);
    let all = ["--dump", "--match=-", "--absolute-names", "--encoding=hex"];
    list + &ask("getfattr", &all, file)
}

#[test]
fn access_control_lists_and_labels_stay() {
    let (before, after) = before_and_after();
    let machine = Machine::new();
    let sites = machine.root().join("etc/nginx/sites-enabled");
    let (listed, labelled) = (sites.join("example.com"), sites.join("shop.example.com"));
    ask("setfacl", &["--modify", "user:1234:rw,group:2345:r,mask::rw"], &listed);
    // In a kernel without SELinux its label is an attribute that only root may set.
    let label = "system_u:object_r:httpd_config_t:s0";
    for file in [&listed, &labelled] {
        ask("setfattr", &["--name=security.selinux", &format!("--value={label}")], file);
    }
    // What is new in this directory gets a list that is none of the old files'.
    ask("setfacl", &["--default", "--modify", "user:4321:rwx"], &sites);
    let files: Vec<_> =
        ["blog.example.com", "example.com", "shop.example.com"].map(|name| sites.join(name)).into();
    let wanted: Vec<_> = files.iter().map(|file| attributes(file)).collect();
    assert!(wanted[1].contains("user:1234:rw-") && wanted[1].contains("security.selinux"));
    assert!(!wanted[0].contains("4321"), "{}", wanted[0]);
    let kept = || -> Vec<_> { files.iter().map(|file| attributes(file)).collect() };

    let inode = |file: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(file).unwrap());
    let old = inode(&listed);
    let output = machine.patch(&["--no-verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(machine.files(), after);
    assert_ne!(inode(&listed), old, "it is another file");
    assert_eq!(kept(), wanted);

    let output = machine.restore(&["last"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(machine.files(), before);
    assert_eq!(kept(), wanted);
}

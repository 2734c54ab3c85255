//! What is said, and what is on disk then.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use crate::machine::{Machine, before_and_after, told};

#[test]
fn a_patch_is_applied_listed_and_put_back() {
    let (before, after) = before_and_after();
    let machine = Machine::new();
    let output = machine.patch(&["--verify", "true"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(machine.files(), after);
    let said = told(&output);
    assert!(
        said.contains(
            "wrote 4 files (/etc/nginx/sites-enabled/blog.example.com, \
             /etc/nginx/sites-enabled/example.com, /etc/nginx/sites-enabled/shop.example.com, \
             /etc/nginx/snippets/acme-challenge.conf); `true` is content\n"
        ),
        "{said}"
    );
    // The directory was named, and has to be named again.
    let directory = machine.backups();
    let command = format!("`nginx-acme-lint restore --backup-dir {} 2", directory.display());
    assert!(said.contains(&command), "{said}");
    let listed = told(&machine.restore(&[]));
    assert!(listed.contains("  changed  "), "{listed}");
    assert!(listed.contains("etc/nginx/snippets/acme-challenge.conf\n"), "{listed}");

    let again = machine.patch(&["--no-verify"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(told(&again).contains("nothing to write\n"), "{}", told(&again));

    let output = machine.restore(&["last"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(machine.files(), before);
    let output = machine.restore(&["last"]);
    assert_eq!(output.status.code(), Some(0), "what was put back can be made again");
    assert_eq!(machine.files(), after);
}

#[test]
fn what_fails_its_test_is_put_back() {
    let (before, _) = before_and_after();
    let machine = Machine::new();
    let snippet = machine.root().join("etc/nginx/snippets/acme-challenge.conf");
    let test = format!("echo 'nginx: [emerg] no such thing'; ! test -e {}", snippet.display());
    let output = machine.patch(&["--verify", &test]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("fails with the patch; every file is as it was before\n"), "{said}");
    assert!(said.contains("\n  nginx: [emerg] no such thing\n"), "{said}");
    assert!(!said.contains("without the patch as well"), "{said}");
    assert_eq!(machine.files(), before);

    let said = told(&machine.patch(&["--verify", "false"]));
    assert!(said.contains("`false` fails without the patch as well: mend that first"), "{said}");
    assert_eq!(machine.files(), before);
}

#[test]
fn without_a_test_or_a_place_for_backups_nothing_is_begun() {
    let (before, _) = before_and_after();
    let machine = Machine::new();
    let output = machine.patch(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(told(&output).contains("say how with --verify CMD"), "{}", told(&output));

    let mut inside = machine.patching(crate::machine::linter(), &[]);
    let directory = machine.root().join("etc/nginx/sites-enabled/backups");
    inside.arg("--no-verify").arg("--backup-dir").arg(&directory);
    let output = inside.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "an option that is given twice");

    let mut inside = std::process::Command::new(crate::machine::linter());
    inside.arg("--root").arg(machine.root()).args(["--fix", "--write", "--no-verify"]);
    let output = inside.arg("--backup-dir").arg(&directory).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("name another place with --backup-dir"), "{}", told(&output));
    fs::remove_dir_all(directory).unwrap();
    assert_eq!(machine.files(), before);
}

#[test]
fn links_stay_and_their_targets_change() {
    let machine = Machine::new();
    let sites = machine.root().join("etc/nginx/sites-enabled");
    let available = machine.root().join("etc/nginx/sites-available");
    fs::create_dir(&available).unwrap();
    fs::rename(sites.join("example.com"), available.join("example.com")).unwrap();
    fs::set_permissions(available.join("example.com"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../sites-available/example.com", sites.join("example.com")).unwrap();
    let output = machine.patch(&["--no-verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(fs::symlink_metadata(sites.join("example.com")).unwrap().is_symlink());
    let target = available.join("example.com");
    assert!(fs::read_to_string(&target).unwrap().contains("include snippets/acme-challenge.conf"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn check_tells_whether_there_is_something_to_patch() {
    let machine = Machine::new();
    let check = || {
        let mut command = std::process::Command::new(crate::machine::linter());
        command.arg("--root").arg(machine.root()).args(["--webroot", "/var/www/letsencrypt"]);
        let output = command.args(["--fix", "--check", "--fail-on", "never"]).output().unwrap();
        (output.status.code(), output.stdout.is_empty())
    };
    assert_eq!(check(), (Some(1), false));
    machine.patch(&["--no-verify"]);
    assert_eq!(check(), (Some(0), true));
}

#[test]
fn backups_that_do_not_exist_are_named() {
    let machine = Machine::new();
    let output = machine.restore(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(told(&output).starts_with("no backups in "), "{}", told(&output));
    fs::create_dir_all(machine.backups()).unwrap();
    assert!(told(&machine.restore(&[])).starts_with("no backups in "));
    assert_eq!(fs::read_dir(machine.backups()).unwrap().count(), 0, "listing makes nothing");
    let output = machine.restore(&["2026-01-01T00-00-00Z"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(told(&output).contains("there is no such backup"), "{}", told(&output));
}

#[test]
fn what_was_proved_without_a_file_is_not_written() {
    let machine = Machine::new();
    let pipe = machine.root().join("etc/nginx/sites-enabled/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let sites = || fs::read(machine.root().join("etc/nginx/sites-enabled/example.com")).unwrap();
    let before = sites();
    let output = machine.patch(&["--no-verify"]);
    assert_eq!(output.status.code(), Some(4), "{}", told(&output));
    let why = "nothing was written: /etc/nginx/sites-enabled/pipe was not read, and it may matter";
    assert!(told(&output).contains(why), "{}", told(&output));
    assert_eq!(sites(), before);
}

//! `--output`.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::program::{STARTS, WRITABLE, directory_with, linter, run};

const SITE: &str = "events {}
http {
    include conf.d/*;
    server {
        listen 80;
        server_name shop.example.com;
        location /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
        location ~ /\\. { deny all; }
    }
}
";

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("reports are UTF-8")
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("reports are UTF-8")
}

fn json_in(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("it was written")).expect("it is JSON")
}

#[test]
fn text_is_printed_and_the_format_written() {
    let directory = directory_with(SITE.as_bytes());
    let text = run(directory.path(), &["."]);
    let both = run(directory.path(), &["--format", "sarif", "--output", "acme.sarif", "."]);
    assert_eq!((stdout(&both), stderr(&both)), (stdout(&text), ""));
    assert_eq!(both.status.code(), Some(1));
    let alone = run(directory.path(), &["--format", "sarif", "."]);
    assert_eq!(fs::read(directory.path().join("acme.sarif")).unwrap(), alone.stdout);
    assert_eq!(json_in(&directory.path().join("acme.sarif"))["version"], "2.1.0");
}

#[test]
fn with_fix_the_patch_is_printed_as_ever() {
    let directory = directory_with(SITE.as_bytes());
    let text = run(directory.path(), &["--fix", "."]);
    let arguments = ["--fix", "--format", "json", "--output", "acme.json", "."];
    let both = run(directory.path(), &arguments);
    assert_eq!((stdout(&both), stderr(&both)), (stdout(&text), stderr(&text)));
    assert!(stdout(&both).starts_with("--- a/nginx.conf"), "{}", stdout(&both));
    let document = json_in(&directory.path().join("acme.json"));
    assert_eq!(document["patch"], stdout(&text));
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let directory = directory_with(SITE.as_bytes());
    for (path, why) in [("no/such/file", "No such file"), (".", ""), ("/proc/x", "")] {
        let output = run(directory.path(), &["--format", "json", "--output", path, "."]);
        if path == "." {
            assert_eq!(output.status.code(), Some(3));
            continue;
        }
        assert_eq!(output.status.code(), Some(2), "{path}");
        assert!(stderr(&output).starts_with(&format!("error: cannot write {path}: ")), "{path}");
        assert!(stderr(&output).contains(why));
        assert!(stdout(&output).contains("looked at"), "{path}");
    }
}

#[test]
fn what_nginx_reads_is_left_alone() {
    let directory = directory_with(SITE.as_bytes());
    fs::create_dir(directory.path().join("conf.d")).expect(WRITABLE);
    symlink("nginx.conf", directory.path().join("link")).expect(WRITABLE);
    for path in ["nginx.conf", "./nginx.conf", "link", "conf.d/report", "conf.d/../conf.d/x.json"] {
        let output = run(directory.path(), &["--format", "json", "--output", path, "."]);
        assert_eq!(output.status.code(), Some(3), "{path}");
        assert!(stderr(&output).contains("nginx reads this file"), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    assert_eq!(fs::read_to_string(directory.path().join("nginx.conf")).unwrap(), SITE);
    assert_eq!(fs::read_dir(directory.path().join("conf.d")).unwrap().count(), 0);
    let beside = run(directory.path(), &["--format", "json", "--output", "report.json", "."]);
    assert_eq!(beside.status.code(), Some(1));
    // The same below a directory that stands for `/`.
    let root = tempfile::tempdir().expect(WRITABLE);
    fs::create_dir_all(root.path().join("etc/nginx/conf.d")).expect(WRITABLE);
    fs::write(root.path().join("etc/nginx/nginx.conf"), SITE).expect(WRITABLE);
    let arguments = ["--root", ".", "--format", "json", "--output", "etc/nginx/conf.d/x"];
    assert_eq!(run(root.path(), &arguments).status.code(), Some(3));
}

#[test]
fn a_closed_terminal_does_not_keep_the_file_from_being_written() {
    let directory = directory_with(SITE.as_bytes());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = linter(directory.path())
        .args(["--format", "junit", "--output", "report.xml", "."])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect(STARTS);
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), ""));
    assert!(directory.path().join("report.xml").exists());
}

#[test]
fn a_quiet_run_writes_its_file() {
    let directory = directory_with(b"events {}\n");
    let arguments = ["--quiet", "--format", "json", "--output", "acme.json", "."];
    let quiet = run(directory.path(), &arguments);
    assert_eq!((quiet.status.code(), stdout(&quiet), stderr(&quiet)), (Some(0), "", ""));
    assert_eq!(json_in(&directory.path().join("acme.json"))["looked_at"]["files"], 1);
}

#[test]
fn formats_are_asked_for_once() {
    let directory = directory_with(SITE.as_bytes());
    let twice = run(directory.path(), &["--format", "json", "--format", "sarif", "."]);
    assert_eq!(twice.status.code(), Some(3));
    let expected = "error: --format is given more than once (json, sarif): a run writes one report; \
                    to have the text beside it, use --output FILE\n";
    assert_eq!((stdout(&twice), stderr(&twice)), ("", expected));
    let without = run(directory.path(), &["--output", "x", "."]);
    assert_eq!(without.status.code(), Some(3));
    let expected = "error: --output needs --format: say what to write to the file\n";
    assert_eq!(stderr(&without), expected);
    fs::write(directory.path().join("nginx-acme-lint.toml"), "format = 'json'\n").expect(WRITABLE);
    assert_eq!(run(directory.path(), &["--output", "x.json", "."]).status.code(), Some(1));
    json_in(&directory.path().join("x.json"));
}

//! Machines are built as their fixture says, and real nginx runs in them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;

use machine::{ADDRESS_V4, ADDRESS_V6, Answer, Machine, Network, Nginx, Response, Result};
use tempfile::TempDir;

const MAIN: (&str, &str) =
    ("etc/nginx/nginx.conf", "events { }\nhttp { include /etc/nginx/conf.d/*.conf; }\n");

/// A site that answers challenges over HTTP, redirects the rest and has a certificate.
const SITE: (&str, &str) = (
    "etc/nginx/conf.d/site.conf",
    "server {
    listen 80;
    listen [::]:80;
    server_name example.com;
    location /.well-known/acme-challenge/ { root /var/www/challenges; }
    location / { return 301 https://$host$request_uri; }
    location /closed { return 444; }
    location /round { return 302 /round; }
}
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    location / { return 200 \"$host $http_x_test $ssl_server_name\"; }
}
",
);

const CERTIFICATE: &str = "[[certificate]]\nlineage = \"example.com\"\n";

#[test]
fn git_is_kept_and_what_it_cannot_keep_is_made() {
    let fixture = fixture(&[
        MAIN,
        ("expected.txt", "not part of the machine"),
        (
            "fixture.toml",
            r#"
            [[file]]
            path = "etc/nginx/nginx.conf"
            mode = "0000"
            [[file]]
            path = "etc/nginx/japanese.conf"
            hex = "23 93fa 0a"
            [[file]]
            path = "srv/hook"
            base64 = "IyEvYmluL3No"
            mode = "0755"
            owner = "www-data:adm"
            [[directory]]
            path = "/var/www/empty"
            mode = "0750"
            owner = "1000"
            [[fifo]]
            path = "run/pipe"
            [[link]]
            path = "etc/nginx/sites-enabled/dangling"
            to = "/etc/nginx/sites-available/dangling"
            owner = "nginx"
            "#,
        ),
    ]);
    let machine = Machine::build(fixture.path()).unwrap();
    let root = machine.root();
    let owner = |path: &str| {
        let metadata = root.join(path).symlink_metadata().unwrap();
        (metadata.permissions().mode() & 0o7777, metadata.uid(), metadata.gid())
    };
    assert!(!root.join("expected.txt").exists());
    assert!(!root.join("fixture.toml").exists());
    assert_eq!(owner(""), (0o755, 0, 0));
    assert_eq!(owner("etc/nginx"), (0o755, 0, 0));
    assert_eq!(owner("etc/nginx/nginx.conf").0, 0);
    assert_eq!(fs::read(root.join("etc/nginx/nginx.conf")).unwrap(), MAIN.1.as_bytes());
    assert_eq!(fs::read(root.join("etc/nginx/japanese.conf")).unwrap(), b"#\x93\xfa\n");
    assert_eq!(fs::read(root.join("srv/hook")).unwrap(), b"#!/bin/sh");
    assert_eq!(owner("srv/hook"), (0o755, 33, 4));
    assert_eq!(owner("var/www/empty"), (0o750, 1000, 1000));
    assert!(root.join("run/pipe").metadata().unwrap().file_type().is_fifo());
    let link = root.join("etc/nginx/sites-enabled/dangling");
    assert_eq!(fs::read_link(link).unwrap(), Path::new("/etc/nginx/sites-available/dangling"));
    assert_eq!(owner("etc/nginx/sites-enabled/dangling").1, 101);
}

#[test]
fn what_a_fixture_says_is_understood_whole_or_refused() {
    for (settings, said) in [
        ("surprise = 1", "unknown field `surprise`"),
        ("[run]\nnginx = \"maybe\"", "expected `accepts`, `refuses`"),
        ("[[certificate]]\nkey = \"dsa\"", "`dsa` is no kind of key"),
        ("[[certificate]]\nuntil = \"soon\"", "`soon` is neither"),
        ("[[file]]\npath = \"../outside\"", "`../outside` is not a plain path"),
        ("[[file]]\npath = \"a\"\nmode = \"rw\"", "the mode of `a` is not octal"),
        ("[[file]]\npath = \"a\"\nhex = \"123\"", "hexadecimal"),
        ("[[file]]\npath = \"a\"\nhex = \"1\"\ntext = \"1\"", "twice"),
        ("[[file]]\npath = \"a\"\nowner = \"somebody\"", "`somebody` is no account"),
        ("[[link]]\npath = \"a\"\nto = \"/tmp\"\n[[fifo]]\npath = \"a/b\"", "cannot link"),
    ] {
        let fixture = fixture(&[("fixture.toml", settings)]);
        let error = Machine::build(fixture.path()).unwrap_err().to_string();
        assert!(error.contains(said), "{settings}\n{error}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let outside = TempDir::new().unwrap();
    let fixture = fixture(&[("fixture.toml", "[[file]]\npath = \"etc/nginx/conf.d/a.conf\"")]);
    fs::create_dir_all(fixture.path().join("etc/nginx")).unwrap();
    std::os::unix::fs::symlink(outside.path(), fixture.path().join("etc/nginx/conf.d")).unwrap();
    let error = Machine::build(fixture.path()).unwrap_err().to_string();
    assert!(error.contains("leads through a link"), "{error}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn certificates_of_every_kind_are_made_and_nginx_takes_them() {
    for kind in ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048"] {
        let settings = format!("[[certificate]]\nkey = \"{kind}\"\nlineage = \"example.com\"\n");
        let fixture = fixture(&[MAIN, SITE, ("fixture.toml", settings.as_str())]);
        let machine = Machine::build(fixture.path()).unwrap();
        let verdict = machine.nginx_test(Nginx::Debian).unwrap();
        assert!(verdict.accepted, "{kind}: {verdict}");
    }
}

#[test]
fn certificate_files_hold_what_is_listed() {
    let fixture = fixture(&[(
        "fixture.toml",
        r#"
        [[certificate]]
        names = ["example.com", "*.example.com", "192.0.2.10"]
        must_staple = true
        ocsp = "http://ocsp.example.com"
        from = "2025-01-01"
        until = "2025-03-31"
        [certificate.files]
        "etc/ssl/reversed.pem" = ["root", "intermediate", "leaf"]
        "etc/ssl/all.pem" = ["leaf", "key"]
        "etc/ssl/locked.key" = ["encrypted-key"]

        [[certificate]]
        self_signed = true
        [certificate.files]
        "etc/ssl/all.pem" = ["leaf"]
        "#,
    )]);
    let machine = Machine::build(fixture.path()).unwrap();
    let read = |path: &str| fs::read_to_string(machine.root().join(path)).unwrap();
    assert_eq!(read("etc/ssl/reversed.pem").matches("BEGIN CERTIFICATE").count(), 3);
    assert_eq!(read("etc/ssl/all.pem").matches("BEGIN CERTIFICATE").count(), 2);
    assert_eq!(read("etc/ssl/all.pem").matches("BEGIN PRIVATE KEY").count(), 1);
    assert!(read("etc/ssl/locked.key").contains("BEGIN ENCRYPTED PRIVATE KEY"));
    let mode = |path: &str| machine.root().join(path).metadata().unwrap().mode() & 0o7777;
    assert_eq!((mode("etc/ssl/locked.key"), mode("etc/ssl/reversed.pem")), (0o600, 0o644));
}

#[test]
fn nginx_accepts_or_refuses() {
    let fixture = fixture(&[MAIN, SITE, ("fixture.toml", CERTIFICATE)]);
    let machine = Machine::build(fixture.path()).unwrap();
    for nginx in Nginx::ALL {
        let verdict = machine.nginx_test(nginx).unwrap();
        assert!(verdict.accepted, "{nginx}: {verdict}");
    }
    fs::write(machine.root().join("etc/nginx/conf.d/bad.conf"), "servr { }\n").unwrap();
    for nginx in Nginx::ALL {
        let verdict = machine.nginx_test(nginx).unwrap();
        assert!(!verdict.accepted, "{nginx}: {verdict}");
        let expected = "unknown directive \"servr\" in /etc/nginx/conf.d/bad.conf:1";
        assert!(verdict.to_string().contains(expected), "{nginx}: {verdict}");
    }
}

#[test]
fn addresses_are_those_of_the_machine() {
    let listens = "server { listen 192.0.2.10:80; listen [2001:db8::10]:443; }
        server { listen 203.0.113.7:80; }";
    let site = ("etc/nginx/conf.d/site.conf", listens);
    let with = fixture(&[MAIN, site, ("fixture.toml", "addresses = [\"203.0.113.7\"]")]);
    let without = fixture(&[MAIN, site]);
    let verdict = |fixture: &TempDir| {
        Machine::build(fixture.path()).unwrap().nginx_test(Nginx::Debian).unwrap()
    };
    assert!(verdict(&with).accepted, "{}", verdict(&with));
    assert!(verdict(&without).to_string().contains("bind() to 203.0.113.7:80 failed"));
}

#[test]
fn both_nginx_serve_and_are_asked() {
    let fixture = fixture(&[
        ("etc/nginx/nginx.conf", "user www-data;\nevents { }\nhttp { include conf.d/*.conf; }\n"),
        SITE,
        ("fixture.toml", CERTIFICATE),
        ("var/www/challenges/.well-known/acme-challenge/token", "token.thumbprint"),
    ]);
    let machine = Machine::build(fixture.path()).unwrap();
    for nginx in Nginx::ALL {
        let running = machine.serve(nginx).unwrap();
        let token = "http://example.com/.well-known/acme-challenge/token";
        let response = whole(running.get(token, &[]));
        assert_eq!((response.status, response.body.as_slice()), (200, &b"token.thumbprint"[..]));
        assert_eq!(whole(running.get_at(ADDRESS_V6, token, &[])).status, 200);

        let response = whole(running.get("http://example.com/a?b", &[]));
        assert_eq!(response.status, 301);
        assert_eq!(response.location(), Some("https://example.com/a?b"));

        let response = whole(running.follow("http://example.com/a?b", &["X-Test: yes"]));
        assert_eq!((response.status, response.redirects), (200, 1));
        assert_eq!(response.body, b"example.com yes example.com");
        assert_eq!(response.url, "https://example.com/a?b");

        assert_eq!(running.get("http://example.com/closed", &[]).unwrap(), Answer::Closed);
        let round = running.follow("http://example.com/round", &[]).unwrap();
        assert_eq!(round, Answer::RedirectsFailed);
        assert_eq!(running.get("http://example.com:8080/", &[]).unwrap(), Answer::Refused);
        let plain = running.get("https://example.com:80/", &[]).unwrap();
        assert_eq!(plain, Answer::TlsFailed);

        let later = "var/www/challenges/.well-known/acme-challenge/later";
        fs::write(running.root().join(later), "made while nginx runs").unwrap();
        let response = whole(running.get(&format!("{token}/../later"), &[]));
        assert_eq!(response.body, b"made while nginx runs");
        assert!(running.root().join("var/log/nginx").is_dir());
    }
    assert!(!machine.root().join("var/log").exists(), "what nginx writes leaves the machine alone");
}

#[test]
fn nginx_in_the_foreground_serves_too() {
    let fixture = fixture(&[(
        "etc/nginx/nginx.conf",
        "daemon off;\nevents { }\nhttp { server { listen 80; return 200 here; } }\n",
    )]);
    let machine = Machine::build(fixture.path()).unwrap();
    let running = machine.serve(Nginx::Debian).unwrap();
    assert_eq!(whole(running.get("http://example.com/", &[])).body, b"here");
}

#[test]
fn machines_follow_each_other_in_a_network() {
    let script = "while read -r url; do curl --silent --max-time 10 \"$url\"; echo; done";
    let mut network =
        Network::start(Path::new("/bin/sh"), &["-c", script].map(OsStr::new)).unwrap();
    for number in ["one", "two", "three"] {
        let main =
            format!("events {{ }}\nhttp {{ server {{ listen 80; return 200 {number}; }} }}\n");
        let fixture = fixture(&[("etc/nginx/nginx.conf", &main)]);
        let machine = Machine::build(fixture.path()).unwrap();
        let running = machine.serve_in(Nginx::Debian, &network).unwrap();
        assert_eq!(network.ask(&format!("http://{ADDRESS_V4}/")).unwrap().trim_end(), number);
        drop(running);
        assert_eq!(network.ask(&format!("http://{ADDRESS_V4}/")).unwrap(), "\n");
    }
}

#[test]
fn nginx_that_does_not_start_says_why() {
    let fixture = fixture(&[("etc/nginx/nginx.conf", "events { }\nhttp { nonsense; }\n")]);
    let machine = Machine::build(fixture.path()).unwrap();
    let error = machine.serve(Nginx::Debian).unwrap_err().to_string();
    assert!(error.contains("unknown directive \"nonsense\""), "{error}");
}

#[test]
fn a_patch_fits_or_is_refused() {
    let fixture = fixture(&[("etc/nginx/nginx.conf", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")]);
    let machine = Machine::build(fixture.path()).unwrap();
    let patch = |line: u8, from: &str, to: &str| {
        let header = "--- a/etc/nginx/nginx.conf\n+++ b/etc/nginx/nginx.conf\n";
        let hunk = format!("@@ -{line},3 +{line},3 @@\n 4\n-{from}\n+{to}\n 6\n");
        machine.apply_patch(format!("{header}{hunk}").as_bytes())
    };
    let read = || fs::read_to_string(machine.root().join("etc/nginx/nginx.conf")).unwrap();
    patch(4, "5", "five").unwrap();
    assert_eq!(read(), "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
    patch(4, "5", "five").unwrap_err();
    assert_eq!(read(), "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
    let error = patch(2, "five", "5").unwrap_err().to_string();
    assert!(error.contains("had to look for the place"), "{error}");
}

/// A fixture's directory with these files.
fn fixture(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().expect("there is room for temporary files");
    for (path, contents) in files {
        let path = directory.path().join(path);
        let parent = path.parent().expect("it lies in the directory");
        fs::create_dir_all(parent).expect("the directory is new");
        fs::write(path, contents).expect("the directory is new");
    }
    directory
}

fn whole(answer: Result<Answer>) -> Response {
    match answer {
        Ok(Answer::Response(response)) => response,
        other => panic!("not a response: {other:?}"),
    }
}

//! `--quiet`: silence means that there is nothing to do, and nothing else.

use crate::program::{BAD, Ended, GOOD, root_with, run, write};

/// A name whose verdict hangs on a variable that nobody knows.
const UNKNOWN: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;
        location /.well-known/acme-challenge/ { proxy_pass http://$http_x_backend; }
    }
}
";

fn lint(configuration: &str, arguments: &[&str]) -> Ended {
    let root = root_with(configuration);
    let root = root.path().to_str().expect("the temporary directory has a plain name");
    run(&[&["--root", root, "--quiet"], arguments].concat())
}

fn is_silent(ended: &Ended) -> bool {
    ended.out.is_empty() && ended.err.is_empty()
}

#[test]
fn nothing_is_said_where_there_is_nothing_to_do() {
    for arguments in [&[][..], &["--format", "short"], &["--format", "json"], &["--fix"]] {
        let ended = lint(GOOD, arguments);
        assert_eq!((ended.code, is_silent(&ended)), (0, true), "{arguments:?} {ended:?}");
    }
    let ended = lint(BAD, &["--fail-on", "never"]);
    assert_eq!((ended.code, is_silent(&ended)), (0, true), "{ended:?}");
}

#[test]
fn what_is_wrong_is_said_in_full() {
    let ended = lint(BAD, &[]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("error[challenge-taken-by-regex]"), "{ended:?}");
    assert!(ended.out.contains("looked at /etc/nginx: 1 file"), "{ended:?}");
}

#[test]
fn a_name_that_is_not_judged_is_said_if_it_counts() {
    assert!(is_silent(&lint(UNKNOWN, &[])));
    let ended = lint(UNKNOWN, &["--fail-on", "unknown"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("1 not judged"), "{ended:?}");
}

#[test]
fn it_is_never_silent_about_what_was_not_read() {
    let never = ["--fail-on", "never"];
    let broken = lint("events {}\nhttp {\n", &never);
    assert_eq!(broken.code, 2);
    assert!(broken.out.contains("not understood whole"), "{broken:?}");
    let missing = lint(GOOD, &["/etc/nginx/no-such-file"]);
    assert_eq!(missing.code, 2);
    assert!(missing.out.contains("cannot read /etc/nginx/no-such-file"), "{missing:?}");
    let root = root_with(GOOD);
    let nothing = run(&["--quiet", "--root", "/nonexistent/root"]);
    assert_eq!(nothing.code, 3);
    assert!(nothing.err.starts_with("error: "), "{nothing:?}");
    drop(root);
}

#[test]
fn it_is_never_silent_about_what_was_or_would_be_written() {
    let ended = lint(BAD, &["--fix", "--fail-on", "never"]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.starts_with("--- a/"), "{ended:?}");

    let root = root_with(BAD);
    write(root.path(), "state/.keep", "");
    let [root, state] = [root.path().to_owned(), root.path().join("state")];
    let (root, state) = (root.to_str().expect("plain"), state.to_str().expect("plain"));
    let arguments =
        ["--root", root, "--quiet", "--fix", "--write", "--no-verify", "--backup-dir", state];
    let written = run(&arguments);
    assert_eq!(written.code, 0, "{written:?}");
    assert!(written.out.contains("restore"), "{written:?}");
    let again = run(&arguments);
    assert_eq!((again.code, is_silent(&again)), (0, true), "{again:?}");
}

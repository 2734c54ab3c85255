//! What was not read, not understood or not judged is told in every format.

use std::fs;

use crate::program::{FORMATS, WRITABLE, directory_with, parsed_xml, printed, run};

/// In every format, all of these words are there.
fn every_format_says(directory: &std::path::Path, path: &str, words: &[&str], code: i32) {
    for format in FORMATS.iter().chain(&["text", "short"]) {
        let output = run(directory, &["--format", format, path]);
        assert_eq!(output.status.code(), Some(code), "{format}");
        let text = String::from_utf8(output.stdout).expect("reports are UTF-8");
        for word in words {
            assert!(text.contains(word), "{format} lacks {word}: {text}");
        }
        if ["checkstyle", "junit"].contains(format) {
            parsed_xml(&text);
        }
    }
}

#[test]
fn a_path_that_is_not_there() {
    let directory = directory_with(b"events {}\n");
    let words = ["no-such-file", "no such file or directory", "no name was judged"];
    every_format_says(directory.path(), "no-such-file", &words, 2);
}

#[test]
fn an_include_that_is_not_there() {
    let directory = directory_with(b"events {}\nhttp { include gone.conf; }\n");
    every_format_says(directory.path(), ".", &["gone.conf", "1 not read"], 2);
}

#[test]
fn a_file_that_ends_too_early() {
    let directory = directory_with(b"events {}\nhttp {\n");
    every_format_says(directory.path(), ".", &["nginx.conf", "1 not understood whole"], 2);
}

#[test]
fn a_name_that_is_not_judged() {
    let directory = directory_with(
        b"events {}\nhttp { server { listen 80; server_name a.example.com; location /.well-known/acme-challenge/ { content_by_lua_file /x.lua; } } }\n",
    );
    every_format_says(directory.path(), ".", &["1 not judged (first: a.example.com"], 0);
}

#[test]
fn nothing_to_judge() {
    let directory = directory_with(b"events {}\n");
    every_format_says(directory.path(), ".", &["no name was judged"], 0);
    let directory = directory_with(b"# nothing\n");
    every_format_says(directory.path(), ".", &["without a directive", "no name was judged"], 2);
}

#[test]
fn a_clean_run_says_what_was_looked_at() {
    let directory = directory_with(b"events {}\nhttp { include sites/*; }\n");
    fs::create_dir(directory.path().join("sites")).expect(WRITABLE);
    let site = "server { listen 80; listen [::]:80; server_name a.example.com; location ^~ /.well-known/acme-challenge/ { root /srv; } }\n";
    fs::write(directory.path().join("sites/a"), site).expect(WRITABLE);
    for format in ["sarif", "github", "json"] {
        let text = printed(directory.path(), &["--format", format, "."]);
        assert!(text.contains("names: 1 passes"), "{format}: {text}");
    }
    assert_eq!(printed(directory.path(), &["--format", "gitlab", "."]), "[]\n");
    let checkstyle = parsed_xml(&printed(directory.path(), &["--format", "checkstyle", "."]));
    assert_eq!(checkstyle, "checkstyle {'version': '4.3'} None\n");
    let junit = parsed_xml(&printed(directory.path(), &["--format", "junit", "."]));
    assert!(junit.contains("'tests': '3', 'failures': '0', 'errors': '0'"), "{junit}");
}

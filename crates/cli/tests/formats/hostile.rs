//! Paths and texts that mean something to a format, or nothing to anybody.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use tempfile::TempDir;

use crate::program::{FORMATS, WRITABLE, directory_with, document, parsed_xml, printed};

/// A name that would end a command, an element, a line and a string.
const NAME: &[u8] =
    b"a]]>&\"'<%0A,:[x](1)\n::error::no\x1b[2J\xe9\xe2\x80\xae\xf0\x9f\x90\x8c.conf";

/// A configuration whose files and words are as bad as they can be.
pub(crate) fn directory() -> TempDir {
    let directory = directory_with(b"events {}\nhttp { include sites/*; include gone/x; }\n");
    let sites = directory.path().join("sites");
    fs::create_dir(&sites).expect(WRITABLE);
    let mut text =
        b"server { listen 80; server_name a.example.com; # \xf0\x9f\x90\x8c \xe9\n".to_vec();
    text.extend_from_slice(b"root /srv; location /.well-known/acme-challenge/ { root /w; }\n");
    text.extend_from_slice(
        b"/* \xf0\x9f\x90\x8c \xe9\xe9 \xc2\x85 */; location ~ /\\.[a-z](1)]]>|/\\.[a-z] { deny all; }\n",
    );
    text.extend_from_slice(b"\"non\xe9sense\x1b]0;x\x07]]>\n::error::no\" a;\n}\n");
    fs::write(sites.join(OsStr::from_bytes(NAME)), text).expect(WRITABLE);
    directory
}

#[test]
fn nothing_steers_a_terminal_or_a_runner() {
    let directory = directory();
    for format in FORMATS {
        let text = printed(directory.path(), &["--format", format, "."]);
        assert!(text.len() > 200, "{text}");
        let hidden = |letter: char| {
            letter.is_control() && letter != '\n'
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        };
        assert!(!text.contains(hidden), "{format}: {text:?}");
    }
}

#[test]
fn commands_stay_on_their_lines() {
    let text = printed(directory().path(), &["--format", "github", "."]);
    for line in text.lines() {
        let is_command =
            ["error", "warning", "notice"].iter().any(|one| line.starts_with(&format!("::{one} ")));
        assert!(is_command || line.starts_with("looked at "), "{line}");
        assert!(!line.starts_with("::error::"), "{line}");
        if let Some(rest) = line.strip_prefix("::") {
            let (properties, _) = rest.split_once("::").expect("a message");
            assert!(properties.starts_with("error title=") || !properties.starts_with("error"));
            assert_eq!(properties.matches("file=").count(), 1, "{line}");
        }
    }
    assert!(text.contains("file=sites/a]]>&\"'<%250A%2C%3A[x](1)\\n%3A%3Aerror"), "{text}");
}

#[test]
fn every_parser_takes_the_xml() {
    let directory = directory();
    for format in ["checkstyle", "junit"] {
        let parsed = parsed_xml(&printed(directory.path(), &["--format", format, "."]));
        assert!(parsed.contains("]]>&"), "{parsed}");
        assert!(parsed.contains("\u{1f40c}"), "{parsed}");
    }
}

#[test]
fn columns_count_what_editors_count() {
    let directory = directory_with(
        b"events {}\nhttp { server { listen 80; server_name a.example.com;\n\
        location /.well-known/acme-challenge/ { root /srv; }\n\
        add_header X \"\xf0\x9f\x90\x8c \xe9\xe9\"; location ~ /\\. { deny all; }\n}}\n",
    );
    let report = document(directory.path(), &["--format", "sarif", "."]);
    let results = report["runs"][0]["results"].as_array().unwrap();
    // Before the location of line 4 stand a snail of two units, and two bytes that become one each.
    let taken = results.iter().find(|one| one["ruleId"] == "challenge-taken-by-regex").unwrap();
    let regex = &taken["relatedLocations"][0]["physicalLocation"]["region"];
    assert_eq!((&regex["startLine"], &regex["startColumn"]), (&4.into(), &23.into()));
}

#[test]
fn a_byte_order_mark_has_no_column() {
    let directory = directory_with(b"\xef\xbb\xbfnonsense a;\nevents {}\n");
    let report = document(directory.path(), &["--format", "sarif", "."]);
    let region = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 1, "{report}");
    assert_eq!((&region["startColumn"], &region["byteOffset"]), (&1.into(), &0.into()));
}

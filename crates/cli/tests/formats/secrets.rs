//! A private key may stand in the configuration itself, and is printed nowhere.

use std::{fs, path::Path};

use machine::Machine;

use crate::program::{FORMATS, STARTS, WRITABLE, linter, repository};

/// A configuration with another certificate's key in it, which is quoted like this.
fn with_key(machine: &Machine, quoted: impl Fn(&str) -> String) {
    let root = machine.root();
    let key = key(&root);
    let path = root.join("etc/nginx/nginx.conf");
    let text = fs::read_to_string(&path).expect("the fixture has one");
    let data = quoted(&format!("data:{key}"));
    let text = text.replace("/etc/ssl/example.com.key", &data);
    assert!(text.contains(&data), "{text}");
    fs::write(&path, text).expect(WRITABLE);
}

fn key(root: &Path) -> String {
    fs::read_to_string(root.join("etc/ssl/example.com.key")).expect("the fixture has one")
}

/// All that the program may say of a machine.
fn said(root: &Path) -> String {
    let log = "nginx: [emerg] no \"ssl_certificate\" in /etc/nginx/nginx.conf:";
    let lines: Vec<_> = (1..16).map(|line| format!("{log}{line}\n")).collect();
    fs::write(root.join("log"), lines.concat()).expect(WRITABLE);
    let formats = FORMATS.into_iter().chain(["text", "short"]);
    let mut calls: Vec<Vec<&str>> = formats.map(|format| vec!["--format", format]).collect();
    calls.extend([
        vec!["--fix"],
        vec!["--fix", "--unsafe-fixes", "--format", "json"],
        vec!["--write-baseline", "baseline.json"],
        vec!["names"],
        vec!["names", "--format", "json"],
        vec!["trace", "https://example.com/"],
        vec!["trace", "--format", "json", "https://example.com/"],
        vec!["diagnose", "log"],
        vec!["diagnose", "--format", "json", "log"],
    ]);
    let mut said = Vec::new();
    for call in calls {
        let output = linter(root).args(&call).arg("--root").arg(root).output().expect(STARTS);
        said.push(format!("$ {call:?}"));
        said.push(String::from_utf8_lossy(&output.stdout).into_owned());
        said.push(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    said.push(fs::read_to_string(root.join("baseline.json")).unwrap_or_default());
    said.join("\n")
}

#[test]
fn a_key_in_the_configuration_is_printed_nowhere() {
    let fixture = "fixtures/certificate-key-mismatched/bad/key-that-fits-lies-beside-it";
    let quotes: [fn(&str) -> String; 2] =
        [|data| format!("\"{data}\""), |data| format!("\"{}\"", data.replace('\n', "\\n"))];
    for quoted in quotes {
        let machine = Machine::build(&repository().join(fixture)).expect("it can be built");
        with_key(&machine, quoted);
        let said = said(&machine.root());
        let key = key(&machine.root());
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            let start = &line[..12.min(line.len())];
            assert!(!said.contains(start), "{start} of the key is in\n{said}");
        }
        assert!(said.contains("the key does not belong to the certificate"), "{said}");
        assert!(said.contains("since a patch would show the private key"), "{said}");
    }
}

//! Whether a message is still so, for configurations that need no machine.
//!
//! `today.txt` has them: below `==` stands what is shown and below it what has to be said, below
//! `-- said` the message, and below `-- PATH` a file of the machine.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const CASES: &str = include_str!("today.txt");

#[test]
fn messages_are_compared_with_configurations() {
    let cases = CASES.split("\n== ").skip(1);
    let problems: Vec<_> = cases.filter_map(problem).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}\n", problems.len(), problems.join("\n\n"));
}

/// Where the program says something else.
fn problem(case: &str) -> Option<String> {
    let mut parts = case.split("\n-- ");
    let head = parts.next().expect("a case has a head");
    let (title, expected) = head.split_once('\n').expect("what is expected has a line");
    let machine = tempfile::tempdir().expect("there is room");
    let mut said = "";
    for part in parts {
        let (path, text) = part.split_once('\n').expect("a path has a line of its own");
        if path == "said" {
            said = text;
            continue;
        }
        let path = machine.path().join(path);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("there is room");
        fs::write(path, text).expect("there is room");
    }
    let (found, told) = told(machine.path(), said);
    (found != expected.trim()).then(|| format!("{title}: it says {found}\n{told}"))
}

/// The first message, whether it is still so, the exit code, and the rules and names.
fn told(machine: &Path, said: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.args(["diagnose", "-", "--format", "json", "--now", "2026-11-22"]);
    if machine.join("etc/nginx").is_dir() {
        command.args(["--root", "."]);
    } else {
        command.arg("nginx.conf");
    }
    command.current_dir(machine).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.stderr(Stdio::null()).spawn().expect("the program is built");
    let mut input = running.stdin.take().expect("it is piped");
    input.write_all(said.as_bytes()).expect("it reads");
    drop(input);
    let output = running.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let message = &document["messages"][0];
    let words = |value: &Value, key: Option<&str>| -> Vec<String> {
        let all = value.as_array().into_iter().flatten();
        let word = |one: &Value| key.map_or(one, |key| &one[key]).as_str().map(str::to_owned);
        all.filter_map(word).collect()
    };
    let mut parts = vec![
        message["id"].as_str().unwrap_or("nothing").to_owned(),
        message["today"]["stands"].as_str().unwrap_or_default().to_owned(),
        output.status.code().map_or_else(String::new, |code| code.to_string()),
    ];
    parts.extend(words(&message["names"], None));
    parts.extend(words(&message["today"]["diagnostics"], Some("rule")));
    (parts.join(" "), text)
}

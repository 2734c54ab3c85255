//! docs/json.md describes what is written.

use std::fs;

use serde_json::Value;

use crate::program::{document, repository, text, trace};

/// In front of the example's block.
const COMMAND: &str = "<!-- nginx-acme-lint trace ";

#[test]
fn the_page_shows_what_is_written() {
    let path = repository().join("docs/json.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let (_, rest) = page.split_once(COMMAND).expect("the page has an example");
    let (command, rest) = rest.split_once(" -->\n```json\n").expect("a block follows");
    let (shown, _) = rest.split_once("```").expect("the block ends");
    let arguments: Vec<_> = command.split(' ').collect();
    let output = trace(&arguments, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = document(&output);
    let shown: Value = serde_json::from_str(shown).expect("the example is JSON");
    assert_eq!(shown, written, "docs/json.md should show:\n{}", text(&output.stdout));
}

#[test]
fn the_page_describes_every_field() {
    let page = fs::read_to_string(repository().join("docs/json.md")).expect("the page is there");
    let (_, page) = page.split_once("## Traces\n").expect("traces have a chapter");
    let kinds = repository().join("crates/cli/tests/trace/expected/kinds.json");
    let kinds = fs::read_to_string(kinds).expect("the expectation is there");
    let fields = kinds.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": "));
    for (field, _) in fields {
        assert!(page.contains(&format!("`{field}`")), "docs/json.md does not describe {field}");
    }
    let document: Value = serde_json::from_str(&kinds).expect("it is JSON");
    let requests = document["requests"].as_array().expect("there are requests");
    let kind = |request: &Value| request["hops"][0]["answer"]["kind"].as_str().map(str::to_owned);
    let kinds: Vec<_> = requests.iter().filter_map(kind).collect();
    for kind in ["file", "redirect", "status", "proxy", "close", "refused", "tls-error", "unknown"]
    {
        assert!(page.contains(&format!("| `{kind}` |")), "docs/json.md does not describe {kind}");
        assert!(kinds.iter().any(|other| other == kind), "no request shows {kind}");
    }
}

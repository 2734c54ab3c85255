//! docs/settings.md: every key is there with an example, and the examples are right.

use std::{collections::BTreeSet, fs, path::Path};

use crate::program::{BAD, run, tree};

fn repository_file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(path).expect("it is in the repository")
}

/// The keys of the schema.
fn keys() -> BTreeSet<String> {
    let schema = repository_file("docs/schemas/settings.json");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

/// The sections of the page that are about a key: the key, and the text up to the next heading.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let sections = page.split("\n### `").skip(1).filter_map(|section| section.split_once('`'));
    sections
        .map(|(key, rest)| (key, rest.split_once("\n## ").map_or(rest, |(own, _)| own)))
        .collect()
}

fn examples(text: &str) -> Vec<&str> {
    text.split("```toml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

#[test]
fn every_key_has_a_section_with_an_example_of_it() {
    let page = repository_file("docs/settings.md");
    let sections = sections(&page);
    let found: BTreeSet<_> = sections.iter().map(|(key, _)| (*key).to_owned()).collect();
    assert_eq!(found, keys());
    for (key, text) in sections {
        let has_key = |example: &str| {
            example.lines().any(|line| line.trim_start_matches('[').trim_start().starts_with(key))
        };
        assert!(examples(text).into_iter().any(has_key), "{key}: no example");
    }
}

#[test]
fn every_example_is_understood() {
    let page = repository_file("docs/settings.md");
    let examples = examples(&page);
    assert!(!examples.is_empty());
    for example in examples {
        let tree = tree(&[
            ("nginx/nginx.conf", BAD),
            ("image/etc/nginx/nginx.conf", BAD),
            ("certs/x", ""),
            (
                "acme-baseline.json",
                "{\"schema\":\"nginx-acme-lint/baseline/1\",\"diagnostics\":[]}",
            ),
            ("settings/nginx-acme-lint.toml", example),
        ]);
        fs::rename(
            tree.path().join("settings/nginx-acme-lint.toml"),
            tree.path().join("nginx-acme-lint.toml"),
        )
        .unwrap();
        let paths: &[&str] = if example.contains("root = ") { &[] } else { &["nginx"] };
        let (code, out, err) = run(tree.path(), paths);
        assert!(code < 3 && !err.contains("nginx-acme-lint.toml"), "{example}\n{out}\n{err}");
    }
}

//! What SARIF says beyond its schema.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::program::{WRITABLE, directory_with, document, printed, repository, run};

/// A site whose challenge a regular expression takes.
const SITE: &str = "events {}
http {
    server {
        listen 80;
        server_name shop.example.com;

        location /.well-known/acme-challenge/ {
            root /var/www/letsencrypt;
        }

        location ~ /\\. {
            deny all;
        }
    }
}
";

fn results(document: &Value) -> &[Value] {
    document["runs"][0]["results"].as_array().expect("results are a list")
}

fn sarif(directory: &Path) -> Value {
    document(directory, &["--format", "sarif", "."])
}

/// What the fixes of a document make of the files.
fn mended(directory: &Path, document: &Value) {
    let mut edits: BTreeMap<String, Vec<(usize, usize, Vec<u8>)>> = BTreeMap::new();
    let fixes = results(document).iter().filter_map(|result| result["fixes"].as_array()).flatten();
    for change in fixes.flat_map(|fix| fix["artifactChanges"].as_array().expect("changes")) {
        let file = change["artifactLocation"]["uri"].as_str().expect("a path").to_owned();
        for one in change["replacements"].as_array().expect("replacements") {
            let number = |name| one["deletedRegion"][name].as_u64().expect("a number") as usize;
            let inserted = match &one["insertedContent"] {
                Value::Null => Vec::new(),
                content => content["text"].as_str().map_or_else(
                    || {
                        STANDARD
                            .decode(content["binary"].as_str().expect("base64"))
                            .expect("base64")
                    },
                    |text| text.as_bytes().to_vec(),
                ),
            };
            let edit = (number("byteOffset"), number("byteLength"), inserted);
            edits.entry(file.clone()).or_default().push(edit);
        }
    }
    for (file, mut edits) in edits {
        edits.sort();
        let path = directory.join(file);
        let mut bytes = fs::read(&path).expect("it is there");
        for (offset, length, inserted) in edits.into_iter().rev() {
            bytes.splice(offset..offset + length, inserted);
        }
        fs::write(path, bytes).expect(WRITABLE);
    }
}

#[test]
fn fixes_are_those_of_the_patch() {
    // A comment that is not UTF-8, and a mark at the start.
    let latin = [b"\xef\xbb\xbf# caf\xe9\r\n", SITE.as_bytes()].concat();
    for configuration in [SITE.as_bytes(), &latin] {
        let (by_patch, by_sarif) = (directory_with(configuration), directory_with(configuration));
        let patch = run(by_patch.path(), &["--fix", "."]).stdout;
        assert!(!patch.is_empty());
        let mut patching = Command::new("patch")
            .args(["-p1", "--binary", "--quiet"])
            .current_dir(by_patch.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("patch is there: .ci/prepare");
        patching.stdin.take().expect("it is piped").write_all(&patch).expect("it reads");
        assert!(patching.wait().expect("it ends").success());
        mended(by_sarif.path(), &sarif(by_sarif.path()));
        let file = |directory: &Path| fs::read(directory.join("nginx.conf")).expect("it is there");
        assert_eq!(file(by_patch.path()), file(by_sarif.path()));
        assert_ne!(file(by_patch.path()), configuration);
    }
}

#[test]
fn the_way_of_the_request_ends_where_it_fails() {
    let directory = directory_with(SITE.as_bytes());
    let document = sarif(directory.path());
    let flow = &results(&document)[0]["codeFlows"][0]["threadFlows"][0]["locations"];
    let flow: Vec<_> = flow.as_array().expect("steps").iter().collect();
    let place = |step: &Value| {
        let place = &step["location"]["physicalLocation"];
        (place["artifactLocation"]["uri"].clone(), place["region"]["startLine"].clone())
    };
    let last = flow.last().expect("a step");
    assert_eq!(place(last), ("nginx.conf".into(), 12.into()));
    let said = last["location"]["message"]["text"].as_str().expect("words");
    assert!(said.ends_with("→ 403"), "{said}");
    let first = flow[0]["location"]["message"]["text"].as_str().expect("words");
    assert!(first.starts_with("http://shop.example.com/.well-known/acme-challenge/"), "{first}");
}

#[test]
fn files_are_named_as_the_repository_has_them() {
    let directory = tempfile::tempdir().expect(WRITABLE);
    let nginx = directory.path().join("image/etc/nginx");
    fs::create_dir_all(nginx.join("available")).expect(WRITABLE);
    fs::create_dir_all(nginx.join("enabled")).expect(WRITABLE);
    fs::write(nginx.join("nginx.conf"), "events {}\nhttp { include enabled/*; }\n")
        .expect(WRITABLE);
    let site = SITE.strip_prefix("events {}\nhttp {\n").unwrap().strip_suffix("}\n").unwrap();
    fs::write(nginx.join("available/shop"), site).expect(WRITABLE);
    std::os::unix::fs::symlink("../available/shop", nginx.join("enabled/shop")).expect(WRITABLE);
    let absolute = nginx.to_str().expect("a plain name");
    for arguments in [
        &["--root", "image"][..],
        &["--root", "./image/"],
        &["image/etc/nginx"],
        &[absolute],
        &["--root", directory.path().join("image").to_str().unwrap()],
    ] {
        let document = document(directory.path(), &[&["--format", "sarif"], arguments].concat());
        let place = &results(&document)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(place["uri"], "image/etc/nginx/available/shop", "{arguments:?}");
        assert_eq!(place["uriBaseId"], "%SRCROOT%");
        let gitlab = printed(directory.path(), &[&["--format", "gitlab"], arguments].concat());
        assert!(gitlab.contains("\"path\": \"image/etc/nginx/available/shop\""), "{gitlab}");
    }
    let elsewhere = tempfile::tempdir().expect(WRITABLE);
    let document = document(elsewhere.path(), &["--format", "sarif", absolute]);
    let place = &results(&document)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    let uri = format!("file://{}/available/shop", nginx.canonicalize().unwrap().display());
    assert_eq!(place["uri"], uri);
    assert_eq!(place.get("uriBaseId"), None);
}

fn prints(document: &Value) -> Vec<String> {
    let print = |result: &Value| {
        let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].to_string();
        let print = &result["partialFingerprints"]["primaryLocationLineHash"];
        (line, print.as_str().expect("a print").to_owned())
    };
    results(document).iter().map(|result| print(result).1).collect()
}

#[test]
fn fingerprints_stay_when_other_lines_change() {
    let before = directory_with(SITE.as_bytes());
    let edited = SITE
        .replace("events {}", "# new\n\nevents {}\nnonsense a;")
        .replace("        location /.well", "\tlocation   /.well");
    let after = directory_with(edited.as_bytes());
    let (before, after) = (prints(&sarif(before.path())), prints(&sarif(after.path())));
    assert_eq!(before.len(), 1);
    assert_eq!(after.len(), 2);
    assert!(after.contains(&before[0]));
}

#[test]
fn no_two_fingerprints_are_the_same() {
    let lines = "nonsense a;\n".repeat(50);
    let directory = directory_with(format!("events {{}}\n{lines}").as_bytes());
    let mut all = prints(&sarif(directory.path()));
    assert_eq!(all.len(), 50);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 50);
    let gitlab = document(directory.path(), &["--format", "gitlab", "."]);
    let gitlab = gitlab.as_array().unwrap().iter();
    let mut all: Vec<_> = gitlab.map(|one| one["fingerprint"].as_str().unwrap()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 51);
}

#[test]
fn a_huge_run_keeps_to_the_limits_of_code_scanning() {
    let lines = "nonsense a;\n".repeat(25_100);
    let configuration = format!("events {{}}\n{lines}http {{ server {{ listen 80 x; }} }}\n");
    let directory = directory_with(configuration.as_bytes());
    let text = printed(directory.path(), &["--format", "sarif", "."]);
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(results(&document).len(), 25_000);
    let notices = document["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notices.contains("more results are not in this document"), "{notices}");
    let file = directory.path().join("report.sarif");
    fs::write(&file, text).expect(WRITABLE);
    let packed = Command::new("gzip").arg("-c").arg(&file).output().expect("gzip is everywhere");
    assert!(packed.stdout.len() < 10_000_000, "{}", packed.stdout.len());
}

#[test]
fn every_rule_is_described() {
    let document = document(&repository(), &["--format", "sarif", "docs/example"]);
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), rules::RULES.len());
    for rule in rules {
        let length = |name: &str| rule[name]["text"].as_str().expect("a text").chars().count();
        // GitHub shows no more.
        assert!((1..=1024).contains(&length("fullDescription")), "{rule}");
        assert!((1..=1024).contains(&length("shortDescription")), "{rule}");
        assert!(!rule["help"]["markdown"].as_str().unwrap().contains("```nginx,"), "{rule}");
    }
    let first = &results(&document)[0];
    let index = first["ruleIndex"].as_u64().expect("a number") as usize;
    assert_eq!(rules[index]["id"], first["ruleId"]);
}

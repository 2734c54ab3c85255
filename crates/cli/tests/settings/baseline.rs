//! Baselines: what is known is not told again, and what is gone is said.

use std::{fs, path::Path};

use expect_test::expect;
use tempfile::TempDir;

use crate::program::{BAD, run, tree};

const FILE: &str = "known.json";

fn edit(tree: &TempDir, edit: impl Fn(String) -> String) {
    let path = tree.path().join("nginx/nginx.conf");
    let text = fs::read_to_string(&path).expect("it was written for this test");
    fs::write(&path, edit(text)).expect("the temporary directory is ours");
}

fn lint(directory: &Path) -> (i32, String) {
    let (code, out, err) = run(directory, &["--baseline", FILE, "--format", "short", "nginx"]);
    assert_eq!(err, "");
    (code, out)
}

fn with_baseline() -> TempDir {
    let tree = tree(&[("nginx/nginx.conf", BAD)]);
    let (code, out, err) = run(tree.path(), &["--write-baseline", FILE, "nginx"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(
        out,
        "wrote known.json: 1 diagnostic known from now on\n\
         looked at 1 file, 1 server; names: 1 fails; 1 known from the baseline\n"
    );
    tree
}

#[test]
fn what_is_known_is_counted_and_not_told() {
    let tree = with_baseline();
    expect![[r#"
        {
          "schema": "nginx-acme-lint/baseline/1",
          "diagnostics": [
            {
              "file": "nginx/nginx.conf",
              "rule": "challenge-taken-by-regex",
              "text": "location /.well-known/acme-challenge/",
              "names": [
                "shop.example.com"
              ],
              "message": "challenges never reach the location meant for them",
              "count": 1
            }
          ]
        }
    "#]]
    .assert_eq(&fs::read_to_string(tree.path().join(FILE)).unwrap());
    let (code, out) = lint(tree.path());
    assert_eq!(code, 0);
    expect![[r#"
        looked at 1 file, 1 server; names: 1 fails; 1 known from the baseline
    "#]]
    .assert_eq(&out);
    let (_, out, _) = run(tree.path(), &["--baseline", FILE, "--format", "json", "nginx"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(0));
    assert_eq!(json["silenced"][0]["by"], "baseline");
    assert_eq!(json["silenced"][0]["rule"], "challenge-taken-by-regex");
    assert_eq!(json["baseline"]["file"], FILE);
    let (code, patch, _) = run(tree.path(), &["--baseline", FILE, "--fix", "nginx"]);
    assert_eq!((code, &*patch), (0, ""));
}

#[test]
fn edits_elsewhere_wake_nothing() {
    let tree = with_baseline();
    edit(&tree, |text| format!("# more\n\n# lines\n{}", text.replace("root /var", "root   /srv")));
    assert_eq!(lint(tree.path()).0, 0);
    // From another directory, too.
    let (code, out, _) = run(&tree.path().join("nginx"), &["--baseline", "../known.json", "."]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn what_is_new_is_told_and_what_is_gone_is_said() {
    let tree = with_baseline();
    edit(&tree, |text| text.replace("shop.example.com;", "shop.example.com www.example.com;"));
    assert_eq!(lint(tree.path()).0, 1, "one more name suffers");
    let tree = with_baseline();
    edit(&tree, |text| text.replace("location /.well", "location ^~ /.well"));
    let (code, out) = lint(tree.path());
    assert_eq!(code, 0);
    expect![[r#"
        gone from known.json: nginx/nginx.conf: challenge-taken-by-regex: challenges never reach the location meant for them
        looked at 1 file, 1 server; names: 1 passes
    "#]].assert_eq(&out);
    let (_, out, _) = run(tree.path(), &["--baseline", FILE, "--format", "json", "nginx"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["baseline"]["gone"][0]["count"], 1);
    let arguments = ["--baseline", FILE, "--ignore", "challenge", "nginx"];
    assert!(!run(tree.path(), &arguments).1.contains("gone"), "the rule was not asked");
}

#[test]
fn settings_may_name_the_baseline() {
    let tree = with_baseline();
    fs::write(tree.path().join("nginx/nginx-acme-lint.toml"), "baseline = '../known.json'\n")
        .unwrap();
    assert_eq!(run(tree.path(), &["nginx"]).0, 0);
    // A new one is made of everything.
    assert_eq!(run(tree.path(), &["--write-baseline", "new.json", "nginx"]).0, 0);
    let read = |name: &str| fs::read_to_string(tree.path().join(name)).unwrap();
    assert_eq!(read("new.json"), read(FILE));
}

#[test]
fn a_baseline_that_is_none_is_wrong_usage() {
    let tree = tree(&[("nginx/nginx.conf", BAD), (FILE, "[]")]);
    for (arguments, words) in [
        (&["--baseline", FILE][..], "is no baseline of this program"),
        (&["--baseline", "none.json"], "cannot read the baseline"),
        (&["--write-baseline", "none/none.json"], "cannot write none/none.json"),
        (&["--write-baseline", "-"], "--write-baseline -: name a file"),
    ] {
        let (code, out, err) = run(tree.path(), &[arguments, &["nginx"]].concat());
        assert_eq!((code, &*out), (3, ""), "{arguments:?}");
        assert!(err.starts_with("error: ") && err.contains(words), "{err}");
    }
}

#[test]
fn what_is_not_whole_stays_exit_code_2() {
    let tree = tree(&[("nginx/nginx.conf", "events {}\nhttp {\n")]);
    assert_eq!(run(tree.path(), &["--write-baseline", FILE, "nginx"]).0, 2);
    assert_eq!(lint(tree.path()).0, 2);
}

#[test]
fn no_baseline_goes_where_nginx_reads() {
    let tree = tree(&[("nginx/nginx.conf", "events {}\nhttp {\n    include conf.d/*;\n}\n")]);
    fs::create_dir(tree.path().join("nginx/conf.d")).expect("the temporary directory is ours");
    let arguments = ["--write-baseline", "nginx/conf.d/known.json", "nginx"];
    let (code, _, err) = run(tree.path(), &arguments);
    assert_eq!(code, 3);
    assert!(err.contains("nginx reads this file"), "{err}");
    // A device takes what comes, and stays what it is.
    let (code, _, err) = run(tree.path(), &["--write-baseline", "/dev/stderr", "nginx"]);
    assert!(code == 0 && err.contains("nginx-acme-lint/baseline/1"), "{err}");
}

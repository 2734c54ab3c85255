use expect_test::{Expect, expect, expect_file};

use super::*;

fn entry(names: &[&str], count: usize) -> Entry {
    Entry {
        file: "nginx.conf".to_owned(),
        rule: "syntax-error".to_owned(),
        text: "location /".to_owned(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        message: String::new(),
        count,
    }
}

fn baseline(entries: Vec<Entry>) -> Baseline {
    let mut by_key: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let key = (entry.file.clone(), entry.rule.clone(), entry.text.clone());
        by_key.entry(key).or_default().push(entry);
    }
    Baseline { path: "/base/line.json".into(), entries: by_key }
}

fn about(names: &[&str]) -> Diagnostic {
    let mut diagnostic = report::of_nothing(Place::Path("/base/nginx.conf".into()));
    diagnostic.names = names.iter().map(|&name| name.to_owned()).collect();
    diagnostic
}

/// How many of these are left, and what is gone.
fn left(baseline: &Baseline, diagnostics: Vec<Diagnostic>) -> (usize, Vec<usize>) {
    let told = |diagnostic: &Diagnostic| Told {
        key: ("nginx.conf".to_owned(), "syntax-error".to_owned(), "location /".to_owned()),
        names: diagnostic.names.iter().cloned().collect(),
        message: String::new(),
    };
    let (left, _, met) = baseline.take_known(told, diagnostics);
    let gone = baseline.gone(&[&met]);
    (left.len(), gone.into_iter().map(|(_, count)| count).collect())
}

#[test]
fn what_is_there_more_often_than_known_is_told() {
    let twice = baseline(vec![entry(&[], 2)]);
    assert_eq!(left(&twice, vec![about(&[]), about(&[])]), (0, vec![]));
    assert_eq!(left(&twice, vec![about(&[]), about(&[]), about(&[])]), (1, vec![]));
    assert_eq!(left(&twice, vec![about(&[])]), (0, vec![1]));
    assert_eq!(left(&twice, vec![]), (0, vec![2]));
}

#[test]
fn fewer_names_are_known_and_others_are_not() {
    let known = baseline(vec![entry(&["a", "b"], 1), entry(&["c"], 1)]);
    assert_eq!(left(&known, vec![about(&["a"]), about(&["c"])]), (0, vec![]));
    assert_eq!(left(&known, vec![about(&["a", "c"])]), (1, vec![1, 1]));
    assert_eq!(left(&known, vec![about(&["a", "b"]), about(&["a"])]), (1, vec![1]));
}

#[test]
fn what_is_no_baseline_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("baseline.json");
    let says = |text: &str, expected: &Expect| {
        fs::write(&path, text).unwrap();
        let error = Baseline::read(&path).unwrap_err().to_string();
        expected.assert_eq(&error.replace(&*directory.path().to_string_lossy(), "DIR"));
    };
    says(
        "",
        &expect![
            "DIR/baseline.json is no baseline of this program: EOF while parsing a value at line 1 column 0"
        ],
    );
    says(
        "{}",
        &expect!["DIR/baseline.json is no baseline of this program: it does not name its schema"],
    );
    says(
        "{\"schema\": \"other/1\", \"diagnostics\": []}",
        &expect![[
            r#"DIR/baseline.json is no baseline of this program: its schema is "other/1", not "nginx-acme-lint/baseline/1""#
        ]],
    );
    says(
        "{\"schema\": \"nginx-acme-lint/lint/1\", \"inputs\": []}",
        &expect![[
            r#"DIR/baseline.json is no baseline of this program: its schema is "nginx-acme-lint/lint/1", not "nginx-acme-lint/baseline/1""#
        ]],
    );
    let missing = Baseline::read(Path::new("/nonexistent/b.json")).unwrap_err();
    expect!["cannot read the baseline /nonexistent/b.json: No such file or directory (os error 2)"]
        .assert_eq(&missing.to_string());
}

#[test]
fn the_schema_is_current() {
    let schema = schemars::schema_for!(Document);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/baseline.json");
    expect_file![file].assert_eq(&text);
}

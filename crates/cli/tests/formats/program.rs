//! The program, and the programs that read what it writes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use machine::program::{clean, tree};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const STARTS: &str = "the program was built for this test";
pub(crate) const WRITABLE: &str = "the temporary directory is ours";

/// Every format but those for people.
pub(crate) const FORMATS: [&str; 6] = ["json", "sarif", "github", "gitlab", "checkstyle", "junit"];

/// The program in a directory.
pub(crate) fn linter(directory: &Path) -> Command {
    let mut command = clean(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.current_dir(directory);
    command
}

/// What it says when it is called like this.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Output {
    linter(directory).args(arguments).output().expect(STARTS)
}

/// What it prints for a directory.
pub(crate) fn printed(directory: &Path, arguments: &[&str]) -> String {
    String::from_utf8(run(directory, arguments).stdout).expect("reports are UTF-8")
}

/// The document that it prints.
pub(crate) fn document(directory: &Path, arguments: &[&str]) -> Value {
    let printed = printed(directory, arguments);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error} in {printed}"))
}

/// A directory with an `nginx.conf`.
pub(crate) fn directory_with(configuration: &[u8]) -> TempDir {
    tree(&[("nginx.conf", configuration)])
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The roots of some of the fixtures: one in `every`.
pub(crate) fn fixtures(every: usize) -> Vec<PathBuf> {
    let mut fixtures: Vec<PathBuf> = Vec::new();
    let entries = |directory: &Path| {
        let entries = fs::read_dir(directory).into_iter().flatten();
        entries.map(|entry| entry.expect("it can be listed").path()).collect::<Vec<_>>()
    };
    for rule in entries(&repository().join("fixtures")) {
        fixtures.extend(entries(&rule).iter().flat_map(|kind| entries(kind)));
    }
    fixtures.sort();
    fixtures.into_iter().step_by(every).collect()
}

/// Holds documents against a JSON schema. `strict`: they may have no field that it does not name.
pub(crate) fn validate(schema: &Path, strict: bool, documents: &[(String, Vec<u8>)]) {
    let directory = tempfile::tempdir().expect(WRITABLE);
    for (index, (_, document)) in documents.iter().enumerate() {
        fs::write(directory.path().join(index.to_string()), document).expect(WRITABLE);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/validate.py");
    let output = Command::new("/usr/bin/python3")
        .arg(script)
        .arg(schema)
        .arg(if strict { "strict" } else { "open" })
        .current_dir(directory.path())
        .args((0..documents.len()).map(|index| index.to_string()))
        .output()
        .expect("Python is there: .ci/prepare");
    let said = String::from_utf8_lossy(&output.stdout);
    let named = said.lines().map(|line| match line.split_once(' ') {
        Some((index, problem)) => {
            let name = index.parse().ok().and_then(|index: usize| documents.get(index));
            format!("{}: {problem}\n", name.map_or(index, |(name, _)| name))
        }
        None => line.to_owned(),
    });
    let problems: String = named.collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}{errors}");
}

/// Fails unless this is well-formed XML, and gives it as a parser understands it: an element a line,
/// as its name and its attributes, and what it holds.
pub(crate) fn parsed_xml(text: &str) -> String {
    let directory = tempfile::tempdir().expect(WRITABLE);
    let file = directory.path().join("report.xml");
    fs::write(&file, text).expect(WRITABLE);
    let lint = Command::new("xmllint").args(["--noout", "--nonet"]).arg(&file).output();
    let lint = lint.expect("xmllint is there: .ci/prepare");
    assert!(lint.status.success(), "{}\n{text}", String::from_utf8_lossy(&lint.stderr));
    let script = "import sys, xml.etree.ElementTree as t\n\
                  for e in t.parse(sys.argv[1]).iter(): print(e.tag, dict(e.attrib), e.text)";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(&file).output();
    let output = output.expect("Python is there: .ci/prepare");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Python prints UTF-8")
}

//! Manual pages, read by the programs that show them.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::program::{clean, ended, run};

const COMMANDS: [&str; 8] =
    ["completions", "explain", "man", "merge", "names", "restore", "rules", "trace"];

/// The page of the program, and one for each command, as files.
fn pages() -> TempDir {
    let directory = tempfile::tempdir().expect("the temporary directory is ours");
    let keep = |name: &str, arguments: &[&str]| {
        let page = run(arguments);
        assert_eq!((page.code, &*page.err), (0, ""), "{arguments:?}");
        fs::write(directory.path().join(name), page.out).expect("the directory is ours");
    };
    keep("nginx-acme-lint.1", &["man"]);
    for command in COMMANDS {
        keep(&format!("nginx-acme-lint-{command}.1"), &["man", command]);
    }
    directory
}

fn shown(page: &Path) -> String {
    let mut man = clean("man");
    man.env("MANWIDTH", "100").env("LC_ALL", "C.UTF-8").env("MAN_KEEP_FORMATTING", "");
    let shown = ended(man.args(["--warnings", "--local-file"]).arg(page));
    assert_eq!((shown.code, &*shown.err), (0, ""), "{}", page.display());
    shown.out
}

#[test]
fn man_shows_every_page_without_a_warning() {
    let pages = pages();
    for entry in fs::read_dir(pages.path()).expect("the directory is there") {
        let page = entry.expect("the directory is there").path();
        let text = shown(&page);
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
            assert!(text.lines().any(|line| line == heading), "{heading} is missing in\n{text}");
        }
        let lint = ended(clean("mandoc").args(["-Tlint", "-Wwarning"]).arg(&page));
        assert_eq!((lint.code, &*lint.out), (0, ""), "{}", page.display());
    }
}

#[test]
fn the_page_of_the_program_has_what_its_help_has() {
    let pages = pages();
    let text = shown(&pages.path().join("nginx-acme-lint.1"));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "nginx-acme-lint - Says whether every certificate will renew",
        "-q, --quiet",
        "--fail-on <LEVEL>",
        "nginx-acme-lint-names(1)",
        "EXAMPLES",
        "EXIT STATUS the highest that applies",
        "4 --write: nothing was written",
    ] {
        assert!(words.contains(wanted), "{wanted} is missing in\n{text}");
    }
}

#[test]
fn every_command_has_a_page() {
    let all = run(&["man", "no-such-command"]);
    assert_eq!(all.code, 3);
    for command in COMMANDS {
        assert!(all.err.contains(command), "{}", all.err);
    }
    assert_eq!(all.err.matches(", ").count(), COMMANDS.len() - 1, "{}", all.err);
}

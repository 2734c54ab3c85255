//! Manual pages, read by the programs that show them.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::program::{clean, ended, run};

/// All commands, as the program names them where it is asked for another one.
fn commands() -> Vec<String> {
    let unknown = run(&["man", "no-such-command"]);
    assert_eq!((unknown.code, &*unknown.out), (3, ""));
    let (_, list) = unknown.err.trim_end().split_once("there are ").expect("they are listed");
    list.split(", ").map(str::to_owned).collect()
}

/// The page of the program, and one for each command, as files.
fn pages() -> TempDir {
    let directory = tempfile::tempdir().expect("the temporary directory is ours");
    let keep = |name: &str, arguments: &[&str]| {
        let page = run(arguments);
        assert_eq!((page.code, &*page.err), (0, ""), "{arguments:?}");
        fs::write(directory.path().join(name), page.out).expect("the directory is ours");
    };
    keep("nginx-acme-lint.1", &["man"]);
    for command in commands() {
        keep(&format!("nginx-acme-lint-{command}.1"), &["man", &command]);
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
fn the_help_and_the_manual_have_the_same_commands() {
    let help = run(&["--help"]).out;
    for command in commands() {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is missing in\n{help}");
    }
    assert!(commands().iter().any(|command| command == "merge"));
}

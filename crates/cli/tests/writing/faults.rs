//! Each system call of a run made to fail in turn, and the program killed at each of them. strace does
//! both to the real program.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    ops::RangeInclusive,
    process::Command,
};

use crate::machine::{Files, Machine, before_and_after, linter, told};

/// The calls that writing makes, and an error that each of them may end with.
const CALLS: [(&str, &str); 19] = [
    ("fchmod", "EPERM"),
    ("fchown", "EPERM"),
    ("fgetxattr", "EIO"),
    ("flistxattr", "EIO"),
    ("flock", "ENOLCK"),
    ("fstat", "EIO"),
    ("fsync", "EIO"),
    ("getdents64", "EIO"),
    ("linkat", "EPERM"),
    ("mkdir", "ENOSPC"),
    ("mkdirat", "EROFS"),
    ("newfstatat", "EACCES"),
    ("openat", "EACCES"),
    ("read", "EIO"),
    ("rename", "EXDEV"),
    ("renameat", "EBUSY"),
    ("statx", "EACCES"),
    ("unlinkat", "EROFS"),
    ("write", "ENOSPC"),
];

/// Which calls are made from the first backup on, counted from the start of the program. What fails
/// earlier can only change what the patch is.
fn calls() -> BTreeMap<&'static str, RangeInclusive<usize>> {
    let machine = Machine::new();
    let log = machine.root().with_file_name("strace");
    let log = log.to_str().expect("it is plain");
    let output =
        machine.patching(linter(), &["strace", "-f", "-o", log]).arg("--no-verify").output();
    let output = output.expect("strace is installed");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let log = fs::read_to_string(log).expect("strace wrote it");
    let lines: Vec<_> = log.lines().map(without_process).collect();
    let first = lines.iter().position(|line| line.contains("/0.before\""));
    let first = first.expect("a backup is made");
    let calls = CALLS.iter().map(|&(call, _)| {
        let count = |lines: &[&str]| {
            let is_it =
                |line: &&&str| line.strip_prefix(call).is_some_and(|rest| rest.starts_with('('));
            lines.iter().filter(is_it).count()
        };
        (call, count(&lines[..first]) + 1..=count(&lines))
    });
    calls.collect()
}

fn without_process(line: &str) -> &str {
    line.trim_start_matches(|byte: char| byte.is_ascii_digit()).trim_start()
}

fn strace_with(machine: &Machine, injection: &str) -> (Option<i32>, String) {
    let inject = format!("inject={injection}");
    let wrapper = ["strace", "-f", "-o", "/dev/null", "-e", &inject];
    let mut command: Command = machine.patching(linter(), &wrapper);
    let output = command.arg("--no-verify").output().expect("strace is installed");
    (output.status.code(), told(&output))
}

/// Whether files are wholly those before or after the change, second names apart.
fn is_one_of(files: &Files, before: &Files, after: &Files) -> bool {
    let is_hidden = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    let mut shown = files.clone();
    shown.retain(|path, _| !is_hidden(path));
    shown == *before || shown == *after
}

/// Whether each file by itself is what it was or what it becomes.
fn is_old_or_new(files: &Files, before: &Files, after: &Files) -> bool {
    files.iter().all(|(path, contents)| {
        before.get(path) == Some(contents)
            || after.get(path) == Some(contents)
            || path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    }) && before.keys().all(|path| files.contains_key(path))
}

#[test]
fn whatever_call_fails_all_files_are_old_or_all_are_new() {
    let (before, after) = before_and_after();
    let (mut failures, mut runs) = (0, 0);
    for (call, numbers) in calls() {
        let error = CALLS.iter().find(|(name, _)| *name == call).map_or("EIO", |(_, error)| error);
        for number in numbers {
            let machine = Machine::new();
            let (code, said) =
                strace_with(&machine, &format!("{call}:error={error}:when={number}"));
            let at = format!("{call} {number}: {code:?} {said}");
            runs += 1;
            let files = machine.files();
            if !said.contains("is not undone") {
                assert!(is_one_of(&files, &before, &after), "{at}");
            }
            assert!(is_old_or_new(&files, &before, &after), "{at}");
            let is_new = files.len() > before.len() && is_one_of(&files, &after, &after);
            match code {
                // Some failures matter to nobody, such as that of the last look at the backups.
                Some(0) => assert!(is_new && said.contains("wrote 4 files"), "{at}"),
                Some(2 | 4) => {
                    failures += 1;
                    assert!(!is_new || said.contains("wrote 4 files") || said.is_empty(), "{at}");
                }
                other => panic!("{at}: ended with {other:?}"),
            }
            let recovered = machine.restore(&[]);
            assert_eq!(recovered.status.code(), Some(0), "{at}: {}", told(&recovered));
            assert!(is_one_of(&machine.files(), &before, &after), "{at}: {}", told(&recovered));
            assert!(!machine.has_second_names(), "{at}: {}", told(&recovered));
        }
    }
    assert!(failures > 100 && runs > 120, "{failures} of {runs} runs failed");
    let _ = writeln!(io::stderr(), "{runs} runs, {failures} of them ended with an error");
}

#[test]
fn killed_at_any_call_it_is_undone_or_finished_by_the_next_run() {
    let (before, after) = before_and_after();
    let mut kills = 0;
    for (call, numbers) in calls() {
        for number in numbers {
            let machine = Machine::new();
            let (_, said) = strace_with(&machine, &format!("{call}:signal=KILL:when={number}"));
            kills += 1;
            let at = format!("killed at {call} {number}: {said}");
            assert!(is_old_or_new(&machine.files(), &before, &after), "{at}");
            let recovered = machine.restore(&[]);
            assert_eq!(recovered.status.code(), Some(0), "{at}: {}", told(&recovered));
            assert!(is_one_of(&machine.files(), &before, &after), "{at}: {}", told(&recovered));
            assert!(!machine.has_second_names(), "{at}: {}", told(&recovered));
        }
    }
    assert!(kills > 120, "{kills}");
}

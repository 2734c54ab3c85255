//! Every patch goes through the real `patch` and the real `git apply`, which must make of the files
//! exactly what the edits make of them.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    ops::Range,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use fixer::Patch;
use model::{Memory, Sources, load};
use parser::{FileId, Span};
use rules::{Edit, NewFile};

const BASE: &str = "/etc/nginx";

/// A file with the edits to make in it.
struct Case {
    name: Vec<u8>,
    before: Vec<u8>,
    edits: Vec<(Range<usize>, Vec<u8>)>,
    /// Whether the file is not there before.
    is_new: bool,
}

#[test]
fn crlf() {
    check(&[case("a.conf", "listen 80;\r\nroot /a;\r\n").insert(12, "index b;\r\n")]);
}

#[test]
fn lone_carriage_returns_end_no_line() {
    check(&[case("a.conf", "a b;\rc d;\ne f;\r").insert(5, "# x\r").insert(15, "g h;\r")]);
    check(&[case("a.conf", "a b;\r").replace(0..1, "c")]);
    check(&[case("a.conf", "a b;").insert(4, "\r")]);
    check(&[case("a.conf", "a b;\r\r\n\r").replace(5..7, "")]);
}

#[test]
fn no_newline_at_the_end() {
    let text = "a 1;\nb 2;\nc 3;\nd 4;\ne 5;\nf 6;\ng 7;";
    check(&[case("at-the-end", text).replace(32..33, "8")]);
    check(&[case("behind-the-end", text).insert(34, "\nh 8;")]);
    check(&[case("newline-added", text).insert(34, "\n")]);
    check(&[case("near-the-end", text).replace(22..23, "0")]);
    check(&[case("far-from-the-end", text).replace(2..3, "0")]);
    check(&[case("newline-removed", "a 1;\nb 2;\n").replace(9..10, "")]);
}

#[test]
fn bytes_that_are_not_utf_8() {
    let shift_jis = b"# \x83\x5c\x83\x74\x83\x67\r\nlisten 80;\n# caf\xe9\n\0\xff\xfe\n";
    check(&[Case { before: shift_jis.to_vec(), ..case("a.conf", "") }.insert(10, "# \x7f\0\n")]);
    check(&[Case { before: b"\0\0\xe9".to_vec(), ..case("a.conf", "") }.replace(0..1, "")]);
}

#[test]
fn every_name() {
    let names: &[&[u8]] = &[
        b"plain.conf",
        b"a blank.conf",
        b" blanks around ",
        b"ends in two  ",
        b"a \"quoted\" name",
        b"\"quoted\"",
        b"it's",
        b"back\\slash \\n",
        "münchen.example.conf".as_bytes(),
        "日本 語.conf".as_bytes(),
        b"latin-1 \xe9",
        b"tab\tand newline\nand return\r.conf",
        b"\x01\x07\x08\x0b\x0c\x1b\x7f",
        b"-e",
        b"$HOME `id` $(id) ;&|",
        b"*?[a].conf",
        b"2024-01-01 00:00:00.000000000 +0000",
        b"a.conf\t2024-01-01",
        b"in a/directory/of its own",
        b"dev/null",
    ];
    let cases = names.iter().map(|name| {
        let case = case("", "a b;\n").replace(2..3, "c");
        Case { name: name.to_vec(), ..case }
    });
    let cases: Vec<_> = cases.collect();
    for case in &cases {
        check(std::slice::from_ref(case));
    }
    check(&cases);
}

#[test]
fn hunks_near_and_far_in_several_files() {
    let text = (1..=60).map(|line| format!("line {line:02};\n")).collect::<Vec<_>>().concat();
    let near = case("near", &text).replace(90..91, "A").insert(144, "B\n").insert(171, "C\n");
    let far = case("far", &text).insert(0, "A\n").replace(300..310, "").insert(540, "B\n");
    check(&[near, far, case("unchanged", &text), case("same", &text).replace(5..7, "01")]);
}

#[test]
fn at_the_first_byte() {
    check(&[case("a.conf", "a b;\nc d;\n").insert(0, "# x\n")]);
    check(&[case("a.conf", "a b;\nc d;\n").replace(0..1, "")]);
}

#[test]
fn into_an_empty_file_and_out_of_a_full_one() {
    check(&[case("a.conf", "").insert(0, "listen 80;\n")]);
    check(&[case("a.conf", "").insert(0, "listen 80;")]);
    check(&[case("a.conf", "listen 80;\n").replace(0..11, "")]);
}

#[test]
fn a_new_file_beside_others() {
    let one = case("conf.d/a", "a b;\nc d;\n").insert(5, "# x\n");
    let other = case("sites/b", "a b;\n").replace(0..1, "c");
    let new = |name, text| Case { is_new: true, ..case(name, "").insert(0, text) };
    check(&[one, other, new("in a new/directory.conf", "a b;\nc d;\n"), new("z.conf", "a b;")]);
}

#[test]
fn a_new_program_beside_others() {
    let case = case("a.conf", "a b;\n").replace(0..1, "c");
    let sources = sources(std::slice::from_ref(&case));
    let hook = PathBuf::from("/etc/letsencrypt/renewal-hooks/deploy/nginx");
    let contents = b"#!/bin/sh\nexec true\n".to_vec();
    let program =
        NewFile { target: hook.clone(), path: hook.clone(), contents, is_executable: true };
    let edits = case.edits_in(&sources);
    let edits: Vec<&Edit> = edits.iter().collect();
    let patch = Patch::with_files(&sources, &edits, [&program].into());
    let mut text = Vec::new();
    patch.write_to(Path::new("/"), &mut text).expect("memory takes all");
    for command in [["patch", "-s", "-p1", "-i"], ["git", "apply", "-v", "--whitespace=nowarn"]] {
        let directory = tempfile::tempdir().expect("temporary files can be made");
        let base = directory.path().join("base");
        fs::create_dir_all(base.join("etc/nginx")).expect("the directory is new");
        fs::write(base.join("etc/nginx/a.conf"), "a b;\n").expect("it is writable");
        fs::write(directory.path().join("text"), &text).expect("it is writable");
        let output = Command::new(command[0])
            .args(&command[1..])
            .arg("../text")
            .current_dir(&base)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{command:?}: {output:?}");
        let program = base.join(hook.strip_prefix("/").expect("it starts there"));
        let mode = fs::metadata(&program).expect("it is made").permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{command:?}");
        let edited = fs::read(base.join("etc/nginx/a.conf")).expect("it is still there");
        assert_eq!(edited, b"c b;\n", "{command:?}");
    }
}

#[test]
fn insertions_at_one_place_keep_their_order() {
    let case = case("a.conf", "a b;\n").replace(0..1, "c").insert(0, "1\n").insert(0, "2\n");
    assert_eq!(check(&[case]).files[0].after, b"1\n2\nc b;\n");
}

#[test]
fn a_long_file_with_many_hunks() {
    let comment = "-".repeat(200);
    let server = |number| format!("server {{\n    # {comment}\n    listen {number};\n}}\n");
    let text = (0..50_000).map(server).collect::<Vec<_>>().concat();
    assert!(text.len() > 10_000_000);
    check(&[case("one", &text).insert(text.len() / 2, "x")]);
    let ends = text.match_indices("}\n").step_by(500).map(|(at, _)| at);
    check(&[ends.fold(case("many", &text), |case, at| case.insert(at, "    listen 80;\n"))]);
}

#[test]
fn links_are_resolved_and_names_outside_the_base_start_at_the_root() {
    let memory = Memory::new()
        .file("/etc/nginx/nginx.conf", "http {\ninclude sites-enabled/*;\ninclude /srv/a;\n}\n")
        .file("/etc/nginx/sites-available/x", "server {\n}\n")
        .file("/srv/a", "server {\n}\n")
        .link("/etc/nginx/sites-enabled/x", "../sites-available/x");
    let sources = load(&[PathBuf::from("/etc/nginx")], &memory).remove(0);
    let edits = [1, 2].map(|file| Edit::replace(Span::new(FileId(file), 9, 9), "listen 80;\n"));
    let patch = Patch::of(&sources, &edits.each_ref());
    let mut text = Vec::new();
    patch.write_to(Path::new(BASE), &mut text).expect("memory takes all");
    let expected = "--- a/sites-available/x
+++ b/sites-available/x
@@ -1,2 +1,3 @@
 server {
+listen 80;
 }
--- a/srv/a
+++ b/srv/a
@@ -1,2 +1,3 @@
 server {
+listen 80;
 }
";
    assert_eq!(String::from_utf8_lossy(&text), expected);
}

#[test]
fn without_edits_nothing_changes() {
    let case = case("a.conf", "a b;\n");
    let patch = Patch::of(&sources(&[case]), &[]);
    assert!(patch.is_empty());
    let mut text = Vec::new();
    patch.write_to(Path::new(BASE), &mut text).expect("memory takes all");
    assert!(text.is_empty());
}

#[test]
fn any_edits_to_any_bytes() {
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let cases: Vec<_> =
            (0..random.usize(1..4)).map(|file| any_case(file, &mut random)).collect();
        let show = |case: &Case| format!("{:?} {:?}", case.before.escape_ascii(), case.edits);
        let shown: Vec<_> = cases.iter().map(show).collect();
        let judged = std::panic::catch_unwind(|| check(&cases));
        assert!(judged.is_ok(), "seed {seed}: {shown:#?}");
    }
}

fn any_case(file: usize, random: &mut fastrand::Rng) -> Case {
    let mut name = format!("{file}").into_bytes();
    name.extend((0..random.usize(0..4)).map(|_| match random.u8(1..) {
        b'/' => b'_',
        byte => byte,
    }));
    let count = random.usize(0..40);
    let before = any_bytes(count, random);
    let mut edits = Vec::new();
    let mut start = 0;
    for _ in 0..random.usize(0..5) {
        start = random.usize(start..=before.len());
        let end = random.usize(start..=before.len().min(start + 10));
        let length = random.usize(0..4);
        edits.push((start..end, any_bytes(length, random)));
        start = end;
    }
    Case { name, before, edits, is_new: false }
}

/// Lines that look alike, with every kind of end and some bytes that mean something in a patch.
fn any_bytes(count: usize, random: &mut fastrand::Rng) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"a;\n",
        b"a;\n",
        b"b;\n",
        b"  }\n",
        b"-",
        b"+",
        b" ",
        b"\\",
        b"--- a/x\n",
        b"@@ -1 +1 @@\n",
        b"-- \n",
        b"\0",
        b"\xff",
        b"\x83\x5c",
        b"\t",
        b"c",
    ];
    (0..count).flat_map(|_| PIECES[random.usize(0..PIECES.len())]).copied().collect()
}

/// Makes the edits into a patch, and lets `patch` and git apply it.
fn check(cases: &[Case]) -> Patch {
    let sources = sources(cases);
    let there = cases.iter().filter(|case| !case.is_new);
    let mut edits: Vec<_> = there.flat_map(|case| case.edits_in(&sources)).collect();
    for (edit, case) in edits.iter_mut().zip(cases.iter().filter(|case| case.is_new)) {
        let (path, contents) = (case.path(), case.after());
        edit.new_file =
            Some(Arc::new(NewFile { target: path.clone(), path, contents, is_executable: false }));
    }
    let patch = Patch::of(&sources, &edits.iter().collect::<Vec<_>>());
    assert!(patch.files.is_sorted_by_key(|file| &file.path));
    for case in cases {
        let changed = patch.files.iter().find(|file| file.path == case.path());
        let after = changed.map_or(&case.before, |file| &file.after);
        assert!(*after == case.after(), "{}", case.name.escape_ascii());
        assert_eq!(changed.is_some(), *after != case.before);
    }

    let mut text = Vec::new();
    patch.write_to(Path::new(BASE), &mut text).expect("memory takes all");
    // git does nothing with an empty patch, and says so by failing.
    if !patch.is_empty() {
        apply(&["patch", "-s", "-p1", "-i"], &text, cases);
        apply(&["git", "apply", "--whitespace=nowarn"], &text, cases);
    }
    patch
}

/// Applies a patch in a directory of its own, which is not the top of its repository, and compares.
fn apply(command: &[&str], text: &[u8], cases: &[Case]) {
    let directory = tempfile::tempdir().expect("temporary files can be made");
    let base = directory.path().join("base");
    fs::create_dir(&base).expect("the directory is new");
    for case in cases {
        if case.is_new {
            continue;
        }
        let path = base.join(OsStr::from_bytes(&case.name));
        fs::create_dir_all(path.parent().expect("it is below the base")).expect("it is writable");
        fs::write(path, &case.before).expect("it is writable");
    }
    fs::write(directory.path().join("text"), text).expect("it is writable");
    make_repository(directory.path());
    let shown = text[..text.len().min(2000)].escape_ascii();
    let output = Command::new(command[0])
        .args(&command[1..])
        .arg("../text")
        .current_dir(&base)
        .output()
        .unwrap_or_else(|error| panic!("{} does not run: {error}", command[0]));
    assert!(output.status.success(), "{command:?}: {output:?}\n{shown}");
    for case in cases {
        let after = fs::read(base.join(OsStr::from_bytes(&case.name))).expect("it is still there");
        assert!(after == case.after(), "{command:?}: {}\n{shown}", case.name.escape_ascii());
    }
}

/// The least that git takes for a repository; `git init` is too slow for hundreds of them.
fn make_repository(top: &Path) {
    let git = top.join(".git");
    for directory in ["objects", "refs"] {
        fs::create_dir_all(git.join(directory)).expect("it is writable");
    }
    fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("it is writable");
}

/// The files, all included by a main file elsewhere: whatever stands in them, they are read.
fn sources(cases: &[Case]) -> Sources {
    let there = || cases.iter().filter(|case| !case.is_new);
    let memory = there().fold(Memory::new(), |memory, case| memory.file(case.path(), &case.before));
    let paths: Vec<PathBuf> = there().map(Case::path).collect();
    let directories: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    let include = |directory: &&Path| format!("include \"{}/*\";\n", directory.display());
    let main: String = directories.iter().map(include).collect();
    let memory = memory.file("/main/nginx.conf", main.as_bytes());
    load(&["/main/nginx.conf".into()], &memory).remove(0)
}

fn case(name: &str, before: &str) -> Case {
    Case { name: name.into(), before: before.into(), edits: Vec::new(), is_new: false }
}

impl Case {
    fn insert(self, at: usize, text: &str) -> Self {
        self.replace(at..at, text)
    }

    fn replace(mut self, range: Range<usize>, text: &str) -> Self {
        self.edits.push((range, text.into()));
        self
    }

    fn path(&self) -> PathBuf {
        Path::new(BASE).join(OsStr::from_bytes(&self.name))
    }

    /// What should come of it, made another way: from the last edit to the first.
    fn after(&self) -> Vec<u8> {
        let mut edits: Vec<_> = self.edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut after = self.before.clone();
        for (range, text) in edits.into_iter().rev() {
            after.splice(range.clone(), text.iter().copied());
        }
        after
    }

    fn edits_in(&self, sources: &Sources) -> Vec<Edit> {
        let found = sources.files().find(|(_, file)| file.edited_path() == self.path());
        let (file, _) = found.expect("the loader read every file");
        let edits = self.edits.iter().map(|(range, text)| {
            let span = Span::new(file, range.start as u32, range.end as u32);
            Edit::replace(span, text.clone())
        });
        edits.collect()
    }
}

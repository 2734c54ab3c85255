//! Random trees and patterns, compared with the C library's own glob.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use super::*;
use crate::file_system::{Disk, Memory};

/// Reads a pattern in hexadecimal a line, writes what glob(3) finds for it.
const LIBC_GLOB: &str = r#"
import ctypes, sys
class Glob(ctypes.Structure):
    _fields_ = [("count", ctypes.c_size_t), ("paths", ctypes.POINTER(ctypes.c_char_p)),
                ("rest", ctypes.c_byte * 256)]
libc = ctypes.CDLL(None)
libc.setlocale(6, b"C")  # LC_ALL of glibc; nginx never leaves this locale
for line in sys.stdin:
    result = Glob()
    code = libc.glob(bytes.fromhex(line), 0, None, ctypes.byref(result))
    assert code in (0, 3), code
    print(*(result.paths[i].hex() for i in range(result.count if code == 0 else 0)))
"#;

const SEED: u64 = 20;
const TREES: usize = 60;
const PATTERNS_PER_TREE: usize = 40;

/// What names are made of; also the alphabet of patterns, together with [`SPECIAL`].
const PLAIN: &[&str] =
    &["a", "b", "B", "z", "1", "10", "9", ".", "-", "!", "^", "]", "[", "*", "\\", ":", "é", " "];
const SPECIAL: &[&str] = &[
    "*",
    "*",
    "*",
    "?",
    "?",
    "[ab]",
    "[!a]",
    "[^.]",
    "[a-z]",
    "[z-a]",
    "[]a]",
    "[!]]",
    "[[:alpha:]]",
    "[[:digit:].]",
    "[![:upper:]]",
    "[[:nothing:]]",
    "[a",
    "[a-",
    "[",
    "]",
    "\\a",
    "\\*",
    "\\[",
    "\\\\",
    "\\",
    "[\\]]",
    "[a\\-z]",
    "[a-]",
    "[-a]",
    "[[.a.]]",
    "[[=b=]]",
    "[[]",
    "[*?]",
    "[+--]",
];

fn name(random: &mut fastrand::Rng, pieces: &[&[&str]]) -> String {
    let count = random.usize(1..=3);
    (0..count)
        .map(|_| *random.choice(random.clone().choice(pieces).unwrap().iter()).unwrap())
        .collect()
}

/// Makes a tree and gives the names in it.
fn grow(random: &mut fastrand::Rng, root: &Path) -> Vec<String> {
    let mut directories = vec![root.to_path_buf()];
    let mut names = Vec::new();
    for _ in 0..12 {
        let directory = random.choice(&directories).unwrap();
        let name = name(random, &[PLAIN]);
        let path = directory.join(&name);
        if name == "." || name == ".." || path.symlink_metadata().is_ok() {
            continue;
        }
        names.push(name);
        match random.u8(0..6) {
            0 | 1 => {
                fs::create_dir(&path).unwrap();
                directories.push(path);
            }
            2 => {
                let targets = ["nowhere", ".", "..", names[0].as_str()];
                std::os::unix::fs::symlink(random.choice(targets).unwrap(), &path).unwrap();
            }
            _ => fs::write(&path, "").unwrap(),
        }
    }
    names
}

fn pattern(random: &mut fastrand::Rng, names: &[String]) -> String {
    let mut pattern = String::new();
    for _ in 0..random.usize(1..=3) {
        pattern.push_str(random.choice(["/", "/", "/", "/", "/", "/", "//"]).unwrap());
        match random.u8(0..10) {
            0..2 => pattern.push_str(random.choice(names).unwrap()),
            2 => pattern.push_str(random.choice([".", "..", ".*"]).unwrap()),
            3..6 => pattern.push('*'),
            _ => pattern.push_str(&name(random, &[PLAIN, SPECIAL, SPECIAL])),
        }
    }
    pattern.push_str(random.choice(["", "", "", "", "/", "//"]).unwrap());
    pattern
}

fn libc_glob(patterns: &[Vec<u8>]) -> Vec<Vec<PathBuf>> {
    let mut python = Command::new("python3")
        .args(["-c", LIBC_GLOB])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need python3 for calling the C library");
    let mut lines = String::new();
    for pattern in patterns {
        for byte in pattern {
            write!(lines, "{byte:02x}").unwrap();
        }
        lines.push('\n');
    }
    let mut stdin = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "python3 could not call glob");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split_whitespace().map(from_hex).collect()).collect()
}

fn from_hex(text: &str) -> PathBuf {
    let digits = text.as_bytes().chunks(2);
    let bytes =
        digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    PathBuf::from(OsString::from_vec(bytes))
}

#[test]
fn agrees_with_libc() {
    let mut random = fastrand::Rng::with_seed(SEED);
    let all = tempfile::tempdir().unwrap();
    let mut patterns = Vec::new();
    for tree in 0..TREES {
        // So deep that three times `..` finds nothing that others change meanwhile.
        let root = all.path().join(tree.to_string()).join("a/b/c");
        fs::create_dir_all(&root).unwrap();
        let names = grow(&mut random, &root);
        for _ in 0..PATTERNS_PER_TREE {
            let pattern = pattern(&mut random, &names);
            if is_pattern(pattern.as_bytes()) {
                patterns.push([root.as_os_str().as_bytes(), pattern.as_bytes()].concat());
            }
        }
    }
    assert!(patterns.len() >= 1000, "{}", patterns.len());
    let disk = Disk::new();
    let mut hits = 0;
    let mut disagreements = String::new();
    for (pattern, expected) in patterns.iter().zip(libc_glob(&patterns)) {
        let expansion = expand(as_path(pattern), &disk);
        hits += usize::from(!expected.is_empty());
        let found: Vec<_> = expansion.found.iter().map(|found| found.path.as_os_str()).collect();
        let expected: Vec<_> = expected.iter().map(|path| path.as_os_str()).collect();
        if found != expected {
            let pattern = pattern.escape_ascii();
            writeln!(disagreements, "{pattern}\n  libc {expected:?}\n  here {found:?}").unwrap();
        }
    }
    assert!(disagreements.is_empty(), "{disagreements}");
    assert!(hits >= 400, "{hits}");
}

fn paths(pattern: &str, file_system: &Memory) -> Vec<String> {
    let expansion = expand(Path::new(pattern), file_system);
    expansion
        .found
        .into_iter()
        .map(|found| found.path.into_os_string().into_string().unwrap())
        .collect()
}

#[test]
fn the_order_is_that_of_bytes() {
    let memory = ["a.conf", "B.conf", "9.conf", "10.conf", ".hidden.conf"]
        .iter()
        .fold(Memory::new(), |fs, name| fs.file(format!("/c/{name}"), ""));
    assert_eq!(paths("/c/*.conf", &memory), ["/c/10.conf", "/c/9.conf", "/c/B.conf", "/c/a.conf"]);
    assert_eq!(paths("/c/.*.conf", &memory), ["/c/.hidden.conf"]);
}

#[test]
fn a_directory_that_cannot_be_read_is_told() {
    let memory = Memory::new().file("/a/x", "").file("/b/x", "").denied("/a");
    let expansion = expand(Path::new("/*/*"), &memory);
    let paths: Vec<_> = expansion.found.iter().map(|found| &*found.path).collect();
    assert_eq!(paths, [Path::new("/b/x")]);
    assert_eq!(expansion.unreadable, [(PathBuf::from("/a"), Reason::PermissionDenied)]);
    let expansion = expand(Path::new("/[ab]/x"), &memory);
    assert_eq!(expansion.unreadable, [(PathBuf::from("/a/x"), Reason::PermissionDenied)]);
}

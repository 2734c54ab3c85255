//! Trees that somebody made to hurt the program: it ends in time, and says what it did not read.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::{ffi::OsStrExt, fs::symlink, net::UnixListener},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::program::{Tree, main_with, taken};

const SERVER: &str = "server { listen 80; server_name a.example.com; return 403; }\n";

#[test]
fn files_that_each_include_the_next_twice_have_an_end() {
    let tree = (0..60).fold(Tree::new(), |tree, level| {
        let next = level + 1;
        tree.file(format!("{level}"), format!("include {next};\ninclude {next};\n"))
    });
    let tree = tree.file("nginx.conf", main_with("0")).file("60", SERVER);
    let ran = tree.run(&["."]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.says("would hardly come to an end"), "{ran:?}");
}

#[test]
fn ten_thousand_levels_of_includes_are_read() {
    let tree = (0..10_000).fold(Tree::new(), |tree, level| {
        tree.file(format!("{level}"), format!("include {};\n", level + 1))
    });
    let ran = tree.file("nginx.conf", main_with("0")).file("10000", SERVER).run(&["."]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("looked at 10002 files, 1 server"), "{ran:?}");
}

#[test]
fn links_that_lead_in_circles_are_told() {
    let tree = Tree::new().file("nginx.conf", main_with("loop"));
    symlink("other", tree.at("loop")).unwrap();
    symlink("loop", tree.at("other")).unwrap();
    let ran = tree.run(&["."]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.says("Too many levels of symbolic links"), "{ran:?}");
    for arguments in [&["loop"][..], &["--no-settings", "loop"], &["--root", "loop", "/"]] {
        let ran = tree.run(arguments);
        assert!(ran.code >= 2 && ran.ended_well(), "{ran:?}");
    }
}

#[test]
fn a_pattern_that_fits_more_and_more_directories_has_an_end() {
    let tree = Tree::new().file("nginx.conf", main_with("d/*/*/*/*/*/*/*/*.conf"));
    fs::create_dir(tree.at("d")).unwrap();
    for name in 0..12 {
        symlink(".", tree.at(format!("d/{name}"))).unwrap();
    }
    let ran = tree.run(&["."]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.says("more than 100000 directories"), "{ran:?}");
}

#[test]
fn nothing_waits_for_what_is_no_file() {
    let tree = Tree::new().file("etc/nginx/nginx.conf", main_with("conf.d/*"));
    let at = |name: &str| tree.at("etc/nginx/conf.d").join(name);
    fs::create_dir_all(at("directory")).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    symlink("/dev/tty", at("tty")).unwrap();
    symlink("/proc/self/mem", at("memory")).unwrap();
    let ran = tree.run(&["etc/nginx", "--format", "short"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for name in ["directory", "fifo", "socket", "tty", "zero"] {
        assert!(ran.out.contains(&format!("conf.d/{name}")), "{name}: {ran:?}");
        let given = tree.run(&[&format!("etc/nginx/conf.d/{name}")]);
        assert_eq!(given.code, 2, "{given:?}");
        assert!(given.ended_well(), "{given:?}");
    }
    for name in ["fifo", "zero"] {
        let name = format!("etc/nginx/conf.d/{name}");
        assert!(tree.run(&["trace", "--config", &name, "http://example.com/"]).ended_well());
        assert!(tree.run(&["names", &name]).ended_well());
    }
}

#[test]
fn a_file_of_more_than_four_gigabytes_is_not_read() {
    let tree = Tree::new().file("nginx.conf", main_with("huge"));
    File::create(tree.at("huge")).unwrap().set_len(5 << 30).unwrap();
    for path in [".", "huge"] {
        let ran = tree.run(&[path]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.says("too large"), "{ran:?}");
    }
}

#[test]
fn names_steer_no_terminal_and_no_patch() {
    let tree = Tree::new().file("nginx.conf", main_with("conf.d/*"));
    let names = ["-rf", "--fix", "a\nb", "\x1b[2J\x1b]0;x\x07", "c\td", "\"e\\", "\u{202e}f"];
    let other = OsStr::from_bytes(b"caf\xe9");
    let names: Vec<_> = names.iter().map(OsStr::new).chain([other]).collect();
    let tree = names.iter().enumerate().fold(tree, |tree, (number, name)| {
        let path = std::path::Path::new("conf.d").join(name);
        tree.file(path, taken(&format!("a{number}.example.com")))
    });
    let is_plain = |text: &str| {
        text.chars().all(|letter| letter == '\n' || !letter.is_control() && letter != '\u{202e}')
    };
    for format in ["text", "short", "json"] {
        let ran = tree.run(&["--format", format, "."]);
        assert_eq!(ran.code, 1, "{ran:?}");
        // Nobody reads JSON from right to left.
        let out = if format == "json" { ran.out.replace('\u{202e}', "") } else { ran.out };
        assert!(is_plain(&out), "{format}: {out:?}");
        assert!(!out.contains("a\nb:"), "{format}: {out:?}");
    }
    assert!(is_plain(&tree.run(&["names", "."]).out));
    let ran = tree.run(&["--fix", "."]);
    assert!(is_plain(&ran.out) && is_plain(&ran.err), "{ran:?}");
    fs::write(tree.at("all.patch"), &ran.out).unwrap();
    let mut git = Command::new("git");
    git.args(["apply", "--verbose", "all.patch"]).current_dir(tree.path());
    let git = git.output().unwrap();
    assert!(git.status.success(), "{}\n{}", String::from_utf8_lossy(&git.stderr), ran.out);
    assert_eq!(tree.run(&["--fix", "--check", "."]).code, 0);
    for name in ["-rf", "--fix"] {
        let path = tree.at("conf.d").join(name);
        assert!(fs::read_to_string(path).unwrap().contains("location ^~ /"));
    }
}

#[test]
fn what_an_include_names_steers_no_terminal() {
    let tree = Tree::new().file("nginx.conf", "include \"x\x1b]2;y\x07\nz\";\n");
    for format in ["text", "short", "json"] {
        let ran = tree.run(&["--format", format, "."]);
        assert_eq!(ran.code, 2);
        assert!(!ran.out.contains('\x1b'), "{format}: {:?}", ran.out);
    }
    let ran = tree.run(&["gone\x1b[2J"]);
    assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:?}");
}

#[test]
fn a_file_that_changes_while_it_is_read_does_no_harm() {
    let tree = Tree::new().file("nginx.conf", main_with("a.conf")).file("a.conf", SERVER);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let text = taken("a.example.com").repeat(200);
            while !is_done.load(Ordering::Relaxed) {
                let mut file = File::create(tree.at("a.conf")).unwrap();
                file.write_all(text.as_bytes()).unwrap();
                let file = OpenOptions::new().write(true).open(tree.at("a.conf")).unwrap();
                file.set_len(1000).unwrap();
            }
        });
        for _ in 0..20 {
            let ran = tree.run(&["--fix", "."]);
            assert!(ran.ended_well(), "{ran:?}");
        }
        is_done.store(true, Ordering::Relaxed);
    });
}

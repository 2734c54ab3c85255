use std::{os::unix::fs::symlink, process::Command, sync::mpsc, time::Duration};

use tempfile::TempDir;

use super::*;

fn tree() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let at = |path: &str| root.path().join(path);
    fs::create_dir_all(at("etc/nginx/sites")).unwrap();
    fs::write(at("etc/nginx/nginx.conf"), "events {}").unwrap();
    fs::write(at("outside"), "secret").unwrap();
    symlink("/etc/nginx/nginx.conf", at("etc/nginx/sites/absolute")).unwrap();
    symlink("../nginx.conf", at("etc/nginx/sites/relative")).unwrap();
    symlink("../../../../../../etc/nginx/nginx.conf", at("etc/nginx/sites/upwards")).unwrap();
    symlink("nowhere", at("etc/nginx/sites/dangling")).unwrap();
    symlink("circle", at("etc/nginx/sites/circle")).unwrap();
    symlink("/etc", at("link")).unwrap();
    root
}

fn under(root: &TempDir) -> Disk {
    Disk::under(root.path().to_path_buf())
}

fn text(disk: &Disk, path: &str) -> Lookup<String> {
    disk.read(Path::new(path)).map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn links_stay_under_the_root() {
    let root = tree();
    let disk = under(&root);
    for path in [
        "/etc/nginx/nginx.conf",
        "/../etc/nginx/nginx.conf",
        "/etc/nginx/sites/absolute",
        "/etc/nginx/sites/relative",
        "/etc/nginx/sites/upwards",
        "/link/nginx/./sites/../nginx.conf",
    ] {
        assert_eq!(text(&disk, path), Lookup::Found("events {}".to_owned()), "{path}");
    }
}

#[test]
fn broken_links_are_told_apart() {
    let root = tree();
    let disk = under(&root);
    assert_eq!(text(&disk, "/etc/nginx/sites/dangling"), Lookup::Absent);
    assert_eq!(text(&disk, "/etc/nginx/nginx.conf/x"), Lookup::Absent);
    assert_eq!(text(&disk, "/etc/nginx/nginx.conf/"), Lookup::Absent);
    assert_eq!(text(&disk, "/etc/nginx/sites/circle"), Lookup::Unknowable(Reason::LinkLoop));
    let circle = root.path().join("etc/nginx/sites/circle");
    assert_eq!(Disk::new().read(&circle), Lookup::Unknowable(Reason::LinkLoop));
    let target = disk.readlink(Path::new("/etc/nginx/sites/dangling"));
    assert_eq!(target, Lookup::Found("nowhere".into()));
    assert_eq!(disk.readlink(Path::new("/etc/nginx/nginx.conf")), Lookup::Absent);
}

#[test]
fn only_regular_files_are_read_and_only_directories_listed() {
    let root = tree();
    let disk = under(&root);
    let directory = Lookup::Unknowable(Reason::WrongKind(FileKind::Directory));
    assert_eq!(text(&disk, "/etc/nginx"), directory);
    let file = Lookup::Unknowable(Reason::WrongKind(FileKind::File));
    assert_eq!(disk.list(Path::new("/outside")), file);
    let entries = disk.list(Path::new("/link/nginx")).found().unwrap();
    let entry = |name: &str, kind| DirectoryEntry { name: name.into(), kind: Some(kind) };
    let inside = [entry("nginx.conf", FileKind::File), entry("sites", FileKind::Directory)];
    assert_eq!(entries, inside);
}

#[test]
fn a_fifo_does_not_block() {
    let root = tree();
    let fifo = root.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(Disk::new().read(&fifo)));
    let answer = answered.recv_timeout(Duration::from_secs(10));
    assert_eq!(answer, Ok(Lookup::Unknowable(Reason::WrongKind(FileKind::Special))));
}

#[test]
fn a_file_of_four_gigabytes_is_refused() {
    let root = tree();
    let large = root.path().join("large");
    File::create(&large).unwrap().set_len(1 << 32).unwrap();
    assert_eq!(Disk::new().read(&large), Lookup::Unknowable(Reason::TooLarge(1 << 32)));
}

#[test]
fn a_secret_is_shown_whole() {
    let root = tree();
    let mut shown = Vec::new();
    let answer = under(&root).read_secret(Path::new("/outside"), &mut |bytes| {
        shown.extend_from_slice(bytes);
    });
    assert_eq!((answer, shown.as_slice()), (Lookup::Found(()), &b"secret"[..]));
}

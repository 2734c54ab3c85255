use std::{os::unix::fs::symlink, process::Command, sync::mpsc, time::Duration};

use tempfile::TempDir;

use super::{super::Mount, *};

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

/// A machine of which a few directories are known: one of them inside of another, and a file.
fn mapped(root: &TempDir) -> Disk {
    let at = |path: &str| root.path().canonicalize().unwrap().join(path);
    fs::create_dir_all(at("sites")).unwrap();
    fs::write(at("sites/shop.conf"), "server {}").unwrap();
    symlink("/etc/nginx/nginx.conf", at("sites/out")).unwrap();
    symlink("/srv/elsewhere", at("sites/unknown")).unwrap();
    fs::write(at("chain.pem"), "chain").unwrap();
    let mounts = [
        ("etc/nginx", "/etc/nginx"),
        ("sites", "/etc/nginx/conf.d"),
        ("chain.pem", "/tls/shop/chain.pem"),
    ];
    let mount = |(disk, machine): (&str, &str)| Mount { disk: at(disk), machine: machine.into() };
    Disk::new().with_mounts(Mounts::new(mounts.map(mount).to_vec()))
}

#[test]
fn what_is_mounted_lies_elsewhere() {
    let root = tree();
    let disk = mapped(&root);
    let found = |text: &str| Lookup::Found(text.to_owned());
    assert_eq!(text(&disk, "/etc/nginx/nginx.conf"), found("events {}"));
    assert_eq!(text(&disk, "/etc/nginx/conf.d/shop.conf"), found("server {}"));
    assert_eq!(text(&disk, "/etc/nginx/conf.d/../nginx.conf"), found("events {}"));
    assert_eq!(text(&disk, "/etc/nginx/conf.d/out"), found("events {}"));
    assert_eq!(text(&disk, "/tls/shop/chain.pem"), found("chain"));
    assert_eq!(text(&disk, "/etc/nginx/conf.d/none.conf"), Lookup::Absent);
}

#[test]
fn what_is_not_mounted_is_not_known() {
    let root = tree();
    let disk = mapped(&root);
    let unknown = Lookup::Unknowable(Reason::NotMapped);
    assert_eq!(text(&disk, "/etc/passwd"), unknown);
    assert_eq!(text(&disk, "/etc/nginx/conf.d/unknown"), unknown);
    assert_eq!(text(&disk, "/tls/shop/key.pem"), unknown);
    assert!(matches!(disk.list(Path::new("/tls")), Lookup::Unknowable(_)));
    let around = disk.stat(Path::new("/tls/shop")).found().unwrap();
    assert_eq!((around.kind, around.mode), (FileKind::Directory, 0o755));
    assert!(matches!(disk.stat(Path::new("/srv")), Lookup::Unknowable(_)));
}

#[test]
fn with_a_root_directory_the_rest_lies_there() {
    let root = tree();
    let image = tempfile::tempdir().unwrap();
    fs::create_dir_all(image.path().join("etc")).unwrap();
    fs::write(image.path().join("etc/passwd"), "root").unwrap();
    let mounts = mapped(&root).mounts;
    let disk = Disk::under(image.path().to_path_buf()).with_mounts(mounts);
    assert_eq!(text(&disk, "/etc/passwd"), Lookup::Found("root".to_owned()));
    assert_eq!(text(&disk, "/etc/group"), Lookup::Absent);
    let names = |path: &str| {
        let entries = disk.list(Path::new(path)).found().unwrap();
        entries.into_iter().map(|entry| entry.name.into_string().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names("/"), ["etc", "tls"]);
    assert_eq!(names("/etc"), ["nginx", "passwd"]);
    assert_eq!(names("/tls"), ["shop"]);
    assert_eq!(names("/etc/nginx"), ["conf.d", "nginx.conf", "sites"]);
}

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Action, Recovered, Replacement, Store};

/// A tree to change, and a store beside it.
struct Playground {
    directory: TempDir,
}

impl Playground {
    fn new(files: &[(&str, &str)]) -> Self {
        let playground = Self { directory: TempDir::new().unwrap() };
        fs::create_dir(playground.path("")).unwrap();
        for (path, contents) in files {
            let path = playground.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        playground
    }

    fn path(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.directory.path()).unwrap().join("tree").join(path)
    }

    fn store(&self) -> Store {
        Store::open(&self.directory.path().join("store")).unwrap()
    }

    fn replacement(&self, path: &str, before: Option<&str>, after: Option<&str>) -> Replacement {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        let (before, after) = (bytes(before), bytes(after));
        Replacement { path: self.path(path), before, after, mode: 0o644 }
    }

    /// Every file, the hidden ones as well, with what it holds.
    fn files(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut directories = vec![self.path("")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let name = path.strip_prefix(self.path("")).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
        found.sort();
        found
    }
}

fn files(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, contents)| ((*path).to_owned(), (*contents).to_owned())).collect()
}

#[test]
fn files_are_changed_made_and_removed_together_and_put_back_together() {
    let before = [("a", "old a"), ("c", "old c")];
    let playground = Playground::new(&before);
    let store = playground.store();
    let replacements = [
        playground.replacement("a", Some("old a"), Some("new a")),
        playground.replacement("x/y/b", None, Some("new b")),
        playground.replacement("c", Some("old c"), None),
    ];
    let id = {
        let written = store.write("one", &replacements).unwrap();
        let id = written.id().to_owned();
        assert!(written.keep().unwrap().is_none());
        id
    };
    assert_eq!(playground.files(), files(&[("a", "new a"), ("x/y/b", "new b")]));
    let [backup] = &store.backups().unwrap()[..] else { panic!("one backup") };
    let actions: Vec<_> = backup.files.iter().map(|(_, action)| *action).collect();
    assert_eq!(actions, [Action::Change, Action::Create, Action::Remove]);

    let reversal = store.reversal(&id).unwrap();
    assert!(store.write("two", &reversal).unwrap().keep().unwrap().is_none());
    assert_eq!(playground.files(), files(&before));
    assert_eq!(store.recover().unwrap(), []);
}

#[test]
fn what_was_written_can_be_put_back_at_once() {
    let before = [("a", "old"), ("b", "old")];
    let playground = Playground::new(&before);
    let inode = fs::metadata(playground.path("a")).unwrap().ino();
    let store = playground.store();
    let replacements = [
        playground.replacement("a", Some("old"), Some("new")),
        playground.replacement("b", Some("old"), None),
        playground.replacement("x/c", None, Some("new")),
    ];
    let left = store.write("one", &replacements).unwrap().put_back().unwrap();
    assert_eq!(left, [] as [PathBuf; 0]);
    assert_eq!(playground.files(), files(&before));
    assert_eq!(fs::metadata(playground.path("a")).unwrap().ino(), inode, "the very same file");
    assert!(!playground.path("x").exists());
    assert!(store.backups().unwrap()[0].is_undone);
    assert!(store.reversal("one").is_err());
}

#[test]
fn an_interrupted_change_is_undone_and_what_somebody_else_wrote_is_left() {
    let playground = Playground::new(&[("a", "old"), ("b", "old")]);
    let store = playground.store();
    let replacements = [
        playground.replacement("a", Some("old"), Some("new")),
        playground.replacement("b", Some("old"), Some("new")),
    ];
    let _interrupted = store.write("one", &replacements).unwrap();
    fs::write(playground.path("b"), "mine").unwrap();
    let id = "one".to_owned();
    let left = vec![playground.path("b")];
    assert_eq!(store.recover().unwrap(), [Recovered::Undone { id, left }]);
    assert_eq!(playground.files(), files(&[("a", "old"), ("b", "mine")]));
    assert_eq!(store.recover().unwrap(), []);
}

#[test]
fn a_file_that_is_not_what_was_read_stops_everything() {
    let before = [("a", "old"), ("b", "changed since"), ("c", "there by now")];
    let playground = Playground::new(&before);
    let store = playground.store();
    let first = playground.replacement("a", Some("old"), Some("new"));
    for (second, why) in [
        (playground.replacement("b", Some("old"), Some("new")), "it has changed since it was read"),
        (playground.replacement("c", None, Some("new")), "File exists"),
        (playground.replacement("d", Some("old"), Some("new")), "No such file"),
    ] {
        let error = store.write("one", &[first.clone(), second]).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert_eq!(playground.files(), files(&before));
    }
    assert!(store.backups().unwrap().iter().all(|backup| backup.is_undone));
}

#[test]
fn no_link_on_the_way_is_followed() {
    let playground = Playground::new(&[("real/a", "old"), ("other", "old")]);
    symlink("real", playground.path("link")).unwrap();
    symlink("other", playground.path("named")).unwrap();
    let store = playground.store();
    for path in ["link/a", "named"] {
        let replacement = playground.replacement(path, Some("old"), Some("new"));
        assert!(store.write("one", &[replacement]).is_err(), "{path}");
    }
    let unchanged = [("link/a", "old"), ("named", "old"), ("other", "old"), ("real/a", "old")];
    assert_eq!(playground.files(), files(&unchanged));
    assert_eq!(store.recover().unwrap(), []);
}

#[test]
fn a_file_with_a_second_name_keeps_both() {
    let playground = Playground::new(&[("a", "old")]);
    fs::hard_link(playground.path("a"), playground.path("b")).unwrap();
    let replacement = playground.replacement("a", Some("old"), Some("new"));
    let error = playground.store().write("one", &[replacement]).unwrap_err().to_string();
    assert!(error.contains("hard links"), "{error}");
    assert_eq!(playground.files(), files(&[("a", "old"), ("b", "old")]));
}

#[test]
fn all_that_belongs_to_a_file_but_its_contents_stays() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let playground = Playground::new(&[("a", "old")]);
    let path = playground.path("a");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4751)).unwrap();
    let value = vec![7; 3000];
    setxattr(&path, "user.note", &value, XattrFlags::empty()).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(1234), Some(2345)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4751)).unwrap();
    }
    let before = fs::metadata(&path).unwrap();
    let replacement = playground.replacement("a", Some("old"), Some("new"));
    let store = playground.store();
    assert!(store.write("one", &[replacement]).unwrap().keep().unwrap().is_none());
    let after = fs::metadata(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(
        (after.uid(), after.gid(), after.mode()),
        (before.uid(), before.gid(), before.mode())
    );
    let mut kept = vec![0; 4000];
    let length = getxattr(&path, "user.note", &mut kept).unwrap();
    assert_eq!(kept[..length], value);
}

#[test]
fn two_at_once_are_one_too_many() {
    let playground = Playground::new(&[]);
    let _first = playground.store();
    let directory = playground.directory.path().join("store");
    let error = Store::open(&directory).unwrap_err().to_string();
    assert!(error.contains("another run"), "{error}");
}

#[test]
fn a_store_that_others_may_write_is_not_trusted() {
    let playground = Playground::new(&[]);
    let open: &Path = &playground.directory.path().join("open");
    fs::create_dir(open).unwrap();
    fs::set_permissions(open, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Store::open(open).unwrap_err().to_string();
    assert!(error.contains("others may write"), "{error}");
}

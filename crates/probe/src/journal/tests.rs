use std::{fs, os::unix::fs::symlink, path::PathBuf};

use tempfile::TempDir;

use super::{Entry, read, remove_all, to_bytes};
use crate::{
    place::{Place, Removal},
    token::Token,
};

fn place(base: &TempDir) -> Place {
    Place {
        base: base.path().canonicalize().expect("it is there"),
        below: vec![".well-known".to_owned(), "acme-challenge".to_owned()],
        is_given_away: false,
    }
}

fn entry(base: &TempDir, made: usize) -> Entry {
    let place = place(base);
    let inode = place.inode().expect("it is there");
    Entry { place, inode, made, name: Token::new().expect("it is made").name }
}

fn things(base: &TempDir) -> usize {
    fs::read_dir(base.path()).expect("it is there").count()
}

#[test]
fn a_journal_comes_back_as_far_as_it_was_written() {
    let base = TempDir::new().expect("it can be made");
    let entries = [entry(&base, 2), entry(&base, 0)];
    let bytes = to_bytes(&[&entries[0], &entries[1]]);
    for end in 0..=bytes.len() {
        let known = read(&bytes[..end]);
        assert!(known.len() <= 2);
        for (one, other) in known.iter().zip(&entries) {
            assert_eq!(one.to_bytes(), other.to_bytes());
        }
    }
    assert_eq!(read(&bytes).len(), 2);
}

#[test]
fn no_journal_names_anything_but_tokens() {
    let of = |[base, below, made, name]: [&str; 4]| {
        let bytes = [base, "2", below, made, name].map(str::as_bytes).join(&0);
        read(&[&to_bytes(&[]), &*bytes, b"\0"].concat()).len()
    };
    let name = Token::new().expect("it is made").name;
    assert_eq!(of(["/srv", ".well-known/acme-challenge", "2", &name]), 1);
    assert_eq!(of(["/srv", ".well-known/acme-challenge", "3", &name]), 0);
    assert_eq!(of(["srv", "", "0", &name]), 0);
    assert_eq!(of(["/srv", "", "0", "passwd"]), 0);
    assert_eq!(of(["/srv", "", "0", "../etc/passwd"]), 0);
    assert_eq!(read(b"something else\0/srv\0\0none\0x\0").len(), 0);
}

#[test]
fn what_was_made_goes_and_what_others_have_put_there_stays() {
    let base = TempDir::new().expect("it can be made");
    let one = entry(&base, 2);
    let entered = one.place.enter().expect("it can be made");
    assert_eq!(entered.made, 2);
    entered.write(&one.name, "text", false).expect("it can be written");
    assert!(entered.write(&one.name, "text", false).is_err(), "it is there already");
    let others = base.path().join(".well-known/security.txt");
    fs::write(&others, "").expect("it is ours");
    let path = one.path();
    assert_eq!(remove_all(vec![one]).removed, [path]);
    assert!(others.exists() && !base.path().join(".well-known/acme-challenge").exists());

    let base = TempDir::new().expect("it can be made");
    let one = entry(&base, 2);
    one.place.enter().expect("it can be made");
    assert_eq!(one.remove().expect("it is ours"), Removal::Removed);
    assert_eq!(one.remove().expect("it is ours"), Removal::Gone);
    assert_eq!(things(&base), 0);
}

#[test]
fn a_link_that_came_in_between_leads_nowhere() {
    let [base, other] = [(); 2].map(|()| TempDir::new().expect("it can be made"));
    let one = entry(&base, 2);
    let victim: PathBuf = other.path().join("acme-challenge");
    fs::create_dir(&victim).expect("it is ours");
    fs::write(victim.join(&one.name), "").expect("it is ours");
    symlink(other.path(), base.path().join(".well-known")).expect("it is ours");
    assert!(one.place.enter().is_err());
    let done = remove_all(vec![one]);
    assert!(done.removed.is_empty() && done.failed.is_empty() && done.misplaced.len() == 1);
    assert_eq!(fs::read_dir(&victim).expect("it is there").count(), 1);
}

#[test]
fn what_was_moved_away_is_kept_in_mind_until_it_is_back() {
    let around = TempDir::new().expect("it can be made");
    let path = |name: &str| around.path().join(name);
    fs::create_dir_all(path("html/.well-known/acme-challenge")).expect("it is ours");
    let place = Place { base: path("html"), ..place(&around) };
    let inode = place.inode().expect("it is there");
    let name = Token::new().expect("it is made").name;
    let one = Entry { place, inode, made: 0, name };
    let entered = one.place.enter().expect("it is there");
    entered.write(&one.name, "text", false).expect("it can be written");
    let journal = path("one.journal");
    fs::write(&journal, to_bytes(&[&one])).expect("it is ours");
    let recover = || {
        let done = remove_all(read(&fs::read(&journal).expect("it is there")));
        done.keep(&journal).expect("it is ours");
        (done.removed.len(), done.misplaced.len())
    };
    let rename = |from: &str, to: &str| fs::rename(path(from), path(to)).expect("it is ours");
    rename("html", "away");
    assert_eq!(recover(), (0, 1), "it is missing");
    fs::create_dir(path("html")).expect("it is ours");
    assert_eq!(recover(), (0, 1), "it is not mounted");
    fs::create_dir_all(path("html/.well-known/acme-challenge")).expect("it is ours");
    assert_eq!(recover(), (0, 1), "it is another one");
    fs::remove_dir_all(path("html")).expect("it is ours");
    rename("away", "html");
    rename("html/.well-known", "html/moved");
    assert_eq!(recover(), (0, 1), "a directory below is missing");
    rename("html/moved", "html/.well-known");
    assert_eq!(recover(), (1, 0));
    assert!(!one.path().exists() && !journal.exists());
    // What somebody else has removed is not waited for.
    assert_eq!(one.remove().expect("it is ours"), Removal::Gone);
}

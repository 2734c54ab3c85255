use std::{fs, os::unix::fs::symlink, path::PathBuf};

use tempfile::TempDir;

use super::{Entry, HEAD, read, remove_all};
use crate::{place::Place, token::Token};

fn place(base: &TempDir) -> Place {
    Place {
        base: base.path().canonicalize().expect("it is there"),
        below: vec![".well-known".to_owned(), "acme-challenge".to_owned()],
        is_given_away: false,
    }
}

fn entry(base: &TempDir, made: usize) -> Entry {
    Entry { place: place(base), made, name: Token::new().expect("it is made").name }
}

fn things(base: &TempDir) -> usize {
    fs::read_dir(base.path()).expect("it is there").count()
}

#[test]
fn a_journal_comes_back_as_far_as_it_was_written() {
    let base = TempDir::new().expect("it can be made");
    let entries = [entry(&base, 2), entry(&base, 0)];
    let mut bytes = [HEAD, b"\0"].concat();
    bytes.extend(entries.iter().flat_map(Entry::to_bytes));
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
    let of = |fields: [&str; 4]| {
        let bytes = fields.map(str::as_bytes).join(&0);
        read(&[HEAD, b"\0", &bytes, b"\0"].concat()).len()
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
    assert!(one.is_there());
    assert!(remove_all(&[one]).is_empty());
    assert!(others.exists() && !base.path().join(".well-known/acme-challenge").exists());

    let base = TempDir::new().expect("it can be made");
    let one = entry(&base, 2);
    one.place.enter().expect("it can be made");
    assert!(remove_all(&[one]).is_empty());
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
    assert!(remove_all(&[one]).is_empty());
    assert_eq!(fs::read_dir(&victim).expect("it is there").count(), 1);
}

use machine::Nginx;
use std::process::Command;

use super::*;

fn made(hosts: u32) -> (tempfile::TempDir, Corpus) {
    let directory = tempfile::tempdir().expect("there is room for temporary files");
    let corpus = make(directory.path(), hosts).expect("it can be written to");
    (directory, corpus)
}

#[test]
fn a_host_is_the_same_however_many_there_are() {
    for number in [0, 7, 125] {
        let host = host::Host::numbered(number);
        assert_eq!(host.name, host::Host::numbered(number).name);
        assert_eq!(host.text(), host::Host::numbered(number).text());
    }
}

#[test]
fn each_host_has_a_file_of_the_usual_size() {
    let ((_few, few), (_many, many)) = (made(20), made(220));
    assert_eq!(many.files - few.files, 200);
    assert!((1200..2400).contains(&((many.bytes - few.bytes) / 200)), "{few:?} {many:?}");
}

#[test]
fn nginx_accepts_it() {
    let (directory, _) = made(300);
    for nginx in Nginx::ALL {
        let output = Command::new(nginx.path().expect("nginx is installed"))
            .args(["-t", "-q", "-c", "nginx.conf", "-p"])
            .arg(directory.path())
            .output()
            .expect("nginx can be run");
        assert!(output.status.success(), "{nginx}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_there_already_is_left_alone() {
    let (directory, _) = made(0);
    assert!(make(directory.path(), 0).is_err());
}

use machine::Nginx;
use std::process::Command;

use super::*;

fn made(hosts: u32) -> (tempfile::TempDir, Corpus) {
    let directory = tempfile::tempdir().expect("there is room for temporary files");
    let corpus = make(directory.path(), hosts, Certificates::Shared).expect("it can be written to");
    (directory, corpus)
}

#[test]
fn a_host_is_the_same_however_many_there_are() {
    for number in [0, 7, 125] {
        let host = Host::numbered(number);
        assert_eq!(host.name, Host::numbered(number).name);
        let text = |host: Host| host.file(Certificates::Shared).text;
        assert_eq!(text(host), text(Host::numbered(number)));
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
    accepts(directory.path());
}

#[test]
fn nginx_accepts_a_certificate_for_each() {
    let directory = tempfile::tempdir().expect("there is room for temporary files");
    make(directory.path(), 20, Certificates::Lineages).expect("it can be written to");
    let renewals = letsencrypt(directory.path()).join("renewal").read_dir();
    assert_eq!(renewals.expect("certbot's files are there").count(), 20);
    accepts(directory.path());
}

fn accepts(directory: &Path) {
    for nginx in Nginx::ALL {
        let output = Command::new(nginx.path().expect("nginx is installed"))
            .args(["-t", "-q", "-c", "nginx.conf", "-p"])
            .arg(directory)
            .output()
            .expect("nginx can be run");
        assert!(output.status.success(), "{nginx}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_is_there_already_is_left_alone() {
    let (directory, _) = made(0);
    assert!(make(directory.path(), 0, Certificates::Shared).is_err());
}

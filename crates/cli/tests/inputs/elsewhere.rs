//! Certificates of a configuration that lies in a repository, or whose machine is known in part.

use std::{path::Path, process::Command};

use crate::program::Tree;

/// A site whose certificates are on its machine.
fn site(directory: &str) -> String {
    format!(
        "events {{}}\nhttp {{ server {{ listen 443 ssl; listen 80; server_name a.example.com;\n\
         location ^~ /.well-known/acme-challenge/ {{ root /srv/acme; }}\n\
         ssl_certificate {directory}/a.pem;\nssl_certificate_key {directory}/a.key;\n\
         ssl_dhparam /etc/a/ssl-dhparams.pem; }} }}\n"
    )
}

fn make_certificate(directory: &Path) {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=a.example.com", "-addext", "subjectAltName=DNS:a.example.com"])
        .args(["-days", "90", "-keyout", "a.key", "-out", "a.pem"])
        .current_dir(directory)
        .output()
        .expect("openssl can be run");
    assert!(output.status.success(), "{output:?}");
}

/// The lines about paths.
fn lines(tree: &Tree, arguments: &[&str]) -> Vec<String> {
    let arguments = [arguments, &["--format", "short", "--select", "certificate-path-broken"]];
    let ran = tree.run(&arguments.concat());
    let lines = ran.out.lines().filter(|line| line.contains(" certificate-path-broken:"));
    let place = |line: &str| {
        let (place, _) = line.split_once(" certificate").expect("it was found");
        place.rsplit_once('/').expect("it is in a directory").1.to_owned()
    };
    lines.map(place).collect()
}

#[test]
fn in_a_repository_one_line_says_that_they_are_not_looked_at() {
    for directory in ["/etc/letsencrypt/live/a", "/certs", "/run/secrets", "/etc/ssl/private/a"] {
        let tree = Tree::new().file("nginx/nginx.conf", site(directory));
        assert_eq!(lines(&tree, &["nginx"]), ["nginx.conf:4:17: info"], "{directory}");
    }
}

#[test]
fn relative_paths_are_looked_at_in_a_repository() {
    let tree = Tree::new().file("nginx/nginx.conf", site("ssl"));
    let expected = ["nginx.conf:4:17: error", "nginx.conf:5:21: error", "nginx.conf:6:13: info"];
    assert_eq!(lines(&tree, &["nginx"]), expected);
}

#[test]
fn where_a_certificate_is_found_the_others_are_looked_for() {
    let tree = Tree::new();
    let directory = tree.path().display().to_string();
    let tree = tree.file("nginx/nginx.conf", site(&directory));
    make_certificate(tree.path());
    assert_eq!(lines(&tree, &["nginx"]), ["nginx.conf:6:13: error"]);
}

#[test]
fn where_no_directory_is_mapped_nothing_is_known() {
    let tree = Tree::new().file("nginx/nginx.conf", site("/etc/letsencrypt/live/a"));
    let map = ["--map", "nginx=/etc/nginx", "/etc/nginx"];
    assert_eq!(lines(&tree, &map), ["nginx.conf:4:17: info"]);
    let tree = Tree::new().file("nginx/nginx.conf", site("/etc/nginx/ssl"));
    let expected = ["nginx.conf:4:17: error", "nginx.conf:5:21: error", "nginx.conf:6:13: info"];
    assert_eq!(lines(&tree, &map), expected);
}

//! Files in the middle of a configuration, as pre-commit passes them.

use crate::program::{Tree, each, main_with, taken};

fn tree() -> Tree {
    Tree::new()
        .file("nginx/nginx.conf", main_with("conf.d/*.conf"))
        .file("nginx/conf.d/a.conf", taken("a.example.com"))
        .file("nginx/conf.d/b.conf", taken("b.example.com"))
        .file("nginx/conf.d/c.off", taken("c.example.com"))
}

#[test]
fn a_part_is_linted_with_all_around_it() {
    let report = tree().run(&["--format", "json", "nginx/conf.d/a.conf"]).json();
    assert_eq!(report["configurations"][0]["is_fragment"], false);
    assert_eq!(each(&report["configurations"][0]["files"]).len(), 3);
    assert_eq!(each(&report["diagnostics"]).len(), 2);
}

#[test]
fn only_what_was_given_is_told_and_patched() {
    let ran = tree().run(&["--only-given", "--fix", "nginx/conf.d/b.conf"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("--- a/nginx/conf.d/b.conf\n"), "{ran:?}");
    assert!(!ran.out.contains("a.conf"), "{ran:?}");
    assert!(ran.err.contains("left out 1 diagnostic about other files"), "{ran:?}");
    let tree = tree().file("nginx/conf.d/b.conf", "");
    let ran = tree.run(&["--only-given", "nginx/conf.d/b.conf"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("left out 1 diagnostic about other files"), "{ran:?}");
}

#[test]
fn a_new_site_that_shared_files_make_fail_is_told() {
    let site = |name: &str| {
        format!(
            "server {{ listen 80; server_name {name}; include snippets/acme.conf; \
             include snippets/hard.conf; }}\n"
        )
    };
    let tree = Tree::new()
        .file("nginx/nginx.conf", main_with("sites-enabled/*"))
        .file(
            "nginx/snippets/acme.conf",
            "location /.well-known/acme-challenge/ { root /srv/acme; }\n",
        )
        .file("nginx/snippets/hard.conf", "location ~ /\\. { deny all; }\n")
        .file("nginx/sites-enabled/plain", "server { listen 80; server_name plain.example.com; }\n")
        .file("nginx/sites-enabled/new", site("new.example.com"));
    let given = ["--only-given", "nginx/sites-enabled/new"];
    let ran = tree.run(&given);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("error[challenge-taken-by-regex]"), "{ran:?}");
    let patch = tree.run(&[&given[..], &["--fix"]].concat()).out;
    assert!(patch.starts_with("--- a/nginx/snippets/acme.conf\n"), "{patch}");
    // What ails one site is no matter of another one that does not take part.
    let ran = tree.run(&["--only-given", "nginx/sites-enabled/plain"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("left out 1 diagnostic about other files"), "{ran:?}");
}

#[test]
fn what_is_not_read_elsewhere_is_left_out_too() {
    let tree = tree()
        .file("nginx/conf.d/a.conf", "include gone;\n")
        .file("nginx/conf.d/b.conf", "server { listen 80; return 403; }\n");
    assert_eq!(tree.run(&["nginx/conf.d/b.conf"]).code, 2);
    assert_eq!(tree.run(&["--only-given", "nginx/conf.d/b.conf"]).code, 0);
    assert_eq!(tree.run(&["--only-given", "nginx/conf.d/a.conf"]).code, 2);
    let tree = tree.file("nginx/conf.d/a.conf", "server {\n");
    assert_eq!(tree.run(&["--only-given", "nginx/conf.d/b.conf"]).code, 0);
    assert_eq!(tree.run(&["--only-given", "nginx/conf.d/a.conf"]).code, 2);
}

#[test]
fn a_part_that_nothing_includes_is_linted_by_itself() {
    let ran = tree().run(&["--only-given", "nginx/conf.d/c.off", "nginx/conf.d/b.conf"]);
    assert_eq!(ran.code, 1);
    let words = "no nginx.conf includes it: nginx/conf.d/c.off";
    assert!(ran.says(words), "{ran:?}");
    assert!(ran.out.contains("c.off:4:5") && ran.out.contains("b.conf:4:5"), "{ran:?}");
    assert!(!ran.out.contains("a.conf:4:5"), "{ran:?}");
}

#[test]
fn a_directory_stands_for_all_in_it() {
    let report = tree().run(&["--only-given", "--format", "json", "nginx/conf.d"]).json();
    assert_eq!(each(&report["diagnostics"]).len(), 3, "{report:#}");
    assert_eq!(report["looked_at"]["left_out"], 0);
    let report = tree().run(&["--only-given", "--format", "json", "nginx/nginx.conf"]).json();
    assert_eq!(report["looked_at"]["left_out"], 2, "{report:#}");
}

#[test]
fn what_is_no_configuration_is_named() {
    let tree = tree()
        .file("cert.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
        .file("key.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
        .file("redis.conf", "port 6379\nbind 127.0.0.1\n");
    for (path, words) in [
        ("cert.pem", "it is a certificate"),
        ("key.pem", "it is a private key"),
        ("redis.conf", "it is no nginx configuration"),
        ("nginx/gone.conf", "no such file"),
    ] {
        for more in [&[][..], &["--only-given"]] {
            let ran = tree.run(&[more, &[path]].concat());
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.says(words), "{ran:?}");
        }
    }
}

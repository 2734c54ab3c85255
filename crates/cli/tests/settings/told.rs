//! What is taken from settings, and what is said of them.

use std::fs;

use expect_test::expect;

use crate::program::{BAD, run, tree};

#[test]
fn the_nearest_settings_count_and_are_named() {
    let tree = tree(&[
        ("nginx/nginx.conf", BAD),
        ("nginx-acme-lint.toml", "format = 'short'\nfail-on = 'never'\n"),
    ]);
    let (code, out, err) = run(tree.path(), &["nginx"]);
    assert_eq!((code, &*err), (0, ""));
    expect![[r#"
        nginx/nginx.conf:7:9: error challenge-taken-by-regex: challenges never reach the location meant for them
        looked at 1 file, 1 server; names: 1 fails; settings: nginx-acme-lint.toml
    "#]].assert_eq(&out);
    let (code, out, _) = run(tree.path(), &["nginx", "--no-settings", "--format", "short"]);
    assert_eq!(code, 1);
    assert!(!out.contains("settings"), "{out}");
    let (code, out, _) = run(tree.path(), &["nginx", "--fail-on", "error"]);
    assert_eq!(code, 1, "{out}");
    let (_, out, _) = run(tree.path(), &["nginx", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["settings"]["file"], "nginx-acme-lint.toml");
}

#[test]
fn without_a_path_the_settings_of_the_current_directory_count() {
    let tree = tree(&[
        ("image/etc/nginx/nginx.conf", BAD),
        ("nginx-acme-lint.toml", "root = 'image'\nformat = 'short'\n"),
        ("deep/down/x", ""),
    ]);
    for directory in ["", "deep/down"] {
        let (code, out, err) = run(&tree.path().join(directory), &[]);
        assert_eq!((code, &*err), (1, ""), "{out}");
        assert!(out.starts_with("/etc/nginx/nginx.conf:7:9: error"), "{out}");
    }
}

#[test]
fn rules_that_are_not_asked_are_silent_but_names_still_fail() {
    let tree = tree(&[("nginx/nginx.conf", BAD)]);
    let said = |arguments: &[&str]| {
        let (code, out, err) =
            run(tree.path(), &[&["nginx", "--format", "short"], arguments].concat());
        assert_eq!(err, "");
        format!("{code}\n{out}")
    };
    expect![[r#"
        0
        looked at 1 file, 1 server; names: 1 fails
    "#]]
    .assert_eq(&said(&["--ignore", "challenge-taken-by-regex"]));
    assert_eq!(said(&["--ignore", "challenge"]), said(&["--select", "tls,nginx,renewal"]));
    assert!(
        said(&["--ignore", "challenge", "--select", "challenge-taken-by-regex"]).starts_with('1')
    );
    fs::write(tree.path().join("nginx-acme-lint.toml"), "[severity]\nchallenge = 'info'\n")
        .unwrap();
    let out = said(&[]);
    assert!(out.starts_with("0\nnginx/nginx.conf:7:9: info challenge-taken-by-regex"), "{out}");
}

#[test]
fn mistakes_in_settings_stop_every_command() {
    let tree =
        tree(&[("nginx/nginx.conf", BAD), ("nginx/.nginx-acme-lint.toml", "\nselekt = []\n")]);
    for arguments in [
        &["nginx"][..],
        &["nginx/nginx.conf", "--fail-on", "never"],
        &["names", "nginx"],
        &["trace", "--config", "nginx", "http://shop.example.com/"],
        &["--settings", "nginx/.nginx-acme-lint.toml", "nginx"],
    ] {
        let (code, out, err) = run(tree.path(), arguments);
        assert_eq!((code, &*out), (3, ""), "{arguments:?}");
        assert_eq!(
            err,
            "error: TREE/nginx/.nginx-acme-lint.toml:2:1: there is no setting `selekt`; did you mean \
             `select`?\n"
        );
    }
}

#[test]
fn unknown_rules_on_the_command_line_are_wrong_usage() {
    let tree = tree(&[("nginx/nginx.conf", BAD)]);
    for option in ["--select", "--ignore"] {
        let (code, _, err) = run(tree.path(), &["nginx", option, "tls,challenge-taken-by-regexp"]);
        assert_eq!(code, 3);
        assert!(err.contains("did you mean `challenge-taken-by-regex`?"), "{err}");
    }
}

#[test]
fn names_and_traces_honour_ports_and_roots() {
    let site = BAD.replace("listen 80", "listen 8080");
    let tree = tree(&[
        ("image/etc/nginx/nginx.conf", &*site),
        ("nginx-acme-lint.toml", "root = 'image'\nhttp-port = 8080\n"),
    ]);
    let (code, out, err) = run(tree.path(), &["names"]);
    assert_eq!((code, &*err), (1, ""), "{out}");
    assert!(out.ends_with("; settings: nginx-acme-lint.toml\n"), "{out}");
    let (code, out, err) = run(tree.path(), &["trace", "http://shop.example.com/.git"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("403"), "{out}");
}

#[test]
fn a_container_is_linted_by_its_volumes() {
    let site = "server {
    listen 80;
    server_name shop.example.com;
    root /usr/share/nginx/html;
    location /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
    location ~ /\\. { deny all; }
}
";
    let main = "events {}\nhttp {\n    include /etc/nginx/conf.d/*.conf;\n}\n";
    let tree = tree(&[
        ("web/nginx.conf", main),
        ("web/sites/shop.conf", site),
        (
            "nginx-acme-lint.toml",
            "map = ['web/nginx.conf=/etc/nginx/nginx.conf', 'web/sites=/etc/nginx/conf.d']\n",
        ),
    ]);
    let (code, patch, report) = run(tree.path(), &["--fix"]);
    expect![[r#"
        error[challenge-taken-by-regex]: challenges never reach the location meant for
          them
           ╭─[web/sites/shop.conf:5:5]
         4 │     root /usr/share/nginx/html;
         5 │     location /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
           ·     ──────────────────┬──────────────────
           ·                       ╰─┤ a prefix without `^~` yields to regular
           ·                         │ expressions
         6 │     location ~ /\. { deny all; }
           ·     ───────┬──────   ────┬───
           ·            │             ╰── and this gives them 403
           ·            ╰── this regular expression takes them
         7 │ }
           ╰────
          the way of the request:
          1. http://shop.example.com/.well-known/acme-challenge/TOKEN
             - web/sites/shop.conf:1:1: `shop.example.com` is one of its names on
               0.0.0.0:80
             - web/sites/shop.conf:6:5: `/\.` is the first regular expression that
               matches, and the plain prefix `/.well-known/acme-challenge/` yields to it
             - web/sites/shop.conf:6:22: no rule before it lets the client in, and it
               refuses everybody
             → 403
          note: no certificate can be issued or renewed over HTTP-01 for
                shop.example.com
          fix: make the prefix final with `^~` (in the patch)

        found 1 error; the patch mends 1
        looked at /etc/nginx: 2 files, 1 server, no ACME client found; names: 1 fails; settings: nginx-acme-lint.toml
    "#]]
    .assert_eq(&report);
    expect![[r#"
        --- a/web/sites/shop.conf
        +++ b/web/sites/shop.conf
        @@ -2,6 +2,6 @@
             listen 80;
             server_name shop.example.com;
             root /usr/share/nginx/html;
        -    location /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
        +    location ^~ /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
             location ~ /\. { deny all; }
         }
    "#]]
    .assert_eq(&patch);
    assert_eq!(code, 1);
    for path in ["web/nginx.conf", "/etc/nginx", "./web/sites/../nginx.conf"] {
        let arguments = [path, "--settings", "nginx-acme-lint.toml", "--format", "short"];
        let (code, out, err) = run(tree.path(), &arguments);
        assert_eq!((code, &*err), (1, ""), "{out}");
        assert!(out.contains("web/sites/shop.conf:5:5: error"), "{path}: {out}");
    }
    let (code, out, err) = run(
        tree.path(),
        &["web/nginx.conf", "--fix", "--write", "--no-verify", "--backup-dir", "b"],
    );
    assert_eq!((code, &*err), (0, ""), "{out}");
    let written = fs::read_to_string(tree.path().join("web/sites/shop.conf")).unwrap();
    assert!(written.contains("location ^~ /.well-known/"), "{written}");
    let (code, _, err) = run(tree.path(), &["nginx-acme-lint.toml"]);
    assert_eq!(code, 3);
    expect![[r#"
        error: nginx-acme-lint.toml lies in no directory of --map; write the path as nginx has it, such as /etc/nginx
    "#]].assert_eq(&err);
    let (code, _, err) = run(tree.path(), &["--map", "none=/etc/nginx", "/etc/nginx"]);
    assert_eq!(code, 3);
    expect![[r#"
        error: cannot use none for /etc/nginx: No such file or directory (os error 2)
    "#]]
    .assert_eq(&err);
}

#[test]
fn directives_of_unknown_modules_can_be_declared() {
    let site = "events {}
http {
    shop_rules { anything goes; }
    server {
        listen 80;
        server_name shop.example.com;
        root /var/www/html;
        shop_cache on;
        shop_cache one two three;
        shop_rules;
        shop_flag maybe;
    }
}
";
    let settings = "[[directive]]
name = 'shop_cache'
contexts = ['server', 'location']
arguments = '1-2'

[[directive]]
name = 'shop_rules'
contexts = ['http']
arguments = '0'
block = true

[[directive]]
name = 'shop_flag'
contexts = ['any context']
arguments = 'flag'
";
    let tree = tree(&[("nginx.conf", site), ("nginx-acme-lint.toml", settings)]);
    let (_, out, _) = run(tree.path(), &["--format", "short", "nginx.conf"]);
    expect![[r#"
        nginx.conf:9:9: error directive-arguments-wrong: invalid number of arguments in "shop_cache" directive
        nginx.conf:10:9: error directive-misplaced: "shop_rules" directive is not allowed here
        nginx.conf:11:19: error directive-arguments-wrong: invalid value "maybe" in "shop_flag" directive, it must be "on" or "off"
        looked at 1 file, 1 server; no name was judged (1 needs no challenge); settings: nginx-acme-lint.toml
    "#]].assert_eq(&out);
    let (_, out, _) = run(tree.path(), &["nginx.conf"]);
    for here in ["it takes 1 or 2 arguments", "may stand in `http` only"] {
        assert!(out.contains(here), "{here} is missing in {out}");
    }
    let (_, out, _) = run(tree.path(), &["--format", "short", "--no-settings", "nginx.conf"]);
    assert_eq!(out.matches("unknown directive").count(), 5, "{out}");
}

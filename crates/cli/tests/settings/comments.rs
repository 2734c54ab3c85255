//! Comments that silence rules, as the program tells of them.

use expect_test::expect;

use crate::program::{BAD, run, tree};

const ALLOW: &str = "# nginx-acme-lint: allow(challenge-taken-by-regex) validated over DNS";

#[test]
fn what_is_allowed_is_counted_and_does_not_fail() {
    let site = BAD.replace("challenge/ {", &format!("challenge/ {{ {ALLOW}"));
    let tree = tree(&[("nginx.conf", &site)]);
    let (code, out, _) = run(tree.path(), &["nginx.conf"]);
    assert_eq!(code, 0);
    expect![[r#"
        looked at 1 file, 1 server; names: 1 fails; 1 allowed
    "#]]
    .assert_eq(&out);
    let (code, patch, _) = run(tree.path(), &["--fix", "nginx.conf"]);
    assert_eq!((code, &*patch), (0, ""));
    let (code, _, _) = run(tree.path(), &["names", "nginx.conf"]);
    assert_eq!(code, 1, "the challenge fails all the same");
    let (_, out, _) = run(tree.path(), &["--format", "json", "nginx.conf"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    expect![[r#"
        [
          {
            "by": "comment",
            "column": 9,
            "comment": {
              "column": 49,
              "end": {
                "column": 118,
                "line": 7
              },
              "end_offset": 205,
              "file": "nginx.conf",
              "line": 7,
              "offset": 136
            },
            "configuration": 0,
            "end": {
              "column": 46,
              "line": 7
            },
            "end_offset": 133,
            "file": "nginx.conf",
            "line": 7,
            "message": "challenges never reach the location meant for them",
            "names": [
              "shop.example.com"
            ],
            "offset": 96,
            "reason": "validated over DNS",
            "rule": "challenge-taken-by-regex",
            "severity": "error"
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&json["silenced"]).unwrap());
}

#[test]
fn a_fragment_and_a_checkout_keep_comments_that_only_the_machine_needs() {
    let site = "server {
    # nginx-acme-lint: allow(certificate-path-broken) made when it is deployed
    # nginx-acme-lint: allow(challenge-taken-by-regex) validated over DNS
    # nginx-acme-lint: allow(directive-unknown) of our module
    listen 80;
    server_name shop.example.com;
    root /var/www/html;
}
";
    let tree = tree(&[("conf.d/shop.conf", site)]);
    let (_, out, _) = run(tree.path(), &["--format", "short", "conf.d"]);
    expect![[r#"
        conf.d/shop.conf:4:5: warning allow-without-effect: this comment silences nothing
        looked at 1 file, 1 server; no name was judged (1 needs no challenge): this is only a part of a configuration
    "#]].assert_eq(&out);
}

#[test]
fn a_file_of_two_configurations_keeps_comments_that_one_of_them_needs() {
    let main = "events {}\nhttp {\n    include ../shared.conf;\n}\n";
    let site = BAD.split_once("http {\n").unwrap().1.replace("\n}\n", "\n");
    let needs_it = main.replace("http {\n", "http {\n    merge_slashes on;\n");
    let shared =
        format!("# shared\nserver_tokens off;\n{ALLOW}\nlarge_client_header_buffers 4 8k;\n{site}");
    let tree =
        tree(&[("a/nginx.conf", main), ("b/nginx.conf", &needs_it), ("shared.conf", &shared)]);
    let (_, one, _) = run(tree.path(), &["--format", "short", "a"]);
    assert!(one.contains("allow-without-effect"), "{one}");
    let (_, two, _) = run(tree.path(), &["--format", "short", "a", "b"]);
    assert!(!two.contains("allow-without-effect"), "{two}");
}

#[test]
fn a_mistake_in_a_shared_file_is_told_for_the_servers_without_a_comment() {
    let server = |name: &str, comment: &str| {
        format!(
            "    server {{ {comment}\n        listen 80;\n        server_name {name};\n        include \
             snippet.conf;\n    }}\n"
        )
    };
    let snippet = "location /.well-known/acme-challenge/ {\n    root /w;\n}\nlocation ~ /\\. {\n    deny \
                   all;\n}\n";
    let main = format!(
        "events {{}}\nhttp {{\n{}{}{}}}\n",
        server("a.example.com", ALLOW),
        server("b.example.com", ""),
        server("c.example.com", "")
    );
    let tree = tree(&[("nginx.conf", &*main), ("snippet.conf", snippet)]);
    let (code, out, _) = run(tree.path(), &["--format", "json", "nginx.conf"]);
    assert_eq!(code, 1);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let names = |list: &str| json[list][0]["names"].clone();
    assert_eq!(names("diagnostics"), serde_json::json!(["b.example.com", "c.example.com"]));
    assert_eq!(names("silenced"), serde_json::json!(["a.example.com"]));
    assert_eq!(json["diagnostics"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["silenced"].as_array().map(Vec::len), Some(1));
}

#[test]
fn one_mistake_in_many_places_is_told_for_the_places_without_a_comment() {
    let server = |number: usize, comment: &str| {
        format!(
            "    server {{\n        listen 443 ssl;\n        server_name {number}.example.com;\n        \
             ssl_certificate /c.pem;\n        ssl_certificate_key /k.pem;\n        ssl_protocols TLSv1;\
             {comment}\n    }}\n"
        )
    };
    let allow = " # nginx-acme-lint: allow(ssl-protocols-outdated) an old till is behind it";
    let servers: String =
        (1..=9).map(|number| server(number, if number % 3 == 1 { allow } else { "" })).collect();
    let tree = tree(&[("nginx.conf", &format!("events {{}}\nhttp {{\n{servers}}}\n"))]);
    let arguments = ["--select", "ssl-protocols-outdated", "--fail-on", "never", "nginx.conf"];
    let (_, out, _) = run(tree.path(), &arguments);
    expect![[r#"
        error[ssl-protocols-outdated]: no browser and no certificate authority can
          connect: neither TLS 1.2 nor TLS 1.3 is offered
            ╭─[nginx.conf:15:9]
         14 │         ssl_certificate_key /k.pem;
         15 │         ssl_protocols TLSv1;
            ·         ───────────────────
         16 │     }
            ╰────
            ╭─[nginx.conf:22:9]
         21 │         ssl_certificate_key /k.pem;
         22 │         ssl_protocols TLSv1;
            ·         ─────────┬─────────
            ·                  ╰── and here
         23 │     }
            ╰────
            ╭─[nginx.conf:36:9]
         35 │         ssl_certificate_key /k.pem;
         36 │         ssl_protocols TLSv1;
            ·         ─────────┬─────────
            ·                  ╰── and here
         37 │     }
            ╰────
            ╭─[nginx.conf:43:9]
         42 │         ssl_certificate_key /k.pem;
         43 │         ssl_protocols TLSv1;
            ·         ─────────┬─────────
            ·                  ╰── and here
         44 │     }
            ╰────
            ╭─[nginx.conf:57:9]
         56 │         ssl_certificate_key /k.pem;
         57 │         ssl_protocols TLSv1;
            ·         ─────────┬─────────
            ·                  ╰── and here
         58 │     }
            ╰────
            ╭─[nginx.conf:64:9]
         63 │         ssl_certificate_key /k.pem;
         64 │         ssl_protocols TLSv1;
            ·         ─────────┬─────────
            ·                  ╰── and here
         65 │     }
            ╰────
          fix: offer TLSv1.2 only (may change other answers, so only with `--fix
               --unsafe-fixes`)
          changes: GET https://2.example.com/: nothing: the TLS handshake fails →
                   unknown: versions of nginx differ in whose protocols count
             nginx.conf:15
             -         ssl_protocols TLSv1;
             +         ssl_protocols TLSv1.2;
             nginx.conf:22
             -         ssl_protocols TLSv1;
             +         ssl_protocols TLSv1.2;
             nginx.conf:36
             -         ssl_protocols TLSv1;
             +         ssl_protocols TLSv1.2;
             nginx.conf:43
             -         ssl_protocols TLSv1;
             +         ssl_protocols TLSv1.2;
             nginx.conf:57
             -         ssl_protocols TLSv1;
             +         ssl_protocols TLSv1.2;
             nginx.conf:64
               … and 2 lines

        found 1 error; `--fix --unsafe-fixes` would mend 1
        looked at 1 file, 9 servers; names: 9 not judged (first: 1.example.com: nothing here listens on port 80 over IPv4; another program may); 1 allowed
    "#]].assert_eq(&out);
}

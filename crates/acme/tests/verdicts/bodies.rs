//! Texts that the configuration itself answers with.

use crate::of_server;

const THUMBPRINT: &str = "Zm9yIGV4YW1wbGUgb25seSwgbm8ga2V5IGhhcyBpdC4";

fn of_body(body: &str) -> String {
    of_server(&format!(
        "location ~ ^/\\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$ {{ return 200 \"{body}\"; }}"
    ))
}

#[test]
fn the_token_and_a_thumbprint_pass() {
    for body in [format!("$1.{THUMBPRINT}"), format!("$1.{THUMBPRINT} \\n")] {
        assert!(of_body(&body).starts_with("a.example.com: stateless, return 200"), "{body}");
    }
}

#[test]
fn anything_else_fails() {
    let padded = format!("$1.{THUMBPRINT}{}", " ".repeat(50));
    for body in [
        format!(" $1.{THUMBPRINT}"),
        format!("$1.{THUMBPRINT}x"),
        "$1.YOUR_THUMBPRINT".to_owned(),
        format!("$1{THUMBPRINT}"),
        THUMBPRINT.to_owned(),
        "hello".to_owned(),
        padded,
    ] {
        assert_eq!(of_body(&body), "a.example.com: fails: WrongBody", "{body}");
    }
}

#[test]
fn the_status_is_200() {
    let verdict = of_server(&format!(
        "location ~ ^/\\.well-known/acme-challenge/(.+)$ {{ return 201 \"$1.{THUMBPRINT}\"; }}"
    ));
    assert_eq!(verdict, "a.example.com: fails: Status(201)");
}

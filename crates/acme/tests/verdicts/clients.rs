//! Clients that answer by themselves behind a `proxy_pass`.

use crate::{LISTENS, of_http, of_server};

fn proxied(modifier: &str, pattern: &str, to: &str) -> String {
    of_server(&format!("location {modifier} {pattern} {{ proxy_pass {to}; }}"))
}

const PREFIX: &str = "/.well-known/acme-challenge/";

#[test]
fn a_client_on_this_machine_gets_the_path_as_it_is() {
    for to in [
        "http://127.0.0.1:8888",
        "http://[::1]:8888",
        "http://localhost:8888",
        "http://unix:/run/acme.sock",
        "http://127.0.0.1:8888/.well-known/acme-challenge/",
        "http://unix:/run/acme.sock:/.well-known/acme-challenge/",
        "http://127.0.0.1:8888$request_uri",
        "http://unix:/run/acme.sock:$uri",
    ] {
        let verdict = proxied("^~", PREFIX, to);
        assert_eq!(verdict, format!("a.example.com: client, proxy_pass {to}"));
    }
}

#[test]
fn a_client_that_gets_another_path_does_not_know_it() {
    assert_eq!(
        proxied("^~", PREFIX, "http://127.0.0.1:8888/"),
        "a.example.com: fails: the client gets /TOKEN"
    );
    assert_eq!(
        proxied("^~", PREFIX, "http://127.0.0.1:8888/acme$request_uri"),
        "a.example.com: fails: the client gets /acme/.well-known/acme-challenge/TOKEN"
    );
    assert_eq!(
        proxied(
            "^~",
            "/.well-known/acme-challenge",
            "http://127.0.0.1:8888/.well-known/acme-challenge/"
        ),
        "a.example.com: fails: the client gets /.well-known/acme-challenge//TOKEN"
    );
}

#[test]
fn an_upstream_of_this_machine_is_one() {
    let of = |servers: &str| {
        of_http(&format!(
            "upstream Acme {{ {servers} keepalive 2; }}
            server {{ {LISTENS} server_name a.example.com;
                location ^~ {PREFIX} {{ proxy_pass http://aCME; }} }}"
        ))
    };
    let here = of("server 127.0.0.1:8888; server unix:/run/acme.sock backup;");
    assert_eq!(here, "a.example.com: client, proxy_pass http://aCME");
    let elsewhere = of("server 127.0.0.1:8888; server 10.0.0.5:8888;");
    assert!(elsewhere.starts_with("a.example.com: unknown: another machine"), "{elsewhere}");
}

#[test]
fn another_machine_may_answer_or_not() {
    for to in ["http://validation.example.net", "http://10.0.0.5", "http://certbot:80"] {
        let verdict = proxied("^~", PREFIX, to);
        assert!(verdict.starts_with("a.example.com: unknown: another machine"), "{to}: {verdict}");
    }
    for to in ["http://127.0.0.1:$port", "https://127.0.0.1:8443"] {
        let verdict = proxied("^~", PREFIX, to);
        assert!(verdict.starts_with("a.example.com: unknown: "), "{to}: {verdict}");
    }
    let verdict = proxied("^~", "/.well-known/", "http://127.0.0.1:3000");
    assert!(verdict.starts_with("a.example.com: unknown: what stands behind"), "{verdict}");
    let verdict = proxied("", "/", "http://127.0.0.1:3000");
    assert_eq!(verdict, "a.example.com: fails: Backend");
}

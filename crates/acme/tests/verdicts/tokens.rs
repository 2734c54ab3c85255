//! Regular expressions that take only some tokens.

use crate::{of_http, of_server};

fn of_regex(regex: &str) -> String {
    of_server(&format!("location ~ \"{regex}\" {{ root /srv/acme; }} location / {{ return 404; }}"))
}

#[test]
fn a_location_for_letters_and_digits_fails_sometimes() {
    assert_eq!(
        of_regex("^/\\.well-known/acme-challenge/[a-zA-Z0-9]+$"),
        "a.example.com: fails: Status(404) for tokens with `-` or `_`"
    );
    assert_eq!(
        of_regex("^/\\.well-known/acme-challenge/[a-zA-Z0-9_]+$"),
        "a.example.com: fails: Status(404) for tokens with `-` or `_`"
    );
}

#[test]
fn other_tokens_than_the_usual_one_are_tried() {
    for (regex, like) in [
        ("^/\\.well-known/acme-challenge/[^-].*$", "tokens that start with `-`"),
        ("^/\\.well-known/acme-challenge/\\w[\\w-]+$", "tokens that start with `-`"),
        ("^/\\.well-known/acme-challenge/[-a-zA-Z0-9][\\w-]+$", "tokens that start with `_`"),
        ("^/\\.well-known/acme-challenge/[\\w-]{43}$", "tokens of 22 characters"),
        ("^/\\.well-known/acme-challenge/[\\w-]{20,43}$", "tokens of 83 characters"),
    ] {
        let verdict = of_regex(regex);
        assert_eq!(verdict, format!("a.example.com: fails: Status(404) for {like}"), "{regex}");
    }
}

#[test]
fn the_right_class_takes_all() {
    for regex in
        ["^/\\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$", "^/\\.well-known/acme-challenge/"]
    {
        let verdict = of_regex(regex);
        assert_eq!(verdict, "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN");
    }
}

#[test]
fn conditions_rewrites_and_maps_tell_tokens_apart_as_well() {
    let some = "a.example.com: fails: Status(403) for tokens with `-` or `_`";
    let gate = "root /srv/acme; if ($request_uri ~* challenge/[a-z0-9]+-) { return 403; }";
    assert_eq!(of_server(gate), some);
    let rewrite =
        "root /srv/acme; rewrite \"challenge/[^_]*_\" /no last; location = /no { return 403; }";
    assert_eq!(of_server(rewrite), some);
    let map = of_http(
        "map $uri $gate { ~challenge/[^_]*_ 1; default 0; }
        server { listen 80; listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k;
            server_name a.example.com; root /srv/acme; if ($gate) { return 403; } }",
    );
    assert_eq!(map, some);
    let is_of_others = "root /srv/acme; if ($request_uri ~ \\.php) { return 403; }
        location ~ \\.(jpg|css)$ { return 403; }";
    assert_eq!(
        of_server(is_of_others),
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN"
    );
}

#[test]
fn what_fails_for_all_fails() {
    assert_eq!(
        of_server("location ~ challenge/[a-z]+$ { deny all; } location / { return 403; }"),
        "a.example.com: fails: Status(403)"
    );
}

#[test]
fn no_client_has_a_directory_named_after_the_token() {
    let verdict = of_server("location ~ ^/(.*)$ { root /srv/$1; }");
    assert_eq!(verdict, "a.example.com: fails: Status(404)");
}

//! nginx's ACME module, and TLS-ALPN-01.

use crate::{of_http, verdicts};

const TLS: &str = "listen 443 ssl; ssl_certificate $acme_certificate;
    ssl_certificate_key $acme_certificate_key;";

/// A server for two names, of which the module orders a certificate.
fn of_module(issuer: &str, listens: &str, ordered: &str) -> String {
    of_http(&format!(
        "acme_issuer ca {{ uri https://ca.example.net/directory; {issuer} }}
        server {{ {listens} {TLS} server_name a.example.com b.example.com;
            acme_certificate ca {ordered}; deny all; return 301 https://$host$request_uri; }}"
    ))
}

#[test]
fn the_module_answers_before_anything_else_counts() {
    assert_eq!(
        of_module("", "listen 80;", "key=ecdsa"),
        "a.example.com: module, acme_certificate ca key=ecdsa
b.example.com: module, acme_certificate ca key=ecdsa"
    );
}

#[test]
fn names_that_it_does_not_order_are_judged_as_usual() {
    assert_eq!(
        of_module("challenge http-01;", "listen 80;", "a.example.com"),
        "a.example.com: module, acme_certificate ca a.example.com
b.example.com: fails: the redirects lead in a circle"
    );
}

#[test]
fn it_needs_plain_http_on_port_80() {
    let verdicts = of_module("", "", "");
    assert!(verdicts.starts_with("a.example.com: unknown: nothing here listens"), "{verdicts}");
    let verdicts = of_module("", "listen 80 ssl;", "");
    assert!(verdicts.starts_with("a.example.com: fails: Status(400)"), "{verdicts}");
}

#[test]
fn over_tls_alpn_it_makes_no_http_01_challenge() {
    let verdicts = of_module("challenge tls-alpn;", "", "");
    let because = "nginx's ACME module has it validated over TLS-ALPN-01";
    assert!(verdicts.starts_with(&format!("a.example.com: no HTTP-01: {because}")), "{verdicts}");
}

fn of_stream(source: &str, site: &str) -> String {
    verdicts(&format!(
        "events {{}}
        stream {{
            map {source} $to {{ ~\\bacme-tls/1\\b 127.0.0.1:10443; default 127.0.0.1:8443; }}
            server {{ listen 443; listen [::]:443; ssl_preread on; proxy_pass $to; }}
        }}
        http {{ server {{ listen 80; listen 127.0.0.1:8443 ssl; server_name a.example.com;
            ssl_certificate /c; ssl_certificate_key /k; {site} }} }}"
    ))
}

#[test]
fn a_name_that_fails_may_be_validated_over_tls_alpn() {
    let protocols = "$ssl_preread_alpn_protocols";
    let verdict = of_stream(protocols, "return 301 https://$host$request_uri;");
    let because = "TLS-ALPN-01 challenges are led to a client of their own";
    let at = "Some(proxy_pass $to)";
    assert_eq!(verdict, format!("a.example.com: no HTTP-01: {because}, {at}"));
    let verdict = of_stream(protocols, "root /srv/acme;");
    assert_eq!(verdict, "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN");
    let names = "$ssl_preread_server_name:$ssl_preread_alpn_protocols";
    let verdict = of_stream(names, "return 404;");
    assert_eq!(verdict, format!("a.example.com: unknown: some {because}, {at}"));
}

#[test]
fn stream_without_a_map_of_protocols_changes_nothing() {
    let verdict = of_stream("$ssl_preread_server_name", "return 404;");
    assert_eq!(verdict, "a.example.com: fails: Status(404)");
}

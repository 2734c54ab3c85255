//! IPv6 before IPv4, and back only from the first connection.

use crate::{disk, of_http, with_places};

const TLS: &str = "ssl_certificate /c; ssl_certificate_key /k;";

fn of(servers: &str) -> String {
    of_http(&format!("{TLS} {servers}"))
}

#[test]
fn without_ipv6_anywhere_there_is_one_verdict() {
    let verdicts =
        of("server { listen 80; listen 443 ssl; server_name a.example.com; root /srv/acme; }");
    assert_eq!(verdicts, "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN");
}

#[test]
fn a_name_meets_the_default_server_where_only_others_listen_on_ipv6() {
    let verdicts = of(
        "server { listen 80 default_server; listen [::]:80 default_server; server_name _; return 444; }
        server { listen 80; listen 443 ssl; server_name a.example.com; root /srv/acme; }",
    );
    assert!(verdicts.ends_with(
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN
a.example.com over IPv6: fails: Closed"
    ));
}

#[test]
fn the_first_connection_falls_back_to_ipv4() {
    let verdicts =
        of("server { listen 80; listen 443 ssl; listen [::]:443 ssl; server_name a.example.com;
            root /srv/acme; }");
    assert_eq!(
        verdicts,
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN
a.example.com over IPv6: file /srv/acme/.well-known/acme-challenge/TOKEN"
    );
}

#[test]
fn a_redirect_does_not_fall_back() {
    let verdicts = of("server { listen 80; listen [::]:80; server_name a.example.com;
            return 301 https://$host$request_uri; }
        server { listen 443 ssl; server_name a.example.com; root /srv/acme; }");
    assert_eq!(
        verdicts,
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN
a.example.com over IPv6: fails: Refused"
    );
    // After a fall-back, the redirect goes over IPv6 again.
    let verdicts =
        of("server { listen 80; server_name a.example.com; return 301 https://$host$request_uri; }
        server { listen 443 ssl; server_name a.example.com; root /srv/acme; }
        server { listen [::]:443 ssl; server_name b.example.com; return 404; }");
    let over_ipv6 = verdicts.lines().nth(1);
    assert_eq!(over_ipv6, Some("a.example.com over IPv6: fails: Status(404)"));
}

#[test]
fn what_nothing_listens_on_may_be_taken_by_another_program() {
    let verdicts = of("server { listen 443 ssl; server_name a.example.com; root /srv/acme; }");
    assert_eq!(
        verdicts,
        "a.example.com: unknown: nothing here listens on port 80 over IPv4; another program may, None"
    );
}

#[test]
fn nobody_asks_about_an_address_that_is_not_known_to_be() {
    let verdicts =
        of("server { listen 80; listen 443 ssl; server_name a.example.com; root /srv/acme; }
        server { listen [2001:db8::1]:80; server_name b.example.com; }
        server { listen [2001:db8::2]:80; server_name c.example.com; }");
    let of_a: Vec<_> = verdicts.lines().filter(|line| line.starts_with("a.")).collect();
    assert_eq!(of_a, ["a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN"]);
}

#[test]
fn a_client_does_over_ipv6_what_it_does_over_ipv4() {
    let client = "location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; }";
    let server = |listen: &str, inside: &str| {
        format!("server {{ listen {listen}; server_name a.example.com; {inside} }}")
    };
    let verdicts = of(&[server("80", client), server("[::]:80", "root /srv/acme;")].join(" "));
    assert_eq!(verdicts.lines().nth(1), Some("a.example.com over IPv6: fails: Status(404)"));
    let verdicts = of(&[server("80", "root /srv/acme;"), server("[::]:80", client)].join(" "));
    let over_ipv6 = verdicts.lines().nth(1).unwrap_or_default();
    assert!(over_ipv6.starts_with("a.example.com over IPv6: unknown: over IPv4"), "{verdicts}");
}

#[test]
fn both_families_may_write_one_web_root_in_two_ways() {
    let of_roots = |one: &str, other: &str| {
        let http = format!(
            "{TLS} server {{ listen 80; listen 443 ssl; server_name a.example.com; root {one}; }}
            server {{ listen [::]:80; server_name a.example.com; root {other}; }}"
        );
        let disk = disk().link("/srv/current", "/srv/acme");
        let verdicts = with_places(&http, &disk, &[]);
        verdicts.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(
        of_roots("/srv/acme", "/srv//acme"),
        "a.example.com over IPv6: file /srv//acme/.well-known/acme-challenge/TOKEN"
    );
    assert_eq!(
        of_roots("/srv/current", "/srv/acme"),
        "a.example.com over IPv6: file /srv/acme/.well-known/acme-challenge/TOKEN"
    );
    assert_eq!(of_roots("/srv/current", "/srv/www"), "a.example.com over IPv6: fails: Status(404)");
}

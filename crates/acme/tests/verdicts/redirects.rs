//! Which redirects are followed, and with what request.

use crate::{LISTENS, of_http, of_server};

/// What becomes of a redirect on port 80 to a server that has the token on port 443.
fn redirected(code: &str) -> String {
    let server = |listens: &str, inside: &str| {
        format!("server {{ {listens} server_name a.example.com b.example.com; {inside} }}")
    };
    let verdict = of_http(&format!(
        "ssl_certificate /c; ssl_certificate_key /k; {} {}",
        server("listen 80;", code),
        server("listen 443 ssl;", "root /srv/acme;")
    ));
    verdict.lines().next().unwrap_or_default().replacen("a.example.com: ", "", 1)
}

const PASSES: &str = "file /srv/acme/.well-known/acme-challenge/TOKEN";

#[test]
fn of_the_statuses_303_is_not_followed() {
    for status in [301, 302, 307, 308] {
        assert_eq!(redirected(&format!("return {status} https://$host$request_uri;")), PASSES);
    }
    let verdict = redirected("return 303 https://$host$request_uri;");
    assert_eq!(verdict, "fails: status 303 is not followed");
}

#[test]
fn the_ports_are_80_and_443() {
    assert_eq!(redirected("return 301 https://$host:443$request_uri;"), PASSES);
    assert_eq!(
        redirected("return 301 https://$host:8443$request_uri;"),
        "fails: only ports 80 and 443 are followed, not 8443"
    );
    // Legal nonsense: the handshake meets a server that does not speak TLS.
    assert_eq!(redirected("return 301 https://$host:80$request_uri;"), "fails: TlsError");
}

#[test]
fn a_port_that_is_said_stands_in_the_host_field() {
    let verdict = of_http(
        "server { listen 80; server_name a.example.com;
            return 301 https://$host:443$request_uri; }
        server { listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k;
            server_name a.example.com; root /srv/acme;
            if ($http_host = a.example.com:443) { return 403; } }",
    );
    assert_eq!(verdict, "a.example.com: fails: Status(403)");
}

#[test]
fn hosts_are_public_ones() {
    for (to, why) in [
        ("https://a.example.com.well-known/", "is not a host; a `/` may be missing"),
        ("https://$server_name.local$request_uri", "is not a public host"),
        ("https://localhost$request_uri", "is not a public host"),
        ("https://_$request_uri", "is not a public host"),
        ("https://a.example.com.$request_uri", "is not a public host"),
        ("https://10.1.2.3$request_uri", "is not an address of the public Internet"),
        ("https://192.0.2.1$request_uri", "is not an address of the public Internet"),
        ("https://[fe80::1]$request_uri", "is not an address of the public Internet"),
        ("https:///x", "it has no host"),
        ("ftp://a.example.com/", "its scheme is neither http nor https"),
    ] {
        let verdict = redirected(&format!("return 301 {to};"));
        assert!(verdict.starts_with("fails: ") && verdict.contains(why), "{to}: {verdict}");
    }
    for to in ["https://8.8.8.8$request_uri", "https://[2600::1]$request_uri"] {
        let verdict = redirected(&format!("return 301 {to};"));
        assert!(verdict.starts_with("unknown: it is redirected to "), "{to}: {verdict}");
    }
    assert_eq!(redirected("return 301 https://B.Example.Com$request_uri;"), PASSES);
}

#[test]
fn where_a_redirect_leaves_this_nginx_is_named() {
    assert_eq!(
        redirected("return 301 https://validation.example.net$request_uri;"),
        "unknown: it is redirected to \
         https://validation.example.net/.well-known/acme-challenge/TOKEN, which is not served \
         here, Some(return 301 https://validation.example.net$request_uri)"
    );
}

#[test]
fn a_path_has_2000_bytes_at_most_and_the_query_does_not_count() {
    let long = "x".repeat(1960);
    let verdict = redirected(&format!("return 301 https://$host/{long}$request_uri;"));
    assert_eq!(verdict, "fails: its path of 2032 bytes is longer than 2000");
    let verdict = redirected(&format!("return 301 https://$host$request_uri?{long};"));
    assert_eq!(verdict, PASSES);
}

#[test]
fn circles_and_chains_end() {
    assert_eq!(
        of_server("return 301 https://$host$request_uri;"),
        "a.example.com: fails: the redirects lead in a circle"
    );
    let chain = |last: u32| {
        let location = |at| format!("location ^~ /{at}/ {{ return 302 /{}$request_uri; }}", at + 1);
        let locations = (0..last).map(location).collect::<Vec<_>>().join(" ");
        // Each hop puts one number more in front of the path.
        of_http(&format!(
            "server {{ {LISTENS} server_name a.example.com; root /srv/acme; {locations}
                location ^~ /.well-known/acme-challenge/ {{ return 302 /0$request_uri; }} }}"
        ))
    };
    assert!(chain(9).starts_with("a.example.com: file /srv/acme/9/8/"), "{}", chain(9));
    assert_eq!(chain(10), "a.example.com: fails: there are more than ten redirects");
}

#[test]
fn the_handshake_counts_but_not_the_certificate() {
    let verdict = |tls: &str| redirected_to(tls);
    assert_eq!(verdict("ssl_certificate /nothing; ssl_certificate_key /k;"), PASSES);
    let with =
        |more: &str| redirected_to(&format!("ssl_certificate /c; ssl_certificate_key /k; {more}"));
    assert_eq!(with("ssl_verify_client on;"), "fails: Status(400)");
    assert_eq!(with("ssl_verify_client optional;"), PASSES);
    assert_eq!(with("ssl_reject_handshake on;"), "fails: TlsError");
    assert_eq!(with("ssl_protocols TLSv1 TLSv1.1;"), "fails: TlsError");
    assert_eq!(with("ssl_protocols TLSv1.1 TLSv1.2;"), PASSES);
}

/// What becomes of a redirect to a server with these settings.
fn redirected_to(tls: &str) -> String {
    let verdict = of_http(&format!(
        "server {{ listen 80; server_name a.example.com; return 301 https://$host$request_uri; }}
        server {{ listen 443 ssl; server_name a.example.com; root /srv/acme; {tls} }}"
    ));
    verdict.replacen("a.example.com: ", "", 1)
}

#[test]
fn the_headers_are_those_of_the_validator() {
    let gate =
        |condition: &str| of_server(&format!("root /srv/acme; if ({condition}) {{ return 403; }}"));
    for refused in [
        "$http_user_agent ~ compatible",
        "$http_user_agent ~ \"Let's Encrypt validation server\"",
        "$http_accept = */*",
        "$http_accept_encoding = gzip",
        "$http_connection = close",
        "$http_referer = \"\"",
        "$http_cookie = \"\"",
        "$http_accept_language = \"\"",
        "$http_host = a.example.com",
        "$request_method = GET",
    ] {
        assert_eq!(gate(refused), "a.example.com: fails: Status(403)", "{refused}");
    }
    for passes in
        ["$http_user_agent ~* (bot|crawl|curl)", "$http_user_agent = \"\"", "$http_accept = \"\""]
    {
        assert!(gate(passes).starts_with("a.example.com: file"), "{passes}");
    }
}

#[test]
fn a_redirected_request_has_a_referer_but_not_from_tls_to_plain_http() {
    let verdict = redirected_to(
        "ssl_certificate /c; ssl_certificate_key /k;
        if ($http_referer ~ ^http://a.example.com/.well-known/) { return 403; }",
    );
    assert_eq!(verdict, "fails: Status(403)");
    let verdict = of_http(
        "server { listen 80; server_name a.example.com; root /srv/acme;
            location ^~ /.well-known/acme-challenge/ { return 301 https://$host$request_uri; }
            location / { if ($http_referer) { return 403; } } }
        server { listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k;
            server_name a.example.com; return 301 http://$host/plain$request_uri; }",
    );
    assert!(verdict.starts_with("a.example.com: file /srv/acme/plain/"), "{verdict}");
}

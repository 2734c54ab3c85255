//! What is printed for people.

use std::fmt::Write as _;

use expect_test::{expect, expect_file};

use crate::program::{code, machine, machine_with, names_of, stderr, stdout};

/// Every way in which a challenge can end.
const KINDS: &str = r#"
server {
    listen 80;
    listen [::]:80;
    server_name both.example.com www.both.example.com;
    location ^~ /.well-known/acme-challenge/ { root /srv/acme; }
}
server {
    listen 80;
    listen [::]:80;
    listen 443 ssl;
    server_name away.example.com;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    return 301 https://other.example.com$request_uri;
}
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name other.example.com;
    ssl_certificate b.pem;
    ssl_certificate_key b.key;
    root html;
}
server {
    listen 192.0.2.1:80;
    listen [::]:80;
    server_name halves.example.com;
    location ^~ /.well-known/acme-challenge/ {
        if ($remote_addr ~ :) { return 418; }
        root /srv/acme;
    }
}
server {
    listen 80;
    listen [::]:80;
    server_name client.example.com;
    location /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; }
}
server {
    listen 80;
    listen [::]:80;
    server_name stateless.example.com;
    location ~ ^/\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$ { return 200 "$1.tHumbPrint0fAnAccount-tHumbPrint0fAnAccount"; }
}
server {
    listen 80;
    listen [::]:80;
    server_name closed.example.com;
    listen 443 ssl;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    return 444;
}
server {
    listen 80;
    listen [::]:80;
    server_name lost.example.com;
    location / { return 301 https://other.example.com/; }
    location /.well-known/ { return 303 https://other.example.com$request_uri; }
    listen 443 ssl;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
}
server {
    listen 80;
    listen [::]:80;
    server_name lua.example.com;
    location /.well-known/acme-challenge/ { content_by_lua_file acme.lua; }
}
server {
    listen 80;
    listen [::]:80;
    server_name app.example.com;
    listen 443 ssl;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
server {
    listen 80;
    listen [::]:80;
    server_name *.example.com ~^x\d+$ localhost plain.example.com "" _ mail.*;
}
"#;

#[test]
fn every_end_and_every_way() {
    let output = names_of(&machine_with(KINDS.as_bytes()), &[]);
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 1);
    expect_file!["expected/kinds.txt"].assert_eq(stdout(&output));
    assert!(stdout(&output).lines().rev().skip(1).all(|line| line.chars().count() <= 80));
}

#[test]
fn internationalised_names_come_in_both_forms() {
    let servers = "
    server {
        listen 80;
        server_name xn--bcher-kva.example.com www.XN--FIQS8S b\u{fc}cher.example.com
            xn--80ak6aa92e.example.com xn--99999999999.example.com xn--mgbh0fb.example.com;
        location ^~ /.well-known/acme-challenge/ { root /srv/acme; }
    }
    ";
    let machine = machine_with(servers.as_bytes());
    let output = names_of(&machine, &["--all"]);
    assert_eq!(code(&output), 0);
    expect![[r#"
        IPv4     IPv6     name
        passes   –        xn--bcher-kva.example.com (bücher.example.com)
        passes   –        www.xn--fiqs8s (www.中国)
        passes   –        xn--80ak6aa92e.example.com (аррӏе.example.com)
        passes   –        xn--99999999999.example.com
        passes   –        xn--mgbh0fb.example.com (مثال.example.com)
                          http    nginx.conf:4
                          file    /srv/acme/.well-known/acme-challenge/TOKEN

        –        –        bücher.example.com (xn--bcher-kva.example.com)
                          why     it is not a host name

        looked at /etc/nginx: 1 file, 1 server, no ACME client found; names: 5 pass, 1 needs no challenge
    "#]]
    .assert_eq(stdout(&output));
    for (pattern, name) in [
        ("b\u{dc}CHER.*", "xn--bcher-kva.example.com (b\u{fc}cher.example.com)\n"),
        ("xn--b*", "xn--bcher-kva.example.com (b\u{fc}cher.example.com)\n"),
        ("*\u{56fd}", "www.xn--fiqs8s (www.\u{4e2d}\u{56fd})\n"),
    ] {
        let output = names_of(&machine, &["--name", pattern]);
        assert!(stdout(&output).contains(name), "{pattern}: {}", stdout(&output));
    }
}

#[test]
fn nothing_in_a_name_reaches_the_terminal_as_it_is() {
    let servers = b"
    server {
        listen 80;
        server_name a\x1b[2Jb.example.com caf\xe9.example.com \"x\ny\" a\xe2\x80\xaeb.example.com
            xn--a-ecp.example.com xn--xample-o4d.example.com;
        root /srv/\x1b]0;x\x07;
        location ^~ /.well-known/acme-challenge/ { return 403 \"\x1b[31m\"; }
    }
    ";
    let output = names_of(&machine_with(servers), &["--all"]);
    let is_seen = |letter: char| letter == '\n' || !letter.is_control() && letter != '\u{202e}';
    assert!(stdout(&output).chars().all(is_seen), "{}", stdout(&output));
    expect![[r#"
        IPv4     IPv6     name
        fails    –        xn--a-ecp.example.com
        fails    –        xn--xample-o4d.example.com
                          http    nginx.conf:4
                          gets    403, by `return 403 "\x1b[31m"` (nginx.conf:10)
                          rule    challenge-location-serves-nothing

        –        –        a\x1b[2jb.example.com
        –        –        caf\xe9.example.com
        –        –        x\ny
        –        –        a\u{202e}b.example.com
                          why     it is not a host name

        looked at /etc/nginx: 1 file, 1 server, no ACME client found; names: 2 fail, 4 need no challenge
    "#]]
    .assert_eq(stdout(&output));
}

/// Sites as a hoster has them: thousands, each in files of its own, a few of them broken.
fn hosting(count: usize) -> Vec<u8> {
    let mut servers = String::new();
    for number in 0..count {
        let name = format!("site{number}.example.com");
        let deny = if number % 1000 == 7 { "location ~ /\\. { deny all; }" } else { "" };
        write!(
            servers,
            "server {{ listen 80; server_name {name} www.{name}; return 301 https://$host$request_uri; }}
            server {{ listen 443 ssl; server_name {name} www.{name}; root /srv/{name};
            ssl_certificate {name}.pem; ssl_certificate_key {name}.key; {deny} }}\n"
        )
        .expect("a string takes all");
    }
    servers.into_bytes()
}

#[test]
fn thousands_of_names_are_a_page() {
    let machine = machine_with(&hosting(2500));
    let output = names_of(&machine, &[]);
    assert_eq!(code(&output), 1);
    expect![[r#"
        IPv4     IPv6     name
        fails    –        site7.example.com
        fails    –        www.site7.example.com
                          http    nginx.conf:24  301 to https://NAME/…
                          https   nginx.conf:25
                          gets    403, by `deny all` (nginx.conf:26)
                          rule    ssl-server-without-challenge-location

        fails    –        site1007.example.com
        fails    –        www.site1007.example.com
                          http    nginx.conf:3024  301 to https://NAME/…
                          https   nginx.conf:3025
                          gets    403, by `deny all` (nginx.conf:3026)
                          rule    ssl-server-without-challenge-location

        fails    –        site2007.example.com
        fails    –        www.site2007.example.com
                          http    nginx.conf:6024  301 to https://NAME/…
                          https   nginx.conf:6025
                          gets    403, by `deny all` (nginx.conf:6026)
                          rule    ssl-server-without-challenge-location

        passes   –        site0.example.com
        passes   –        www.site0.example.com
        passes   –        site1.example.com
        passes   –        www.site1.example.com
        passes   –        site2.example.com
        passes   –        and 4989 more
                          http    nginx.conf:3 and 2496 more  301 to https://NAME/…
                          https   nginx.conf:4 and 2496 more
                          file    /srv/site0.example.com/.well-known/acme-challenge/TOKEN
                                  and 2496 more

        `--all` shows every name
        looked at /etc/nginx: 1 file, 5000 servers, no ACME client found; names: 4994 pass, 6 fail
    "#]]
    .assert_eq(stdout(&output));
    let all = names_of(&machine, &["--all"]);
    let rows = stdout(&all).lines().filter(|line| line.starts_with("passes")).count();
    assert_eq!(rows, 4994);
    assert!(!stdout(&all).contains(" more") && !stdout(&all).contains("--all"));
}

#[test]
fn one_server_with_thousands_of_names_is_a_row() {
    let names =
        (0..5000).map(|number| format!("n{number}.example.com")).collect::<Vec<_>>().join(" ");
    let servers = format!(
        "server {{ listen 80; server_name {names};
        location ^~ /.well-known/acme-challenge/ {{ root /srv/acme; }} }}\n"
    );
    let output = names_of(&machine_with(servers.as_bytes()), &[]);
    assert_eq!(code(&output), 0);
    expect![[r#"
        IPv4     IPv6     name
        passes   –        n0.example.com
        passes   –        n1.example.com
        passes   –        n2.example.com
        passes   –        n3.example.com
        passes   –        n4.example.com
        passes   –        and 4995 more
                          http    nginx.conf:3
                          file    /srv/acme/.well-known/acme-challenge/TOKEN

        `--all` shows every name
        looked at /etc/nginx: 1 file, 1 server, no ACME client found; names: 5000 pass
    "#]]
    .assert_eq(stdout(&output));
    let output = names_of(&machine_with(servers.as_bytes()), &["--format", "json"]);
    assert!(output.stdout.len() < 40_000_000, "{}", output.stdout.len());
}

#[test]
fn a_selection_counts_what_it_leaves_out() {
    let machine = machine_with(&hosting(8));
    let failing = names_of(&machine, &["--failing"]);
    assert_eq!(code(&failing), 1);
    expect![[r#"
        IPv4     IPv6     name
        fails    –        site7.example.com
        fails    –        www.site7.example.com
                          http    nginx.conf:24  301 to https://NAME/…
                          https   nginx.conf:25
                          gets    403, by `deny all` (nginx.conf:26)
                          rule    ssl-server-without-challenge-location

        2 of 16 names are shown
        looked at /etc/nginx: 1 file, 16 servers, no ACME client found; names: 14 pass, 2 fail
    "#]]
    .assert_eq(stdout(&failing));
    let one = names_of(&machine, &["--name", "*.site3.*", "--name", "SITE4.example.com"]);
    assert_eq!(code(&one), 0);
    expect![[r#"
        IPv4     IPv6     name
        passes   –        www.site3.example.com
                          http    nginx.conf:12  301 to https://www.site3.example.com/…
                          https   nginx.conf:13
                          file    /srv/site3.example.com/.well-known/acme-challenge/TOKEN

        passes   –        site4.example.com
                          http    nginx.conf:15  301 to https://site4.example.com/…
                          https   nginx.conf:16
                          file    /srv/site4.example.com/.well-known/acme-challenge/TOKEN

        2 of 16 names are shown
        looked at /etc/nginx: 1 file, 16 servers, no ACME client found; names: 14 pass, 2 fail
    "#]]
    .assert_eq(stdout(&one));
    let none = names_of(&machine, &["--failing", "--name", "site3*"]);
    assert_eq!(code(&none), 0);
    assert!(stdout(&none).starts_with("0 of 16 names are shown\nlooked at "), "{}", stdout(&none));
}

#[test]
fn several_configurations_come_one_after_the_other() {
    let site = |name: &str, rest: &str| {
        format!(
            "events {{}}\nhttp {{ server {{ listen 80; listen 443 ssl; server_name {name}; {rest} }} }}\n"
        )
    };
    let (good, bad) = (site("a.example.com", "root /srv;"), site("b.example.com", "deny all;"));
    let machine =
        machine(&[("srv/a/nginx.conf", good.as_bytes()), ("srv/b/nginx.conf", bad.as_bytes())]);
    let output = names_of(&machine, &["/srv"]);
    assert_eq!(code(&output), 1);
    expect![[r#"
        /srv/a/nginx.conf

        IPv4     IPv6     name
        passes   –        a.example.com
                          http    nginx.conf:2
                          file    /srv/.well-known/acme-challenge/TOKEN

        /srv/b/nginx.conf

        IPv4     IPv6     name
        fails    –        b.example.com
                          http    nginx.conf:2
                          gets    403, by `deny all` (nginx.conf:2)
                          rule    challenge-access-refused

        looked at 2 files, 2 servers, no ACME client found; names: 1 passes, 1 fails
    "#]]
    .assert_eq(stdout(&output));
}

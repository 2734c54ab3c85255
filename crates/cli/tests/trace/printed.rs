//! What is printed for requests of every kind.

use expect_test::expect_file;

use crate::program::{directory, document, text, trace};

const MAIN: &str = r#"events {}

http {
    index index.html; ssl_certificate a.pem; ssl_certificate_key a.key;
    include sites/*.conf;
    include /srv/shared/*.conf;
}
"#;

const SITE: &str = r#"server {
    listen 80;
    listen [::]:80;
    server_name a.test *.a.test ~^r\d+\.test$;
    root /srv/www;
    set $greeting hello;

    location / { }

    location
        ^~ /text
    {
        if ($arg_x = 1) {
            return 201 "x is 1";
        }
        return 200 "$greeting\n";
    }

    location = /moved { return 308 /text?from=moved; }
    location /closed { return 444; }
    location /secret/ { internal; }
    location /page/ { error_page 404 = /text; }
    location /none/ { error_page 404 =410 /gone.html; }
    location /app/ { proxy_pass http://127.0.0.1:3000/; }
    location /try/ { try_files $uri @try; }
    location @try { grpc_pass grpc://127.0.0.1:4000; }
    location /lua { content_by_lua_file app.lua; }
    location /server/ { try_files /none.txt /nowhere; }
    location /office/ { allow 192.0.2.0/24; deny all; }
    location ~ "^/(\d{4})/" { return 200 "the year $1"; }
    location ~ \.php$ { include php.conf; }
    location = /again { return 302 /again; }
    location = /away { return 301 https://elsewhere.test/; }
}
"#;

const SHARED: &str = r#"server {
    listen 443 ssl;
    server_name a.test;
    return 302 http://$host$request_uri;
}
server {
    listen 443 ssl;
    server_name rejected.test;
    ssl_reject_handshake on;
}
server {
    listen 192.0.2.10:8080;
    location / { return 200 "$server_addr:$server_port, Host: $http_host"; }
}
"#;

const URLS: &[&str] = &[
    "http://a.test/index.html",
    "http://a.test/",
    "http://a.test/sub",
    "http://a.test/missing",
    "http://www.a.test/text",
    "http://r2.test/te%78t/../text?x=1",
    "http://b.test/moved",
    "http://a.test/closed",
    "http://a.test/secret/x",
    "http://a.test/page/x",
    "http://a.test/none/x",
    "http://a.test/app",
    "http://a.test/app/x",
    "http://a.test/try/x",
    "http://a.test/lua",
    "http://a.test/server/x",
    "http://a.test/office/",
    "http://a.test/2026/11",
    "http://a.test/index.php",
    "http://a.test/../x",
    "https://a.test/x",
    "https://rejected.test/",
    "https://a.test:80/",
    "http://a.test:443/",
    "http://a.test:81/",
    "http://192.0.2.10:8080/",
    "http://[2001:db8::10]/text",
];

fn machine() -> tempfile::TempDir {
    directory(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/sites/a.conf", &SITE.replace('\n', "\r\n")),
        ("etc/nginx/php.conf", "# PHP\n\nfastcgi_pass unix:/run/php.sock;\n"),
        ("srv/shared/tls.conf", SHARED),
        ("srv/www/index.html", "hello"),
        ("srv/www/sub/index.html", "below"),
    ])
}

/// Runs it on the machine above.
fn run(arguments: &[&str], urls: &[&str]) -> std::process::Output {
    let machine = machine();
    let root = machine.path().to_str().expect("it is plain");
    let output = trace(&[&["--root", root], arguments, urls].concat(), "");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    output
}

#[test]
fn for_people() {
    let output = run(&[], URLS);
    expect_file!["expected/kinds.txt"].assert_eq(&text(&output.stdout));
}

#[test]
fn for_programs() {
    let output = run(&["--format", "json"], URLS);
    assert_eq!(text(&output.stdout).lines().count(), 1);
    let pretty = serde_json::to_string_pretty(&document(&output)).expect("it is JSON");
    expect_file!["expected/kinds.json"].assert_eq(&(pretty + "\n"));
}

#[test]
fn redirects_are_followed_as_far_as_they_come_back() {
    let urls = ["http://a.test/moved", "http://a.test/app", "http://a.test/again"];
    let output = run(&["--follow", "--ipv6", "--method", "POST"], &urls);
    let away = run(&["--follow"], &["https://a.test/away"]);
    let output = [text(&output.stdout), text(&away.stdout)].join("\n");
    expect_file!["expected/follow.txt"].assert_eq(&output);
}

#[test]
fn the_client_and_the_host_are_what_one_says() {
    let arguments = ["--client", "192.0.2.7", "--header", "Host: A.test:99", "--header", "X: y"];
    let output = run(&arguments, &["http://10.0.0.1/office/", "http://127.0.0.1/text"]);
    expect_file!["expected/said.txt"].assert_eq(&text(&output.stdout));
}

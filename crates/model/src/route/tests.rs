//! What is easier shown without nginx: where requests arrive and what they are called.

use std::path::PathBuf;

use crate::{Answer, Config, Http, Memory, Ports, Prefix, Request, Url, load, route};

const CONFIGURATION: &[u8] = br#"events {}
http {
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    server {
        listen 8080;
        server_name a.test;
        location /port { return 200 "$server_port $http_host $host"; }
        location /slash/ { proxy_pass http://127.0.0.1:9000; }
        location /there { return 301 https://$host$request_uri; }
    }
    server {
        listen 8443 ssl;
        server_name a.test;
        return 200 "tls for $http_host on $server_port";
    }
    server {
        listen 8443 ssl;
        server_name b.test;
        ssl_verify_client optional;
        return 200 "b";
    }
    server {
        listen 8443 ssl;
        server_name rejected.test;
        ssl_reject_handshake on;
    }
}
"#;

const MAPPED: Ports = Ports { http: 8080, https: 8443 };

/// The answers to a GET of each URL, with another `Host` where one is given.
fn answers(asked: &[(&str, Option<&str>)], ports: Ports) -> Vec<String> {
    let path = PathBuf::from("/etc/nginx/nginx.conf");
    let files = Memory::new().file(&path, CONFIGURATION);
    let sources = load(&[path], &files);
    let config = Config::of(&sources[0]);
    let prefix = Prefix { path: PathBuf::from("/etc/nginx"), is_guess: false };
    let http = Http::of(&config, prefix);
    let answer = |(url, host): &(&str, Option<&str>)| {
        let url = Url::parse(url.as_bytes()).expect("it is a URL");
        let request = Request {
            host_field: host.map(|host| host.as_bytes().to_vec()),
            ..Request::get(b"", b"/").for_url(&url, ports)
        };
        match route(&http, &request, &files).answer {
            Answer::Status { status, body } => {
                format!("{status} {}", body.unwrap_or_default().escape_ascii())
            }
            Answer::Redirect { status, to } => format!("{status} to {}", to.escape_ascii()),
            other => format!("{other:?}"),
        }
    };
    asked.iter().map(answer).collect()
}

#[test]
fn mapped_ports_show_where_nginx_names_its_own() {
    let asked = [
        ("http://a.test/port", None),
        ("http://a.test/slash", None),
        ("http://a.test/there", None),
        ("https://a.test/", None),
        ("http://a.test:8080/port", None),
    ];
    assert_eq!(
        answers(&asked, MAPPED),
        [
            "200 8080 a.test a.test",
            "301 to http://a.test:8080/slash/",
            "301 to https://a.test/there",
            "200 tls for a.test on 8443",
            "200 8080 a.test:8080 a.test",
        ]
    );
    assert_eq!(answers(&[("http://a.test/port", None)], Ports::default()), ["Refused"]);
}

#[test]
fn another_host_field_chooses_the_server_but_not_the_handshake() {
    let asked = [
        ("http://127.0.0.1/port", Some("A.test.:99")),
        ("https://b.test/", Some("a.test")),
        ("https://a.test/", Some("b.test")),
        ("https://b.test/", Some("B.test.")),
        ("https://192.0.2.10/", Some("b.test")),
        ("https://rejected.test/", Some("a.test")),
        ("http://a.test/port", Some("")),
    ];
    assert_eq!(
        answers(&asked, MAPPED),
        [
            "200 8080 A.test.:99 a.test",
            "200 tls for a.test on 8443",
            "421 ",
            "200 b",
            "200 b",
            "TlsError",
            "400 ",
        ]
    );
}

#[test]
fn the_location_that_is_chosen_first_need_not_be_the_one_that_answers() {
    let path = PathBuf::from("/etc/nginx/nginx.conf");
    let text = "events {}
        http { server { error_page 403 @closed;
            location /a { rewrite ^ /b last; } location /b { return 403; }
            location @closed { return 200 closed; } location /c { return 200 c; }
            if ($uri = /server) { return 200 server; } } }";
    let files = Memory::new().file(&path, text);
    let sources = load(&[path], &files);
    let config = Config::of(&sources[0]);
    let prefix = Prefix { path: PathBuf::from("/etc/nginx"), is_guess: false };
    let http = Http::of(&config, prefix);
    let locations = |target: &str| {
        let trace = route(&http, &Request::get(b"a.test", target.as_bytes()), &files);
        let name = |id| http.servers[0].location(id).pattern.escape_ascii().to_string();
        (trace.location.map(name), trace.answered_by.map(name))
    };
    let some = |first: &str, last: &str| (Some(first.to_owned()), Some(last.to_owned()));
    assert_eq!(locations("/a"), some("/a", "@closed"));
    assert_eq!(locations("/c"), some("/c", "/c"));
    assert_eq!(locations("/server"), (None, None));
}

//! What answers may be anything, or nothing.

use std::time::{Duration, Instant};

use machine::Nginx;

use crate::site::{Site, configuration};

const SITE: &str = "server { listen 80; server_name example.com;
    location /.well-known/acme-challenge/ { root /var/www/html; } }";

const WEB_ROOT: &str = "[[directory]]\npath = \"var/www/html\"\n";

/// Says something to whoever connects to port 80, and closes.
fn saying(bytes: &str) -> String {
    format!(
        "import socket as o\ns = o.socket(); s.setsockopt(o.SOL_SOCKET, o.SO_REUSEADDR, 1)\n\
         s.bind(('127.0.0.1', 80)); s.listen(64)\n\
         while True:\n    c, _ = s.accept()\n    try:\n        c.recv(4096)\n        c.sendall({bytes})\n\
         \x20   except OSError: pass\n    c.close()"
    )
}

#[test]
fn whatever_comes_back_is_no_token_and_no_command_for_the_terminal() {
    let site = Site::new(&SITE.replace(" 80;", " 81;"), WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    live.write("/etc/nginx/nginx.conf", &configuration(SITE));
    let before = live.things();
    for (bytes, words) in [
        ("b'SSH-2.0-OpenSSH_9.2p1\\r\\n'", "something that is not HTTP"),
        ("b''", "a closed connection"),
        ("b'\\x15\\x03\\x01\\x00\\x02\\x02\\x46'", "something that is not HTTP"),
        (
            "b'HTTP/1.1 200 OK\\r\\nServer: \\x1b]0;x\\x07\\r\\n\\r\\nno'",
            "something that is not HTTP",
        ),
        (
            "b'HTTP/1.1 200 OK\\r\\nServer: \\xc2\\x9b2J\\xff\\r\\n\\r\\nno'",
            "200 with another text",
        ),
        ("b'HTTP/1.1 302 Found\\r\\nLocation: //\\xc2\\x9b/\\r\\n\\r\\n'", r"302 to //\xc2\x9b/"),
        ("b'HTTP/1.1 200 OK\\r\\n' + b'X: y\\r\\n' * 200000", "something that is not HTTP"),
        ("b'HTTP/1.1 200 OK\\r\\n\\r\\n' + b'x' * 9000000", "200 with another text"),
        ("b'HTTP/1.1 301 Away\\r\\nLocation: /' + b'x' * 9000 + b'\\r\\n\\r\\n'", "301 to /xxx"),
        ("b'HTTP/1.1 200 OK\\r\\nContent-Length: 99999999999999999999\\r\\n\\r\\n'", "200 with"),
        (
            "b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nffffffffffffffff\\r\\n'",
            "200",
        ),
    ] {
        let _other = live.beside("/usr/bin/python3", &["-c", &saying(bytes)], 80);
        let told = live.lint(&[]);
        told.says("probe-answer-differs", &[words]);
        let text = live.text();
        for said in [&told.out, &told.err, &text] {
            assert!(!said.contains('\x1b') && !said.contains('\x07'), "{bytes}: {said:?}");
            assert!(said.len() < 4000, "{bytes}: {} bytes", said.len());
        }
        live.validated(&[]);
        assert_eq!(live.things(), before, "{bytes}");
    }
}

#[test]
fn who_never_answers_is_not_waited_for_for_ever() {
    let names: Vec<_> = (0..60).map(|number| format!("n{number}.example.com")).collect();
    let names = names.join(" ");
    let servers = format!(
        "server {{ listen 80; server_name {names};
            location /.well-known/acme-challenge/ {{ proxy_pass http://127.0.0.1:9999; }} }}"
    );
    let site = Site::new(&servers, WEB_ROOT);
    let live = site.serve(Nginx::Debian);
    let silent = "import socket, time\ns = socket.socket(); s.bind(('127.0.0.1', 9999))\n\
        s.listen(256); time.sleep(600)";
    let _silent = live.beside("/usr/bin/python3", &["-c", silent], 9999);
    let before = live.things();
    let start = Instant::now();
    let told = live.lint(&[]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(told.out.contains(" not asked (first: n"), "{}", told.out);
    assert!(told.out.contains("too many others were not answered in time"), "{}", told.out);
    assert_eq!(told.code, Some(2));
    assert_eq!(live.things(), before);
}

#[test]
fn odd_names_are_asked_for_or_left_alone() {
    let odd = r#"
        server { listen 80 default_server; server_name _ "" localhost 127.0.0.1; return 404; }
        server { listen 80; listen 443 ssl; root /var/www/html;
            server_name xn--bcher-kva.example.com a_b.example.com .dot.example.com
                *.wild.example.com trailing.* "~^(?<n>\d+)\.example\.com$" example.com.;
            ssl_certificate /etc/ssl/a.pem; ssl_certificate_key /etc/ssl/a.key; }"#;
    let fixture = [
        WEB_ROOT,
        "[[certificate]]\nnames = [\"*.example.com\", \"dot.example.com\", \"*.wild.example.com\"]\n\
         [certificate.files]\n\"etc/ssl/a.pem\" = [\"leaf\", \"intermediate\"]\n\
         \"etc/ssl/a.key\" = [\"key\"]\n",
    ]
    .concat();
    for nginx in Nginx::ALL {
        let site = Site::new(odd, &fixture);
        let live = site.serve(nginx);
        let before = live.things();
        let told = live.lint(&["--webroot", "/var/www/html"]);
        told.is_silent();
        live.validated(&["--webroot", "/var/www/html"]);
        assert!(!told.out.contains("not asked"), "{}", told.out);
        assert_eq!(live.things(), before);
    }
}

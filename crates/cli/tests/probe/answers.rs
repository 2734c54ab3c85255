//! What comes back for tokens.

use machine::Nginx;

use crate::site::{Live, Site, configuration, later};

/// A site that redirects to TLS, where tokens are served.
const REDIRECTED: &str = "
    server {
        listen 80;
        listen [::]:80;
        server_name example.com www.example.com;
        return 301 https://$host$request_uri;
    }
    server {
        listen 443 ssl;
        listen [::]:443 ssl;
        server_name example.com www.example.com;
        ssl_certificate /etc/ssl/example.com.pem;
        ssl_certificate_key /etc/ssl/example.com.key;
        root /var/www/html;
    }";

const CERTIFICATE: &str = r#"
[[certificate]]
names = ["example.com", "www.example.com"]
[certificate.files]
"etc/ssl/example.com.pem" = ["leaf", "intermediate"]
"etc/ssl/example.com.key" = ["key"]

[[directory]]
path = "var/www/html"
owner = "www-data"
"#;

#[test]
fn a_good_machine_is_left_as_it_is_and_nothing_is_said() {
    let site = Site::new(REDIRECTED, CERTIFICATE);
    for nginx in Nginx::ALL {
        let live = site.serve(nginx);
        let before = live.things();
        let told = live.lint(&["--webroot", "/var/www/html"]);
        told.is_silent();
        told.ends("; probed: 2 pass", 0);
        let names = live.names();
        for line in [
            "127.0.0.1:80: 301 to https://NAME/…, as predicted",
            "[::1]:443: the token, as predicted",
            "127.0.0.1:443: the certificate of the file, with one more; TLS 1.2",
        ] {
            assert!(names.flat().contains(line), "{line}:\n{}", names.out);
        }
        live.validated(&[]);
        assert_eq!(live.things(), before);
    }
}

#[test]
fn directories_that_were_there_stay_and_so_does_what_is_in_them() {
    let site = Site::new(REDIRECTED, CERTIFICATE);
    let live = site.serve(Nginx::Debian);
    live.write("/var/www/html/.well-known/security.txt", "Contact: mailto:a@example.com\n");
    let before = live.things();
    live.lint(&[]).ends("; probed: 2 pass", 0);
    assert_eq!(live.things(), before);
}

/// A site over plain HTTP, with these words in its server.
fn plain(words: &str) -> String {
    format!("server {{ listen 80; listen [::]:80; server_name example.com; {words} }}")
}

const ACME: &str = "location /.well-known/acme-challenge/ { root /var/www/html; }";

#[test]
fn what_fails_as_the_files_say_is_left_to_other_rules() {
    let shadowed = plain(&[ACME, r"location ~ /\. { deny all; }"].concat());
    let live = Site::new(&shadowed, CERTIFICATE);
    let live = live.serve(Nginx::Current);
    let told = live.lint(&[]);
    told.says("challenge-taken-by-regex", &[]);
    told.is_silent();
    assert!(told.out.contains("names: 1 fails; probed:"), "{}", told.out);

    let wrong = Site::new(&plain("root /var/www/html;"), CERTIFICATE);
    let live = wrong.serve(Nginx::Debian);
    live.write("/srv/acme/.keep", "");
    let before = live.things();
    let told = live.lint(&["--webroot", "example.com=/srv/acme"]);
    told.says("challenge-directory-wrong", &[]);
    told.is_silent();
    told.ends("; probed: 1 fails", 1);
    assert_eq!(live.things(), before);
}

#[test]
fn a_configuration_that_has_changed_since_is_named() {
    let site = Site::new(&plain("return 404;"), CERTIFICATE);
    for nginx in Nginx::ALL {
        let live = site.serve(nginx);
        let before = live.things();
        later();
        live.write("/etc/nginx/nginx.conf", &configuration(&plain(ACME)));
        let told = live.lint(&[]);
        told.says("probe-answer-differs", &["example.com", "with 404; these files say: the token"]);
        assert!(told.out.contains("; probed: 1 fails"), "{}", told.out);
        assert_eq!(told.code, Some(1));
        let text = live.text();
        assert!(text.contains("/etc/nginx/nginx.conf has changed since nginx read it"), "{text}");
        assert!(text.contains("nginx -t && nginx -s reload"), "{text}");
        live.validated(&[]);
        live.reload();
        live.lint(&[]).ends("; probed: 1 passes", 0);
        assert_eq!(live.things(), before);
    }
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let away = plain("return 301 https://elsewhere.example.net$request_uri;");
    let live = Site::new(&away, CERTIFICATE);
    let live = live.serve(Nginx::Debian);
    let told = live.lint_traced(&["--webroot", "example.com=/var/www/html"]);
    told.is_silent();
    assert!(
        told.out.contains("it is redirected to https://elsewhere.example.net/"),
        "{}",
        told.out
    );
    let connected: Vec<_> = told.err.lines().filter(|line| line.contains("connect(")).collect();
    assert!(connected.len() >= 2, "{}", told.err);
    for line in connected {
        let is_here = line.contains("\"127.0.0.1\"") || line.contains("\"::1\"");
        assert!(is_here || !line.contains("sin"), "{line}");
    }
}

#[test]
fn where_nothing_listens_that_is_said_once() {
    let other = plain("return 404;").replace(":80", ":81").replace(" 80;", " 81;");
    let site = Site::new(&other, CERTIFICATE);
    let live = site.serve(Nginx::Debian);
    let before = live.things();
    later();
    let two = plain(ACME).replace("example.com", "example.com www.example.com");
    live.write("/etc/nginx/nginx.conf", &configuration(&two));
    let told = live.lint(&[]);
    told.says("probe-nothing-listens", &["127.0.0.1:80", "example.com and www.example.com"]);
    told.says("probe-nothing-listens", &["[::1]:80"]);
    assert_eq!(told.of_rule("probe-nothing-listens").len(), 2, "{}", told.out);
    assert!(live.text().contains("nginx -s reload"));
    assert_eq!(live.things(), before);
}

#[test]
fn another_program_on_the_port_is_named() {
    let other = plain("return 404;").replace("listen [::]:80;", "").replace(" 80;", " 81;");
    let site = Site::new(&other, CERTIFICATE);
    let live = site.serve(Nginx::Debian);
    let script = "import http.server as h\n\
        h.HTTPServer(('127.0.0.1', 80), h.BaseHTTPRequestHandler).serve_forever()";
    let _other = live.beside("/usr/bin/python3", &["-c", script], 80);
    live.write("/etc/nginx/nginx.conf", &configuration(&plain(ACME)));
    let told = live.lint(&[]);
    told.says("probe-answer-differs", &["with 501"]);
    let text = live.text();
    assert!(text.contains("BaseHTTP/"), "{text}");
    assert!(text.contains("another program has that port"), "{text}");
}

#[test]
fn a_backend_that_does_not_have_the_token_is_found_out() {
    let proxied = "
        server { listen 80; server_name example.com;
            location /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8080; } }
        server { listen 127.0.0.1:8080; return 404; }";
    let live = Site::new(proxied, CERTIFICATE);
    let live = live.serve(Nginx::Debian);
    let before = live.things();
    let told = live.lint(&["--webroot", "/var/www/html"]);
    told.says("probe-challenge-fails", &["/var/www/html/.well-known/acme-challenge", "404"]);
    told.ends("; probed: 1 fails", 1);
    assert_eq!(live.things(), before);
}

#[test]
fn each_socket_of_a_name_is_asked_at_an_address_that_leads_to_it() {
    let sockets = "
        server { listen 80; server_name a.example.com; root /var/www/html; }
        server { listen 127.0.0.1:80; server_name status; return 403; }
        server { listen 192.0.2.10:80; server_name b.example.com; root /var/www/html; }
        server { listen [2001:db8::10]:80; server_name b.example.com; root /var/www/html; }
        server { listen 80 proxy_protocol; listen 8080; server_name c.example.com; }
        server { listen unix:/run/d.sock; server_name d.example.com; root /var/www/html; }";
    let sockets =
        sockets.replace("listen 80 proxy_protocol;", "listen 192.0.2.11:80 proxy_protocol;");
    let fixture = ["addresses = [\"192.0.2.11\"]\n", CERTIFICATE].concat();
    let live = Site::new(&sockets, &fixture);
    let live = live.serve(Nginx::Debian);
    let asked = |name: &str| {
        let probe = live.probe_of_with(name, &["--webroot", &format!("{name}=/var/www/html")]);
        let ways = probe["ways"].as_array().expect("there are ways").clone();
        let of = |way: &serde_json::Value| {
            way["hops"][0]["address"].as_str().expect("a text").to_owned()
        };
        let reasons = probe["not_asked"].to_string();
        (ways.iter().map(of).collect::<Vec<_>>(), reasons)
    };
    assert_eq!(asked("a.example.com").0, ["127.0.0.2:80"]);
    assert_eq!(asked("b.example.com").0, ["192.0.2.10:80", "[2001:db8::10]:80"]);
    let (addresses, why) = asked("c.example.com");
    assert!(
        addresses.is_empty() && why.contains("192.0.2.11:80 wants the PROXY protocol"),
        "{why}"
    );
    assert!(asked("d.example.com").1.contains("unix:/run/d.sock"));
}

#[test]
fn an_address_of_another_machine_is_not_asked() {
    let live = Site::new("server { listen 80; server_name status; }", CERTIFICATE);
    let live = live.serve(Nginx::Debian);
    let elsewhere =
        "server { listen 198.51.100.7:80; server_name a.example.com; root /var/www/html; }";
    live.write("/etc/nginx/nginx.conf", &configuration(elsewhere));
    let told = live.lint_traced(&["--webroot", "a.example.com=/var/www/html"]);
    assert!(told.out.contains("198.51.100.7 is no address of this machine"), "{}", told.out);
    let is_sent = |line: &str| line.contains("SOCK_STREAM") || line.contains("sendto(");
    assert!(!told.err.lines().any(is_sent), "{}", told.err);
}

#[test]
fn another_address_is_asked_if_the_user_says_so() {
    let mapped = REDIRECTED.replace(":80;", ":8080;").replace(" 80;", " 8080;");
    let mapped = mapped.replace(":443 ssl", ":8443 ssl").replace(" 443 ssl", " 8443 ssl");
    let live = Site::new(&mapped, CERTIFICATE);
    let live = live.serve(Nginx::Current);
    // As where a container's port 80 is published as 8080.
    live.write("/etc/nginx/nginx.conf", &configuration(REDIRECTED));
    let before = live.things();
    live.lint(&["--webroot", "/var/www/html"]).says("probe-nothing-listens", &["127.0.0.1:80"]);
    let connect = ["--connect", "127.0.0.1:8080", "--connect-tls", "127.0.0.1:8443"];
    let told = live.lint(&[&["--webroot", "/var/www/html"], &connect[..]].concat());
    told.is_silent();
    told.ends("; probed: 2 pass", 0);
    assert_eq!(live.things(), before);
}

#[test]
fn a_container_is_asked_where_its_ports_are_and_served_from_where_its_directories_are() {
    // What runs has the directories of this disk, as the container has them by its volumes.
    let outside = "server { listen 8080; server_name example.com; root /srv/acme; }";
    let live = Site::new(outside, CERTIFICATE);
    let live = live.serve(Nginx::Current);
    let inside =
        configuration("server { listen 80; server_name example.com; root /var/www/acme; }");
    live.write("/srv/compose/nginx/nginx.conf", &inside);
    live.write("/srv/image/etc/nginx/nginx.conf", &inside);
    live.write("/srv/acme/.keep", "");
    std::os::unix::fs::symlink("/srv/acme", live.path("/srv/acme-link")).expect("it is ours");
    let before = live.things();
    let common = ["--connect", "127.0.0.1:8080", "--webroot", "example.com=/var/www/acme"];
    let maps = ["--map", "/srv/compose/nginx=/etc/nginx", "--map", "/srv/acme-link=/var/www/acme"];
    let told = live.lint(&[&maps[..], &common].concat());
    told.is_silent();
    told.ends("; probed: 1 passes", 0);
    assert_eq!(live.things(), before);
    let told = live.lint(&[&["--root", "/srv/image", "--map", maps[3]][..], &common].concat());
    told.is_silent();
    told.ends("; probed: 1 passes", 0);
    // What is not mapped is not this machine's.
    let told = live.lint(&[&maps[..2], &common].concat());
    told.says("probe-token-not-written", &["/var/www/acme"]);
    assert_eq!(live.things(), before);
}

#[test]
fn a_chain_of_redirects_is_followed_over_one_socket_for_both_families() {
    let chain = REDIRECTED
        .replace("listen 80;\n        listen [::]:80;", "listen [::]:80 ipv6only=off;")
        .replace(
            "return 301 https://$host$request_uri;",
            "return 302 https://www.$host$request_uri;",
        )
        .replace(
            "server_name example.com www.example.com;\n        return",
            "server_name example.com;\n        return",
        )
        .replace(
            "root /var",
            "if ($host ~ ^www\\.(.*)) { return 307 https://$1$request_uri; } root /var",
        );
    let live = Site::new(&chain, CERTIFICATE);
    let live = live.serve(Nginx::Debian);
    let probe = live.probe_of("example.com");
    for (way, address) in [(0, "127.0.0.1"), (1, "[::1]")] {
        let way = &probe["ways"][way];
        assert_eq!(way["end"], "passes", "{probe:#}");
        let hops = way["hops"].as_array().expect("there are hops");
        let asked: Vec<_> = hops.iter().map(|hop| hop["address"].as_str().unwrap()).collect();
        let [plain, tls] = ["80", "443"].map(|port| format!("{address}:{port}"));
        assert_eq!(asked, [&*plain, &tls, &tls]);
        assert!(hops.iter().all(|hop| hop["agrees"] == true), "{probe:#}");
    }
}

/// What certbot keeps of a certificate, with these settings of its renewal.
fn renewed_by(live: &Live<'_>, settings: &str) {
    let head = "version = 2.9.0\narchive_dir = /etc/letsencrypt/archive/example.com\n";
    let path = |name: &str| format!("{name} = /etc/letsencrypt/live/example.com/{name}.pem\n");
    let paths = ["cert", "privkey", "chain", "fullchain"].map(path).concat();
    let text = [head, &paths, "\n[renewalparams]\n", settings].concat();
    live.write("/etc/letsencrypt/renewal/example.com.conf", &text);
}

#[test]
fn a_token_is_put_where_the_client_says_and_nowhere_if_it_writes_none() {
    let lineage = "[[certificate]]\nnames = [\"example.com\"]\nlineage = \"example.com\"\n\
        [[directory]]\npath = \"var/www/html\"\n[[directory]]\npath = \"srv/certbot\"\n";
    let certbot = "
        server { listen 80; server_name example.com; root /var/www/html;
            location /.well-known/acme-challenge/ { root /srv/certbot; } }
        server { listen 443 ssl; server_name example.com;
            ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
            ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem; }";
    let site = Site::new(certbot, lineage);
    let live = site.serve(Nginx::Debian);
    let before = live.things();
    for (settings, result, directory, because) in [
        ("authenticator = webroot\nwebroot_path = /srv/certbot,\n", "passes", "/srv/certbot", ""),
        ("authenticator = webroot\nwebroot_path = /var/www/html,\n", "fails", "/var/www/html", ""),
        ("authenticator = standalone\n", "without-token", "", "listens by itself while it orders"),
        ("authenticator = nginx\n", "without-token", "", "edits the configuration while it orders"),
        ("authenticator = dns-rfc2136\n", "no-challenge", "", "validated over DNS"),
    ] {
        renewed_by(&live, settings);
        let probe = live.probe_of("example.com");
        assert_eq!(probe["result"], result, "{settings}: {probe:#}");
        let written = probe["token"]["path"].as_str().unwrap_or_default();
        assert!(written.starts_with(directory), "{settings}: {written}");
        assert_eq!(written.is_empty(), directory.is_empty(), "{settings}: {written}");
        let said = probe["because"].as_str().unwrap_or_default();
        assert!(said.contains(because), "{settings}: {said}");
        assert_eq!(probe["certificates"][0]["shown"], "same", "{settings}: {probe:#}");
        live.lint(&[]).is_silent();
        assert_eq!(live.things(), before, "{settings}");
    }
}

#[test]
fn who_asks_wrongly_is_told() {
    let live = Site::new(&plain(ACME), CERTIFICATE);
    let live = live.serve(Nginx::Debian);
    live.write("/srv/one/nginx.conf", "events {}\n");
    live.write("/srv/root/etc/nginx/nginx.conf", "events {}\n");
    for (arguments, words) in [
        (&["--root", "/srv/root"][..], "say where it listens with --connect"),
        (&["/etc/nginx", "/srv/one"], "--probe asks one nginx"),
        (&["--connect", "localhost:80"], "it is an address, such as"),
    ] {
        let told = live.lint(arguments);
        assert!(told.err.contains(words), "{}", told.err);
        assert_eq!(told.code, Some(3));
    }
}

//! What clients say of how they have names validated.

use std::path::PathBuf;

use acme::{Settings, TokenPlace};
use evidence::client::{Client, Clients, Hook, Lineage, Method, Standalone, When};

use crate::{disk, verdicts_of};

const REDIRECT: &str = "server { listen 80; server_name a.example.com; \
     return 301 https://$host$request_uri; }";

fn clients(method: Method) -> Clients {
    let mut lineage = Lineage::new(Client::Certbot, "a".to_owned(), PathBuf::from("/a.conf"));
    lineage.names = Some(vec!["a.example.com".to_owned()]);
    lineage.method = Some(method);
    let mut clients = Clients::default();
    clients.lineages.push(lineage);
    clients
}

/// What is said of a site whose certificate acme.sh gets in its mode for nginx.
fn by_insertion(http: &str) -> String {
    let mut clients = clients(Method::Nginx);
    clients.lineages[0].client = Client::AcmeSh;
    with(http, &clients)
}

fn standalone(port: u16, address: Option<&str>) -> Method {
    Method::Standalone(Standalone { port, address: address.map(str::to_owned) })
}

fn with(http: &str, clients: &Clients) -> String {
    let mut settings = Settings::default();
    settings.follow(clients);
    verdicts_of(&format!("events {{}} http {{ {http} }}"), &disk(), &settings)
}

fn of(http: &str, method: Method) -> String {
    with(http, &clients(method))
}

#[test]
fn a_web_root_of_a_client_is_where_tokens_lie() {
    let site = "server { listen 80; server_name a.example.com; root /srv/www; }";
    let passes = "a.example.com: file /srv/www/.well-known/acme-challenge/TOKEN";
    assert_eq!(of(site, Method::WebRoot("/srv/www".into())), passes);
    assert!(of(site, Method::WebRoot("/srv/acme".into())).contains("fails: /srv/www/"));
}

#[test]
fn what_the_user_says_comes_before_what_a_client_says() {
    let mut settings = Settings::default();
    settings.places.add(None, TokenPlace::WebRoot(b"/srv/www".to_vec()));
    settings.follow(&clients(standalone(80, None)));
    let site = "events {} http { server { listen 80; server_name a.example.com; root /srv/www; } }";
    let verdict = verdicts_of(site, &disk(), &settings);
    assert_eq!(verdict, "a.example.com: file /srv/www/.well-known/acme-challenge/TOKEN");
}

#[test]
fn names_validated_over_dns_need_no_challenge() {
    let verdict = of(REDIRECT, Method::Dns("dns-cloudflare".to_owned()));
    assert!(verdict.contains("no HTTP-01: its ACME client has it validated over DNS"), "{verdict}");
}

#[test]
fn a_client_cannot_listen_while_nginx_does() {
    let gives_up = "a.example.com: fails: PortTaken { gives_up: true, served: None }";
    let over_ipv6 = gives_up.replace("example.com", "example.com over IPv6");
    assert_eq!(of(REDIRECT, standalone(80, None)), gives_up, "it wants one socket for both");
    let both = REDIRECT.replace("listen 80;", "listen 80; listen [::]:80;");
    assert_eq!(of(&both, standalone(80, None)), [gives_up, &*over_ipv6].join("\n"));
    let dual = REDIRECT.replace("listen 80;", "listen [::]:80 ipv6only=off;");
    assert!(of(&dual, standalone(80, None)).starts_with(gives_up));
    let alone = REDIRECT.replace("listen 80;", "listen [::]:80;");
    let waits = over_ipv6.replace("true", "false");
    assert!(of(&alone, standalone(80, None)).contains(&waits), "it listens over IPv4 alone");
}

#[test]
fn where_nginx_would_serve_the_token_it_says_from_where() {
    let site = "server { listen 80; server_name a.example.com; root /srv/www; }";
    let served = "served: Some(\"/srv/www/.well-known/acme-challenge/\")";
    assert!(of(site, standalone(80, None)).contains(served));
}

#[test]
fn a_client_that_stops_nginx_or_has_a_port_to_itself_is_in_nobodys_way() {
    let mut clients = clients(standalone(80, None));
    clients.lineages[0].hooks.push(Hook {
        when: When::Before,
        text: b"systemctl stop nginx".to_vec(),
        script: None,
        ignored: None,
    });
    assert!(with(REDIRECT, &clients).contains("no HTTP-01: its ACME client stops nginx"));
    let tls = "server { listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k; \
               server_name a.example.com; }";
    assert!(of(tls, standalone(80, None)).contains("listens by itself, out of nginx's way"));
    let address = REDIRECT.replace("listen 80;", "listen 192.0.2.1:80;");
    assert!(of(&address, standalone(80, Some("192.0.2.2"))).contains("out of nginx's way"));
}

#[test]
fn a_client_behind_nginx_has_to_listen_on_the_port_that_is_handed_to() {
    let site = "server { listen 80; server_name a.example.com; \
                location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; } }";
    assert!(of(site, standalone(8888, None)).starts_with("a.example.com: client, "));
    assert_eq!(
        of(site, standalone(8080, None)),
        "a.example.com: fails: OtherPort { proxied: 8888, client: 8080 }"
    );
}

#[test]
fn the_plugin_answers_before_all_else_in_servers_of_the_name() {
    assert!(of(REDIRECT, Method::Nginx).starts_with("a.example.com: plugin, "));
    let denied =
        REDIRECT.replace("return 301", "deny all; location ^~ / { return 403; } return 301");
    assert!(of(&denied, Method::Nginx).starts_with("a.example.com: plugin, "));
}

#[test]
fn the_plugin_answers_over_ipv6_only_where_the_name_is() {
    let site = [
        "server { listen 80; listen [::]:80 default_server; server_name b.example.com; \
         return 404; }",
        REDIRECT,
    ]
    .concat();
    let verdict = of(&site, Method::Nginx);
    assert!(verdict.contains("a.example.com: plugin"), "{verdict}");
    assert!(verdict.contains("a.example.com over IPv6: fails: Status(404)"), "{verdict}");
}

#[test]
fn the_plugin_copies_the_default_server_or_adds_one_for_names_without_a_server() {
    let tls = "server { listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k; \
               server_name a.example.com; }";
    let default = "server { listen 80 default_server; return 404; }";
    assert!(of(&[tls, default].concat(), Method::Nginx).starts_with("a.example.com: plugin"));
    let unmarked = "server { listen 80; return 404; }";
    assert!(of(&[tls, unmarked].concat(), Method::Nginx).starts_with("a.example.com: plugin"));
    let own_address = "server { listen 192.0.2.1:80; return 404; }";
    let verdict = of(&[tls, own_address].concat(), Method::Nginx);
    assert!(verdict.starts_with("a.example.com: fails: Status(404)"), "{verdict}");
}

/// Each site with what acme.sh would insert, as nginx then answers.
#[test]
fn acme_sh_inserts_a_regular_expression() {
    const LOCATION: &str = "\nlocation ~ \"^/\\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$\" { \
        return 200 \"$1.01234567890123456789012345678901234567890ab\"; }\n";
    let site =
        |inside: &str| format!("server {{\nlisten 80;\nserver_name a.example.com;\n{inside} }}");
    for (answers, inside) in [
        (true, ""),
        (true, "deny all; auth_basic x;"),
        (true, "location / { return 301 https://$host$request_uri; }"),
        (true, "location ~ /\\. { deny all; }"),
        (true, "location /.well-known/ { deny all; }"),
        (true, "location /.well-known/ { location /.well-known/acme-challenge/ { deny all; } }"),
        (false, "return 301 https://$host$request_uri;"),
        (false, "location ^~ /.well-known/ { deny all; }"),
        (false, "location ^~ / { return 403; }"),
        (false, "location /.well-known/ { location ~ /acme { deny all; } }"),
    ] {
        let site = site(inside);
        let verdict = by_insertion(&site);
        assert_eq!(verdict.starts_with("a.example.com: plugin"), answers, "{site}: {verdict}");
        let inserted = site.replace("example.com;\n", &["example.com;", LOCATION].concat());
        let verdict = of(&inserted, Method::Stateless);
        assert_eq!(
            verdict.starts_with("a.example.com: stateless"),
            answers,
            "{inserted}: {verdict}"
        );
    }
    let before = site("").replace("server_name", "location ~ acme { return 403; }\nserver_name");
    assert!(by_insertion(&before).contains("InsertedInVain { is_found: true"));
}

#[test]
fn acme_sh_looks_for_a_line_with_the_name() {
    let refuses = "return 403;";
    for (is_found, server) in [
        (true, "server {\n listen 80;\n server_name b.example.com a.example.com;"),
        (false, "server {\n listen 80;\n server_name b.example.com\n a.example.com;"),
        (false, "server { listen 80; server_name a.example.com;"),
        (false, "server {\n server_name a.example.com;"),
    ] {
        let verdict = by_insertion(&format!("{server} {refuses} }}"));
        assert!(verdict.contains(&format!("is_found: {is_found}")), "{server}: {verdict}");
    }
}

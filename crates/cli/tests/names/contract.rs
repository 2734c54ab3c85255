//! The document for programs, and that docs/json.md describes it.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::program::{
    code, document, entry, machine_with, names, names_of, repository, stderr, stdout,
};

/// In front of the example's block.
const COMMAND: &str = "<!-- nginx-acme-lint names ";

/// Every kind of verdict, and every kind of what comes back.
const KINDS: &str = r#"
server {
    listen 80;
    listen [::]:80;
    server_name file.example.com;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl default_server;
    listen [::]:443 ssl;
    server_name file.example.com;
    ssl_certificate live/a.pem;
    ssl_certificate_key live/a.key;
    root html;
}
server {
    listen 80; listen [::]:80;
    listen 443 ssl;
    server_name client.example.com;
    ssl_certificate /etc/ssl/$ssl_server_name.pem;
    ssl_certificate_key /etc/ssl/$ssl_server_name.key;
    location /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; }
}
server {
    listen 80; listen [::]:80;
    server_name stateless.example.com;
    location ~ ^/\.well-known/acme-challenge/([-_a-zA-Z0-9]+)$ { return 200 "$1.tHumbPrint0fAnAccount-tHumbPrint0fAnAccount"; }
}
server {
    listen 80; listen [::]:80;
    server_name lua.example.com;
    location /.well-known/acme-challenge/ { content_by_lua_file acme.lua; }
}
server {
    listen 80; listen [::]:80;
    server_name away.example.com;
    location /.well-known/acme-challenge/ { return 301 https://elsewhere.example.net$request_uri; }
}
server {
    listen 80; listen [::]:80;
    server_name xn--bcher-kva.example.com;
    location /.well-known/acme-challenge/ { root /srv; }
    location ~ /\. { deny all; }
}
server { listen 443 ssl; server_name *.example.com; ssl_certificate /etc/ssl/wild.pem; ssl_certificate_key w.key; }
"#;

fn written() -> Value {
    let output = names_of(&machine_with(KINDS.as_bytes()), &["--format", "json"]);
    assert_eq!(stderr(&output), "");
    assert_eq!(code(&output), 1);
    assert_eq!(stdout(&output).lines().count(), 1);
    document(&output)
}

#[test]
fn failing_names_come_first_and_each_says_what_is_needed() {
    let document = written();
    assert_eq!(document["schema"], "nginx-acme-lint/names/1");
    assert_eq!(document["configurations"], json!([{ "directory": "/etc/nginx" }]));
    let names = document["names"].as_array().unwrap();
    let verdicts: Vec<_> = names.iter().map(|name| name["verdict"].as_str().unwrap()).collect();
    let expected = ["fails", "unknown", "unknown", "passes", "passes", "passes", "not-http01"];
    assert_eq!(verdicts, expected);

    let bad = entry(&document, "xn--bcher-kva.example.com");
    assert_eq!(bad["other_form"], "b\u{fc}cher.example.com");
    assert_eq!((&bad["file"], &bad["line"]), (&"nginx.conf".into(), &43.into()));
    let family = &bad["families"][0];
    assert_eq!((&family["family"], &family["verdict"]), (&"ipv4".into(), &"fails".into()));
    assert_eq!((&family["because"], &family["from"]), (&"403".into(), &Value::Null));
    assert_eq!(family["rule"], "challenge-taken-by-regex");
    assert_eq!(
        family["decided_by"],
        json!({ "file": "nginx.conf", "line": 45, "text": "deny all" })
    );
    assert_eq!(family["server"]["names"], json!(["xn--bcher-kva.example.com"]));
    assert_eq!(family["hops"][0]["answer"], json!({ "kind": "status", "status": 403 }));
}

#[test]
fn both_families_have_hops_of_their_own() {
    let document = written();
    let families = &entry(&document, "file.example.com")["families"];
    for (index, listens) in
        [["0.0.0.0:80", "0.0.0.0:443"], ["[::]:80", "[::]:443"]].into_iter().enumerate()
    {
        let family = &families[index];
        assert_eq!((&family["verdict"], &family["rule"]), (&"passes".into(), &Value::Null));
        assert_eq!(
            (&family["from"]["kind"], &family["from"]["is_guess"]),
            (&"file".into(), &true.into())
        );
        let hops = family["hops"].as_array().unwrap();
        assert_eq!(hops.iter().map(|hop| &hop["listen"]).collect::<Vec<_>>(), listens);
        assert_eq!(family["server"], hops[1]["server"]);
        assert!(!hops[1]["steps"].as_array().unwrap().is_empty());
    }
    let client = &entry(&document, "client.example.com")["families"][0]["from"];
    assert_eq!((&client["kind"], &client["line"]), (&"client".into(), &24.into()));
    let stateless = &entry(&document, "stateless.example.com")["families"][0]["from"];
    assert_eq!(stateless["kind"], "stateless");
}

#[test]
fn what_is_not_known_or_not_asked_says_why() {
    let document = written();
    let lua = &entry(&document, "lua.example.com")["families"][0];
    assert_eq!((&lua["rule"], &lua["from"]), (&Value::Null, &Value::Null));
    assert_eq!(lua["decided_by"]["text"], "content_by_lua_file acme.lua");
    let away = &entry(&document, "away.example.com")["families"][0];
    assert!(away["stopped"].as_str().unwrap().starts_with("https://elsewhere.example.net/"));
    let wildcard = entry(&document, "*.example.com");
    assert_eq!(wildcard["because"], "wildcards are validated over DNS");
    assert_eq!(wildcard["families"], json!([]));
}

#[test]
fn the_certificate_is_that_of_the_server_which_answers_the_handshake() {
    let document = written();
    for (name, certificate) in [
        ("file.example.com", "/etc/nginx/live/a.pem".into()),
        ("client.example.com", Value::Null),
        ("stateless.example.com", "/etc/ssl/wild.pem".into()),
        ("*.example.com", "/etc/ssl/wild.pem".into()),
    ] {
        assert_eq!(entry(&document, name)["certificate"], certificate, "{name}");
    }
}

#[test]
fn bytes_that_are_not_utf8_come_in_base64() {
    let servers = b"server { listen 80; server_name caf\xe9.example.com; }\n";
    let output = names_of(&machine_with(servers), &["--format", "json"]);
    let document = document(&output);
    assert_eq!(document["names"][0]["name"], "caf\u{fffd}.example.com");
    assert_eq!(document["names"][0]["name_base64"], "Y2Fm6S5leGFtcGxlLmNvbQ==");
}

#[test]
fn a_server_with_many_names_does_not_list_them_for_each() {
    let names =
        (0..30).map(|number| format!("n{number}.example.com")).collect::<Vec<_>>().join(" ");
    let servers = format!(
        "server {{ listen 80; server_name {names};
        location ^~ /.well-known/acme-challenge/ {{ root /srv/acme; }} }}\n"
    );
    let output = names_of(&machine_with(servers.as_bytes()), &["--format", "json"]);
    let document = document(&output);
    let server = &entry(&document, "n29.example.com")["families"][0]["hops"][0]["server"];
    assert_eq!(server["names"].as_array().unwrap().len(), 10);
    assert_eq!(server["more_names"], 20);
}

#[test]
fn the_page_shows_what_is_written() {
    let page = fs::read_to_string(repository().join("docs/json.md")).expect("the page is there");
    let (_, rest) = page.split_once(COMMAND).expect("the page has an example");
    let (command, rest) = rest.split_once(" -->\n```json\n").expect("a block follows");
    let (shown, _) = rest.split_once("```").expect("the block ends");
    let output = names(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let shown: Value = serde_json::from_str(shown).expect("the example is JSON");
    let pretty = serde_json::to_string_pretty(&document(&output)).expect("it is JSON");
    assert_eq!(shown, document(&output), "docs/json.md should show:\n{pretty}");
}

#[test]
fn the_page_describes_every_field() {
    fn fields(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (field, value) in object {
                    found.insert(field.clone());
                    // The report and the traces have their own chapters.
                    if !matches!(&**field, "hops" | "looked_at") {
                        fields(value, found);
                    }
                }
            }
            Value::Array(array) => array.iter().for_each(|value| fields(value, found)),
            _ => {}
        }
    }
    let page = fs::read_to_string(repository().join("docs/json.md")).expect("the page is there");
    let (_, page) = page.split_once("## Names\n").expect("names have a chapter");
    let mut found = BTreeSet::from(["more_names".to_owned()]);
    fields(&written(), &mut found);
    for field in found {
        assert!(page.contains(&format!("`{field}`")), "docs/json.md does not describe {field}");
    }
    for word in
        ["passes", "fails", "unknown", "not-http01", "file", "client", "stateless", "acme-module"]
    {
        assert!(page.contains(&format!("`{word}`")), "docs/json.md does not describe {word}");
    }
}

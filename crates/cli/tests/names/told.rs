//! What is wrong with the configuration or the arguments, and how the program ends.

use crate::program::{
    code, document, entry, machine, machine_with, names, names_of, stderr, stdout,
};

const GOOD: &str = "server { listen 80; listen 443 ssl; server_name a.example.com; root /srv; }\n";

#[test]
fn nothing_is_clean_that_was_not_read() {
    let nothing = names(&["/nonexistent"]);
    assert_eq!(code(&nothing), 2);
    assert_eq!(stderr(&nothing), "error: cannot read /nonexistent: no such file or directory\n");
    assert!(stdout(&nothing).contains("1 not read; no name was judged"), "{}", stdout(&nothing));

    let empty = names_of(&machine(&[("etc/nginx/nginx.conf", b"")]), &[]);
    assert_eq!(code(&empty), 2);
    let said = stdout(&empty);
    assert!(said.ends_with("1 without a directive; no name was judged\n"), "{said}");

    let no_server = names_of(&machine(&[("etc/nginx/nginx.conf", b"events {}")]), &[]);
    assert_eq!(code(&no_server), 2);
    assert_eq!(stderr(&no_server), "error: no server here has a name\n");

    let broken = names_of(&machine_with(format!("{GOOD} server {{").as_bytes()), &[]);
    assert_eq!(code(&broken), 2);
    assert!(stderr(&broken).contains("unexpected end of file"), "{}", stderr(&broken));
    assert!(stdout(&broken).contains("1 not understood whole"), "{}", stdout(&broken));

    let partly = names_of(&machine_with(format!("{GOOD} include gone.conf;").as_bytes()), &[]);
    assert_eq!(code(&partly), 2);
    assert!(stderr(&partly).contains("cannot read /etc/nginx/gone.conf"), "{}", stderr(&partly));
}

#[test]
fn the_document_says_whether_all_was_read() {
    let servers = format!("{GOOD} include gone.conf;");
    for (servers, is_whole) in [(GOOD, true), (&*servers, false)] {
        let output = names_of(&machine_with(servers.as_bytes()), &["--format", "json"]);
        let document = document(&output);
        assert_eq!(document["is_whole"], is_whole);
        assert!(document["summary"].as_str().unwrap().starts_with("looked at "));
        assert_eq!(code(&output), if is_whole { 0 } else { 2 });
    }
    let nothing = names(&["--format", "json", "/nonexistent"]);
    let document = document(&nothing);
    assert_eq!((code(&nothing), &document["is_whole"]), (2, &false.into()));
    assert_eq!(document["names"].as_array().unwrap().len(), 0);
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let output = names_of(&machine_with(GOOD.as_bytes()), &["--name", "b.example.com"]);
    assert_eq!(code(&output), 2);
    assert_eq!(stderr(&output), "error: no name fits --name\n");
    assert!(stdout(&output).starts_with("0 of 1 names are shown\n"), "{}", stdout(&output));
}

#[test]
fn what_cannot_be_known_is_no_failure_and_no_success() {
    let servers = "server { listen 80; server_name a.example.com;
        location /.well-known/acme-challenge/ { content_by_lua_file a.lua; } }\n";
    let machine = machine_with(servers.as_bytes());
    let output = names_of(&machine, &[]);
    assert_eq!(code(&output), 0);
    assert!(
        stdout(&output).starts_with("IPv4     IPv6     name\nunknown  –        a.example.com\n")
    );
    assert!(stdout(&output).contains("names: 1 not judged"), "{}", stdout(&output));
}

#[test]
fn a_part_of_a_configuration_is_read_as_one() {
    let machine = machine(&[("srv/conf.d/a.conf", GOOD.as_bytes())]);
    let output = names_of(&machine, &["/srv/conf.d", "--format", "json"]);
    let document = document(&output);
    let entry = entry(&document, "a.example.com");
    assert_eq!((code(&output), &entry["verdict"]), (0, &"passes".into()));
}

#[test]
fn mapped_ports_are_where_challenges_arrive() {
    let servers = "server { listen 8080; server_name a.example.com;
        location ^~ /.well-known/acme-challenge/ { root /srv; } }\n";
    let machine = machine_with(servers.as_bytes());
    let first = |arguments: &[&str]| {
        let output = names_of(&machine, arguments);
        stdout(&output).lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(first(&[]), "unknown  –        a.example.com");
    assert_eq!(first(&["--http-port", "8080"]), "passes   –        a.example.com");
}

#[test]
fn wrong_usage_exits_with_3() {
    for arguments in [
        &["--format", "short"][..],
        &["--name"],
        &["--root", "/nonexistent"],
        &["--webroot", "/srv/$host", "docs/machine/etc/nginx"],
        &["--no-such-option"],
    ] {
        let output = names(arguments);
        assert_eq!(code(&output), 3, "{arguments:?}");
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
}

#[test]
fn help_is_no_failure() {
    let output = names(&["--help"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("Exit codes, the highest that applies"));
}

//! Where somebody says that the client puts its tokens.

use acme::TokenPlace;
use model::Memory;

use crate::{disk, with_places};

fn web_root(directory: &str) -> TokenPlace {
    TokenPlace::WebRoot(directory.as_bytes().to_vec())
}

fn directory(directory: &str) -> TokenPlace {
    TokenPlace::Directory(directory.as_bytes().to_vec())
}

const SITE: &str = "server { listen 80; server_name a.example.com;
    location ^~ /.well-known/acme-challenge/ { root /srv/acme; }
    location / { root /srv/www; } }";

fn of(site: &str, disk: &Memory, place: TokenPlace) -> String {
    with_places(site, disk, &[(None, place)])
}

#[test]
fn a_file_below_the_web_root_passes() {
    let served = "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN";
    for root in ["/srv/acme", "/srv/acme/", "/srv/./acme"] {
        assert_eq!(of(SITE, &disk(), web_root(root)), served, "{root}");
    }
    let place = directory("/srv/acme/.well-known/acme-challenge");
    assert_eq!(of(SITE, &disk(), place), served);
}

#[test]
fn a_file_elsewhere_is_not_the_one() {
    assert_eq!(
        of(SITE, &disk(), web_root("/var/lib/acme")),
        "a.example.com: fails: /srv/acme/.well-known/acme-challenge/TOKEN instead of \
         /var/lib/acme/.well-known/acme-challenge/TOKEN"
    );
    assert_eq!(
        of(SITE, &disk(), directory("/var/lib/acme")),
        "a.example.com: fails: /srv/acme/.well-known/acme-challenge/TOKEN instead of \
         /var/lib/acme/TOKEN"
    );
}

#[test]
fn an_alias_serves_tokens_that_lie_right_in_a_directory() {
    let site = "server { listen 80; server_name a.example.com;
        location ^~ /.well-known/acme-challenge/ { alias /var/lib/acme/; } }";
    let served = "a.example.com: file /var/lib/acme/TOKEN";
    assert_eq!(of(site, &disk(), directory("/var/lib/acme")), served);
    assert!(of(site, &disk(), web_root("/var/lib/acme")).contains("instead of"));
}

#[test]
fn links_lead_to_the_same_directory() {
    let disk = disk().dir("/data/www").link("/srv/link", "/data/www");
    let site = "server { listen 80; server_name a.example.com;
        location ^~ /.well-known/acme-challenge/ { root /srv/link; } }";
    for root in ["/data/www", "/srv/link"] {
        let verdict = of(site, &disk, web_root(root));
        assert_eq!(verdict, "a.example.com: file /srv/link/.well-known/acme-challenge/TOKEN");
    }
}

#[test]
fn try_files_goes_on_until_the_place_of_the_token() {
    let site = "server { listen 80; server_name a.example.com; root /srv/www;
        location ^~ /.well-known/acme-challenge/ { try_files $uri @acme; }
        location @acme { root /srv/acme; } }";
    let verdict = of(site, &disk(), web_root("/srv/acme"));
    assert_eq!(verdict, "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN");
}

#[test]
fn a_name_may_have_a_place_of_its_own() {
    let site = "server { listen 80; server_name a.example.com b.example.com;
        location ^~ /.well-known/acme-challenge/ { root /srv/acme; } }";
    let places = [(None, web_root("/srv/acme")), (Some("B.example.com"), web_root("/srv/www"))];
    let verdicts = with_places(site, &disk(), &places);
    assert_eq!(
        verdicts,
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN
b.example.com: fails: /srv/acme/.well-known/acme-challenge/TOKEN instead of \
         /srv/www/.well-known/acme-challenge/TOKEN"
    );
    let several = [(None, web_root("/srv/www")), (None, web_root("/srv/acme"))];
    let verdicts = with_places(site, &disk(), &several);
    assert!(!verdicts.contains("fails"), "{verdicts}");
}

#[test]
fn other_failures_stay_what_they_are() {
    let site = "server { listen 80; server_name a.example.com; root /srv/acme;
        location ^~ /.well-known/acme-challenge/ { deny all; } }";
    assert_eq!(of(site, &disk(), web_root("/srv/acme")), "a.example.com: fails: Status(403)");
    let site = "server { listen 80; server_name a.example.com;
        location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; } }";
    let verdict = of(site, &disk(), web_root("/srv/acme"));
    assert!(verdict.starts_with("a.example.com: unknown: tokens lie in a directory"), "{verdict}");
}

#[test]
fn a_token_is_looked_for_in_one_place_at_a_time() {
    let site = "server { listen 80; server_name a.example.com; root /srv/www;
        location ^~ /.well-known/acme-challenge/ { root /srv/acme; }
        if (!-f $request_filename) { return 403; } }";
    assert_eq!(with_places(site, &disk(), &[]), "a.example.com: fails: Status(403)");
}

//! Several names of one server, which fare alike unless something tells them apart.

use acme::TokenPlace;

use crate::{disk, of_http, with_places};

const LOCATION: &str = "location ^~ /.well-known/acme-challenge/ { root /srv/acme; }";

#[test]
fn what_passes_whatever_the_host_is_passes_for_all_names() {
    let names = "server_name a.example.com b.example.com;";
    assert_eq!(
        of_http(&format!("server {{ listen 80; {names} {LOCATION} }}")),
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN\n\
         b.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN"
    );
}

#[test]
fn a_condition_on_the_host_tells_names_apart() {
    let server = "listen 80; server_name a.example.com b.example.com;
        if ($host = b.example.com) { return 403; }";
    assert_eq!(
        of_http(&format!("server {{ {server} {LOCATION} }}")),
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN\n\
         b.example.com: fails: Status(403)"
    );
}

#[test]
fn a_name_that_nginx_ignores_goes_to_the_default_server() {
    let default = "server { listen 80; return 404; }";
    let names = "server_name *.b.example.com a.example.com .b.example.com;";
    assert_eq!(
        of_http(&format!("{default} server {{ listen 80; {names} {LOCATION} }}")),
        "*.b.example.com: no HTTP-01: wildcards are validated over DNS, \
         Some(server_name *.b.example.com a.example.com .b.example.com)\n\
         a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN\n\
         b.example.com: fails: Status(404)"
    );
}

#[test]
fn a_directory_for_one_name_tells_it_apart() {
    let names = "server_name a.example.com b.example.com;";
    let places = [(Some("b.example.com"), TokenPlace::WebRoot(b"/srv/www".to_vec()))];
    assert_eq!(
        with_places(&format!("server {{ listen 80; {names} {LOCATION} }}"), &disk(), &places),
        "a.example.com: file /srv/acme/.well-known/acme-challenge/TOKEN\n\
         b.example.com: fails: /srv/acme/.well-known/acme-challenge/TOKEN \
         instead of /srv/www/.well-known/acme-challenge/TOKEN"
    );
}

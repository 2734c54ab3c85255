//! Limits on requests, which the probe could run into by itself.

use machine::Nginx;

use crate::site::Site;

const WEB_ROOT: &str = "[[directory]]\npath = \"var/www/html\"\n";

/// Sites with these words in front of them.
fn limited(words: &str) -> String {
    format!(
        "{words} server {{ listen 80;
            server_name a.example.com b.example.com c.example.com d.example.com;
            location /.well-known/acme-challenge/ {{ root /var/www/html; }} }}"
    )
}

const ARGUMENTS: [&str; 2] = ["--webroot", "/var/www/html"];

#[test]
fn a_limit_that_the_requests_of_the_probe_reach_is_no_fault() {
    for words in [
        "limit_req_zone $binary_remote_addr zone=one:1m rate=1r/s; limit_req zone=one burst=2 nodelay;",
        "limit_req_zone $binary_remote_addr zone=one:1m rate=2r/s; limit_req zone=one;
            limit_req_status 429;",
        "limit_conn_zone $binary_remote_addr zone=one:1m; limit_conn one 1;",
    ] {
        let site = Site::new(&limited(words), WEB_ROOT);
        let live = site.serve(Nginx::Debian);
        let told = live.lint(&ARGUMENTS);
        told.is_silent();
        told.ends("; probed: 4 pass", 0);
    }
}

#[test]
fn one_that_stays_is_told_and_no_fault_either() {
    let slow =
        limited("limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m; limit_req zone=one;");
    let site = Site::new(&slow, WEB_ROOT);
    let live = site.serve(Nginx::Current);
    let told = live.lint(&ARGUMENTS);
    told.is_silent();
    let words = "probed: 1 passes, 3 not asked (first: b.example.com: limited: `limit_req` or \
                 `limit_conn` answers with 503)";
    told.ends(words, 2);
    // An answer that is no limit's is what it was.
    let wrong =
        limited("limit_req_zone $binary_remote_addr zone=one:1m rate=99r/s; limit_req zone=one;")
            .replace("root /var/www/html;", "root /var/www/html; return 503;");
    let site = Site::new(&wrong, WEB_ROOT);
    let live = site.serve(Nginx::Current);
    let told = live.lint(&ARGUMENTS);
    told.is_silent();
    told.ends("; probed: 4 fail", 1);
}

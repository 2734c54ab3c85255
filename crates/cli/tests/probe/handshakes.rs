//! What is shown in handshakes.

use std::fs;

use machine::Nginx;

use crate::site::{Live, Site, configuration, later};

const SITE: &str = "
    server {
        listen 80;
        listen 443 ssl;
        server_name example.com;
        ssl_certificate /etc/ssl/site.pem;
        ssl_certificate_key /etc/ssl/site.key;
        root /var/www/html;
    }
    server {
        listen 443 ssl;
        server_name other.example.com;
        ssl_certificate /etc/ssl/other.pem;
        ssl_certificate_key /etc/ssl/other.key;
        root /var/www/html;
    }";

/// Certificates that were there before, one that was made yesterday, and one for another name.
const CERTIFICATES: &str = r#"
[[certificate]]
id = "site"
names = ["example.com"]
from = "-80 days"
until = "+10 days"
[certificate.files]
"etc/ssl/site.pem" = ["leaf", "intermediate"]
"etc/ssl/alone.pem" = ["leaf"]
"etc/ssl/site.key" = ["key"]

[[certificate]]
names = ["example.com"]
from = "-120 days"
until = "-30 days"
[certificate.files]
"etc/ssl/expired.pem" = ["leaf", "intermediate"]
"etc/ssl/expired.key" = ["key"]

[[certificate]]
names = ["example.com"]
from = "-1 days"
[certificate.files]
"etc/ssl/new.pem" = ["leaf", "intermediate"]
"etc/ssl/new.key" = ["key"]

[[certificate]]
names = ["other.example.com"]
[certificate.files]
"etc/ssl/other.pem" = ["leaf", "intermediate"]
"etc/ssl/other.key" = ["key"]

[[directory]]
path = "var/www/html"
"#;

/// Puts the pair of files with one name in the place of that with another, as new files: a current
/// nginx does not read one again that has the same inode and was changed in the same second.
fn put(live: &Live<'_>, from: &str, to: &str) {
    for extension in ["pem", "key"] {
        let path = |name: &str| live.path(&format!("/etc/ssl/{name}.{extension}"));
        fs::remove_file(path(to)).expect("the machine is ours");
        fs::copy(path(from), path(to)).expect("the machine is ours");
    }
}

fn shown(live: &Live<'_>, name: &str) -> serde_json::Value {
    live.probe_of(name)["certificates"][0].clone()
}

#[test]
fn a_certificate_that_was_renewed_and_never_reloaded_is_found() {
    for nginx in Nginx::ALL {
        let site = Site::new(SITE, CERTIFICATES);
        let live = site.serve(nginx);
        live.lint(&[]).is_silent();
        put(&live, "new", "site");
        let told = live.lint(&[]);
        told.says(
            "probe-certificate-not-reloaded",
            &["for example.com", "/etc/ssl/site.pem", "79 days newer"],
        );
        assert_eq!(told.code, Some(1));
        assert_eq!(told.of_rule("probe-certificate-differs").len(), 0);
        assert!(live.text().contains("nginx -t && nginx -s reload"));
        assert_eq!(shown(&live, "example.com")["shown"], "older");
        live.validated(&[]);
        live.reload();
        live.lint(&[]).is_silent();
    }
}

#[test]
fn one_that_has_expired_meanwhile_is_called_so() {
    let site = Site::new(&SITE.replace("site.", "expired."), CERTIFICATES);
    let live = site.serve(Nginx::Debian);
    put(&live, "new", "expired");
    let told = live.lint(&[]);
    told.says("probe-certificate-not-reloaded", &["that expired on "]);
}

#[test]
fn an_intermediate_that_was_added_since_is_missed() {
    let alone = SITE.replace("/etc/ssl/site.pem", "/etc/ssl/alone.pem");
    let site = Site::new(&alone, CERTIFICATES);
    let live = site.serve(Nginx::Current);
    let first = shown(&live, "example.com");
    assert_eq!((&first["shown"], &first["has_issuer"]), (&"same".into(), &false.into()));
    let told = live.lint(&[]);
    told.says("certificate-without-chain", &[]);
    told.is_silent();
    fs::copy(live.path("/etc/ssl/site.pem"), live.path("/etc/ssl/alone.pem")).expect("it is ours");
    let told = live.lint(&[]);
    told.says("probe-certificate-not-reloaded", &["no intermediate", "/etc/ssl/alone.pem has 2"]);
}

#[test]
fn the_certificate_of_another_server_is_named() {
    let first = SITE.replace("server_name example.com;", "server_name first.example.com;");
    let site = Site::new(&first.replace("site.", "new."), CERTIFICATES);
    let live = site.serve(Nginx::Debian);
    later();
    let added = SITE.replace("server_name example.com;", "server_name first.example.com;");
    let added = added.replace("site.", "new.")
        + "server { listen 443 ssl; server_name example.com; root /var/www/html;
            ssl_certificate /etc/ssl/site.pem; ssl_certificate_key /etc/ssl/site.key; }";
    live.write("/etc/nginx/nginx.conf", &configuration(&added));
    let told = live.lint(&[]);
    told.says("probe-certificate-differs", &["for example.com", "/etc/ssl/new.pem"]);
    assert!(live.text().contains("nginx.conf has changed since nginx read it"));
}

#[test]
fn one_that_is_in_no_file_is_called_so() {
    let site = Site::new(SITE, CERTIFICATES);
    let live = site.serve(Nginx::Debian);
    put(&live, "other", "site");
    let told = live.lint(&[]);
    told.says("probe-certificate-differs", &["for example.com", "in none of the files"]);
}

#[test]
fn old_versions_of_tls_are_no_versions() {
    let old = SITE.replace("root", "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0; root");
    let site = Site::new(&old, CERTIFICATES);
    for nginx in Nginx::ALL {
        let live = site.serve(nginx);
        // As the files say, so that another rule speaks.
        let told = live.lint(&[]);
        told.is_silent();
        told.says("ssl-protocols-outdated", &["neither TLS 1.2 nor TLS 1.3 is offered"]);
        let first = shown(&live, "example.com");
        assert_eq!((&first["shown"], &first["tls_1_2"]), (&"nothing".into(), &false.into()));
        live.write("/etc/nginx/nginx.conf", &configuration(SITE));
        let told = live.lint(&[]);
        let words =
            ["example.com and other.example.com at 127.0.0.1:443: neither TLS 1.2 nor TLS 1.3"];
        told.says("probe-handshake-fails", &words);
    }
    for (version, [old, new]) in [("TLSv1.2", [true, false]), ("TLSv1.3", [false, true])] {
        let only = SITE.replace("root", &format!("ssl_protocols {version}; root"));
        let site = Site::new(&only, CERTIFICATES);
        let live = site.serve(Nginx::Current);
        live.lint(&[]).is_silent();
        let shown = shown(&live, "example.com");
        assert_eq!((&shown["tls_1_2"], &shown["tls_1_3"]), (&old.into(), &new.into()), "{version}");
    }
}

#[test]
fn a_handshake_that_is_refused_on_purpose_is_no_fault() {
    let refusing = "
        server { listen 443 ssl default_server; server_name _; ssl_reject_handshake on; }
        server { listen 80; listen 443 ssl; server_name example.com; ssl_reject_handshake on;
            ssl_certificate /etc/ssl/site.pem; ssl_certificate_key /etc/ssl/site.key;
            root /var/www/html; }";
    let site = Site::new(refusing, CERTIFICATES);
    let live = site.serve(Nginx::Current);
    live.lint(&[]).is_silent();
    assert_eq!(shown(&live, "example.com")["shown"], "nothing");
}

#[test]
fn certificates_that_this_user_may_not_read_are_not_compared() {
    let site = Site::new(SITE, CERTIFICATES);
    let live = site.serve(Nginx::Debian);
    let path = live.path("/etc/ssl/site.pem");
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    let told = live.lint_as_user(&[]);
    let words =
        "1 certificate not compared (first: example.com: only root may read /etc/ssl/site.pem)";
    assert!(told.out.contains(words), "{}", told.out);
    assert_eq!(told.code, Some(2));
    assert_eq!(told.of_rule("probe-certificate-differs").len(), 0, "{}", told.out);
    assert_eq!(told.of_rule("probe-certificate-not-reloaded").len(), 0, "{}", told.out);
}

#[test]
fn a_server_without_a_cipher_or_curve_in_common_is_no_fault() {
    let redirected = SITE.replace("listen 80;", "").replace(
        "server {\n        \n        listen 443 ssl;\n        server_name example.com;",
        "server { listen 80; server_name example.com; return 301 https://$host$request_uri; }
         server { listen 443 ssl; server_name example.com; ssl_protocols TLSv1.2; WORDS",
    );
    let rsa = CERTIFICATES.replace("id = \"site\"", "id = \"site\"\nkey = \"rsa-2048\"");
    for words in [
        "ssl_ciphers AES128-SHA:AES256-SHA;",
        "ssl_ciphers ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA;",
        "ssl_ecdh_curve secp521r1;",
    ] {
        // The default server chooses the curves.
        let site = Site::new(&redirected.replace("WORDS", words), &rsa);
        let live = site.serve(Nginx::Debian);
        let told = live.lint(&["--webroot", "example.com=/var/www/html"]);
        told.says(
            "probe-handshake-fails",
            &[
                "info",
                "example.com",
                "this program and the server have no cipher or curve in common",
            ],
        );
        assert_eq!(told.of_rule("probe-handshake-fails").len(), 1, "{words}: {}", told.out);
        assert_eq!(told.of_rule("probe-answer-differs").len(), 0, "{words}: {}", told.out);
        assert!(told.out.contains("not asked (first: example.com: this program"), "{}", told.out);
        assert!(live.names().flat().contains("127.0.0.1:443: not asked: this program"));
        live.validated(&["--webroot", "example.com=/var/www/html"]);
    }
}

#[test]
fn a_server_that_fails_for_all_is_a_fault_whatever_its_files_say_now() {
    let refusing = SITE.replace("root", "ssl_reject_handshake on; root");
    let site = Site::new(&refusing, CERTIFICATES);
    let live = site.serve(Nginx::Current);
    later();
    live.write("/etc/nginx/nginx.conf", &configuration(SITE));
    live.lint(&[]).says("probe-handshake-fails", &["error", "alert: unrecognised name"]);
    // Nothing in the files of now says that it could agree with others.
    let in_vain = SITE.replace("root", "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA; root");
    let site = Site::new(&in_vain, CERTIFICATES);
    let live = site.serve(Nginx::Debian);
    live.write("/etc/nginx/nginx.conf", &configuration(SITE));
    live.lint(&[]).says("probe-handshake-fails", &["error", "alert: handshake failure"]);
}

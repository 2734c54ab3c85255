//! What comes back for tokens.

use machine::Nginx;

use crate::site::{Site, configuration};

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
        assert!(told.out.contains("; probed: 2 pass"), "{}{}", told.out, told.err);
        assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
        println!("{}", live.names().out);
        println!("{:#}", live.probe_of("example.com"));
        assert_eq!(live.things(), before);
    }
}

#[test]
fn a_configuration_that_has_changed_since_is_named() {
    let site = Site::new(REDIRECTED, CERTIFICATE);
    let live = site.serve(Nginx::Debian);
    let shadowed = REDIRECTED.replace("root /var/www/html;", "root /srv/other;");
    live.write("/etc/nginx/nginx.conf", &configuration(&shadowed));
    let told = live.lint(&[]);
    println!("{told:?}");
}

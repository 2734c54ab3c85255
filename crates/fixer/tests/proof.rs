//! What a proof holds against a fix.

use std::path::PathBuf;

use evidence::Evidence;
use fixer::{Change, Fixed, Outcome, fix};
use model::{Config, Http, Memory, Prefix, load};
use parser::{FileId, Span};
use rules::{Applicability, Diagnostic, Edit, Facts, Settings, lint};

/// A site whose challenge a regular expression takes.
const SITE: &str = "events {}
http {
    server {
        listen 80;
        listen 443 ssl;
        server_name shop.example.com;
        ssl_certificate /tls/chain.pem;
        ssl_certificate_key /tls/key.pem;
        location /.well-known/acme-challenge/ { root /srv/acme; }
        location ~ /\\. { deny all; }
    }
}
";

/// What becomes of the fixes for a site, with one more edit in the first of them.
fn fixed_with(site: &str, further: Option<Edit>) -> Fixed {
    let path = PathBuf::from("/etc/nginx/nginx.conf");
    let memory = Memory::new().file(&path, site).file("/srv/acme/.keep", "");
    let sources = load(&[path], &memory).remove(0);
    let config = Config::of(&sources);
    let prefix = Prefix { path: PathBuf::from("/etc/nginx"), is_guess: false };
    let http = Http::of(&config, prefix);
    let verdicts = acme::verdicts(&http, &memory, &acme::Settings::default());
    let (evidence, settings) = (Evidence::default(), Settings::default());
    let facts = Facts::new(&http, &evidence, &verdicts, &settings);
    let mut diagnostics = lint(&facts).diagnostics;
    let has_fix = |found: &&mut Diagnostic| found.fix.is_some();
    let found = diagnostics.iter_mut().find(has_fix).expect("the site has a mistake with a cure");
    found.fix.as_mut().expect("it was looked for").edits.extend(further);
    fix(&facts, diagnostics, &memory, Applicability::Safe)
}

/// What becomes of each fix.
fn outcomes_with(site: &str, further: Option<Edit>) -> Vec<Outcome> {
    fixed_with(site, further).outcomes.into_iter().flatten().collect()
}

/// The first place where a text stands.
fn span_of(site: &str, text: &str) -> Span {
    let start = site.find(text).expect("the site has this text");
    Span::new(FileId(0), start as u32, (start + text.len()) as u32)
}

#[test]
fn a_fix_after_which_nginx_would_not_start_is_not_offered() {
    assert_eq!(outcomes_with(SITE, None), [Outcome::InPatch]);
    // The challenge passes, and every answer is what it was: it comes over TLS to a server whose
    // certificate has no key, and nginx refuses to load that.
    let line = span_of(SITE, "        ssl_certificate_key /tls/key.pem;\n");
    assert_eq!(outcomes_with(SITE, Some(Edit::replace(line, ""))), []);
}

#[test]
fn a_fix_that_opens_something_else_is_not_safe_and_shows_it() {
    let further = Edit::replace(span_of(SITE, "deny all;"), "allow all;");
    let Fixed { outcomes, changes, patch, .. } = fixed_with(SITE, Some(further));
    let index = outcomes.iter().position(Option::is_some).expect("there is a fix");
    assert_eq!(outcomes[index], Some(Outcome::NotTrusted(Applicability::Unsafe)));
    assert!(patch.is_empty());
    let expected = Change {
        method: "GET".to_owned(),
        url: "http://shop.example.com/.git/config".to_owned(),
        is_ipv6: false,
        before: "403".to_owned(),
        after: "404".to_owned(),
    };
    assert_eq!(changes.get(&index), Some(&expected));
}

#[test]
fn a_request_that_is_led_to_what_changes_is_followed_there() {
    let old =
        "location /old/ { rewrite ^/old/(.*)$ /.well-known/acme-challenge/$1 last; }\n        ";
    let site = SITE.replace("location /.well", &format!("{old}location /.well"));
    let Fixed { outcomes, changes, .. } = fixed_with(&site, None);
    let index = outcomes.iter().position(Option::is_some).expect("there is a fix");
    assert_eq!(outcomes[index], Some(Outcome::NotTrusted(Applicability::Unsafe)));
    assert_eq!(changes[&index].url, "http://shop.example.com/old/");
}

#[test]
fn every_name_of_a_server_is_asked_for() {
    let names: Vec<_> = (0..9).map(|number| format!("shop{number}.example.com")).collect();
    let site = SITE.replace("shop.example.com", &names.join(" "));
    assert_eq!(outcomes_with(&site, None), [Outcome::InPatch]);
    let gate = "set $what $host$uri;
        if ($what = shop8.example.com/index.php) { return 410; }\n        ";
    let further = Edit::insert_before(span_of(&site, "location /.well"), gate);
    let Fixed { outcomes, changes, .. } = fixed_with(&site, Some(further));
    let index = outcomes.iter().position(Option::is_some).expect("there is a fix");
    assert_eq!(outcomes[index], Some(Outcome::NotTrusted(Applicability::Unsafe)));
    assert_eq!(changes[&index].url, "http://shop8.example.com/index.php");
}

#[test]
fn a_fix_that_leaves_the_challenge_in_doubt_is_not_offered() {
    let site = SITE
        .replace("listen 80;", "listen 80; listen [::]:80;")
        .replace("listen 443 ssl;", "listen 443 ssl; listen [::]:443 ssl;");
    // Nobody knows which address it is.
    let gate = "if ($server_addr = 2001:db8::1) { return 404; }\n        ";
    let further = Edit::insert_before(span_of(&site, "location /.well"), gate);
    assert_eq!(outcomes_with(&site, Some(further)), []);
}

#[test]
fn only_the_fix_to_blame_is_lowered() {
    let server = |number: u32| {
        let (start, rest) = SITE.split_once("http {\n").expect("the site has such a line");
        let rest = rest.strip_suffix("}\n").expect("the site ends so");
        assert!(start.starts_with("events"));
        rest.replace("shop.", &format!("shop{number}."))
    };
    let sites = |count| (0..count).map(server).collect::<String>();
    for count in [3, 40] {
        let site = format!("events {{}}\nhttp {{\n{}}}\n", sites(count));
        let open = Edit::replace(span_of(&site, "deny all;"), "allow all;");
        let mut outcomes = outcomes_with(&site, Some(open)).into_iter();
        assert_eq!(outcomes.next(), Some(Outcome::NotTrusted(Applicability::Unsafe)));
        assert!(outcomes.by_ref().take(count as usize - 1).all(|one| one == Outcome::InPatch));
        // One that takes the challenge of its own server away once more.
        let spoil = "if ($request_uri ~ acme) { return 404; }\n        ";
        let spoil = Edit::insert_before(span_of(&site, "location /.well"), spoil);
        let outcomes = outcomes_with(&site, Some(spoil));
        assert_eq!(outcomes.len(), count as usize - 1);
        assert!(outcomes.iter().all(|one| *one == Outcome::InPatch));
    }
}

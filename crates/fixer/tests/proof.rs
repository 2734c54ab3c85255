//! What a proof holds against a fix.

use std::path::PathBuf;

use evidence::Evidence;
use fixer::{Fixed, Outcome, fix};
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

/// What becomes of the one fix for the site, with one more edit in it.
fn judged_with(further: Option<Edit>) -> Option<Outcome> {
    let path = PathBuf::from("/etc/nginx/nginx.conf");
    let memory = Memory::new().file(&path, SITE).file("/srv/acme/.keep", "");
    let sources = load(&[path], &memory).remove(0);
    let config = Config::of(&sources);
    let prefix = Prefix { path: PathBuf::from("/etc/nginx"), is_guess: false };
    let http = Http::of(&config, prefix);
    let verdicts = acme::verdicts(&http, &memory, &acme::Settings::default());
    let (evidence, settings) = (Evidence::default(), Settings::default());
    let facts = Facts::new(&http, &evidence, &verdicts, &settings);
    let mut diagnostics = lint(&facts);
    let has_fix = |found: &&mut Diagnostic| found.fix.is_some();
    let found = diagnostics.iter_mut().find(has_fix).expect("the site has a mistake with a cure");
    found.fix.as_mut().expect("it was looked for").edits.extend(further);
    let Fixed { outcomes, .. } = fix(&facts, diagnostics, &memory, Applicability::Safe);
    outcomes.into_iter().flatten().next()
}

#[test]
fn a_fix_after_which_nginx_would_not_start_is_not_offered() {
    assert_eq!(judged_with(None), Some(Outcome::InPatch));
    let line = "        ssl_certificate_key /tls/key.pem;\n";
    let start = SITE.find(line).expect("it is a line of the site");
    let span = Span::new(FileId(0), start as u32, (start + line.len()) as u32);
    // The challenge passes, and every answer is what it was: it comes over TLS to a server whose
    // certificate has no key, and nginx refuses to load that.
    assert_eq!(judged_with(Some(Edit::replace(span, ""))), None);
}

//! Reports for tests: a redirect and a regular expression that take a challenge.

use acme::Tally;
use parser::{FileId, Span};
use rules::{Applicability, Diagnostic, Edit, Fix, Hop, HopStep, Label, Place, Reach, Severity};

use super::{Configuration, File, FixState, Report, ShownPaths};

const SHOP: &[u8] = b"server {
    listen 80;
    server_name shop.example.com;

    location ~ /\\. {
        deny all;
    }

    location /.well-known/acme-challenge/ {
        root /var/www/html;
    }
}
";

/// Where a text is in a file of a configuration.
pub(super) fn span(configuration: &Configuration<'_>, file: u32, text: &str) -> Span {
    let bytes = configuration.files[file as usize].bytes;
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    let at = at.expect("the text is there") as u32;
    Span::new(FileId(file), at, at + text.len() as u32)
}

/// A diagnostic with nothing but a place.
pub(crate) fn diagnostic(place: Place) -> Diagnostic {
    Diagnostic {
        rule: "challenge-taken-by-regex",
        severity: Severity::Error,
        message: "challenge requests never reach this location".to_owned(),
        place,
        here: String::new(),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    }
}

/// A configuration with one problem, told in full.
pub(super) fn shop() -> Configuration<'static> {
    let main = File::new("/etc/nginx/nginx.conf".into(), None, b"include sites-enabled/*;\n");
    let target = Some("/etc/nginx/sites-available/shop".into());
    let shop = File::new("/etc/nginx/sites-enabled/shop".into(), target, SHOP);
    let mut configuration = Configuration {
        files: vec![main, shop],
        servers: 1,
        tally: Tally { failing: 1, ..Tally::default() },
        ..Configuration::default()
    };
    let location = span(&configuration, 1, "/.well-known/acme-challenge/");
    let regex = span(&configuration, 1, "/\\.");
    let mut one = diagnostic(Place::Span(location));
    one.here = "never asked".to_owned();
    let text = "this regular expression takes them".to_owned();
    one.labels.push(Label { span: regex, text });
    one.labels.push(Label {
        span: span(&configuration, 0, "sites-enabled/*"),
        text: "included here".to_owned(),
    });
    one.notes.push("nginx tries regular expressions before it settles for a prefix.".to_owned());
    one.names.push("shop.example.com".to_owned());
    one.way.push(Hop {
        url: "http://shop.example.com/.well-known/acme-challenge/…".to_owned(),
        steps: vec![
            HopStep { span: None, why: "the only server on port 80".to_owned() },
            HopStep { span: Some(regex), why: "the regular expression matches".to_owned() },
        ],
        answer: "403".to_owned(),
    });
    one.fix = Some(Fix {
        title: "make the prefix final with `^~`".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![Edit::insert_before(location, "^~ ")],
        ..Fix::default()
    });
    configuration.diagnostics.push(one);
    configuration.fixes.push(Some(FixState::InPatch));
    configuration
}

/// A report about one configuration.
pub(super) fn report(configuration: Configuration<'_>) -> Report<'_> {
    Report {
        inputs: vec!["/etc/nginx".into()],
        is_default_input: false,
        root: None,
        settings: None,
        baseline: None,
        shown: ShownPaths::default(),
        dns: None,
        only_given: false,
        configurations: vec![configuration],
        patch: None,
        written: None,
    }
}

/// A report about one file with a diagnostic for each place.
pub(super) fn places(bytes: &[u8], spans: impl IntoIterator<Item = (u32, u32)>) -> Report<'_> {
    let spans = spans.into_iter().map(|(start, end)| Span::new(FileId(0), start, end));
    let diagnostics: Vec<_> = spans.map(|span| diagnostic(Place::Span(span))).collect();
    report(Configuration {
        files: vec![File::new("/etc/nginx/nginx.conf".into(), None, bytes)],
        fixes: vec![None; diagnostics.len()],
        diagnostics,
        ..Configuration::default()
    })
}

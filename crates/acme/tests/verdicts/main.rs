//! What a certificate authority would conclude of small configurations.

mod bodies;
mod clients;
mod families;
mod other_methods;
mod places;
mod redirects;
mod several_names;
mod tokens;
mod ways;

use std::path::{Path, PathBuf};

use acme::{Cause, KeyAuthorization, Settings, TOKEN, TokenPlace, TokenPlaces, Verdict};
use model::{Config, Http, Memory, Prefix, load};

/// What lies on the disk of every machine here.
fn disk() -> Memory {
    Memory::new().dir("/srv/acme").dir("/srv/www").dir("/var/lib/acme")
}

/// How the names of this configuration fare, one line for each name and family.
fn verdicts(main: &str) -> String {
    verdicts_with(main, &disk(), TokenPlaces::default())
}

/// The same for what stands in `http`.
fn of_http(http: &str) -> String {
    verdicts(&format!("events {{}} http {{ {http} }}"))
}

/// The same for one server that listens on port 80, and TLS on 443 with a certificate.
fn of_server(inside: &str) -> String {
    of_http(&format!("server {{ {LISTENS} server_name a.example.com; {inside} }}"))
}

/// The same with these directories of an ACME client.
fn with_places(http: &str, disk: &Memory, places: &[(Option<&str>, TokenPlace)]) -> String {
    let mut settings = TokenPlaces::default();
    for (name, place) in places {
        settings.add(name.map(str::as_bytes), place.clone());
    }
    verdicts_with(&format!("events {{}} http {{ {http} }}"), disk, settings)
}

const LISTENS: &str = "listen 80; listen 443 ssl; ssl_certificate /c; ssl_certificate_key /k;";

fn verdicts_with(main: &str, disk: &Memory, places: TokenPlaces) -> String {
    verdicts_of(main, disk, &Settings { places, ..Settings::default() })
}

fn verdicts_of(main: &str, disk: &Memory, settings: &Settings) -> String {
    let path = PathBuf::from("/etc/nginx/nginx.conf");
    let disk = disk.clone().file(&path, main);
    let sources = load(&[path], &disk).remove(0);
    let config = Config::of(&sources);
    let http = Http::of(&config, Prefix { path: PathBuf::from("/etc/nginx"), is_guess: false });
    let verdicts = acme::verdicts(&http, &disk, settings);
    let mut lines = Vec::new();
    for name in &verdicts.names {
        for family in &name.families {
            let over = if family.is_ipv6 { " over IPv6" } else { "" };
            let verdict = in_words(&family.verdict);
            lines.push(format!("{}{over}: {verdict}", name.name.text.escape_ascii()));
        }
    }
    lines.join("\n").replace(TOKEN, "TOKEN")
}

fn in_words(verdict: &Verdict<'_>) -> String {
    let shown = |path: &Path| path.display().to_string();
    match verdict {
        Verdict::Passes(KeyAuthorization::File { path, .. }) => format!("file {}", shown(path)),
        Verdict::Passes(KeyAuthorization::Stateless(at)) => format!("stateless, {at:?}"),
        Verdict::Passes(KeyAuthorization::Client(at)) => format!("client, {at:?}"),
        Verdict::Passes(KeyAuthorization::Plugin(at)) => format!("plugin, {at:?}"),
        Verdict::Passes(KeyAuthorization::AcmeModule(at)) => format!("module, {at:?}"),
        Verdict::Fails(cause) => format!("fails: {}", cause_in_words(cause)),
        Verdict::NotHttp01 { because, at } => format!("no HTTP-01: {because}, {at:?}"),
        Verdict::Unknown { because, at } => format!("unknown: {because}, {at:?}"),
    }
}

fn cause_in_words(cause: &Cause) -> String {
    match cause {
        Cause::Redirect(why) => why.clone(),
        Cause::WebRootMismatch { served, placed } => {
            format!("{} instead of {}", served.display(), placed.display())
        }
        Cause::PathChanged { to } => format!("the client gets {}", to.escape_ascii()),
        Cause::SomeTokens { like, cause } => {
            format!("{} for {}", cause_in_words(cause), like.words())
        }
        other => format!("{other:?}"),
    }
}

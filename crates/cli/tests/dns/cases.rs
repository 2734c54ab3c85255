//! What is said of each name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use machine::NameServers;
use serde_json::{Value, json};

use crate::world::{OWN, WORLD, document, names, stderr, write};

/// The rules that have to speak about each name; about all others, none.
const EXPECTED: &[(&str, &str)] = &[
    ("gone.example.com", "dns-name-not-found"),
    ("www.never-registered.com", "dns-name-not-found"),
    ("left-behind.example.com", "dns-name-not-found"),
    ("dangling.example.com", "dns-name-not-found"),
    ("mail.example.com", "dns-name-without-address"),
    ("hollow.example.com", "dns-name-without-address"),
    ("gone-soon.example.com", "dns-name-without-address"),
    ("elsewhere.example.com", "dns-address-elsewhere"),
    ("stale.example.com", "dns-ipv6-address-elsewhere"),
    ("private.example.com", "dns-address-private"),
    ("caa-other.example.com", "dns-caa-forbids-issuance"),
    ("a.b.caa-other.example.com", "dns-caa-forbids-issuance"),
    ("caa-nobody.example.com", "dns-caa-forbids-issuance"),
    ("caa-method.example.com", "dns-caa-forbids-issuance"),
    ("caa-account.example.com", "dns-caa-forbids-issuance"),
    ("caa-critical.example.com", "dns-caa-forbids-issuance"),
    ("caa-alias.example.com", "dns-caa-forbids-issuance"),
    ("caa-hostile.example.com", "dns-caa-forbids-issuance"),
    ("odd.example.com", "dns-name-not-found"),
    ("wild.example.com", "dns-caa-forbids-issuance"),
    ("expired.example.com", "dns-signature-broken"),
    ("changed.example.com", "dns-signature-broken"),
    ("stripped.example.com", "dns-signature-broken"),
    ("lame.example.com", "dns-lookup-failed"),
    ("dead.example.com", "dns-lookup-failed"),
    ("silent.example.com", "dns-lookup-failed"),
];

fn options(format: &'static str) -> Vec<&'static str> {
    let [v4, v6] = OWN;
    let addresses = ["--public-address", v4, "--public-address", v6];
    [
        &["--format", format, "--now", "2026-03-01", "--dns", "--resolver"][..],
        &[NameServers::RESOLVER],
    ]
    .concat()
    .into_iter()
    .chain(addresses)
    .collect()
}

fn of_dns(document: &Value) -> impl Iterator<Item = &Value> {
    let all = document["diagnostics"].as_array().into_iter().flatten();
    all.filter(|one| one["rule"].as_str().is_some_and(|rule| rule.starts_with("dns-")))
}

/// What linting says; that takes as long as the names take that are not answered.
static LINTED: LazyLock<Value> = LazyLock::new(|| {
    let output = WORLD.run(&options("json"));
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(1));
    document(&output)
});

#[test]
fn every_case_is_told_and_nothing_else() {
    let document = &*LINTED;
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in of_dns(document) {
        for name in one["names"].as_array().into_iter().flatten() {
            let rule = one["rule"].as_str().unwrap_or_default();
            told.entry(name.as_str().unwrap_or_default()).or_default().insert(rule);
        }
    }
    let expected: BTreeMap<_, _> =
        EXPECTED.iter().map(|(name, rule)| (*name, BTreeSet::from([*rule]))).collect();
    assert_eq!(told, expected, "{:#}", document["diagnostics"]);
    let dns = &document["dns"];
    assert_eq!(dns["resolver"], "127.0.0.2:53");
    assert_eq!(dns["checks_dnssec"], true);
    assert_eq!((&dns["not_compared"], &dns["not_asked"]), (&json!(0), &json!(0)));
    assert_eq!(dns["problem"], Value::Null);
    let unserved = 2;
    assert_eq!(dns["names"], names().len() + unserved);
}

#[test]
fn each_is_as_bad_as_what_it_leads_to() {
    let document = &*LINTED;
    let severity = |name: &str| {
        let is_about = |one: &&Value| {
            one["names"].as_array().is_some_and(|names| names.contains(&json!(name)))
        };
        let found = of_dns(document).find(is_about);
        found.and_then(|one| one["severity"].as_str()).unwrap_or("none")
    };
    let warnings =
        ["elsewhere.example.com", "private.example.com", "silent.example.com", "dead.example.com"];
    for (name, _) in EXPECTED {
        let expected = if warnings.contains(name) { "warning" } else { "error" };
        assert_eq!(severity(name), expected, "{name}");
    }
}

#[test]
fn names_show_what_dns_says() {
    let output = WORLD.run(&[&["names"][..], &options("json")].concat());
    assert_eq!(stderr(&output), "");
    let document = document(&output);
    let entry = |name: &str| {
        let all = document["names"].as_array().into_iter().flatten();
        let mut all = all.filter(|one| one["name"] == name);
        all.next().unwrap_or_else(|| panic!("{name} is not there")).clone()
    };
    let good = entry("good.example.com");
    assert_eq!(good["verdict"], "passes");
    let families = |name: &str| entry(name)["families"].as_array().map_or(0, Vec::len);
    assert_eq!(families("good.example.com"), 2);
    assert_eq!(families("half-private.example.com"), 1, "it has no IPv6 address");
    assert_eq!(entry("six.example.com")["families"][0]["family"], "ipv6");
    assert_eq!(
        good["dns"],
        json!({
            "verdict": "passes",
            "exists": true,
            "ipv4": [OWN[0]],
            "ipv6": [OWN[1]],
            "aliases": [],
            "zone": { "name": "example.com", "servers": ["ns.example.com"] },
            "caa": null,
            "proxy": null,
            "is_compared": true,
            "not_answered": [],
            "faults": [],
        })
    );
    let www = entry("www.example.com");
    assert_eq!(www["dns"]["aliases"], json!(["example.com"]));
    assert_eq!(entry("proxied.example.com")["dns"]["proxy"], "Cloudflare");
    assert_eq!(entry("front.example.com")["dns"]["proxy"], "CloudFront");
    assert_eq!(entry("crowd.example.com")["dns"]["ipv4"].as_array().map(Vec::len), Some(91));
    let caa = entry("a.b.caa-other.example.com")["dns"]["caa"].clone();
    let records = json!(["0 issue \"digicert.com\""]);
    assert_eq!(caa, json!({ "at": "caa-other.example.com", "alias_of": null, "records": records }));
    let alias = entry("caa-alias.example.com")["dns"]["caa"].clone();
    assert_eq!(alias["at"], "caa-alias.example.com");
    assert_eq!(alias["alias_of"], "caa-target.example.net");
    let gone = entry("gone.example.com");
    assert_eq!((&gone["verdict"], &gone["dns"]["exists"]), (&json!("fails"), &json!(false)));
    assert_eq!(gone["dns"]["zone"]["name"], "example.com");
    assert_eq!(entry("www.never-registered.com")["dns"]["zone"]["name"], "com");
    assert_eq!(entry("elsewhere.example.com")["dns"]["verdict"], "unknown");
    let expired = entry("expired.example.com")["dns"].clone();
    let said = expired["not_answered"][0]["said"].as_str().unwrap_or_default().to_owned();
    assert!(said.starts_with("DNSSEC bogus"), "{said}");
    assert_eq!(expired["faults"][0]["rule"], "dns-signature-broken");
    let failing = document["looked_at"]["names"]["failing"].as_u64();
    let errors = EXPECTED.len() - 4;
    let not_listed = ["left-behind.example.com", "wild.example.com"].len();
    assert!(failing.is_some_and(|failing| failing as usize >= errors - not_listed), "{failing:?}");
}

#[test]
fn what_dns_says_does_not_reach_a_terminal_raw() {
    for format in ["text", "short"] {
        let output = WORLD.run(&options(format));
        assert!(!output.stdout.contains(&0x1b), "{format}");
        let text = String::from_utf8_lossy(&output.stdout);
        let is_told = text.contains("31mb.example.net");
        assert!(is_told || format == "text", "the text is abridged, this is not: {text}");
    }
}

#[test]
fn a_message_is_compared_with_what_dns_says_today() {
    let said = |text: &str| {
        let file = WORLD.servers.directory().join(format!("said.{}", text.len()));
        write(&file, text);
        let file = file.display().to_string();
        let [v4, v6] = OWN;
        let arguments =
            ["diagnose", "--format", "json", "--now", "2026-03-01", "--dns", "--resolver"];
        let more = [NameServers::RESOLVER, "--public-address", v4, "--public-address", v6, &*file];
        let document = document(&WORLD.run(&[&arguments[..], &more].concat()));
        document["messages"][0]["today"].clone()
    };
    let gone = said("DNS problem: NXDOMAIN looking up A for gone.example.com - check that");
    assert_eq!(gone["stands"], "stands", "{gone:#}");
    assert_eq!(gone["diagnostics"][0]["rule"], "dns-name-not-found");
    let good =
        said("DNS problem: NXDOMAIN looking up A for good.example.com - check that it exists");
    assert_eq!(good["stands"], "gone", "{good:#}");
    let stale = said(
        "Invalid response from http://stale.example.com/.well-known/acme-challenge/x \
         [2606:2800:220:1::99]: 404",
    );
    assert_eq!(stale["stands"], "stands", "{stale:#}");
    assert_eq!(stale["diagnostics"][0]["rule"], "dns-ipv6-address-elsewhere");
}

#[test]
fn rules_of_dns_are_asked_like_all_others() {
    let run = |more: &[&'static str]| {
        let output = WORLD.run(&[&options("json")[..], more].concat());
        let document = document(&output);
        of_dns(&document).count()
    };
    assert_eq!(run(&["--select", "dns-address-elsewhere"]), 1);
    let output = WORLD.run(&["--format", "json", "--now", "2026-03-01"]);
    let document = document(&output);
    assert_eq!(of_dns(&document).count(), 0);
    assert!(document.get("dns").is_none(), "nobody has asked for it");
}

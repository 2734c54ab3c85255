//! Each message of the catalogue is found in what people see of it, and in nothing else.

use std::collections::BTreeSet;

use acme::{
    catalogue::{Message, message, messages},
    mention::{Mention, Plain, Reader},
};

/// Messages as people meet them.
const EXAMPLES: &str = include_str!("messages.txt");

/// Of each there are so many at least.
const FEWEST: usize = 2;

fn examples() -> Vec<(&'static Message, Vec<String>)> {
    let sections = EXAMPLES.split("\n== ").skip(1);
    let of_section = |section: &str| {
        let (id, text) = section.split_once('\n').expect("an id has a line of its own");
        let message = message(id).unwrap_or_else(|| panic!("there is no message `{id}`"));
        (message, text.split("\n--\n").map(|one| one.trim_end().to_owned()).collect())
    };
    sections.map(of_section).collect()
}

fn mentions(reader: &Reader, text: &[u8]) -> Vec<Mention> {
    reader.mentions(&Plain::new(text))
}

/// The most telling one.
fn best(mentions: &[Mention]) -> Option<&Mention> {
    mentions.iter().min_by_key(|mention| mention.message.weight)
}

fn id(reader: &Reader, text: &[u8]) -> &'static str {
    best(&mentions(reader, text)).map_or("nothing", |mention| mention.message.id)
}

/// A text as it is and in what it may be wrapped.
fn wrapped(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let at_blanks = |between: &str| text.split(' ').collect::<Vec<_>>().join(between);
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect();
    vec![
        ("as it is", text.into()),
        ("in JSON", format!("{{\"log\":\"{}\"}}", escaped(text)).into()),
        ("in JSON in JSON", escaped(&escaped(text)).into()),
        ("in HTML", format!("<pre>{html}</pre>").into()),
        ("broken at each blank", at_blanks("\n    ").into()),
        ("with CRLF", at_blanks("\r\n").into()),
        ("in a mail", format!("> {}", at_blanks("\n> ")).into()),
        ("in a journal", at_blanks("\nNov 22 10:00:00 web certbot[12]: ").into()),
        ("in a container", format!("acme-1  | {}", at_blanks("\nacme-1  | ")).into()),
        ("in colour", format!("\x1b[31m{}\x1b[0m", at_blanks(" \x1b[1m")).into()),
        ("in capitals", text.to_uppercase().into()),
        ("in Japanese quotation marks", format!("エラー「{text}」").replace('"', "”").into()),
        ("in Shift_JIS", [b"\x83\x47\x83\x89\x81\x5b ", text.as_bytes()].concat()),
        ("in UTF-16", wide(u16::to_le_bytes)),
        ("in UTF-16, the other way round", wide(u16::to_be_bytes)),
    ]
}

#[test]
fn examples_are_what_they_are_said_to_be() {
    let reader = Reader::new();
    let mut problems = Vec::new();
    for (message, examples) in examples() {
        for example in &examples {
            let found = id(&reader, example.as_bytes());
            if found != message.id {
                problems.push(format!("{}, taken for {found}: {example}", message.id));
            }
        }
        if examples.len() < FEWEST {
            problems.push(format!("{}: {} examples", message.id, examples.len()));
        }
    }
    let known: BTreeSet<&str> = examples().iter().map(|(message, _)| message.id).collect();
    let missing = messages().map(|message| message.id).filter(|id| !known.contains(id));
    problems.extend(missing.map(|id| format!("{id}: no examples")));
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

/// Every pattern, its holes filled, in everything that a text may have gone through.
#[test]
fn patterns_are_found_however_they_are_wrapped() {
    let reader = Reader::new();
    let mut problems = Vec::new();
    for message in messages() {
        for pattern in message.patterns {
            let text = filled(pattern);
            // Another message may come first in the table for the very same words.
            let found = id(&reader, text.as_bytes());
            for (how, text) in wrapped(&text) {
                let again = id(&reader, &text);
                if again != found && !(how == "in capitals" && again != "nothing") {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    problems.push(format!("{}, {how}, is taken for {again}: {text}", message.id));
                }
            }
            if found != message.id {
                problems.push(format!("{}: `{pattern}` is taken for {found}", message.id));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

fn filled(pattern: &str) -> String {
    // Python says this of any host, and only of authorities it is such a message.
    let pattern = pattern.replace("Pool(host=\"{name}", "Pool(host=\"acme-v02.api.letsencrypt.org");
    let holes = [
        ("{url}", "http://www.example.com/.well-known/acme-challenge/tOk-3n_x"),
        ("{name}", "www.example.com"),
        ("{address}", "203.0.113.9"),
        ("{at}", " [203.0.113.9]"),
        ("{status}", "418"),
        ("{number}", "5"),
        ("{port}", "80"),
        ("{path}", "/etc/ssl/example.com.pem"),
        ("{file}", "/etc/nginx/conf.d/site.conf"),
        ("{line}", "12"),
        ("{word}", "w0rd"),
        ("{hex}", "0A0000C1"),
        ("{any}", "anything at all "),
    ];
    holes.iter().fold(pattern, |text, (hole, filling)| text.replace(hole, filling))
}

#[test]
fn ordinary_logs_say_nothing() {
    let reader = Reader::new();
    for text in ORDINARY {
        let found = mentions(&reader, text.as_bytes());
        let found: Vec<_> = found.iter().map(|mention| mention.message.id).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
}

const ORDINARY: [&str; 15] = [
    "",
    "hello world",
    r#"192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 153 "-" "Mozilla/5.0""#,
    r#"192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /.well-known/acme-challenge/x HTTP/1.1" 200 87"#,
    r#"2026/11/22 10:00:00 [error] 12#12: *3 open() "/srv/www/favicon.ico" failed (2: No such file or directory), client: 192.0.2.7, server: example.com, request: "GET /favicon.ico HTTP/1.1""#,
    r#"2026/11/22 10:00:00 [error] 12#12: *3 access forbidden by rule, client: 192.0.2.7, server: example.com, request: "GET /.git/config HTTP/1.1", host: "example.com""#,
    r#"2026/11/22 10:00:00 [error] 12#12: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7"#,
    "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful",
    "Congratulations, all renewals succeeded:\n  /etc/letsencrypt/live/example.com/fullchain.pem (success)",
    "2026-11-22 10:00:00,000:DEBUG:certbot._internal.main:certbot version: 2.1.0",
    "Waiting for verification...\nCleaning up challenges\nSuccessfully received certificate.",
    r#"2026/11/22 10:00:00 [error] 12#12: *3 access forbidden by rule, client: 192.0.2.7, server: example.com, request: "GET /.well-known/traffic-advice HTTP/1.1", host: "example.com""#,
    "Nov 22 10:00:00 web sshd[12]: Connection closed by 192.0.2.7 port 22",
    " + Requesting certificate...\n + Checking certificate...\n + Done!\n + Creating fullchain.pem...",
    "[INFO] [example.com] Server responded with a certificate.",
];

#[test]
fn fields_are_read() {
    let reader = Reader::new();
    let read = |text: &str| best(&mentions(&reader, text.as_bytes())).expect(text).fields.clone();
    let fields = read(
        "Domain: www.example.com\nType: unauthorized\nDetail: 2001:db8::9: Invalid response from \
         https://login.example.net/.well-known/acme-challenge/x: 403",
    );
    assert_eq!(fields.name.as_deref(), Some("www.example.com"));
    assert_eq!(fields.address, Some("2001:db8::9".parse().unwrap()));
    assert_eq!(fields.problem.as_deref(), Some("unauthorized"));
    assert_eq!(
        fields.url.as_deref(),
        Some("https://login.example.net/.well-known/acme-challenge/x")
    );
    let fields = read(
        "acme: error: 403 :: During secondary validation: Invalid response from \
         http://b.example.com/.well-known/acme-challenge/x [203.0.113.9]: 404",
    );
    assert_eq!(fields.name.as_deref(), Some("b.example.com"));
    assert_eq!(fields.address, Some("203.0.113.9".parse().unwrap()));
    assert!(fields.is_secondary);
    let fields =
        read("nginx: [emerg] unknown directive \"proxy_pas\" in /etc/nginx/conf.d/x.conf:12\n");
    assert_eq!(fields.at, Some(("/etc/nginx/conf.d/x.conf".to_owned(), 12)));
    assert_eq!(fields.word.as_deref(), Some("proxy_pas"));
    let fields = read(
        "[error] 1#1: *3 open() \"/a/b/.well-known/acme-challenge/x\" failed (2: No such file or \
         directory), client: 192.0.2.7, server: x, request: \"GET /.well-known/acme-challenge/x \
         HTTP/1.1\", host: \"www.example.com\"",
    );
    assert_eq!(fields.name.as_deref(), Some("www.example.com"));
    assert_eq!(fields.path.as_deref(), Some("/a/b/.well-known/acme-challenge/x"));
    let fields = read(
        "(authenticator: webroot). https://acme-staging-v02.api.letsencrypt.org/directory \
         example.com (http-01): Connection refused Fetching http://example.com/: Connection refused",
    );
    assert_eq!(fields.authenticator.as_deref(), Some("webroot"));
    assert!(fields.ca.is_some_and(|ca| ca.is_for_tests));
    assert_eq!(fields.challenge, Some("http-01"));
}

/// The name is that of the site, wherever it stands, and nobody else's.
#[test]
fn names_are_those_of_the_site() {
    let reader = Reader::new();
    for (text, name) in NAMES {
        let found = mentions(&reader, text.as_bytes());
        let found = best(&found).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(found.fields.name.as_deref(), name, "{text}");
    }
}

const NAMES: [(&str, Option<&str>); 10] = [
    (
        "[Sun Nov 22 10:00:00 UTC 2026] shop.example.com: Invalid status. Verification error details: \
         The key authorization file from the server did not match this challenge. Expected \
         \"abc.def\" (got \"abc.xyz\")",
        Some("shop.example.com"),
    ),
    (
        "[Sun Nov 22 10:00:00 UTC 2026] example.com: Invalid status. Verification error details: \
         203.0.113.9: Invalid response from https://www.other.example/.well-known/acme-challenge/x: 404",
        Some("example.com"),
    ),
    (
        "[Sun Nov 22 10:00:00 UTC 2026] example.com:Verify error:Invalid response from \
         https://www.other.example/.well-known/acme-challenge/x: 404",
        Some("example.com"),
    ),
    (
        "ERROR http.acme_client challenge failed {\"identifier\": \"app.example.com\", \
         \"challenge_type\": \"http-01\", \"problem\": {\"type\": \
         \"urn:ietf:params:acme:error:unauthorized\", \"detail\": \"203.0.113.9: Invalid response from \
         https://www.other.example/.well-known/acme-challenge/x: 404\"}}",
        Some("app.example.com"),
    ),
    (
        "Firefox does not trust this site because it uses a certificate that is not valid for \
         shop.example.com. The certificate is only valid for a.example.com.",
        Some("shop.example.com"),
    ),
    ("The certificate is only valid for the following names: a.example.com, b.example.com", None),
    (
        "This server could not prove that it is shop.example.com; its security certificate is from \
         a.example.net. NET::ERR_CERT_COMMON_NAME_INVALID",
        Some("shop.example.com"),
    ),
    (
        "ERROR: cannot verify shop.example.com's certificate, issued by 'CN=R3,O=Example': \
         Unable to locally verify the issuer's authority.",
        Some("shop.example.com"),
    ),
    ("javax.net.ssl.SSLHandshakeException: PKIX path building failed", None),
    (
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='shop.example.com', port=443): Max \
         retries exceeded with url: / (Caused by SSLError('certificate verify failed: self-signed \
         certificate (_ssl.c:1000)'))",
        Some("shop.example.com"),
    ),
];

#[test]
fn lines_are_counted_as_in_the_text() {
    let reader = Reader::new();
    let text = b"one\r\ntwo\r\n\r\n  NET::ERR_CERT_REVOKED\n";
    assert_eq!(mentions(&reader, text)[0].line, 4);
}

/// However often a start is repeated, each byte is looked at a bounded number of times.
#[test]
fn hostile_texts_take_no_longer() {
    let reader = Reader::new();
    for start in [
        "Invalid response from http://",
        "Fetching http://a",
        "[emerg] ",
        "cannot load certificate \"",
    ] {
        let text = start.repeat(100_000 / start.len());
        let started = std::time::Instant::now();
        mentions(&reader, text.as_bytes());
        assert!(started.elapsed().as_secs() < 20, "{start}");
    }
}

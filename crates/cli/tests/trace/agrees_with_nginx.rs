//! Files, lines and answers are those of real nginx.
//!
//! Random configurations are spread over several files, with blocks on odd lines and line ends of
//! both kinds. Behind the opening brace of each block stands what lets nginx name it by file and
//! line: in `X-Seen` every block that the request came through, in `X-Block` the one that answers.

use std::{env, fmt::Write as _, fs};

use machine::{ADDRESS_V4, ADDRESS_V6, Answer, Machine, Nginx, Response};
use serde_json::{Value, json};

use crate::program::{directory, document, text, trace, write};
use generated::Site;

mod generated;

const FIXTURE: &str = r#"
[[certificate]]
names = ["a.test"]
lineage = "a.test"
"#;

/// So many configurations are tried, or as many as `TRACE_CONFIGURATIONS` says.
const CONFIGURATIONS: u64 = 16;
const REQUESTS: usize = 24;

/// Both sides of one request.
struct Sides<'s> {
    machine: &'s Machine,
    hop: &'s Value,
    seen: &'s Answer,
}

#[test]
fn nginx_names_the_same_blocks_and_answers() {
    let fixture = directory(&[("fixture.toml", FIXTURE), ("etc/nginx/nginx.conf", "events {}")]);
    let mut problems = Vec::new();
    let mut answers = std::collections::BTreeMap::new();
    let count = env::var("TRACE_CONFIGURATIONS").ok().and_then(|count| count.parse().ok());
    for seed in 0..count.unwrap_or(CONFIGURATIONS) {
        let machine = Machine::build(fixture.path()).expect("the machine can be built");
        let site = Site::of(seed);
        for (path, text) in &site.files {
            write(&machine.root(), path, text);
        }
        let nginx = if seed % 2 == 0 { Nginx::Current } else { Nginx::Debian };
        let running = machine.serve(nginx).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let asks = site.requests(REQUESTS);
        let lines: Vec<_> = asks.iter().map(|ask| &*ask.line).collect();
        let root = machine.root();
        let root = root.to_str().expect("it is plain");
        let (http, https) = (site.ports.0.to_string(), site.ports.1.to_string());
        let options = ["--root", root, "--http-port", &http, "--https-port", &https];
        let output = trace(
            &[&options[..], &["--format", "json", "--requests", "-"]].concat(),
            &lines.join("\n"),
        );
        assert_eq!(output.status.code(), Some(0), "{seed}: {}", text(&output.stderr));
        let document = document(&output);
        for (ask, request) in asks.iter().zip(document["requests"].as_array().expect("a list")) {
            let address = if ask.is_ipv6 { ADDRESS_V6 } else { ADDRESS_V4 };
            let headers = [format!("Host: {}", ask.host)];
            let seen = running.get_at(address, &ask.url, &[&headers[0]]).expect("curl runs");
            let hop = &request["hops"][0];
            let sides = Sides { machine: &machine, hop, seen: &seen };
            let kind = hop["answer"]["kind"].as_str().unwrap_or_default().to_owned();
            *answers.entry(kind).or_insert(0) += 1;
            if let Some(how) = sides.difference() {
                problems
                    .push(format!("seed {seed} on {nginx}, {}\n{how}\n{hop}\n{seen:?}", ask.line));
            }
        }
        if !problems.is_empty() {
            for (path, text) in &site.files {
                let numbered =
                    text.split('\n').zip(1..).fold(String::new(), |mut all, (line, at)| {
                        let _ = writeln!(all, "{at:3} {}", line.trim_end_matches('\r'));
                        all
                    });
                problems.push(format!("--- {path}\n{numbered}"));
            }
            break;
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    for kind in ["file", "redirect", "status", "proxy", "close", "refused", "tls-error"] {
        assert!(answers.contains_key(kind), "no request shows {kind}: {answers:?}");
    }
    assert!(!answers.contains_key("unknown"), "{answers:?}");
}

/// The page about traces is about a machine that nginx serves.
#[test]
fn nginx_agrees_with_the_examples() {
    let fixture = directory(&[("fixture.toml", &FIXTURE.replace("a.test", "shop.example.com"))]);
    let machine = Machine::build(fixture.path()).expect("the machine can be built");
    for file in [
        "etc/nginx/nginx.conf",
        "etc/nginx/conf.d/shop.conf",
        "etc/nginx/conf.d/blog.conf",
        "srv/shop/index.php",
    ] {
        let bytes = fs::read(crate::program::repository().join("docs/machine").join(file));
        let bytes = bytes.expect("the example is there");
        write(&machine.root(), file, text(&bytes));
    }
    for nginx in Nginx::ALL {
        let running = machine.serve(nginx).expect("nginx takes the example");
        for (url, expected) in [
            ("https://shop.example.com/downloads/catalogue.zip", json!([403, null])),
            ("http://blog.example.com/2026/", json!([301, "https://shop.example.com/blog/2026/"])),
            (
                "https://shop.example.com/blog/2026/",
                json!([301, "https://shop.example.com/news/2026/"]),
            ),
            // Nothing listens where PHP should.
            ("https://shop.example.com/news/2026/", json!([502, null])),
            ("https://shop.example.com/cart?add=7", json!([502, null])),
        ] {
            let answer = running.get(url, &[]).expect("curl runs");
            let response = answer.response().expect("nginx answers");
            assert_eq!(json!([response.status, response.location()]), expected, "{url}");
        }
    }
}

impl Sides<'_> {
    fn difference(&self) -> Option<String> {
        let answer = &self.hop["answer"];
        let agrees = match (answer["kind"].as_str()?, self.seen) {
            ("refused", Answer::Refused)
            | ("close", Answer::Closed)
            | ("tls-error", Answer::TlsFailed) => true,
            ("file", Answer::Response(seen)) if answer["exists"] == true => {
                let path = answer["path"].as_str()?.trim_start_matches('/');
                seen.status == 200
                    && fs::read(self.machine.root().join(path)).is_ok_and(|file| file == seen.body)
            }
            ("file", Answer::Response(seen)) => seen.status == 404,
            ("redirect", Answer::Response(seen)) => {
                answer["status"] == seen.status && answer["to"].as_str() == seen.location()
            }
            ("status", Answer::Response(seen)) => {
                answer["status"] == seen.status
                    && seen.location().is_none()
                    && answer["body"].as_str().is_none_or(|body| body.as_bytes() == seen.body)
            }
            ("proxy", Answer::Response(seen)) => seen.header("x-stub").is_some(),
            _ => false,
        };
        if !agrees {
            return Some("the answers differ".to_owned());
        }
        let Answer::Response(seen) = self.seen else { return None };
        self.blocks(seen)
    }

    /// Whether nginx names other blocks. A request that is refused before any code runs has seen
    /// none.
    fn blocks(&self, seen: &Response) -> Option<String> {
        let place = |block: &Value| match (block["file"].as_str(), block["line"].as_u64()) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => "none".to_owned(),
        };
        let server = place(&self.hop["server"]);
        let block = seen.header("x-block")?;
        let answered_by = match place(&self.hop["answered_by"]) {
            none if none == "none" => server.clone(),
            place => place,
        };
        if block != answered_by {
            return Some(format!("{answered_by} should answer, but {block} does"));
        }
        let mut way = seen.header("x-seen").unwrap_or_default().split('|').skip(1);
        if let Some(first) = way.next()
            && first != server
        {
            return Some(format!("{server} should be the server, but {first} is"));
        }
        let location = place(&self.hop["location"]);
        let is_internal = |step: &Value| step["text"] == "internal";
        match way.find(|place| *place != server) {
            Some(first) if first != location => {
                // Code does not run where requests from outside get 404.
                let steps = self.hop["steps"].as_array()?;
                (!steps.iter().any(is_internal))
                    .then(|| format!("{location} should be the first location, but {first} is"))
            }
            _ => None,
        }
    }
}

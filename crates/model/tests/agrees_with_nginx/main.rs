//! The model predicts what a real nginx answers: the server, the location, the answer.
//!
//! Random configurations that nginx accepts run on real nginx in a network of their own, and many
//! requests are asked of both sides. Every block names itself in a header, so that nginx says which
//! server and which location it used.
//!
//! Run it for longer, or repeat one configuration, with
//!
//! ```text
//! ROUTE_CONFIGURATIONS=5000 ROUTE_REQUESTS=300 ROUTE_SEED=1 \
//!     cargo test --package nginx-acme-lint-model --test agrees_with_nginx -- --nocapture random
//! ```
//!
//! `ROUTE_SEED` is the seed of the first configuration; the others count up from it. Every
//! disagreement is printed with its seed, its configuration, the request and both answers.

mod by_hand;
mod client;
mod compare;
mod requests;
mod site;

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    io::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use compare::{Verdict, compare};
use machine::Nginx;
use site::Site;

/// One configuration in so many runs on Debian's nginx, the others on a current one.
const DEBIAN_EVERY: u64 = 4;

/// After so many disagreements a run stops.
const MOST_DISAGREEMENTS: usize = 12;

/// So many disagreements of one configuration are shown.
const MOST_SHOWN: usize = 3;

/// The only reasons for not knowing an answer, by how they start.
const REASONS: &[&str] = &[
    // `disable_symlinks` and a link on the way.
    "/srv/www/link",
    // `auth_request` asks a server that stands behind nginx.
    "what the server behind it says decides",
    // nginx reads the byte in front of the empty path.
    "nothing is left of the path",
    // Which headers come before the one that is not valid is not known.
    "the request is not valid, and not all of it is read",
    // nginx makes the text longer or shorter than the room for it.
    "evaluating it changes the captures in it",
    "some versions of nginx end a cookie at a comma",
    // Clients write the name in the handshake with capital letters or without.
    "the value of `$ssl_server_name` is not modelled",
    // Chance decides.
    "the value of `$request_id` is not modelled",
    "which client gets which value cannot be known",
];

/// What came of a run.
#[derive(Debug, Default)]
struct Tally {
    configurations: usize,
    requests: usize,
    answers: BTreeMap<&'static str, usize>,
    unknown: BTreeMap<String, usize>,
    problems: Vec<String>,
}

#[test]
fn random_configurations() {
    let configurations = number("ROUTE_CONFIGURATIONS", 500);
    let requests = number("ROUTE_REQUESTS", 25) as usize;
    let first = number("ROUTE_SEED", 1);
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let site = Site::build();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + configurations || is_enough(&tally) {
                        break;
                    }
                    run(&site, seed, requests, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let report = format!(
        "{} configurations, {} requests, answers {:?}, unknown {:#?}, {} disagreements\n",
        tally.configurations,
        tally.requests,
        tally.answers,
        tally.unknown,
        tally.problems.len()
    );
    let _ = std::io::stderr().write_all(report.as_bytes());
    assert!(tally.problems.is_empty(), "{}", tally.problems.join("\n\n"));
    for reason in tally.unknown.keys() {
        let is_expected = REASONS.iter().any(|known| reason.starts_with(known));
        assert!(is_expected, "the model should know more than: {reason}");
    }
}

fn run(site: &Site, seed: u64, requests: usize, tally: &Mutex<Tally>) {
    let texts = generator::configuration(seed);
    let asks = requests::requests(seed, requests);
    let nginx = if seed.is_multiple_of(DEBIAN_EVERY) { Nginx::Debian } else { Nginx::Current };
    let mut own = Tally { configurations: 1, requests: asks.len(), ..Tally::default() };
    let mut differing = String::new();
    let mut count = 0;
    let outcome = site.ask(nginx, &texts, &asks, |http, ask, trace, seen| {
        match compare(site, http, ask, trace, seen) {
            Verdict::Agrees => *own.answers.entry(kind(&trace.answer)).or_default() += 1,
            Verdict::Unknown(because) => *own.unknown.entry(because).or_default() += 1,
            Verdict::Differs(how) => {
                count += 1;
                if count > MOST_SHOWN {
                    return;
                }
                let steps: Vec<_> = trace.steps.iter().map(|step| &step.why).collect();
                let _ = write!(
                    differing,
                    "\n{ask}\n  {how}\n  model: {}\n  nginx: {}\n  steps: {steps:?}\n",
                    show_answer(&trace.answer),
                    show(seen)
                );
            }
        }
    });
    if let Err(error) = outcome {
        differing = error;
    }
    if !differing.is_empty() {
        let mut problem = format!("seed {seed} on {nginx}:\n");
        for (path, text) in &texts {
            let _ = writeln!(problem, "--- {path}\n{text}");
        }
        problem.push_str(&differing);
        own.problems.push(problem);
    }
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.configurations += 1;
    tally.requests += own.requests;
    for (kind, count) in own.answers {
        *tally.answers.entry(kind).or_default() += count;
    }
    for (because, count) in own.unknown {
        *tally.unknown.entry(because).or_default() += count;
    }
    tally.problems.extend(own.problems);
}

fn is_enough(tally: &Mutex<Tally>) -> bool {
    tally.lock().unwrap_or_else(PoisonError::into_inner).problems.len() >= MOST_DISAGREEMENTS
}

fn kind(answer: &model::Answer<'_>) -> &'static str {
    match answer {
        model::Answer::File { .. } => "file",
        model::Answer::Proxy { .. } => "proxy",
        model::Answer::Redirect { .. } => "redirect",
        model::Answer::Status { .. } => "status",
        model::Answer::Close => "close",
        model::Answer::Refused => "refused",
        model::Answer::TlsError => "TLS error",
        model::Answer::Unknown { .. } => "unknown",
    }
}

fn show_answer(answer: &model::Answer<'_>) -> String {
    match answer {
        model::Answer::Redirect { status, to } => format!("{status} to {}", to.escape_ascii()),
        model::Answer::Status { status, body } => {
            format!("{status} {}", body.as_deref().unwrap_or_default().escape_ascii())
        }
        _ => format!("{answer:?}"),
    }
}

fn show(seen: &client::Seen) -> String {
    let client::Seen::Response { status, headers, body, .. } = seen else {
        return format!("{seen:?}");
    };
    let headers = headers.iter().filter(|(name, _)| name == "location" || name.starts_with("x-"));
    let headers: Vec<_> = headers
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
        .collect();
    let body = body[..body.len().min(120)].escape_ascii();
    format!("{status} {headers:?} {body}")
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

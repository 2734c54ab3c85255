//! Random configurations: what the model says of their names, and what the certificate authority
//! does. A token may lie wherever the configuration looks for files.
//!
//! Run it for longer, or repeat one configuration, with
//!
//! ```text
//! AUTHORITY_CONFIGURATIONS=500 AUTHORITY_SEED=1 \
//!     cargo test --package nginx-acme-lint --test challenges -- --nocapture random
//! ```

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use acme::Settings;
use machine::{Machine, Nginx};

use crate::authority::AUTHORITIES;
use crate::authority::ca::{Authority, Client, Outcome};
use crate::authority::judged::{Verdict, judge};
use crate::authority::trial::{TriedName, candidates, clients, try_name};

/// What came of a run.
#[derive(Debug, Default)]
struct Tally {
    configurations: usize,
    /// How often each verdict met each outcome.
    counts: BTreeMap<String, usize>,
    problems: Vec<String>,
}

#[test]
fn random_configurations() {
    let count = number("AUTHORITY_CONFIGURATIONS", 12);
    let first = number("AUTHORITY_SEED", 1);
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..AUTHORITIES.min(count as usize) {
            scope.spawn(|| {
                let mut authority = Authority::start().expect("pebble and certbot start");
                let machine = generator::machine();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let tried = run(&machine, seed, &mut authority);
                    tally.lock().expect("no thread panics").add(seed, tried);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no thread panics");
    writeln!(io::stderr(), "{tally}").expect("stderr is open");
    assert!(tally.problems.is_empty(), "{}", tally.problems.join("\n\n"));
}

/// Asks for a certificate for every name of the configuration of this seed.
fn run(machine: &Machine, seed: u64, authority: &mut Authority) -> Result<Vec<TriedName>, String> {
    let texts = generator::configuration(seed);
    let directory = machine.root().join("etc/nginx");
    write(&directory, &texts).map_err(|error| error.to_string())?;
    let judged = judge(machine, &Settings::default());
    if judged.is_empty() {
        return Ok(Vec::new());
    }
    // Files that nginx brings along lie below one more root.
    let mut candidates = candidates(machine);
    candidates.push(Client::Webroot("/usr/share/nginx/html".to_owned()));
    let everywhere = [Client::everywhere(&candidates)];
    let nginx = if seed.is_multiple_of(2) { Nginx::Debian } else { Nginx::Current };
    let running =
        machine.serve_in(nginx, authority.network()).map_err(|error| error.to_string())?;
    let mut tried = Vec::new();
    for families in judged.chunk_by(|one, other| one.name == other.name) {
        let clients = clients(families, None, &candidates);
        // Behind the one port that configurations hand requests to, nginx listens already.
        if clients.iter().any(|client| matches!(client, Client::Port(_))) {
            continue;
        }
        // A token that lies everywhere is nowhere to be had if it fails with every client.
        let is_passing = clients.len() == 1;
        let name = try_name(
            families,
            if is_passing { &clients } else { &everywhere },
            &running,
            authority,
        )?;
        let is_settled = is_passing || name.agrees();
        tried.push(if is_settled {
            name
        } else {
            try_name(families, &clients, &running, authority)?
        });
    }
    Ok(tried)
}

/// Puts a configuration into the place of another.
fn write(directory: &Path, texts: &generator::Texts) -> io::Result<()> {
    let _ = fs::remove_dir_all(directory.join("parts"));
    fs::create_dir_all(directory.join("parts"))?;
    texts.iter().try_for_each(|(path, text)| fs::write(directory.join(path), text))
}

impl Tally {
    fn add(&mut self, seed: u64, tried: Result<Vec<TriedName>, String>) {
        self.configurations += 1;
        let names = match tried {
            Ok(names) => names,
            Err(problem) => return self.problems.push(format!("seed {seed}: {problem}")),
        };
        for name in names {
            for (verdict, outcome) in &name.families {
                let verdict = match verdict {
                    Verdict::Passes(_) => "passes",
                    Verdict::Fails(_) => "fails",
                    Verdict::Unknown(_) => "is unknown",
                };
                let outcome = match outcome {
                    Outcome::Issued(_) => "issued",
                    Outcome::IssuedByPebbleAlone => "issued by pebble alone",
                    _ => "refused",
                };
                *self.counts.entry(format!("{verdict}, {outcome}")).or_default() += 1;
            }
            if !name.agrees() {
                let texts = generator::configuration(seed);
                let texts = texts.iter().map(|(path, text)| format!("--- {path}\n{text}"));
                let texts = texts.collect::<Vec<_>>().join("\n");
                self.problems.push(format!("seed {seed}: {name}\n{texts}"));
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (configurations, problems) = (self.configurations, self.problems.len());
        write!(formatter, "{configurations} configurations, {:?}, {problems} wrong", self.counts)
    }
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

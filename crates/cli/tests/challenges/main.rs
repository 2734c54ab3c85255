//! Real nginx serves every fixture of the rules about challenges, before and after its patch: the
//! token comes back for exactly those names that the model says pass, and the patch changes the
//! answer to nothing else.
//!
//! The fixtures of `certificate-path-broken` are of another group: nginx starts with none of them.
//! `FIXTURE=words` tries only the fixtures whose path below `fixtures/` contains the words.

mod authority;
mod hook;
mod judged;
mod served;
mod states;
mod trial;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rules::{Group, RULES};

use crate::trial::Kind;

/// Two are enough to keep real nginx and the requests from waiting for each other.
const THREADS: usize = 2;

#[test]
fn tokens_come_back_where_the_model_says_so() {
    let filter = env::var("FIXTURE").unwrap_or_default();
    let fixtures: Vec<_> =
        fixtures().into_iter().filter(|fixture| fixture.name.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = trial::run(&fixture.directory, fixture.kind);
                    let found = found.iter().map(|problem| format!("{}: {problem}", fixture.name));
                    problems.lock().expect("no thread panics").extend(found);
                }
            });
        }
    });
    let mut problems = problems.into_inner().expect("no thread panics");
    problems.sort();
    let (count, list) = (problems.len(), problems.join("\n"));
    assert!(problems.is_empty(), "{count} problems with {} fixtures\n\n{list}\n", fixtures.len());
    assert!(!fixtures.is_empty() || !filter.is_empty(), "there are no fixtures about challenges");
}

/// A fixture of a rule about challenges.
struct Fixture {
    /// Its path below `fixtures/`.
    name: String,
    directory: PathBuf,
    kind: Kind,
}

fn fixtures() -> Vec<Fixture> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut fixtures = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.group == Group::Challenge) {
        for (kind, word) in [(Kind::Bad, "bad"), (Kind::Good, "good")] {
            let above = format!("{}/{word}", rule.id);
            for entry in fs::read_dir(all.join(&above)).into_iter().flatten().flatten() {
                let name = format!("{above}/{}", entry.file_name().to_string_lossy());
                fixtures.push(Fixture { name, directory: entry.path(), kind });
            }
        }
    }
    fixtures
}

//! Real ACME clients are run into states, good and bad ones, and renew certificates there, with a
//! real certificate authority, pebble. What the linter says of a state beforehand is what happens:
//! where the renewal fails, or nginx keeps the old certificate after it, a rule says so; where all
//! goes well, no rule speaks.
//!
//! A state is a shell script below `states/`, what an administrator types: it runs as root in the
//! machine `states/machine/`, where nginx is serving `example.com`. Lines at its top say what comes
//! of it ([`State`]).
//!
//! `STATE=words` tries only the states whose path contains the words. The table of all states is
//! written to `tmp/states.md` in the target directory; `STATES_TABLE=1` prints it.

mod reuse;
mod state;
mod table;
mod told;
pub(crate) mod trial;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::authority::ca::Authority;
use crate::states::state::State;

/// So many states are tried at the same time: most of it is waiting.
const AUTHORITIES: usize = 4;

#[test]
fn renewals_end_as_the_linter_says() {
    let filter = env::var("STATE").unwrap_or_default();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/challenges/states");
    let states = state::read_all(&directory).expect("the states can be read");
    let states: Vec<_> = states.into_iter().filter(|state| state.name.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AUTHORITIES.min(states.len()) {
            scope.spawn(|| {
                let mut authority = Authority::start().expect("pebble and certbot start");
                while let Some(state) = states.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = trial::run(state, &directory.join("machine"), &mut authority);
                    tried.lock().expect("no thread panics").push((state, outcome));
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("no thread panics");
    tried.sort_by_key(|(state, _)| &state.name);
    let table = table::table(&tried);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("states.md");
    fs::write(&path, &table).expect("the table can be written");
    let shown = if env::var_os("STATES_TABLE").is_some() { &*table } else { "" };
    writeln!(io::stderr(), "{shown}written: {}", path.display()).expect("stderr is open");
    let problems: Vec<_> = tried.iter().flat_map(|(state, tried)| problems(state, tried)).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}\n", problems.len(), problems.join("\n"));
    assert!(!states.is_empty() || !filter.is_empty(), "there are no states");
}

/// Where what happens, what the linter says and what the state's own lines say are not the same.
fn problems(state: &State, tried: &Result<trial::Tried, String>) -> Vec<String> {
    let tried = match tried {
        Ok(tried) => tried,
        Err(problem) => return vec![format!("{}: {problem}", state.name)],
    };
    let mut problems = Vec::new();
    let mut problem = |what: String| problems.push(format!("{}: {what}", state.name));
    if !tried.renewal.is(&state.renewal) {
        problem(format!("the renewal: {}, expected: {}", tried.renewal.words(), state.renewal));
    }
    if tried.nginx != state.nginx {
        problem(format!("nginx {}, expected: {}", tried.nginx.words(), state.nginx.words()));
    }
    let rules = tried.told.rules();
    if rules != state.says {
        problem(format!("the linter says {rules:?}, expected: {:?}", state.says));
    }
    if state.apart.is_none() && tried.goes_well() == tried.told.is_bad() {
        problem(format!("they do not agree: {}", tried.told.report()));
    }
    problems
}

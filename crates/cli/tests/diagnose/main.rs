//! Real ACME clients, nginx and OpenSSL fail on real machines, with a real certificate authority,
//! pebble; what they print is given to the program, and it has to say what is wrong.
//!
//! A failure is a shell script below `failures/`: it runs as root in the machine of
//! `tests/challenges/states/machine`, where nginx is serving `example.com`, and prints what a person
//! would see. Lines at its top say what has to come of it ([`Failure`]).
//!
//! `FAILURE=words` tries only those whose path contains the words. The table of all of them is written
//! to `tmp/diagnose.md` in the target directory.

mod failure;
#[path = "../challenges/states/reuse.rs"]
mod reuse;
mod today;
mod told;
mod trial;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::failure::Failure;
use crate::trial::{Authority, Tried};

/// So many are tried at the same time: much of it is waiting.
const AUTHORITIES: usize = 3;

/// There are so many failures at least.
const FEWEST: usize = 25;

#[test]
fn real_failures_are_diagnosed() {
    let filter = env::var("FAILURE").unwrap_or_default();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnose/failures");
    let failures = failure::read_all(&directory).expect("the scripts can be read");
    let all = failures.len();
    let failures: Vec<_> = failures.into_iter().filter(|one| one.name.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AUTHORITIES.min(failures.len()) {
            scope.spawn(|| {
                let mut authority = Authority::start().expect("pebble and certbot start");
                while let Some(failure) = failures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = trial::run(failure, &mut authority);
                    tried.lock().expect("no thread panics").push((failure, outcome));
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("no thread panics");
    tried.sort_by_key(|(failure, _)| &failure.name);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnose.md");
    fs::write(&path, table(&tried)).expect("the table can be written");
    writeln!(io::stderr(), "written: {}", path.display()).expect("stderr is open");
    let problems: Vec<_> = tried.iter().filter_map(|(one, tried)| problem(one, tried)).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}\n", problems.len(), problems.join("\n\n"));
    assert!(all >= FEWEST, "there are only {all} failures");
}

/// Where the diagnosis is not what the script says.
fn problem(failure: &Failure, tried: &Result<Tried, String>) -> Option<String> {
    let tried = match tried {
        Ok(tried) => tried,
        Err(problem) => return Some(format!("{}: {problem}", failure.name)),
    };
    let found = tried.told.summary();
    let expected = failure.expected();
    (found != expected)
        .then(|| format!("{}: it says {found}, expected: {expected}\n{}", failure.name, tried.said))
}

fn table(tried: &[(&Failure, Result<Tried, String>)]) -> String {
    let mut text = String::from(
        "| failure | what was said | message | today | rules |\n|---|---|---|---|---|\n",
    );
    for (failure, tried) in tried {
        let row = match tried {
            Ok(Tried { told, .. }) => {
                let [id, stands, rules] = told.parts();
                format!("{} | {id} | {stands} | {rules}", told.words().replace('|', "/"))
            }
            Err(problem) => format!("{} | | |", problem.lines().next().unwrap_or_default()),
        };
        text.extend(["| ", &*failure.name, " | ", &*row, " |\n"]);
    }
    let is_right =
        |(failure, tried): &&(&Failure, Result<Tried, String>)| problem(failure, tried).is_none();
    let right = tried.iter().filter(is_right).count();
    text + &format!("\n{} failures, {right} diagnosed as they should be.\n", tried.len())
}

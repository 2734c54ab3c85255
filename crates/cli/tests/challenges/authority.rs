//! A real certificate authority, pebble, is asked for certificates by certbot, on real nginx. It
//! issues them for exactly those names that the model lets pass, and for the others once the
//! linter's patch is applied.
//!
//! The cases are all fixtures of the rules about challenges, and the machines below `cases/` and
//! `docs/stories/`. The web root is the one that a case names with `--webroot`; else it is the one
//! from which the model sees the challenge pass, and where it fails, every one that the
//! configuration has.
//!
//! pebble is not Boulder, the software of Let's Encrypt, which the model goes by. Where it is laxer,
//! `cases/laxer/` has machines for which it issues certificates that Boulder would refuse:
//!
//! - it follows redirects to any port, to any host, private ones too, to paths of any length, and
//!   those with status 303;
//! - it has a name of its own in `User-Agent`, which blocking rules do not know;
//! - it reads answers of any length, Boulder 127 bytes.
//!
//! The first two are noticed wherever they occur, and count apart.
//!
//! Where it is stricter, `cases/stricter/` has the opposite: it follows nine redirects, not ten, and
//! cuts line ends and tabs from the end of an answer, but no blanks. It asks at the first address
//! and never falls back from IPv6 to IPv4, so names have one address at a time here. And it asks
//! three times at once from one address, Boulder from several: how many requests of one client are
//! let in cannot be tried with it.
//!
//! `FIXTURE=words` tries only the cases whose path contains the words. The table of all cases is
//! written to `tmp/authority.md` in the target directory.

pub(crate) mod ca;
mod judged;
mod random;
mod table;
mod trial;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use machine::{ADDRESS_V4, ADDRESS_V6, Machine, Nginx};

use crate::authority::ca::{Authority, Client, Outcome};
use crate::authority::table::table;
use crate::authority::trial::{Tried, TriedName};
use crate::{Fixture, fixtures};

/// So many authorities are at work at the same time: most of it is waiting.
const AUTHORITIES: usize = 4;

/// Here are the machines whose mending is told on pages.
const STORIES: &str = "docs/stories";

/// A machine, and what is known of pebble there.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its path.
    name: String,
    directory: PathBuf,
    pebble: Pebble,
}

/// How pebble compares with Boulder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pebble {
    /// It does the same, apart from redirects that it follows and its name in `User-Agent`.
    Agrees,
    /// It issues a certificate for a name that fails, for whatever reason.
    IsLaxer,
    /// It refuses names that pass.
    IsStricter,
}

#[test]
fn certificates_are_issued_where_the_model_says_so() {
    let filter = env::var("FIXTURE").unwrap_or_default();
    let cases: Vec<_> = cases().into_iter().filter(|case| case.name.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AUTHORITIES.min(cases.len()) {
            scope.spawn(|| {
                let mut authority = Authority::start().expect("pebble and certbot start");
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = trial::run(&case.directory, Nginx::Debian, &mut authority);
                    if let Some(outcome) = outcome.transpose() {
                        tried.lock().expect("no thread panics").push((case, outcome));
                    }
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("no thread panics");
    tried.sort_by_key(|(case, _)| &case.name);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authority.md");
    fs::write(&path, table(&tried)).expect("the table can be written");
    writeln!(io::stderr(), "written: {}", path.display()).expect("stderr is open");
    let problems: Vec<_> = tried.iter().flat_map(|(case, tried)| problems(case, tried)).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}\n", problems.len(), problems.join("\n"));
    assert!(!cases.is_empty() || !filter.is_empty(), "there are no cases");
}

/// This is why names have one address at a time.
#[test]
fn pebble_does_not_fall_back_to_ipv4() {
    let machine = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/challenge-without-web-root/good/no-ipv6-at-all");
    let machine = Machine::build(&machine).expect("the machine can be built");
    let mut authority = Authority::start().expect("pebble and certbot start");
    let running =
        machine.serve_in(Nginx::Debian, authority.network()).expect("nginx starts in the network");
    let client = Client::Webroot("/var/www/letsencrypt".to_owned());
    let mut is_issued = |addresses| {
        let outcome = authority.order_at(&running, "example.com", addresses, &client);
        outcome.expect("the authority answers").is_issued()
    };
    assert!(is_issued(vec![ADDRESS_V4]));
    assert!(!is_issued(vec![ADDRESS_V6, ADDRESS_V4]));
}

fn cases() -> Vec<Case> {
    let of_fixture =
        |Fixture { name, directory, .. }| Case { name, directory, pebble: Pebble::Agrees };
    let can_be_tried = |fixture: &Fixture| !fixture.name.starts_with("challenge-rate-limited/");
    let mut cases: Vec<_> = fixtures().into_iter().filter(can_be_tried).map(of_fixture).collect();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/challenges/cases");
    for (kind, pebble) in [
        ("bad", Pebble::Agrees),
        ("good", Pebble::Agrees),
        ("laxer", Pebble::IsLaxer),
        ("stricter", Pebble::IsStricter),
    ] {
        for entry in fs::read_dir(own.join(kind)).into_iter().flatten().flatten() {
            let name = format!("cases/{kind}/{}", entry.file_name().to_string_lossy());
            cases.push(Case { name, directory: entry.path(), pebble });
        }
    }
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(STORIES);
    for entry in fs::read_dir(stories).into_iter().flatten().flatten() {
        let (name, directory) = (entry.file_name(), entry.path());
        if directory.join("fixture.toml").is_file() {
            let name = format!("{STORIES}/{}", name.to_string_lossy());
            cases.push(Case { name, directory, pebble: Pebble::Agrees });
        }
    }
    cases
}

/// What the certificate authority and the model do not agree on.
fn problems(case: &Case, tried: &Result<Tried, String>) -> Vec<String> {
    let name = &case.name;
    let tried = match tried {
        Ok(tried) => tried,
        Err(problem) => return vec![format!("{name}: {problem}")],
    };
    let mut problems = Vec::new();
    let mut problem = |what: &str, names: &[&TriedName]| {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        problems.push(format!("{name}: {what}\n  {}", names.join("\n  ")));
    };
    let before: Vec<_> = tried.before.iter().collect();
    let is_story = name.starts_with(STORIES);
    let only_warns = name.contains("/bad/")
        && fs::read_to_string(case.directory.join("expected.txt"))
            .is_ok_and(|report| !report.contains("error["));
    // A story may be about TLS alone.
    let is_bad_story = is_story && before.iter().any(|name| name.fails());
    let is_bad = name.contains("/bad/") || is_bad_story || case.pebble == Pebble::IsLaxer;
    // What a rule only warns of may fail over IPv6, for some tokens or not at all.
    if !only_warns && before.iter().any(|name| name.fails()) != is_bad {
        problem("the model errs", &before);
    }
    let differing: Vec<_> = before.iter().copied().filter(|name| !name.agrees()).collect();
    let is_laxer = |name: &&TriedName| {
        name.families.iter().any(|(_, outcome)| *outcome == Outcome::IssuedByPebbleAlone)
    };
    match case.pebble {
        Pebble::Agrees if !differing.is_empty() => problem("they do not agree", &differing),
        Pebble::IsLaxer | Pebble::IsStricter
            if differing.is_empty() && !tried.before.iter().any(|name| is_laxer(&name)) =>
        {
            problem("pebble does what Boulder does", &before);
        }
        _ => {}
    }
    let uncured = tried.after.iter().flatten().filter(|name| !name.agrees() || !name.is_issued());
    let uncured: Vec<_> = uncured.collect();
    if !uncured.is_empty() {
        problem("the patch does not cure", &uncured);
    }
    if is_bad_story && tried.after.is_none() {
        problem("there is no patch", &before);
    }
    problems
}

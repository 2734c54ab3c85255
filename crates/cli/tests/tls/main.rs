//! What the linter says of certificates is what real nginx and `openssl s_client` make of them.
//!
//! The cases are the fixtures of all rules about TLS. Both versions of nginx load each of them, or
//! refuse it. Where one starts, a client that verifies what it is shown asks for every name that a
//! server on port 443 has.
//!
//! - nginx refuses exactly where a diagnostic says that it does.
//! - Where a client refuses a name, a rule about certificates has to report what OpenSSL's number
//!   stands for. Where all names are verified, no rule may report an error, apart from those that say
//!   what OpenSSL does not look at ([`NOT_SEEN`]). A few set-ups refuse clients on purpose
//!   ([`ON_PURPOSE`]).
//!
//! `FIXTURE=words` tries only the fixtures whose path contains the words. The table of all cases is
//! written to `tmp/tls.md` in the target directory.

mod linter;
mod table;
mod trial;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rules::{Group, RULES};

use crate::trial::Tried;

/// Two are enough to keep real nginx and the clients from waiting for each other.
const THREADS: usize = 2;

/// Errors that `openssl s_client` does not notice, and why.
pub(crate) const NOT_SEEN: [(&str, &str); 2] = [
    ("certificate-must-staple-unstapled", "it does not look at the extension, as Firefox does"),
    (
        "certificate-for-other-names",
        "without alternative names it takes the common name, which browsers do not; of two \
         certificates it is shown only one",
    ),
];

/// Set-ups that refuse the clients of this test on purpose, and why.
pub(crate) const ON_PURPOSE: [(&str, &str); 4] = [
    ("certificate-for-other-names/good/server-that-rejects-handshakes", "it is to reject them"),
    ("certificate-not-trusted/good/behind-cloudflare", "only Cloudflare's servers connect to it"),
    ("certificate-path-broken/bad/path-with-a-variable", "the files are on another machine"),
    ("listen-without-ssl/good/proxy-takes-tls-off", "a proxy in front of it speaks TLS"),
];

/// A fixture of a rule about TLS.
pub(crate) struct Case {
    /// Its path below `fixtures/`.
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) is_bad: bool,
}

#[test]
fn judgements_of_certificates_are_those_of_nginx_and_openssl() {
    let filter = env::var("FIXTURE").unwrap_or_default();
    let cases: Vec<_> = cases().into_iter().filter(|case| case.name.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let tried = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = trial::run(case);
                    tried.lock().expect("no thread panics").push((case, outcome));
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("no thread panics");
    tried.sort_by_key(|(case, _)| &case.name);
    let text = table::table(&tried);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tls.md");
    fs::write(&path, &text).expect("the target directory can be written");
    // Not `println!`, which the test runner keeps to itself.
    let last = text.trim_end().lines().last().unwrap_or_default();
    writeln!(io::stderr(), "{last} ({})", path.display()).expect("stderr is open");
    let problems: Vec<_> = tried.iter().flat_map(|(case, tried)| problems(case, tried)).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}\n", problems.len(), problems.join("\n"));
    assert!(!filter.is_empty() || table::enough(&tried), "{last}: too few");
}

fn problems(case: &Case, tried: &Result<Tried, String>) -> Vec<String> {
    let problems = match tried {
        Ok(tried) => {
            let unseen = tried.unseen();
            let unseen = unseen.iter().map(|rule| format!("clients are content, but not {rule}"));
            tried.problems().into_iter().chain(unseen).collect()
        }
        Err(problem) => vec![problem.clone()],
    };
    problems.into_iter().map(|problem| format!("{}: {problem}", case.name)).collect()
}

fn cases() -> Vec<Case> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut cases = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.group == Group::Tls) {
        for (kind, is_bad) in [("bad", true), ("good", false)] {
            let above = format!("{}/{kind}", rule.id);
            for entry in fs::read_dir(all.join(&above)).into_iter().flatten().flatten() {
                let name = format!("{above}/{}", entry.file_name().to_string_lossy());
                cases.push(Case { name, directory: entry.path(), is_bad });
            }
        }
    }
    cases
}

//! What is read of certificate and key files is what real nginx reads: whether it starts with them,
//! and how many certificates it shows to clients.
//!
//! Hundreds of files are damaged in ways that happen, from a seed: `PEM_FILES` says how many, and
//! `PEM_SEED` where to begin.

use std::{
    io::{self, Write},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use evidence::{Certificate, Content, Evidence, Fault, KeyKind, PemFile, PrivateKey};
use machine::Nginx;
use model::Disk;

mod damage;
mod made;
mod server;

use damage::Input;
use made::Made;
use server::{Answer, Server};

/// What the program says of a pair of files.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// nginx starts and shows so many certificates.
    Shows(usize),
    /// nginx does not start.
    Refuses(String),
    /// Nothing is said.
    Unknown,
}

#[test]
fn nginx_reads_what_is_read_here() {
    let number = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (first, count) = (number("PEM_SEED", 1), number("PEM_FILES", 300));
    let made = Made::new();
    let mut inputs = damage::by_hand(&made);
    let by_hand = inputs.len();
    inputs.extend((first..first + count).map(|seed| damage::seeded(&made, seed)));
    assert!(by_hand >= 40, "{by_hand} by hand");

    let next = AtomicUsize::new(0);
    let worker = || {
        let server = Server::new();
        let mut judged = Vec::new();
        while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
            judged.push(judge(&made, &server, input));
        }
        judged
    };
    let judged = std::thread::scope(|scope| {
        let threads = [scope.spawn(worker), scope.spawn(worker)];
        threads.map(|thread| thread.join().expect("a worker does not panic")).concat()
    });
    let of = |wanted: Outcome| judged.iter().filter(|(outcome, _)| *outcome == wanted).count();
    let wrong: Vec<_> = judged.iter().filter_map(|(_, wrong)| wrong.clone()).collect();
    let tally = [Outcome::Shows, Outcome::Refuses, Outcome::Unknown].map(of);
    let [shows, refuses, unknown] = tally;
    tell(&format!(
        "{} files: nginx shows {shows}, refuses {refuses}; unknown {unknown}",
        inputs.len()
    ));
    assert!(
        wrong.is_empty(),
        "{} disagreements\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    assert!(shows * 4 > inputs.len() && refuses * 4 > inputs.len(), "too little is compared");
    assert!(unknown * 10 < inputs.len(), "too little is judged");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Shows,
    Refuses,
    Unknown,
}

/// How a pair of files fares, and the disagreement if there is one.
fn judge(made: &Made, server: &Server, input: &Input) -> (Outcome, Option<String>) {
    server.write(input);
    let verdict = verdict(made, server.directory(), input);
    let mut outcome = Outcome::Unknown;
    for nginx in Nginx::ALL {
        let answer = server.ask(nginx);
        outcome = match &answer {
            Answer::Shows(_) => Outcome::Shows,
            Answer::Refuses(_) => Outcome::Refuses,
        };
        let agrees = match (&verdict, &answer) {
            (Verdict::Shows(here), Answer::Shows(there)) => here == there,
            (Verdict::Unknown, _) | (Verdict::Refuses(_), Answer::Refuses(_)) => true,
            _ => false,
        };
        if !agrees {
            if let Answer::Refuses(log) = &answer {
                tell(log.lines().next().unwrap_or_default());
            }
            let authorities = input.authorities.clone().unwrap_or_default();
            let files = [&input.certificate, &input.key, &authorities];
            let files = files.map(|at| at.escape_ascii().to_string());
            let wrong =
                format!("{}: {verdict:?} here, {answer:?} by {nginx}\n{files:#?}", input.name);
            return (outcome, Some(wrong));
        }
    }
    if verdict == Verdict::Unknown {
        outcome = Outcome::Unknown;
    }
    (outcome, None)
}

fn verdict(made: &Made, directory: &Path, input: &Input) -> Verdict {
    let mut evidence = Evidence::default();
    let disk = Disk::new();
    for name in ["certificate.pem", "key.pem", "authorities.pem"] {
        evidence.look_at(&directory.join(name), &disk);
    }
    let file = |name: &str| evidence.file_at(&directory.join(name)).and_then(PemFile::content);
    let (Some(certificate), Some(key)) = (file("certificate.pem"), file("key.pem")) else {
        return Verdict::Refuses("nothing to read".to_owned());
    };
    let unknown_or = |fault: &Fault| match fault {
        Fault::NotUnderstood { .. } => Verdict::Unknown,
        fault => Verdict::Refuses(format!("{fault:?}")),
    };
    let chain = match certificate.chain() {
        Ok(chain) => chain,
        Err(fault) => return unknown_or(fault),
    };
    if !chain.certificates.iter().all(|certificate| made.is_whole(certificate)) {
        // OpenSSL may not like what it says now.
        return Verdict::Unknown;
    }
    let key = match key.key() {
        Ok(key) => key,
        Err(fault) => return unknown_or(&fault),
    };
    if key.is_encrypted {
        // Nobody is there to type a password.
        return Verdict::Refuses("encrypted".to_owned());
    }
    if input.authorities.is_some() {
        let authorities = file("authorities.pem").map(Content::authorities);
        match authorities {
            Some(Ok(all)) if all.iter().all(|certificate| made.is_whole(certificate)) => {}
            Some(Ok(_)) => return Verdict::Unknown,
            Some(Err(fault)) => return unknown_or(&fault),
            None => return Verdict::Refuses("no authorities".to_owned()),
        }
    }
    match key.belongs_to(&chain.leaf().public_key) {
        Some(true) => Verdict::Shows(chain.certificates.len()),
        // nginx does not notice, and no client can connect.
        Some(false) if is_of_other_kind(key, chain.leaf()) => Verdict::Shows(0),
        Some(false) => Verdict::Refuses("the key is another".to_owned()),
        None => Verdict::Unknown,
    }
}

fn is_of_other_kind(key: &PrivateKey, certificate: &Certificate) -> bool {
    let kind = |kind: &KeyKind| std::mem::discriminant(kind);
    key.kind.as_ref().is_some_and(|own| kind(own) != kind(&certificate.public_key.kind))
}

/// Prints, also where the output of tests is captured.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

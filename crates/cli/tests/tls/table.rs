//! The table of all cases.

use std::fmt::Write as _;

use crate::Case;
use crate::trial::{Tried, Version};

/// One row for each case, and a line of counts.
pub(crate) fn table(cases: &[(&Case, Result<Tried, String>)]) -> String {
    let mut text = String::from("| set-up | nginx | openssl | the linter |\n|---|---|---|---|\n");
    for (case, tried) in cases {
        let row = match tried {
            Ok(tried) => format!(
                "{} | {} | {}",
                both(&tried.versions, |version| match &version.refusal {
                    Some(reason) => format!("refuses: {}", shorten(reason)),
                    None => "starts".to_owned(),
                }),
                both(&tried.versions, handshakes),
                said(tried)
            ),
            Err(problem) => format!("{} | |", shorten(problem)),
        };
        let _ = writeln!(text, "| {} | {row} |", case.name);
    }
    let _ = writeln!(text, "\n{}", counts(cases));
    text
}

/// Whether there are as many cases as it takes to trust the judgements.
pub(crate) fn enough(cases: &[(&Case, Result<Tried, String>)]) -> bool {
    let (broken, good) = numbers(cases);
    broken >= 40 && good >= 20
}

fn numbers(cases: &[(&Case, Result<Tried, String>)]) -> (usize, usize) {
    let broken = cases.iter().filter(|(case, _)| case.is_bad).count();
    (broken, cases.len() - broken)
}

fn counts(cases: &[(&Case, Result<Tried, String>)]) -> String {
    let (broken, good) = numbers(cases);
    let tried = || cases.iter().filter_map(|(_, tried)| tried.as_ref().ok());
    let versions = || tried().flat_map(|tried| &tried.versions);
    let handshakes: usize = versions().map(|version| version.handshakes.len()).sum();
    let refusals = versions().filter(|version| version.refusal.is_some()).count();
    let disagreements: usize = tried().map(|tried| tried.problems().len()).sum();
    format!(
        "{broken} broken and {good} good set-ups, {} starts of nginx, {refusals} refusals, \
         {handshakes} handshakes: {disagreements} disagreements.",
        versions().count() - refusals
    )
}

/// What both versions say, once if it is the same.
fn both(versions: &[Version], text: impl Fn(&Version) -> String) -> String {
    let mut texts: Vec<_> = versions.iter().map(|version| (version.nginx, text(version))).collect();
    texts.dedup_by(|(_, one), (_, other)| one == other);
    match &*texts {
        [] => "not tried".to_owned(),
        [(_, text)] => text.clone(),
        several => {
            let texts: Vec<_> =
                several.iter().map(|(nginx, text)| format!("{nginx}: {text}")).collect();
            texts.join("; ")
        }
    }
}

fn handshakes(version: &Version) -> String {
    let mut counted: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, handshake) in &version.handshakes {
        let outcome = handshake.to_string();
        match counted.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, names)) => names.push(name),
            None => counted.push((outcome, vec![name])),
        }
    }
    match &*counted {
        [] => String::new(),
        [(outcome, _)] => outcome.clone(),
        several => {
            let parts = several.iter().map(|(outcome, names)| {
                format!(
                    "{}: {outcome}",
                    names.iter().take(2).copied().collect::<Vec<_>>().join(", ")
                )
            });
            parts.collect::<Vec<_>>().join("; ")
        }
    }
}

fn said(tried: &Tried) -> String {
    let mut all: Vec<_> =
        tried.said.iter().map(|one| format!("{} `{}`", one.severity, one.rule)).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

/// What nginx says, without paths and what is different every time.
fn shorten(reason: &str) -> String {
    let reason = reason.rsplit_once(" in /").map_or(reason, |(reason, _)| reason);
    let last = reason.rsplit(':').next().unwrap_or(reason).trim_end_matches(')');
    last.chars().take(60).map(|one| if one == '|' { '/' } else { one }).collect()
}

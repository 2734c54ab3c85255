//! The table of all cases.

use std::fmt::Write as _;

use acme::Cause;

use crate::authority::ca::Outcome;
use crate::authority::judged::Verdict;
use crate::authority::trial::{Tried, TriedName};
use crate::authority::{Case, Pebble};

/// One row for each case, and a line of counts.
pub(crate) fn table(cases: &[(&Case, Result<Tried, String>)]) -> String {
    let mut text =
        String::from("| case | verdict | at the CA | with the patch |\n|---|---|---|---|\n");
    for (case, tried) in cases {
        let row = match tried {
            Ok(tried) => format!(
                "{} | {} | {}",
                verdicts(&tried.before),
                outcomes(&tried.before),
                tried.after.as_deref().map(outcomes).unwrap_or_default()
            ),
            Err(problem) => format!("{} | |", problem.lines().next().unwrap_or_default()),
        };
        let _ = writeln!(text, "| {} | {row} |", case.name);
    }
    let _ = writeln!(text, "\n{}", counts(cases));
    text
}

fn counts(cases: &[(&Case, Result<Tried, String>)]) -> String {
    let is_alike = |case: &Case, tried: &Tried| {
        let mut outcomes = tried.before.iter().flat_map(|name| &name.families);
        case.pebble == Pebble::Agrees
            && outcomes.all(|(_, outcome)| *outcome != Outcome::IssuedByPebbleAlone)
    };
    let tried = cases.iter().filter_map(|(case, tried)| Some((*case, tried.as_ref().ok()?)));
    let (alike, other): (Vec<_>, Vec<_>) = tried.partition(|(case, tried)| is_alike(case, tried));
    let names = || alike.iter().flat_map(|(_, tried)| &tried.before);
    let fails = |tried: &&Tried| tried.before.iter().any(TriedName::fails);
    let bad = alike.iter().map(|(_, tried)| *tried).filter(fails).count();
    let verdicts: usize = names().map(|name| name.families.len()).sum();
    let disagreements = names().filter(|name| !name.agrees()).count();
    let all = alike.iter().chain(&other);
    let patched: Vec<_> = all.filter_map(|(_, tried)| tried.after.as_ref()).collect();
    let cured = patched.iter().filter(|names| names.iter().all(TriedName::is_issued)).count();
    format!(
        "{} cases: {bad} bad, {} good, {} in which pebble is not like Boulder. Of {verdicts} verdicts \
         {disagreements} disagree with the CA. Of {} cases with a patch, {cured} are cured by it.",
        cases.len(),
        alike.len() - bad,
        other.len(),
        patched.len(),
    )
}

fn verdicts(names: &[TriedName]) -> String {
    let all = names.iter().flat_map(|name| &name.families);
    count(all.map(|(verdict, _)| match verdict {
        Verdict::Passes(_) => "passes".to_owned(),
        Verdict::Fails(cause) => format!("fails: {}", in_words(cause)),
        Verdict::Unknown(_) => "unknown".to_owned(),
    }))
}

fn in_words(cause: &Cause) -> String {
    match cause {
        Cause::Status(status) => status.to_string(),
        Cause::Redirect(why) => why.clone(),
        Cause::WebRootMismatch { .. } => "another web root".to_owned(),
        Cause::PathChanged { .. } => "another path for the client".to_owned(),
        Cause::SomeTokens { like, cause } => format!("{} for {}", in_words(cause), like.words()),
        other => format!("{other:?}"),
    }
}

fn outcomes(names: &[TriedName]) -> String {
    let all = names.iter().flat_map(|name| &name.families);
    count(all.map(|(_, outcome)| match outcome {
        Outcome::Issued(_) => "issued".to_owned(),
        Outcome::IssuedByPebbleAlone => "issued, not by Boulder".to_owned(),
        Outcome::Refused(because) => format!("refused: {}", shorten(because)),
        Outcome::NotTried(because) => format!("not tried: {}", shorten(because)),
        Outcome::Broken(because) => format!("broken: {}", shorten(because)),
    }))
}

/// What an authority says, without what is different every time.
fn shorten(because: &str) -> String {
    if let Some((_, status)) = because.rsplit_once(" returned ") {
        return status.to_owned();
    }
    let last = because.rsplit(": ").next().unwrap_or(because);
    last.chars().take(60).map(|one| if one == '|' { '/' } else { one }).collect()
}

/// Each text once, with how often it occurs.
fn count(texts: impl Iterator<Item = String>) -> String {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for text in texts {
        match counted.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counted.push((text, 1)),
        }
    }
    let parts = counted
        .into_iter()
        .map(|(text, count)| if count == 1 { text } else { format!("{text} ({count})") });
    parts.collect::<Vec<_>>().join(", ")
}

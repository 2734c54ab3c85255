//! One fixture: what the model says of it, and what real nginx does.

use std::fs;
use std::path::Path;

use acme::Cause;
use machine::{Answer, Machine, Nginx};

use crate::judged::{Judged, JudgedName, Verdict, judge};
use crate::served::{OTHERS, Served, is_token};

/// Whether challenges fail in a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Some do, unless it has a patch and that is applied.
    Bad,
    /// None does.
    Good,
}

/// What is wrong with a fixture.
pub(crate) fn run(fixture: &Path, kind: Kind) -> Vec<String> {
    let mut problems = Vec::new();
    if let Err(problem) = try_all(fixture, kind, &mut problems) {
        problems.push(problem);
    }
    problems
}

fn try_all(fixture: &Path, kind: Kind, problems: &mut Vec<String>) -> Result<(), String> {
    let machine = Machine::build(fixture).map_err(|error| error.to_string())?;
    let judged = judge(&machine);
    let fails =
        |judged: &Judged| judged.names.iter().any(|name| matches!(name.verdict, Verdict::Fails(_)));
    if fails(&judged) != (kind == Kind::Bad) {
        problems.push(format!("the model says of this {kind:?} machine: {:?}", judged.names));
    }
    let patch = fs::read(fixture.join("expected.patch")).unwrap_or_default();
    let mut before = Vec::new();
    for nginx in Nginx::ALL {
        let served = Served::start(&machine, nginx, &judged)?;
        ask_for_tokens(&served, &judged, &format!("{nginx}"), problems)?;
        if !patch.is_empty() {
            before.push(others(&served, &judged)?);
        }
    }
    if patch.is_empty() {
        return Ok(());
    }
    machine.apply_patch(&patch).map_err(|error| error.to_string())?;
    let patched = judge(&machine);
    if patched.names.iter().any(|name| name.verdict != Verdict::Passes) {
        problems.push(format!("after the patch the model says: {:?}", patched.names));
    }
    for (nginx, before) in Nginx::ALL.into_iter().zip(before) {
        let served = Served::start(&machine, nginx, &patched)?;
        ask_for_tokens(&served, &patched, &format!("{nginx} after the patch"), problems)?;
        for ((url, old), (_, new)) in before.iter().zip(others(&served, &judged)?) {
            if *old != new {
                problems.push(format!("{nginx}, {url}: `{old}`, after the patch `{new}`"));
            }
        }
    }
    Ok(())
}

/// Every name's token comes back, or does not, as the model says.
fn ask_for_tokens(
    served: &Served<'_>,
    judged: &Judged,
    who: &str,
    problems: &mut Vec<String>,
) -> Result<(), String> {
    for JudgedName { name, address, verdict } in &judged.names {
        let answers = served.challenges(name, *address)?;
        let gives_token = answers.iter().any(is_token);
        let agrees = match verdict {
            Verdict::Passes => gives_token,
            // curl follows redirects that a certificate authority does not, even to the token.
            Verdict::Fails(Cause::Redirect(_)) | Verdict::Unknown => true,
            Verdict::Fails(cause) => {
                !gives_token && answers.iter().any(|answer| is_outcome(cause, answer))
            }
        };
        if !agrees {
            problems.push(format!("{who}, {name} at {address}: {verdict:?}, but {answers:?}"));
        }
    }
    Ok(())
}

/// Whether an answer is what the model says a certificate authority gets in place of the token.
fn is_outcome(cause: &Cause, answer: &Answer) -> bool {
    let status = answer.response().map(|response| response.status);
    match cause {
        Cause::Status(expected) => status == Some(*expected),
        // No backend runs on these machines.
        Cause::Backend => status == Some(502),
        Cause::Closed => *answer == Answer::Closed,
        Cause::TlsError => *answer == Answer::TlsFailed,
        Cause::WrongBody => status == Some(200) && !is_token(answer),
        // Whatever it is, it is not the token.
        Cause::TokenLost | Cause::Redirect(_) => true,
    }
}

/// The answers to whatever is no challenge, each with what was asked.
fn others(served: &Served<'_>, judged: &Judged) -> Result<Vec<(String, String)>, String> {
    let mut answers = Vec::new();
    for JudgedName { name, address, .. } in &judged.names {
        for path in OTHERS {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{name}{path}");
                let answer = served.other(&url, *address)?;
                answers.push((format!("{url} at {address}"), answer));
            }
        }
    }
    Ok(answers)
}

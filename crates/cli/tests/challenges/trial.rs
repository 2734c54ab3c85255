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
    if patch.is_empty() {
        for nginx in Nginx::ALL {
            let served = Served::start(&machine, nginx, &judged)?;
            ask_for_tokens(&served, &judged, &format!("{nginx}"), problems)?;
        }
        return Ok(());
    }
    let patched = Machine::build(fixture).map_err(|error| error.to_string())?;
    patched.apply_patch(&patch).map_err(|error| error.to_string())?;
    let judged_after = judge(&patched);
    if judged_after.names.iter().any(|name| name.verdict != Verdict::Passes) {
        problems.push(format!("after the patch the model says: {:?}", judged_after.names));
    }
    for nginx in Nginx::ALL {
        let before = Served::start(&machine, nginx, &judged)?;
        ask_for_tokens(&before, &judged, &format!("{nginx}"), problems)?;
        let after = Served::start(&patched, nginx, &judged_after)?;
        ask_for_tokens(&after, &judged_after, &format!("{nginx} after the patch"), problems)?;
        for name in &judged.names {
            compare(&before, &after, name, nginx, problems)?;
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
        let answer = served.challenge(name, *address)?;
        let agrees = match verdict {
            Verdict::Passes => is_token(&answer),
            Verdict::Fails(cause) => !is_token(&answer) && is_outcome(cause, &answer),
            Verdict::Unknown => true,
        };
        if !agrees {
            problems.push(format!("{who}, {name} at {address}: {verdict:?}, but {answer:?}"));
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
        Cause::WrongBody => status == Some(200),
        // What curl follows is not what a certificate authority follows.
        Cause::Redirect(_) => true,
    }
}

/// Whatever is no challenge is answered as before.
fn compare(
    before: &Served<'_>,
    after: &Served<'_>,
    judged: &JudgedName,
    nginx: Nginx,
    problems: &mut Vec<String>,
) -> Result<(), String> {
    let JudgedName { name, address, .. } = judged;
    for scheme in ["http", "https"] {
        for path in OTHERS {
            let old = before.other(scheme, name, path, *address)?;
            let new = after.other(scheme, name, path, *address)?;
            if old != new {
                problems.push(format!(
                    "{nginx}, {scheme}://{name}{path} at {address}: `{old}`, after the patch `{new}`"
                ));
            }
        }
    }
    Ok(())
}

//! One fixture: what the model says of it, and what real nginx does.

use std::fs;
use std::path::Path;

use acme::{Cause, TokenShape};
use machine::{Answer, Machine, Nginx, Outcome};

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
    // What is only doubtful is a warning.
    let report = fs::read_to_string(fixture.join("expected.txt")).unwrap_or_default();
    let is_doubtful = kind == Kind::Bad && !report.contains("error[challenge-");
    if fails(&judged) != (kind == Kind::Bad) && !is_doubtful {
        problems.push(format!("the model says of this {kind:?} machine: {:?}", judged.names));
    }
    let patch = fs::read(fixture.join("expected.patch")).unwrap_or_default();
    let mut before = Vec::new();
    let run = &machine.fixture().run;
    let accepts = |nginx: &Nginx| run.nginx.of(*nginx) == Outcome::Accepts;
    let versions: Vec<Nginx> = Nginx::ALL.into_iter().filter(accepts).collect();
    for &nginx in &versions {
        let served = Served::start(&machine, nginx, &judged)?;
        ask_for_tokens(&served, &judged, &format!("{nginx}"), problems)?;
        if !patch.is_empty() {
            before.push(others(&served, &judged)?);
        }
    }
    if patch.is_empty() {
        return Ok(());
    }
    let may_change_others = run.unsafe_fixes;
    machine.apply_patch(&patch).map_err(|error| error.to_string())?;
    machine.tell().map_err(|error| error.to_string())?;
    let patched = judge(&machine);
    if patched.names.iter().any(|name| name.verdict != Verdict::Passes) {
        problems.push(format!("after the patch the model says: {:?}", patched.names));
    }
    for (nginx, before) in versions.into_iter().zip(before) {
        let served = Served::start(&machine, nginx, &patched)?;
        ask_for_tokens(&served, &patched, &format!("{nginx} after the patch"), problems)?;
        for ((url, old), (_, new)) in before.iter().zip(others(&served, &judged)?) {
            if *old != new && !may_change_others {
                problems.push(format!("{nginx}, {url}: `{old}`, after the patch `{new}`"));
            }
        }
    }
    Ok(())
}

/// Every name's token comes back, or does not, as the model says. The client has one directory for
/// a name, whatever the address family: some directory must give just what the model says.
fn ask_for_tokens(
    served: &Served<'_>,
    judged: &Judged,
    who: &str,
    problems: &mut Vec<String>,
) -> Result<(), String> {
    // A client that listens itself puts no token anywhere.
    let is_about_files = |family: &JudgedName| {
        !matches!(family.verdict, Verdict::Fails(Cause::PortTaken { .. } | Cause::OtherPort { .. }))
    };
    let names = judged.names.chunk_by(|one, other| one.name == other.name);
    for families in names.filter(|families| families.iter().all(is_about_files)) {
        let mut by_directory: Vec<Vec<(&Verdict, Answer)>> = Vec::new();
        for JudgedName { name, address, verdict } in families {
            let answers = served.challenges(name, *address)?;
            by_directory.resize_with(answers.len(), Vec::new);
            for (answers_there, answer) in by_directory.iter_mut().zip(answers) {
                answers_there.push((verdict, answer));
            }
        }
        let is_served =
            |answers: &Vec<(&Verdict, Answer)>| answers.iter().all(|(_, answer)| is_token(answer));
        let is_as_said = |answers: &Vec<(&Verdict, Answer)>| {
            answers.iter().all(|(verdict, answer)| match verdict {
                Verdict::Passes => is_token(answer),
                // curl follows redirects that a certificate authority does not, even to the token.
                Verdict::Fails(Cause::Redirect(_)) | Verdict::Unknown => true,
                Verdict::Fails(cause) => is_outcome(cause, answer),
            })
        };
        let fails = |family: &JudgedName| {
            let is_redirect = |cause: &Cause| matches!(cause, Cause::Redirect(_));
            matches!(&family.verdict, Verdict::Fails(cause) if !is_redirect(cause))
        };
        let agrees = by_directory.iter().any(is_as_said)
            && !(families.iter().any(fails) && by_directory.iter().any(is_served));
        if !agrees {
            problems.push(format!("{who}, {}: {by_directory:?}", families[0].name));
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
        Cause::Refused => *answer == Answer::Refused,
        // The machine is asked for this one token.
        Cause::SomeTokens { like: TokenShape::WithDashes, cause } => is_outcome(cause, answer),
        // Whatever it is, it is not the token.
        _ => true,
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

//! The table of all states.

use std::fmt::Write as _;

use crate::states::state::{Nginx, State};
use crate::states::trial::{Renewal, Tried};

/// One row for each state, and a line of counts.
pub(crate) fn table(states: &[(&State, Result<Tried, String>)]) -> String {
    let mut text = String::from(
        "| state | the renewal | nginx afterwards | names beforehand | rules beforehand |\n\
         |---|---|---|---|---|\n",
    );
    for (state, tried) in states {
        let row = match tried {
            Ok(tried) => [
                tried.renewal.words(),
                tried.nginx.words().to_owned(),
                names(tried),
                tried.told.rules().join(", "),
            ]
            .join(" | "),
            Err(problem) => format!("{} | | |", problem.lines().next().unwrap_or_default()),
        };
        let _ = writeln!(text, "| {} | {row} |", state.name);
    }
    let _ = writeln!(text, "\n{}", counts(states));
    text
}

fn names(tried: &Tried) -> String {
    let names = tried.told.names.iter().map(|name| format!("{} {}", name.name, name.verdict));
    names.collect::<Vec<_>>().join(", ")
}

fn counts(states: &[(&State, Result<Tried, String>)]) -> String {
    let tried = || states.iter().filter_map(|(state, tried)| Some((*state, tried.as_ref().ok()?)));
    let count = |wanted: fn(&Tried) -> bool| tried().filter(|(_, tried)| wanted(tried)).count();
    let disagreements = tried()
        .filter(|(state, tried)| state.apart.is_none() && tried.goes_well() == tried.told.is_bad());
    format!(
        "{} states: {} go well, in {} the renewal fails, in {} nothing is renewed, in {} nginx does \
         not have the new certificate. Of all, {} disagree with the linter, and {} count apart.",
        states.len(),
        count(Tried::goes_well),
        count(|tried| matches!(tried.renewal, Renewal::Failed(_))),
        count(|tried| tried.renewal == Renewal::Nothing),
        count(|tried| tried.renewal == Renewal::Worked && tried.nginx != Nginx::New),
        disagreements.count(),
        tried().filter(|(state, _)| state.apart.is_some()).count(),
    )
}

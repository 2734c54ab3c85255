//! Requests that nginx moves on again and again.

use super::{Step, run::Run};

/// With this change of the path, by code or by an internal redirect, nginx gives up (one more than
/// `NGX_HTTP_MAX_URI_CHANGES`).
pub(super) const LAST_CHANGE: u32 = 11;

/// So many rounds are told one by one.
const TOLD: usize = 2;

/// How often a round comes after the first.
const TIMES: [&str; 11] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

impl Run<'_, '_> {
    /// Takes one of the changes that are left; says so if it is the last, which fails.
    pub(super) fn spend_change(&mut self) -> bool {
        self.changes_left = self.changes_left.saturating_sub(1);
        if self.changes_left > 0 {
            return true;
        }
        if let Some(steps) = &mut *self.steps.borrow_mut() {
            shorten(steps);
        }
        self.note(None, || "ten times the request was moved on, and nginx gives up".to_owned());
        false
    }
}

/// Leaves the first of the rounds that all say the same at the end.
fn shorten(steps: &mut Vec<Step<'_>>) {
    let rounds_of = |length: usize| {
        let mut last = (length..steps.len()).rev();
        let same = last.by_ref().take_while(|&at| steps[at] == steps[at - length]).count();
        same / length + 1
    };
    let lengths = 1..=steps.len() / (TOLD + 1);
    let round =
        lengths.map(|length| (length, rounds_of(length))).find(|(_, rounds)| *rounds > TOLD);
    let Some((length, rounds)) = round else { return };
    let more = rounds - 1;
    let phase = steps[steps.len() - 1].phase;
    steps.truncate(steps.len() - more * length);
    let times = TIMES.get(more).copied().unwrap_or("many");
    steps.push(Step { at: None, why: format!("… and {times} times more"), phase });
}

#[cfg(test)]
mod tests {
    use super::{Step, shorten};
    use crate::AnswerPhase;

    /// Steps called by letters, shortened.
    fn shortened(letters: &str) -> String {
        let phase = AnswerPhase::Content;
        let step = |letter: char| Step { at: None, why: letter.to_string(), phase };
        let mut steps = letters.chars().map(step).collect();
        shorten(&mut steps);
        steps.into_iter().map(|step| step.why).collect()
    }

    #[test]
    fn rounds_are_told_once() {
        assert_eq!(shortened("xabcabcabc"), "xabc… and two times more");
        assert_eq!(shortened("cabcabcabc"), "cabc… and two times more");
        assert_eq!(shortened("aaaaaaaaaaa"), "a… and ten times more");
        for other in ["", "a", "aa", "xabab", "ababx", "abcacb"] {
            assert_eq!(shortened(other), other);
        }
    }
}

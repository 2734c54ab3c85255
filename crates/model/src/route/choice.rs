//! What cannot be known, followed every way: as long as all ways lead to one answer, it stands.

use super::{
    Answer, Trace,
    run::{Run, Undecided},
};

/// More ways than this are not followed.
const MOST_WAYS: usize = 64;

/// The outcomes that one way takes for what cannot be known, in the order in which it comes to them.
#[derive(Debug, Default)]
pub(super) struct Choices {
    taken: Vec<Choice>,
    /// How many of them this way has come to so far.
    met: usize,
    /// The choice at which the way ends, because what it leads to differs.
    end: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Choice {
    outcome: usize,
    outcomes: usize,
}

impl Choices {
    /// Turns to the way that has not been followed yet, and says which choice it takes differently.
    fn turn(&mut self) -> Option<usize> {
        while self.taken.pop_if(|last| last.outcome + 1 == last.outcomes).is_some() {}
        self.met = 0;
        self.taken.last_mut()?.outcome += 1;
        Some(self.taken.len() - 1)
    }

    /// Turns to the way that ends at a choice.
    fn end_at(mut self, choice: usize) -> Self {
        self.met = 0;
        self.end = Some(choice);
        self
    }
}

/// The trace that stands for all ways: the one of the first if the others lead to the same, else one
/// that ends at the choice that matters. `follow` goes the way of these choices.
pub(super) fn follow_all<'c>(follow: impl Fn(Choices) -> (Trace<'c>, Choices)) -> Trace<'c> {
    let (mut first, mut choices) = follow(Choices::default());
    if choices.taken.is_empty() || matches!(first.answer, Answer::Unknown { .. }) {
        return first;
    }
    for _ in 1..MOST_WAYS {
        let Some(turned) = choices.turn() else { return first };
        let other;
        (other, choices) = follow(choices);
        first.depends_on_addresses |= other.depends_on_addresses;
        first.depends_on_host |= other.depends_on_host;
        if !agree(&first, &other) {
            return ended_at(turned, choices, &first, follow);
        }
    }
    ended_at(0, choices, &first, follow)
}

/// The trace of the way that ends at a choice. It depends on whatever the ways depend on that were
/// followed before, and of which `first` is one.
fn ended_at<'c>(
    choice: usize,
    choices: Choices,
    first: &Trace<'c>,
    follow: impl Fn(Choices) -> (Trace<'c>, Choices),
) -> Trace<'c> {
    let mut ended = follow(choices.end_at(choice)).0;
    ended.depends_on_addresses |= first.depends_on_addresses;
    ended.depends_on_host |= first.depends_on_host;
    ended
}

/// Whether two ways lead to what is the same for a client, by the same blocks.
fn agree(one: &Trace<'_>, other: &Trace<'_>) -> bool {
    let same_answer = match (&one.answer, &other.answer) {
        (Answer::Unknown { .. }, _) | (_, Answer::Unknown { .. }) => false,
        (
            Answer::Proxy { protocol, to, .. },
            Answer::Proxy { protocol: other_protocol, to: other_to, .. },
        ) => protocol == other_protocol && to == other_to,
        (one, other) => one == other,
    };
    same_answer
        && one.missing == other.missing
        && one.location == other.location
        && one.answered_by == other.answered_by
}

impl<'c> Run<'_, 'c> {
    /// Which of so many outcomes this way takes where it cannot be known.
    pub(super) fn choose(
        &self,
        outcomes: usize,
        undecided: Undecided<'c>,
    ) -> Result<usize, Undecided<'c>> {
        let mut choices = self.choices.borrow_mut();
        let number = choices.met;
        if choices.end == Some(number) {
            return Err(undecided);
        }
        choices.met += 1;
        if let Some(choice) = choices.taken.get(number) {
            return Ok(choice.outcome);
        }
        choices.taken.push(Choice { outcome: 0, outcomes });
        Ok(0)
    }

    /// Whether this way takes for true what cannot be known.
    pub(super) fn assume(&self, undecided: Undecided<'c>) -> Result<bool, Undecided<'c>> {
        let (at, because) = (undecided.at, undecided.because.clone());
        let is_true = self.choose(2, undecided)? == 1;
        self.note(at, || format!("{because}; this way takes it as {is_true}"));
        Ok(is_true)
    }

    /// Each of several values in turn, where it cannot be known which one it is.
    pub(super) fn one_of<'v>(
        &self,
        values: &'v [Vec<u8>],
        undecided: Undecided<'c>,
    ) -> Result<&'v [u8], Undecided<'c>> {
        if let [only] = values {
            return Ok(only);
        }
        let (at, because) = (undecided.at, undecided.because.clone());
        let value = &values[self.choose(values.len(), undecided)?];
        self.note(at, || format!("{because}; this way takes `{}`", value.escape_ascii()));
        Ok(value)
    }
}

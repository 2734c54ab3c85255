//! One mistake in several places: one diagnostic that counts them.

use parser::Span;

use crate::{Diagnostic, Label, Place};

/// So many further places are shown.
const MOST_SHOWN: usize = 5;

/// What the labels of further places say.
const AND_HERE: &str = "and here";

/// Adds the further places where the same is written, the first few of them as labels.
pub(crate) fn also_at(diagnostic: &mut Diagnostic, others: impl Iterator<Item = Span>) {
    let first = diagnostic.reach.also.len();
    diagnostic.reach.also.extend(others);
    let others = &diagnostic.reach.also[first..];
    let shown = others.iter().take(MOST_SHOWN);
    let label = |span: &Span| Label { span: *span, text: AND_HERE.to_owned() };
    diagnostic.labels.extend(shown.map(label));
    diagnostic.notes.extend(further(others.len()));
}

/// Leaves only these of the places of a diagnostic; there is at least one.
pub(crate) fn leave(diagnostic: &mut Diagnostic, places: &[Span]) {
    let Some((first, others)) = places.split_first() else { return };
    let note = further(std::mem::take(&mut diagnostic.reach.also).len());
    diagnostic.notes.retain(|other| Some(other) != note.as_ref());
    diagnostic.labels.retain(|label| label.text != AND_HERE);
    diagnostic.place = Place::Span(*first);
    also_at(diagnostic, others.iter().copied());
}

/// What is said of so many further places, besides those that are shown.
fn further(count: usize) -> Option<String> {
    match count.saturating_sub(MOST_SHOWN) {
        0 => None,
        1 => Some("and in one more place".to_owned()),
        more => Some(format!("and in {more} more places")),
    }
}

/// How many there are, for the end of a message; nothing if there is one.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { String::new() } else { format!(", in {number} {noun}s") }
}

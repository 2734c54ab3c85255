//! One mistake in several places: one diagnostic that counts them.

use parser::Span;

use crate::{Diagnostic, Label};

/// So many further places are shown.
const MOST_SHOWN: usize = 5;

/// Adds the further places where the same is written, the first few of them as labels.
pub(crate) fn also_at(diagnostic: &mut Diagnostic, others: impl Iterator<Item = Span>) {
    let mut others = others;
    let shown = others.by_ref().take(MOST_SHOWN);
    diagnostic.labels.extend(shown.map(|span| Label { span, text: "and here".to_owned() }));
    match others.count() {
        0 => {}
        1 => diagnostic.notes.push("and in one more place".to_owned()),
        more => diagnostic.notes.push(format!("and in {more} more places")),
    }
}

/// How many there are, for the end of a message; nothing if there is one.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { String::new() } else { format!(", in {number} {noun}s") }
}

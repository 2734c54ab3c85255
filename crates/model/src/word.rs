//! Parts of words, which are borrowed from their file wherever the file has them as they are meant.

use std::{borrow::Cow, slice::SliceIndex};

/// A part of a word, borrowed if the word is.
pub(crate) fn part<'c>(
    word: &Cow<'c, [u8]>,
    range: impl SliceIndex<[u8], Output = [u8]>,
) -> Cow<'c, [u8]> {
    match word {
        Cow::Borrowed(word) => Cow::Borrowed(&word[range]),
        Cow::Owned(word) => Cow::Owned(word[range].to_vec()),
    }
}

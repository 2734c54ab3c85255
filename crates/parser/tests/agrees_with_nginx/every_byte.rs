//! Every byte in every position that matters to the reader.

use crate::{Case, Place};

/// A name, what stands before the byte and what stands after it.
const POSITIONS: [(&str, &[u8], &[u8]); 10] = [
    ("alone between blanks", b"a/b ", b" c;\n"),
    ("after a bare word", b"a/b c", b" d;\n"),
    ("inside a bare word", b"a/b c", b"d;\n"),
    ("after double quotes", b"a/b \"c\"", b" d;\n"),
    ("after single quotes and before a word", b"a/b 'c'", b"d;\n"),
    ("after a backslash", b"a/b \\", b" c;\n"),
    ("after a dollar and before a brace", b"a/b c$", b"{d};\n"),
    ("first in double quotes", b"a/b \"", b"c\";\n"),
    ("after a backslash in single quotes", b"a/b '\\", b"';\n"),
    ("at the start of a statement", b"", b" c;\n"),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, before, after) in POSITIONS {
        for byte in 0..=u8::MAX {
            cases.push(Case {
                name: format!("byte {byte:02X} {name}"),
                place: Place::Types,
                text: [before, &[byte], after].concat(),
            });
        }
    }
    cases
}

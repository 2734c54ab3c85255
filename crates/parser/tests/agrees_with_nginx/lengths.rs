//! Words and comments around nginx's limit of 4096 bytes, at several distances from the start and
//! the end of the file.

use crate::{Case, Place};

/// A name, what stands before the long run, the bytes it is made of, and what stands after it.
type Kind = (&'static str, &'static [u8], &'static [u8], &'static [u8]);

const KINDS: [Kind; 18] = [
    ("bare word, semicolon", b"a/b ", b"x", b";"),
    ("bare word, blank", b"a/b ", b"x", b" ;"),
    ("bare word, line feed", b"a/b ", b"x", b"\n;"),
    ("bare word, brace", b"a/b ", b"x", b"{"),
    ("name", b"", b"x", b" y;"),
    ("double quotes, semicolon", b"a/b \"", b"x", b"\";"),
    ("double quotes, blank", b"a/b \"", b"x", b"\" ;"),
    ("double quotes, line feed", b"a/b \"", b"x", b"\"\n;"),
    ("double quotes, parenthesis", b"a/b \"", b"x", b"\");"),
    ("double quotes, odd byte", b"a/b \"", b"x", b"\"y;"),
    ("single quotes over lines", b"a/b '", b"\n", b"';"),
    ("double quotes of escapes", b"a/b \"", b"\\\"", b"\";"),
    ("bare word of escapes", b"a/b ", b"\\\n", b" c;"),
    ("bare word of dollar braces", b"a/b ", b"${", b" c;"),
    ("comment", b"# ", b"x", b"\n"),
    ("comment between words", b"a/b #", b"x", b"\nc;"),
    ("parenthesis after quotes", b"a/b \"c\")", b"x", b" d;"),
    ("blanks", b"a/b ", b" ", b"c;"),
];

const TAILS: [(&str, &[u8]); 4] = [
    ("and the end", b""),
    ("and an entry", b"\nd/e f;\n"),
    ("and an error", b"\n}}}}\n;"),
    ("and much more", &[b'\n'; 5000]),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, before, unit, after) in KINDS {
        for length in 4091..4099 {
            let run: Vec<u8> = unit.iter().copied().cycle().take(length).collect();
            for (tail_name, tail) in TAILS {
                // The same text where the reader's buffer starts elsewhere.
                let shift = b"m/n o;\n".repeat(length % 3 * 300);
                cases.push(Case {
                    name: format!("{name}, {length} bytes {tail_name}"),
                    place: Place::IncludedInTypes,
                    text: [&shift, before, &run, after, tail].concat(),
                });
            }
        }
    }
    for (name, quote) in [("double", b"\""), ("single", b"'")] {
        for length in 4080..4110 {
            cases.push(Case {
                name: format!("{name} quote open for {length} bytes"),
                place: Place::IncludedInTypes,
                text: [b"a/b c;\nd/e ", &quote[..], &b"f\n".repeat(length / 2)].concat(),
            });
        }
    }
    cases
}

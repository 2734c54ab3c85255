//! Finds the end of a `*_by_lua_block` as OpenResty's scanner does (`ngx_http_lua_lex`): braces
//! inside strings, long brackets and comments do not count.
//!
//! The scanner sees no further than nginx's buffer reaches, which is at most 4096 bytes behind the
//! last token but may be as little as a third of that, depending on what stands before. Only what
//! fails wherever it stands is reported.

use crate::{error::SyntaxErrorKind, lexer::WORD_LIMIT};

/// Where the text of a Lua block ends and what OpenResty would complain about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// How many bytes come before the closing brace; `None` if it is missing.
    pub(crate) length: Option<usize>,
    /// The first complaint.
    pub(crate) complaint: Option<Complaint>,
}

/// A complaint about the text of a Lua block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What is wrong.
    pub(crate) kind: SyntaxErrorKind,
    /// Offset after the block's opening brace; that brace itself has none.
    pub(crate) at: Option<usize>,
    /// How many bytes to show a person from there.
    pub(crate) length: usize,
}

/// Scans `source`, which starts after the opening brace.
pub(crate) fn scan(source: &[u8]) -> Scan {
    let mut depth = 1_usize;
    let mut at = 0;
    // The end of the last token, and the last opening brace.
    let (mut last_end, mut last_open) = (0, None);
    // Where strings stop that do not end on their line, one for each kind of quote.
    let mut open_strings = [0; 2];
    let mut complaint = None;
    while let Some(&byte) = source.get(at) {
        let rest = &source[at..];
        let token = match byte {
            b'{' | b'}' => Some(1),
            b'"' => string_length(source, at, &mut open_strings[0]),
            b'\'' => string_length(source, at, &mut open_strings[1]),
            b']' => long_bracket(rest, b']'),
            b'[' => long_bracket(rest, b'['),
            b'-' if rest.starts_with(b"--") => Some(2),
            _ => None,
        };
        let Some(token) = token else {
            at += 1;
            continue;
        };
        if at + token > last_end + WORD_LIMIT {
            let kind = SyntaxErrorKind::TooLongLua;
            complaint.get_or_insert(Complaint { kind, at: Some(last_end), length: 0 });
        }
        let mut end = at + token;
        let bracket = match byte {
            b'[' => Some((at, token)),
            b'-' => long_bracket(&rest[2..], b'[').map(|length| (at + 2, length)),
            _ => None,
        };
        if let Some((opening, length)) = bracket {
            let closing = long_bracket_end(source, opening, length);
            if closing.is_none_or(|closing| closing > last_end + WORD_LIMIT) {
                let kind = SyntaxErrorKind::OpenLongBracket;
                complaint.get_or_insert(Complaint { kind, at: Some(opening), length });
            }
            end = closing.unwrap_or(source.len());
        } else if byte == b'-' {
            end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        } else if byte == b'{' {
            depth += 1;
            last_open = Some(at);
        } else if byte == b'}' {
            depth -= 1;
            if depth == 0 {
                return Scan { length: Some(at), complaint };
            }
        }
        at = end;
        last_end = end;
    }
    if source.len() > last_end + WORD_LIMIT {
        let kind = SyntaxErrorKind::TooLongLua;
        complaint.get_or_insert(Complaint { kind, at: Some(last_end), length: 0 });
    }
    // OpenResty counts the line of the last opening brace, whether or not that one is closed.
    let kind = SyntaxErrorKind::EndInLua;
    complaint.get_or_insert(Complaint { kind, at: last_open, length: 1 });
    Scan { length: None, complaint }
}

/// The length of the string that starts at `start`, quotes included; `None` if it does not end on
/// its line, so that the quote stands for itself.
///
/// `open_until` remembers how far such a line reaches: no other string of that kind ends there
/// either, because all further quotes are escaped.
fn string_length(source: &[u8], start: usize, open_until: &mut usize) -> Option<usize> {
    if start < *open_until {
        return None;
    }
    let mut at = start + 1;
    loop {
        let text = source.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr3(source[start], b'\\', b'\n', text) else {
            *open_until = source.len();
            return None;
        };
        at += found;
        match source[at] {
            b'\\' if source.get(at + 1) != Some(&b'\n') => at += 2,
            b'\\' | b'\n' => {
                *open_until = at;
                return None;
            }
            _ => return Some(at + 1 - start),
        }
    }
}

/// The length of a long bracket's opening `[==[` or closing `]==]`; `None` if this is not one.
fn long_bracket(source: &[u8], bracket: u8) -> Option<usize> {
    let (&first, after) = source.split_first()?;
    let equals = after.iter().take_while(|&&byte| byte == b'=').count();
    (first == bracket && after.get(equals) == Some(&bracket)).then_some(equals + 2)
}

/// Where the long bracket ends whose opening of `length` bytes stands at `opening`.
fn long_bracket_end(source: &[u8], opening: usize, length: usize) -> Option<usize> {
    let mut at = opening + length;
    loop {
        at += memchr::memchr(b']', source.get(at..)?)?;
        let equals = source[at + 1..].iter().take_while(|&&byte| byte == b'=').count();
        if equals + 2 == length && source.get(at + 1 + equals) == Some(&b']') {
            return Some(at + length);
        }
        at += 1 + equals;
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn braces_in_strings_brackets_and_comments_do_not_count() {
        for (body, length) in [
            (&b"}"[..], Some(0)),
            (b" local t = {} }x", Some(14)),
            (b" s = \"}\" }", Some(9)),
            (b" s = '\\'}' }", Some(11)),
            (b" -- }\n }", Some(7)),
            (b" --[[ } ]] }", Some(11)),
            (b" s = [==[ ]=] } ]==] }", Some(21)),
            (b" it's }", Some(6)),
            (b" t[1] = 2 }", Some(10)),
            (b" {", None),
            (b" [[ }", None),
        ] {
            assert_eq!(scan(body).length, length, "{}", body.escape_ascii());
        }
    }
}

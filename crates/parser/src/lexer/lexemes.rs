//! The lexemes: parsers that match one token each at the start of the input.

use nom::{IResult, Parser, bytes::complete::tag};

/// A word as it stands there.
pub(super) struct Lexeme<'s> {
    pub(super) text: &'s [u8],
    /// Whether there is a backslash in it.
    pub(super) escaped: bool,
}

/// Blanks, tabs and ends of lines.
#[inline]
pub(super) fn blank(input: &[u8]) -> IResult<&[u8], &[u8]> {
    const INDENT: &[u8] = b"    ";
    let mut length = 0;
    loop {
        // Most of it is indentation.
        while input[length..].starts_with(INDENT) {
            length += INDENT.len();
        }
        match input.get(length) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => length += 1,
            _ if length == 0 => return Err(no_match(input)),
            _ => return Ok((&input[length..], &input[..length])),
        }
    }
}

/// From `#` to the end of the line.
pub(super) fn comment(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (_, _) = tag(&b"#"[..]).parse(input)?;
    let length = memchr::memchr(b'\n', input).unwrap_or(input.len());
    Ok((&input[length..], &input[..length]))
}

/// A word without quotes: it ends before a blank, `;` or `{`. A backslash protects the next byte,
/// and every `{` right after a `$` belongs to the word.
#[inline]
pub(super) fn bare_word(input: &[u8]) -> IResult<&[u8], Lexeme<'_>> {
    let mut length = 0;
    let mut escaped = false;
    loop {
        length += plain(&input[length..]);
        match input.get(length) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{') => break,
            Some(b'\\') => {
                escaped = true;
                length = (length + 2).min(input.len());
            }
            Some(b'$') => {
                length += 1;
                while input.get(length) == Some(&b'{') {
                    length += 1;
                }
            }
            Some(_) => length += 1,
        }
    }
    if length == 0 {
        return Err(no_match(input));
    }
    let (text, rest) = input.split_at(length);
    Ok((rest, Lexeme { text, escaped }))
}

/// How many bytes come before the first that may mean something in a word without quotes.
#[inline]
fn plain(input: &[u8]) -> usize {
    let (chunks, rest) = input.as_chunks::<16>();
    let mut length = 0;
    for chunk in chunks {
        // The compiler looks at all of them at once, because nothing branches here.
        let marks = u128::from_le_bytes(chunk.map(|byte| u8::from(distance(byte) == 0)));
        if marks != 0 {
            return length + marks.trailing_zeros() as usize / 8;
        }
        length += chunk.len();
    }
    length + rest.iter().take_while(|&&byte| distance(byte) > 0).count()
}

/// How far a byte is from those that may mean something: `$`, `\`, `;`, `{` and all up to the blank.
fn distance(byte: u8) -> u8 {
    // `;` is `{` without one bit.
    let from_braces = (byte | (b';' ^ b'{')) ^ b'{';
    byte.saturating_sub(b' ').min(byte ^ b'$').min(byte ^ b'\\').min(from_braces)
}

/// A word in quotes, both quotes included; an error if the closing one is not in `input`.
pub(super) fn quoted_word(input: &[u8]) -> IResult<&[u8], Lexeme<'_>> {
    let quote = input[0];
    let mut length = 1;
    let mut escaped = false;
    loop {
        let Some(found) = input.get(length..).and_then(|text| memchr::memchr2(quote, b'\\', text))
        else {
            return Err(no_match(input));
        };
        length += found;
        if input[length] == quote {
            let (text, rest) = input.split_at(length + 1);
            return Ok((rest, Lexeme { text, escaped }));
        }
        escaped = true;
        length += 2;
    }
}

fn no_match(input: &[u8]) -> nom::Err<nom::error::Error<&[u8]>> {
    nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::TakeTill1))
}

//! The lexemes: parsers that match one token each at the start of the input.

use nom::{
    IResult, Parser,
    bytes::complete::{tag, take_while1},
};

/// A word as it stands there.
pub(super) struct Lexeme<'s> {
    pub(super) text: &'s [u8],
    /// Whether there is a backslash in it.
    pub(super) escaped: bool,
}

/// Blanks, tabs and ends of lines.
#[inline]
pub(super) fn blank(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))(input)
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
        length += letters(&input[length..]);
        let Some(&byte) = input.get(length) else { break };
        if byte == b'\\' {
            escaped = true;
            length = (length + 2).min(input.len());
        } else if byte == b'$' {
            length += 1;
            while input.get(length) == Some(&b'{') {
                length += 1;
            }
        } else {
            break;
        }
    }
    if length == 0 {
        return Err(no_match(input));
    }
    let (text, rest) = input.split_at(length);
    Ok((rest, Lexeme { text, escaped }))
}

/// How many bytes from here on mean nothing inside a word without quotes.
#[inline]
fn letters(input: &[u8]) -> usize {
    let is_letter = |byte: u8| IS_LETTER[byte as usize];
    let (chunks, rest) = input.as_chunks::<4>();
    let mut length = 0;
    // Four at a time, because the end of the input has to be looked for less often then.
    for &[first, second, third, fourth] in chunks {
        if !is_letter(first) {
            return length;
        }
        if !is_letter(second) {
            return length + 1;
        }
        if !is_letter(third) {
            return length + 2;
        }
        if !is_letter(fourth) {
            return length + 3;
        }
        length += 4;
    }
    length + rest.iter().take_while(|&&byte| is_letter(byte)).count()
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

/// The bytes that mean nothing inside a word without quotes.
static IS_LETTER: [bool; 256] = {
    let mut is_letter = [true; 256];
    let special = b" \t\r\n;{\\$";
    let mut index = 0;
    while index < special.len() {
        is_letter[special[index] as usize] = false;
        index += 1;
    }
    is_letter
};

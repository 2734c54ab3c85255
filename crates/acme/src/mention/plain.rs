//! A text without what is around its words: escapes, colours, line ends and prefixes of logs.

use std::borrow::Cow;

mod prefix;

/// Every kind of quotation mark.
pub(crate) const QUOTE: u8 = b'"';

/// A text in which a message is one row of words, whatever it has gone through.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    text: Vec<u8>,
    /// Where each line of the original starts in it.
    lines: Vec<usize>,
}

impl Plain {
    /// Makes a text plain. It may be in UTF-8, UTF-16 or any encoding that has ASCII in it.
    pub fn new(bytes: &[u8]) -> Self {
        let bytes = decoded(bytes);
        let is_utf8 = std::str::from_utf8(&bytes).is_ok();
        let mut plain = Self { text: Vec::with_capacity(bytes.len()), lines: vec![0] };
        let mut writer = Writer { plain: &mut plain, is_utf8, goes_on: false };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &bytes) {
            writer.line(&bytes[start..end]);
            writer.plain.lines.push(writer.plain.text.len());
            start = end + 1;
        }
        writer.line(&bytes[start..]);
        plain
    }

    /// The words.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// On which line of the original something is, counted from 1.
    pub fn line(&self, at: usize) -> usize {
        // A blank in front of the first word is that line's, too.
        self.lines.partition_point(|&start| start <= at)
    }

    /// How many lines the original has.
    pub fn lines(&self) -> usize {
        // What follows the last line end counts if there is something.
        let is_open = self.lines.last().is_some_and(|&start| start + 1 < self.text.len());
        self.lines.len() - usize::from(!is_open)
    }

    /// Whether there is not a single word.
    pub fn is_empty(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }
}

/// The text in an encoding that has ASCII in it.
fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |bytes: &[u8], order: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Cow::Owned(text.into_bytes())
    };
    let start = &bytes[..bytes.len().min(400)];
    let zeros =
        |first: usize| start.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let is_most = |count: usize| count > start.len() / 4;
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ if is_most(zeros(1)) => wide(bytes, u16::from_le_bytes),
        _ if is_most(zeros(0)) => wide(bytes, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

struct Writer<'p> {
    plain: &'p mut Plain,
    /// In `Shift_JIS` a letter may end in a byte that looks like a backslash.
    is_utf8: bool,
    /// Whether the line before is one of a mail that goes on in this one.
    goes_on: bool,
}

/// In mails, lines of about this length may end in `=`, which says that they go on.
const MAIL_LINES: std::ops::RangeInclusive<usize> = 68..=76;

impl Writer<'_> {
    /// A line, behind a blank.
    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = &line[prefix::length(line)..];
        if self.goes_on {
            self.plain.text.pop();
        } else {
            self.blank();
        }
        self.goes_on = line.ends_with(b"=") && MAIL_LINES.contains(&line.len());
        let mut at = 0;
        while at < line.len() {
            // Most bytes are neither a blank nor a sign.
            let run = line[at..].iter().take_while(|byte| is_usual(**byte)).count();
            self.plain.text.extend_from_slice(&line[at..at + run]);
            at += run;
            if at < line.len() {
                at += self.special(&line[at..]);
            }
        }
    }

    fn blank(&mut self) {
        if self.plain.text.last().is_some_and(|&last| last != b' ') {
            self.plain.text.push(b' ');
        }
    }

    /// Takes what starts with a sign; how many bytes that was.
    fn special(&mut self, rest: &[u8]) -> usize {
        match rest[0] {
            0x1b => colour(rest, 1).unwrap_or(1),
            b'^' => colour(rest, 2)
                .filter(|_| rest.starts_with(b"^[["))
                .unwrap_or_else(|| self.one(b'^')),
            b'#' => colour(rest, 4)
                .filter(|_| rest.starts_with(b"#033["))
                .unwrap_or_else(|| self.one(b'#')),
            b'\'' | b'`' | QUOTE => self.one(QUOTE),
            b'\\' => self.escape(rest),
            b'&' => self.entity(rest),
            b'=' if rest.starts_with(b"=3D") => 2 + self.one(b'='),
            b'=' if rest.starts_with(b"=22") || rest.starts_with(b"=27") => 2 + self.one(QUOTE),
            b'=' => self.one(b'='),
            byte if byte <= b' ' || byte == 0x7f => {
                self.blank();
                1
            }
            _ => self.letter(rest),
        }
    }

    fn one(&mut self, byte: u8) -> usize {
        self.plain.text.push(byte);
        1
    }

    /// Something with a backslash in front, or several of them.
    fn escape(&mut self, rest: &[u8]) -> usize {
        let last = self.plain.text.last().copied().unwrap_or(b' ');
        if !self.is_utf8 && last >= 0x80 {
            return self.one(b'\\');
        }
        let count = rest.iter().take_while(|&&byte| byte == b'\\').count();
        let rest = &rest[count..];
        // Windows has paths like C:\new.
        let is_drive = last == b':' && count == 1;
        match rest.first().copied() {
            Some(b'n' | b'r' | b't') if !is_drive => {
                self.blank();
                count + 1
            }
            Some(b'\'' | QUOTE | b'`') => {
                self.one(QUOTE);
                count + 1
            }
            Some(b'/') => {
                self.one(b'/');
                count + 1
            }
            Some(b'u') => match code(rest, 1, 4) {
                Some(code) => {
                    self.code(code, &rest[5..]).map_or(count + 5, |more| count + 5 + more)
                }
                None => count - 1 + self.one(b'\\'),
            },
            Some(b'x') => match code(rest, 1, 2) {
                Some(code) => {
                    self.code(code, &rest[3..]).map_or(count + 3, |more| count + 3 + more)
                }
                None => count - 1 + self.one(b'\\'),
            },
            _ => count - 1 + self.one(b'\\'),
        }
    }

    /// A letter by its number. How much of what follows belongs to it, if it starts a colour.
    fn code(&mut self, code: u32, rest: &[u8]) -> Option<usize> {
        if code == 0x1b {
            return colour(rest, 0);
        }
        let mut bytes = [0; 4];
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        match bytes {
            [b'\\'] => {}
            [b'\'' | b'`' | QUOTE] => self.plain.text.push(QUOTE),
            [byte] if *byte <= b' ' => self.blank(),
            [byte] => self.plain.text.push(*byte),
            _ => {
                self.letter(bytes);
            }
        }
        None
    }

    /// An entity of HTML.
    fn entity(&mut self, rest: &[u8]) -> usize {
        const ENTITIES: [(&[u8], u8); 12] = [
            (b"&lt;", b'<'),
            (b"&gt;", b'>'),
            (b"&amp;", b'&'),
            (b"&quot;", QUOTE),
            (b"&#34;", QUOTE),
            (b"&#39;", QUOTE),
            (b"&#039;", QUOTE),
            (b"&apos;", QUOTE),
            (b"&#x27;", QUOTE),
            (b"&ldquo;", QUOTE),
            (b"&rdquo;", QUOTE),
            (b"&#x2F;", b'/'),
        ];
        if rest.starts_with(b"&nbsp;") {
            self.blank();
            return 6;
        }
        let known = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity));
        let Some((entity, byte)) = known else { return self.one(b'&') };
        // `&amp;quot;` has been through two of them.
        if *byte == b'&'
            && let Some(inner) = rest.get(4..).filter(|inner| inner.first() == Some(&b';'))
        {
            let again = [b"&", &inner[1..inner.len().min(9)]].concat();
            if again.len() > 1 && ENTITIES.iter().any(|(entity, _)| again.starts_with(entity)) {
                return 4 + self.entity(&again);
            }
        }
        self.one(*byte);
        entity.len()
    }

    /// A letter beyond ASCII: quotation marks and blanks become plain ones, what cannot be seen goes.
    fn letter(&mut self, rest: &[u8]) -> usize {
        let length = match rest[0] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 1,
        };
        let letter = rest.get(..length).unwrap_or(&rest[..1]);
        match std::str::from_utf8(letter).ok().and_then(|letter| letter.chars().next()) {
            Some(
                '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '″' | '＂' | '「' | '」'
                | '『' | '』',
            ) => {
                self.plain.text.push(QUOTE);
            }
            Some('\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}') => self.blank(),
            Some('\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}') => {}
            Some('：') => self.plain.text.push(b':'),
            _ => self.plain.text.extend_from_slice(letter),
        }
        letter.len()
    }
}

fn is_usual(byte: u8) -> bool {
    byte > b' '
        && byte < 0x7f
        && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'&' | b'^' | b'#' | b'=')
}

/// How long a colour is that has its bracket here.
fn colour(rest: &[u8], bracket: usize) -> Option<usize> {
    if rest.get(bracket) != Some(&b'[') {
        return None;
    }
    let inside = rest[bracket + 1..].iter().take(16);
    let digits =
        inside.take_while(|byte| byte.is_ascii_digit() || **byte == b';' || **byte == b'?');
    let end = bracket + 1 + digits.count();
    rest.get(end).filter(|byte| byte.is_ascii_alphabetic()).map(|_| end + 1)
}

/// A number in hexadecimal digits.
fn code(rest: &[u8], start: usize, digits: usize) -> Option<u32> {
    let text = rest.get(start..start + digits)?;
    let text = std::str::from_utf8(text).ok()?;
    u32::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests;

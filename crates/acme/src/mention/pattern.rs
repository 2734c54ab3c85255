//! Patterns with holes, and whether a text fits one.

use std::{net::IpAddr, ops::Range};

use super::{Fields, plain::QUOTE};
use crate::catalogue::Message;

/// A pattern of the catalogue, cut into its parts.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) message: &'static Message,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// A text; small and capital letters are the same, and a quotation mark may be missing.
    Text(&'static [u8]),
    Hole(Hole),
}

/// What differs each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    Url,
    Name,
    Address,
    /// An address in brackets, or nothing.
    At,
    Status,
    Number,
    Port,
    Path,
    File,
    Line,
    Word,
    /// Digits and letters, as few as possible.
    Hex,
    /// Anything, as little as possible.
    Any,
}

/// What fills the holes of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Filled<'t> {
    pub(super) end: usize,
    text: &'t [u8],
    holes: Vec<(Hole, Range<usize>)>,
}

/// So much of the first text is searched for: more tells little more.
const LONGEST_START: usize = 12;

/// Nothing that stands for anything is longer.
const LONGEST_ANY: usize = 160;

/// No URL, path or word is longer.
const LONGEST: usize = 2200;

/// So often is an end tried, however a text is made.
const MOST_TRIES: usize = 6000;

impl Pattern {
    /// # Panics
    /// If the table has a hole that is not known: a test looks at all of them.
    pub(super) fn new(message: &'static Message, text: &'static str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.as_bytes()));
            }
            let (name, after) = after.split_once('}').expect("each hole is closed");
            parts.push(Part::Hole(Hole::of(name)));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.as_bytes()));
        }
        let pattern = Self { message, parts };
        debug_assert!(pattern.start().len() > 2, "`{text}` starts like too much else");
        pattern
    }

    /// The first text in it, up to the first quotation mark.
    pub(super) fn start(&self) -> &'static [u8] {
        let text = self.parts.iter().find_map(|part| match part {
            Part::Text(text) => Some(*text),
            Part::Hole(_) => None,
        });
        let mut words = text.unwrap_or_default().split(|&byte| is_quote(byte));
        let word = words.find(|text| !text.is_empty()).unwrap_or_default();
        &word[..word.len().min(LONGEST_START)]
    }

    /// Where it starts and ends and what fills its holes, if it fits what has its first text here.
    pub(super) fn fit<'t>(&self, text: &'t [u8], at: usize) -> Option<(usize, Filled<'t>)> {
        let mut fit = Fit { text, holes: Vec::new(), tries: 0 };
        let (start, parts) = match self.parts.split_first() {
            // What comes first is read backwards.
            Some((Part::Hole(hole), rest)) => {
                let start = before(*hole, text, at)?;
                fit.holes.push((*hole, start..at));
                (start, rest)
            }
            _ => (at, &*self.parts),
        };
        // A quotation mark in front of the first text is not searched for.
        let leading = match parts.first() {
            Some(Part::Text(text)) => text.iter().take_while(|&&byte| is_quote(byte)).count(),
            _ => 0,
        };
        let end = match parts.split_first() {
            Some((Part::Text(first), rest)) => {
                let end = fit.literal(&first[leading..], at)?;
                fit.parts(rest, end)?
            }
            _ => return None,
        };
        Some((start, Filled { end, text, holes: fit.holes }))
    }
}

/// Where something starts that ends here; `None` if it is not what it should be.
fn before(hole: Hole, text: &[u8], at: usize) -> Option<usize> {
    let end = if text[..at].last() == Some(&QUOTE) { at - 1 } else { at };
    let is_part = |byte: &&u8| hole.holds(**byte) && **byte > b' ';
    let length = text[..end].iter().rev().take(LONGEST_ANY).take_while(is_part).count();
    let word = std::str::from_utf8(&text[end - length..end]).ok()?;
    let is_right = match hole {
        Hole::Address => word.parse::<IpAddr>().is_ok(),
        Hole::Name => word.contains('.'),
        Hole::Path => word.contains('/'),
        _ => !word.is_empty(),
    };
    is_right.then_some(end - length)
}

impl Hole {
    fn of(name: &str) -> Self {
        match name {
            "url" => Self::Url,
            "name" => Self::Name,
            "address" => Self::Address,
            "at" => Self::At,
            "status" => Self::Status,
            "number" => Self::Number,
            "port" => Self::Port,
            "path" => Self::Path,
            "file" => Self::File,
            "line" => Self::Line,
            "word" => Self::Word,
            "hex" => Self::Hex,
            "any" => Self::Any,
            _ => panic!("there is no hole `{name}`"),
        }
    }

    /// Whether it may hold a byte.
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Url => byte > b' ' && !matches!(byte, QUOTE | b'<' | b'>'),
            Self::Name => byte.is_ascii_alphanumeric() || byte >= 0x80 || b".-_*".contains(&byte),
            Self::Address => byte.is_ascii_hexdigit() || b".:%".contains(&byte),
            Self::At => false,
            Self::Status | Self::Number | Self::Port | Self::Line => byte.is_ascii_digit(),
            Self::Path | Self::File => byte != QUOTE && byte >= b' ',
            Self::Word => byte > b' ' && byte != QUOTE,
            Self::Hex => byte.is_ascii_alphanumeric(),
            Self::Any => true,
        }
    }

    /// The fewest and the most bytes.
    fn lengths(self) -> (usize, usize) {
        match self {
            Self::Status => (3, 3),
            Self::Port => (1, 5),
            Self::Number | Self::Line => (1, 9),
            Self::Address => (2, 45),
            Self::Name => (1, 253),
            Self::Hex => (1, 16),
            Self::Any => (0, LONGEST_ANY),
            Self::Url | Self::Path | Self::File | Self::Word | Self::At => (1, LONGEST),
        }
    }
}

/// A pattern on its way through a text.
struct Fit<'t> {
    text: &'t [u8],
    holes: Vec<(Hole, Range<usize>)>,
    tries: usize,
}

impl Fit<'_> {
    /// Where these parts end, if they fit.
    fn parts(&mut self, parts: &[Part], at: usize) -> Option<usize> {
        let Some((first, rest)) = parts.split_first() else { return Some(at) };
        match first {
            Part::Text(text) => self.parts(rest, self.literal(text, at)?),
            Part::Hole(Hole::At) => self.address(rest, at),
            Part::Hole(hole) => self.hole(*hole, rest, at),
        }
    }

    fn literal(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        for (index, &byte) in text.iter().enumerate() {
            let there = self.text.get(at).copied();
            if is_quote(byte) {
                // Two of them, with nothing inside, say something.
                let is_beside = |other: Option<&u8>| other.is_some_and(|&other| is_quote(other));
                let is_one_of_two =
                    is_beside(text.get(index + 1)) || index > 0 && is_beside(text.get(index - 1));
                match there {
                    Some(QUOTE) => at += 1,
                    _ if is_one_of_two || self.is_inside_word(at) => return None,
                    _ => {}
                }
            } else if there.is_some_and(|there| there.eq_ignore_ascii_case(&byte)) {
                at += 1;
            } else {
                return None;
            }
        }
        Some(at)
    }

    /// Whether a word goes on here.
    fn is_inside_word(&self, at: usize) -> bool {
        let is_part = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        at > 0 && is_part(self.text.get(at - 1)) && is_part(self.text.get(at))
    }

    fn hole(&mut self, hole: Hole, rest: &[Part], at: usize) -> Option<usize> {
        let (least, most) = hole.lengths();
        let window = &self.text[at..self.text.len().min(at + most)];
        let length = window.iter().take_while(|byte| hole.holds(**byte)).count();
        if length < least {
            return None;
        }
        // What stands for anything, or for a path with blanks, ends where the next text begins; all
        // others take what they can, but for the sign at the end of a sentence.
        let is_short = matches!(hole, Hole::Any | Hole::Path | Hole::File | Hole::Hex);
        let is_last = rest.is_empty();
        for step in 0..=length - least {
            self.tries += 1;
            if self.tries > MOST_TRIES {
                return None;
            }
            let size = if is_short && !is_last { least + step } else { length - step };
            let is_cut = is_last && !is_short && is_sign(self.text[at + size - 1]) && size > least;
            if is_cut || self.next_differs(rest, at + size) {
                continue;
            }
            self.holes.push((hole, at..at + size));
            if let Some(end) = self.parts(rest, at + size) {
                return Some(end);
            }
            self.holes.pop();
        }
        None
    }

    /// Whether the next text cannot start here: most ends are ruled out by one byte.
    fn next_differs(&self, rest: &[Part], at: usize) -> bool {
        let Some(Part::Text(text)) = rest.first() else { return false };
        !is_quote(text[0])
            && self.text.get(at).is_none_or(|there| !there.eq_ignore_ascii_case(&text[0]))
    }

    /// An address in brackets, with a blank in front, or nothing.
    fn address(&mut self, rest: &[Part], at: usize) -> Option<usize> {
        let inside = self.text[at..].strip_prefix(b" [").map(|inside| {
            let length = inside.iter().take(46).take_while(|byte| Hole::Address.holds(**byte));
            length.count()
        });
        if let Some(length) = inside
            && self.text.get(at + 2 + length) == Some(&b']')
        {
            self.holes.push((Hole::At, at + 2..at + 2 + length));
            if let Some(end) = self.parts(rest, at + 3 + length) {
                return Some(end);
            }
            self.holes.pop();
        }
        self.parts(rest, at)
    }
}

impl Filled<'_> {
    /// What the message names.
    pub(super) fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        let mut file = None;
        for (hole, range) in &self.holes {
            let bytes = &self.text[range.clone()];
            let text = String::from_utf8_lossy(bytes).trim().to_owned();
            match hole {
                Hole::Url if fields.url.is_none() => fields.url = Some(text),
                Hole::Name if fields.name.is_none() => fields.name = name(&text),
                Hole::Address | Hole::At => fields.address = text.parse().ok().or(fields.address),
                Hole::Status => fields.status = text.parse().ok(),
                Hole::Port => fields.port = text.parse().ok(),
                Hole::Path if fields.path.is_none() => fields.path = Some(text),
                Hole::File => file = Some(text),
                Hole::Line => {
                    let line = text.parse().ok();
                    fields.at = file.clone().zip(line);
                }
                Hole::Word if fields.word.is_none() => fields.word = Some(text),
                _ => {}
            }
        }
        fields
    }
}

/// A name as certificates have it.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim_matches(|letter| matches!(letter, '.' | '-' | '_')).to_lowercase();
    let text = text.strip_prefix("_acme-challenge.").unwrap_or(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// In patterns both are any quotation mark.
fn is_quote(byte: u8) -> bool {
    matches!(byte, b'\'' | QUOTE)
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b':' | b';' | b')' | b']' | b'}')
}

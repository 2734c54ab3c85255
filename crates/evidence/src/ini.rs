//! The files in which certbot keeps what a renewal needs: `ConfigObj`'s kind of INI, with sections in
//! sections, lists, quotes, and values that are put into others. What is read here and what is
//! refused is what Python's `configobj` reads and refuses, which a test compares.

use std::collections::HashSet;

mod interpolation;
mod value;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ini {
    /// Its sections in their order; the first one is what stands before any.
    pub sections: Vec<Section>,
}

/// A section: the lines from its heading to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its name; that of the first one is empty.
    pub name: String,
    /// The number of the section that it is in.
    pub parent: usize,
    /// How many brackets its heading has on each side.
    pub depth: usize,
    /// What it says, in order.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, without quotes.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// The number of its first line, from 1.
    pub line: u32,
}

/// One text, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, without quotes.
    Text(String),
    /// What commas set apart.
    List(Vec<String>),
}

/// Why a file is refused: the first reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IniError {
    /// The number of the line, from 1.
    pub line: u32,
    /// What is wrong: lower case, no full stop.
    pub message: &'static str,
}

/// Longer lines are refused: no client writes any, and how quotes pair in them takes long to find
/// out.
const LONGEST: usize = 16 << 10;

impl Ini {
    /// Reads a file.
    ///
    /// # Errors
    /// If `configobj` would refuse it.
    pub fn read(bytes: &[u8]) -> Result<Self, IniError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = Reader { sections: vec![Section::default()], ..Reader::default() };
        // Every line is decoded before the first one is looked at.
        let mut lines = Vec::new();
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = std::str::from_utf8(line).map_err(|_| IniError {
                line: lines.len() as u32 + 1,
                message: "it is not UTF-8",
            })?;
            lines.push(text.trim_end_matches(['\r', '\n']));
        }
        let mut at = 0;
        while at < lines.len() {
            at = reader.line(&lines, at)?;
        }
        Ok(Self { sections: reader.sections })
    }

    /// The section of this name in another one.
    pub fn section(&self, parent: usize, name: &str) -> Option<usize> {
        let mut sections = self.sections.iter().enumerate().skip(1);
        sections.find(|(_, one)| one.parent == parent && one.name == name).map(|(at, _)| at)
    }

    /// What stands under a key of a section.
    pub fn get(&self, section: usize, key: &str) -> Option<&Entry> {
        self.sections.get(section)?.entries.iter().find(|entry| entry.key == key)
    }
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }

    /// The texts of a list, or the one that there is.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        }
    }
}

/// A file half read.
#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// The section that a line belongs to.
    current: usize,
    /// The keys and sections that there are, each with the section that it is in.
    known: HashSet<(usize, String)>,
}

impl Reader {
    /// Takes in the line at `at`, and the lines after it that its value goes on in. Says at which
    /// line to go on.
    fn line(&mut self, lines: &[&str], at: usize) -> Result<usize, IniError> {
        let line = lines[at];
        let error = |message| IniError { line: at as u32 + 1, message };
        let trimmed = line.trim_matches(is_space);
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(at + 1);
        }
        if line.len() > LONGEST {
            return Err(error("the line is too long"));
        }
        if trimmed.starts_with('[')
            && let Some(heading) = Heading::of(trimmed)
        {
            self.open(&heading).map_err(error)?;
            return Ok(at + 1);
        }
        let Some((key, value)) = split(line) else {
            return Err(error("it is neither a section nor `key = value`"));
        };
        let (value, next) = value::read(value, lines, at).map_err(error)?;
        let key = unquoted(key).to_owned();
        if !self.known.insert((self.current, key.clone())) {
            return Err(IniError {
                line: next as u32,
                message: "the same key stands above already",
            });
        }
        let entry = Entry { key, value, line: at as u32 + 1 };
        self.sections[self.current].entries.push(entry);
        Ok(next)
    }

    /// Begins a section.
    fn open(&mut self, heading: &Heading<'_>) -> Result<(), &'static str> {
        if heading.open != heading.close {
            return Err("the brackets of the section do not pair");
        }
        let depth = heading.open;
        let mut above = self.current;
        if depth > self.sections[above].depth + 1 {
            return Err("the section is in none of the level above it");
        }
        while self.sections[above].depth >= depth {
            above = self.sections[above].parent;
        }
        let name = unquoted(heading.name).to_owned();
        if !self.known.insert((above, name.clone())) {
            return Err("the same section stands above already");
        }
        self.current = self.sections.len();
        self.sections.push(Section { name, parent: above, depth, entries: Vec::new() });
        Ok(())
    }
}

/// The heading of a section.
struct Heading<'t> {
    open: usize,
    name: &'t str,
    close: usize,
}

impl<'t> Heading<'t> {
    /// Reads a line that starts with a bracket. As many brackets open it as leave a name.
    fn of(line: &'t str) -> Option<Self> {
        let mut starts = Vec::new();
        let mut rest = line;
        while let Some(inner) = rest.strip_prefix('[') {
            rest = inner.trim_start_matches(is_space);
            starts.push(rest);
        }
        let counted = starts.iter().enumerate().rev();
        counted.into_iter().find_map(|(index, start)| {
            let (name, close) = Self::name(start)?;
            Some(Self { open: index + 1, name, close })
        })
    }

    /// The name at the start of a text, and how many brackets close it.
    fn name(text: &'t str) -> Option<(&'t str, usize)> {
        let first = text.chars().next()?;
        if matches!(first, '"' | '\'') {
            // There is something between the quotes, be it a quote.
            let inside = text[1..].trim_start_matches(is_space);
            let least = text.len() - inside.len() + inside.chars().next()?.len_utf8();
            let quotes = text.match_indices(first).map(|(at, _)| at).filter(|&at| at >= least);
            return quotes
                .map(|at| at + 1)
                .find_map(|end| Some((&text[..end], closing(&text[end..])?)));
        }
        let brackets = text.match_indices(']').map(|(at, _)| at);
        brackets.filter(|&at| at > 0).find_map(|at| {
            let close = closing(&text[at..])?;
            let name = text[..at].trim_end_matches(is_space);
            Some((name, close))
        })
    }
}

/// How many brackets close a heading whose name ends here; `None` if something other than a comment
/// follows them, or there are none.
fn closing(text: &str) -> Option<usize> {
    let (mut rest, mut count) = (text, 0);
    loop {
        rest = rest.trim_start_matches(is_space);
        let Some(inner) = rest.strip_prefix(']') else { break };
        (rest, count) = (inner, count + 1);
    }
    (count > 0 && (rest.is_empty() || rest.starts_with('#'))).then_some(count)
}

/// A line as key and value.
fn split(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start_matches(is_space);
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'') {
        for (at, _) in text.match_indices(first).skip(1) {
            let rest = text[at + 1..].trim_start_matches(is_space);
            if let Some(value) = rest.strip_prefix('=') {
                return Some((&text[..=at], value.trim_start_matches(is_space)));
            }
        }
    } else if first != '=' {
        let (key, value) = text.split_once('=')?;
        return Some((key.trim_end_matches(is_space), value.trim_start_matches(is_space)));
    }
    // The white space in front is taken for the start of the key.
    let start = line.len() - text.len();
    let (before, _) = line[..start].char_indices().next_back()?;
    let text = &line[before..];
    let (key, value) = text.split_once('=')?;
    let least = text.chars().next()?.len_utf8();
    let end = key.trim_end_matches(is_space).len().max(least);
    Some((&key[..end], value.trim_start_matches(is_space)))
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let is_quoted =
        text.starts_with(['"', '\'']) && text.chars().next() == text.chars().next_back();
    if is_quoted { text.get(1..text.len() - 1).unwrap_or_default() } else { text }
}

/// White space as Python has it.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{1c}'..='\u{1f}')
}

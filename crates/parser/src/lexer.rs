//! Cuts a file into tokens that lie end to end, with nginx's rules for where a word begins and
//! ends. The lexemes are nom parsers; what holds between them (`Lexer`) is a small state machine.

use nom::IResult;

use self::lexemes::{Lexeme, bare_word, blank, comment, quoted_word};
use crate::{
    error::{SyntaxError, SyntaxErrorKind},
    lua,
    word::{Quote, Word},
};

mod lexemes;

/// The size of nginx's reading buffer, in bytes (`NGX_CONF_BUFFER`): a word or comment and the
/// bytes that end it must fit.
pub const WORD_LIMIT: usize = 4096;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One token; every byte of a file belongs to exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Blanks, tabs, CR and LF.
    Blank,
    /// From `#` to the end of the line, without the LF.
    Comment,
    /// A word.
    Word(Word),
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
    /// A UTF-8 byte order mark at the start of the file.
    ByteOrderMark,
    /// The text of a Lua block, between its braces.
    Lua,
}

/// Reads tokens one by one; the errors met on the way are kept in [`Lexer::errors`].
pub struct Lexer<'s> {
    source: &'s [u8],
    position: usize,
    /// How many words the statement has so far.
    words: usize,
    /// Whether the statement's name ends in `_by_lua_block`.
    lua_statement: bool,
    state: State,
    /// What nginx would complain about, in the order in which it would meet it.
    pub errors: Vec<SyntaxError>,
}

/// What the lexer expects next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Anything.
    Between,
    /// A quoted word has just ended, so that nginx wants a blank, `;`, `{` or `)`.
    AfterQuote,
    /// The text of a Lua block.
    Lua,
    /// Nothing: the end of the file has been judged.
    Ended,
}

impl<'s> Lexer<'s> {
    /// A lexer at the start of `source`, which must be shorter than 4 GiB.
    pub fn new(source: &'s [u8]) -> Self {
        Self {
            source,
            position: 0,
            words: 0,
            lua_statement: false,
            state: State::Between,
            errors: Vec::new(),
        }
    }

    /// Adds an error, unless one stands at the same place already.
    pub(crate) fn report(&mut self, kind: SyntaxErrorKind, at: usize, shown: (usize, usize)) {
        let at = at as u32;
        if self.errors.last().is_some_and(|last| last.at == at) {
            return;
        }
        self.errors.push(SyntaxError { kind, at, start: shown.0 as u32, end: shown.1 as u32 });
    }

    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.position;
        self.position += length;
        Token { kind, start: start as u32, end: self.position as u32 }
    }

    fn punctuation(&mut self, byte: u8) -> Token {
        let at = self.position;
        let kind = match byte {
            b';' => TokenKind::Semicolon,
            b'{' => TokenKind::Open,
            _ => TokenKind::Close,
        };
        // `;` and `{` want a word before them, `}` wants none.
        if (self.words > 0) == (byte == b'}') {
            self.report(SyntaxErrorKind::Unexpected(byte), at, (at, at + 1));
        }
        if byte == b'{' && self.lua_statement {
            self.state = State::Lua;
        }
        self.words = 0;
        self.lua_statement = false;
        self.token(kind, 1)
    }

    fn comment(&mut self, rest: &'s [u8]) -> Token {
        let length = lexeme_length(comment(rest), rest);
        let at = self.position;
        if self.overflows(at, length) {
            self.report(SyntaxErrorKind::TooLong, at, (at, at + length));
        }
        self.token(TokenKind::Comment, length)
    }

    #[inline]
    fn bare_word(&mut self, rest: &'s [u8]) -> Token {
        // The lexeme was chosen by its first byte, so it matches.
        let (length, escaped) =
            bare_word(rest).map_or((1, false), |(_, word)| (word.text.len(), word.escaped));
        if length >= WORD_LIMIT - 1 {
            let at = self.position;
            if self.overflows(at, length + blank_behind(&rest[length..])) {
                self.report(SyntaxErrorKind::TooLong, at, (at, at + length));
            }
        }
        self.word(Word {
            start: self.position as u32,
            end: (self.position + length) as u32,
            quote: Quote::Bare,
            escaped,
            closed: true,
        })
    }

    fn quoted_word(&mut self, rest: &'s [u8], quote: Quote, byte: u8) -> Token {
        let at = self.position;
        // What nginx holds in its buffer starts after the quote; past its end it gives up.
        let window = &rest[..rest.len().min(WORD_LIMIT + 1)];
        let start = at as u32;
        if let Ok((_, Lexeme { text, escaped })) = quoted_word(window) {
            // The opening quote is not kept.
            let length = text.len() - 1;
            if self.overflows(at + 1, length + blank_behind(&rest[text.len()..])) {
                self.report(SyntaxErrorKind::TooLong, at, (at + 1, at + text.len()));
            }
            self.state = State::AfterQuote;
            let end = (at + text.len()) as u32;
            return self.word(Word { start, end, quote, escaped, closed: true });
        }
        if at + 1 + WORD_LIMIT < self.source.len() {
            self.report(SyntaxErrorKind::TooLongQuoted(byte), at, (at, at + 1));
        } else {
            let end = self.source.len();
            self.report(SyntaxErrorKind::EndInStatement, end, (at, at + 1));
        }
        // One forgotten quote must not hide the rest of the file: the word ends with its line, and
        // what looks like the end of the statement there is taken for it.
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let line = line.trim_ascii_end();
        let line = line.strip_suffix(b";").or_else(|| line.strip_suffix(b"{")).unwrap_or(line);
        let text = &rest[..line.trim_ascii_end().len().max(1)];
        let escaped = memchr::memchr(b'\\', text).is_some();
        let end = (at + text.len()) as u32;
        self.word(Word { start, end, quote, escaped, closed: false })
    }

    // Inlined like `next`: a token that is copied field by field costs as much as the scan itself.
    #[inline]
    fn word(&mut self, word: Word) -> Token {
        if self.words == 0 {
            self.lua_statement = word.content(self.source).ends_with(b"_by_lua_block");
        }
        self.words += 1;
        self.position = word.end as usize;
        Token { kind: TokenKind::Word(word), start: word.start, end: word.end }
    }

    /// Whether the `length` bytes from `start`, which nginx must keep at once, outgrow its buffer.
    /// nginx looks only when it has to read more, so the end of the file comes first.
    fn overflows(&self, start: usize, length: usize) -> bool {
        length >= WORD_LIMIT && start + WORD_LIMIT < self.source.len()
    }

    /// Settles what the token before asks for: the text of a Lua block, or the byte that nginx wants
    /// after a quote.
    #[cold]
    fn after_something(&mut self) -> Option<Token> {
        let rest = &self.source[self.position..];
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => {}
            State::Ended => self.state = State::Ended,
            State::Lua => {
                let length = self.lua_length(rest);
                if length > 0 {
                    return Some(self.token(TokenKind::Lua, length));
                }
            }
            State::AfterQuote => {
                let fine = |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')');
                if let Some(&byte) = rest.first()
                    && !fine(byte)
                {
                    let at = self.position;
                    self.report(SyntaxErrorKind::Unexpected(byte), at, (at, at + 1));
                }
            }
        }
        None
    }

    /// Judges the end of the file.
    #[cold]
    fn end(&mut self) {
        if self.state != State::Ended && self.words > 0 {
            let end = self.position;
            self.report(SyntaxErrorKind::EndInStatement, end, (end, end));
        }
        self.state = State::Ended;
    }

    /// How long the text of a Lua block is that starts here.
    fn lua_length(&mut self, rest: &[u8]) -> usize {
        let scan = lua::scan(rest);
        if let Some(complaint) = scan.complaint {
            let at = complaint.at.map_or(self.position - 1, |at| self.position + at);
            self.report(complaint.kind, at, (at, at + complaint.length));
        }
        scan.length.unwrap_or(rest.len())
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        if self.state != State::Between
            && let Some(token) = self.after_something()
        {
            return Some(token);
        }
        let rest = &self.source[self.position..];
        let Some(&byte) = rest.first() else {
            self.end();
            return None;
        };
        Some(match CLASSES[byte as usize] {
            Class::Blank => {
                let length = lexeme_length(blank(rest), rest);
                self.token(TokenKind::Blank, length)
            }
            Class::Punctuation => self.punctuation(byte),
            Class::Comment => self.comment(rest),
            Class::SingleQuote => self.quoted_word(rest, Quote::Single, byte),
            Class::DoubleQuote => self.quoted_word(rest, Quote::Double, byte),
            Class::MarkHead if self.position == 0 && rest.starts_with(BYTE_ORDER_MARK) => {
                self.report(SyntaxErrorKind::ByteOrderMark, 0, (0, BYTE_ORDER_MARK.len()));
                self.token(TokenKind::ByteOrderMark, BYTE_ORDER_MARK.len())
            }
            Class::Letter | Class::MarkHead => self.bare_word(rest),
        })
    }
}

/// What a token is by its first byte.
#[derive(Clone, Copy)]
enum Class {
    Letter,
    Blank,
    Punctuation,
    Comment,
    SingleQuote,
    DoubleQuote,
    /// Perhaps a byte order mark.
    MarkHead,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Letter; 256];
    let mut index = 0;
    while index < classes.len() {
        classes[index] = match index as u8 {
            b' ' | b'\t' | b'\r' | b'\n' => Class::Blank,
            b';' | b'{' | b'}' => Class::Punctuation,
            b'#' => Class::Comment,
            b'\'' => Class::SingleQuote,
            b'"' => Class::DoubleQuote,
            0xEF => Class::MarkHead,
            _ => Class::Letter,
        };
        index += 1;
    }
    classes
};

/// The bytes right after a word that nginx keeps together with it: it moves on from a word only when
/// it has read the byte after the first blank.
fn blank_behind(rest: &[u8]) -> usize {
    usize::from(matches!(rest.first(), Some(b' ' | b'\t' | b'\r' | b'\n')))
}

fn lexeme_length(lexeme: IResult<&[u8], &[u8]>, input: &[u8]) -> usize {
    // The lexemes called through here were chosen by their first byte, so they match.
    lexeme.map_or(input.len().min(1), |(_, text)| text.len())
}

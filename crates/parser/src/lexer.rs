//! Cuts a file into tokens that lie end to end, with nginx's rules for where a word begins and
//! ends. The lexemes are nom parsers; what holds between them (`Lexer`) is a small state machine.

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
    /// A word without quotes.
    BareWord,
    /// A word in quotes.
    QuotedWord(Quote),
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
    /// What has not been read yet.
    rest: &'s [u8],
    /// The first word of the statement, once it has been read.
    name: Option<Word>,
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
        Self { source, rest: source, name: None, state: State::Between, errors: Vec::new() }
    }

    /// Adds an error, unless one stands at the same place already.
    pub(crate) fn report(&mut self, kind: SyntaxErrorKind, at: usize, shown: (usize, usize)) {
        let at = at as u32;
        if self.errors.last().is_some_and(|last| last.at == at) {
            return;
        }
        self.errors.push(SyntaxError { kind, at, start: shown.0 as u32, end: shown.1 as u32 });
    }

    /// The offset of the next token.
    #[inline]
    pub(crate) fn offset(&self) -> u32 {
        (self.source.len() - self.rest.len()) as u32
    }

    /// What the next token is; `None` at the end of the file. Whoever asks reads the token next, by
    /// the method for its kind.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<TokenKind> {
        if self.state != State::Between
            && let Some(kind) = self.after_something()
        {
            return Some(kind);
        }
        let Some(&byte) = self.rest.first() else {
            self.end();
            return None;
        };
        Some(match CLASSES[byte as usize] {
            Class::Token(kind) => kind,
            Class::MarkHead if self.offset() == 0 && self.rest.starts_with(BYTE_ORDER_MARK) => {
                TokenKind::ByteOrderMark
            }
            Class::MarkHead => TokenKind::BareWord,
        })
    }

    /// Reads blanks; gives the offset after them.
    #[inline]
    pub(crate) fn blank(&mut self) -> u32 {
        // The lexemes called here and below were chosen by their first byte, so they match.
        let length = blank(self.rest).map_or(1, |(_, text)| text.len());
        self.advance(length)
    }

    /// Reads `;`, `{` or `}`; gives the offset after it.
    #[inline]
    pub(crate) fn punctuation(&mut self, byte: u8) -> u32 {
        // `;` and `{` want a word before them, `}` wants none.
        let name = self.name.take();
        if name.is_some() == (byte == b'}') {
            let at = self.offset() as usize;
            self.report(SyntaxErrorKind::Unexpected(byte), at, (at, at + 1));
        }
        if byte == b'{'
            && name.is_some_and(|name| name.content(self.source).ends_with(b"_by_lua_block"))
        {
            self.state = State::Lua;
        }
        self.advance(1)
    }

    /// Reads a comment; gives the offset after it.
    pub(crate) fn comment(&mut self) -> u32 {
        let length = comment(self.rest).map_or(1, |(_, text)| text.len());
        let at = self.offset() as usize;
        if self.overflows(at, length) {
            self.report(SyntaxErrorKind::TooLong, at, (at, at + length));
        }
        self.advance(length)
    }

    /// Reads a word without quotes.
    #[inline]
    pub(crate) fn bare_word(&mut self) -> Word {
        let (length, escaped) =
            bare_word(self.rest).map_or((1, false), |(_, word)| (word.text.len(), word.escaped));
        if length >= WORD_LIMIT - 1 {
            let at = self.offset() as usize;
            if self.overflows(at, length + blank_behind(&self.rest[length..])) {
                self.report(SyntaxErrorKind::TooLong, at, (at, at + length));
            }
        }
        self.word(Quote::Bare, escaped, true, length)
    }

    /// Reads a word in quotes.
    pub(crate) fn quoted_word(&mut self, quote: Quote) -> Word {
        let (rest, at) = (self.rest, self.offset() as usize);
        // What nginx holds in its buffer starts after the quote; past its end it gives up.
        let window = &rest[..rest.len().min(WORD_LIMIT + 1)];
        if let Ok((_, Lexeme { text, escaped })) = quoted_word(window) {
            // The opening quote is not kept.
            let length = text.len() - 1;
            if self.overflows(at + 1, length + blank_behind(&rest[text.len()..])) {
                self.report(SyntaxErrorKind::TooLong, at, (at + 1, at + text.len()));
            }
            self.state = State::AfterQuote;
            return self.word(quote, escaped, true, text.len());
        }
        if at + 1 + WORD_LIMIT < self.source.len() {
            self.report(SyntaxErrorKind::TooLongQuoted(rest[0]), at, (at, at + 1));
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
        self.word(quote, escaped, false, text.len())
    }

    /// Reads the byte order mark; gives the offset after it.
    pub(crate) fn byte_order_mark(&mut self) -> u32 {
        self.report(SyntaxErrorKind::ByteOrderMark, 0, (0, BYTE_ORDER_MARK.len()));
        self.advance(BYTE_ORDER_MARK.len())
    }

    /// Reads the text of a Lua block; gives the offset after it.
    pub(crate) fn lua(&mut self) -> u32 {
        self.state = State::Between;
        let length = self.lua_length();
        self.advance(length)
    }

    #[inline]
    fn word(&mut self, quote: Quote, escaped: bool, closed: bool, length: usize) -> Word {
        let start = self.offset();
        let end = self.advance(length);
        let word = Word { start, end, quote, escaped, closed };
        self.name.get_or_insert(word);
        word
    }

    #[inline]
    fn advance(&mut self, length: usize) -> u32 {
        self.rest = &self.rest[length..];
        self.offset()
    }

    /// Whether the `length` bytes from `start`, which nginx must keep at once, outgrow its buffer.
    /// nginx looks only when it has to read more, so the end of the file comes first.
    fn overflows(&self, start: usize, length: usize) -> bool {
        length >= WORD_LIMIT && start + WORD_LIMIT < self.source.len()
    }

    /// Settles what the token before asks for: the text of a Lua block, or the byte that nginx wants
    /// after a quote.
    #[cold]
    fn after_something(&mut self) -> Option<TokenKind> {
        match self.state {
            State::Between | State::Ended => {}
            State::Lua => {
                match self.rest.first() {
                    Some(b'}') => {}
                    Some(_) => return Some(TokenKind::Lua),
                    None => {
                        self.lua_length();
                    }
                }
                self.state = State::Between;
            }
            State::AfterQuote => {
                self.state = State::Between;
                let fine = |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')');
                if let Some(&byte) = self.rest.first()
                    && !fine(byte)
                {
                    let at = self.offset() as usize;
                    self.report(SyntaxErrorKind::Unexpected(byte), at, (at, at + 1));
                }
            }
        }
        None
    }

    /// Judges the end of the file.
    #[cold]
    fn end(&mut self) {
        if self.state != State::Ended && self.name.is_some() {
            let end = self.source.len();
            self.report(SyntaxErrorKind::EndInStatement, end, (end, end));
        }
        self.state = State::Ended;
    }

    /// How long the text of a Lua block is that starts here.
    fn lua_length(&mut self) -> usize {
        let start = self.offset() as usize;
        let scan = lua::scan(self.rest);
        if let Some(complaint) = scan.complaint {
            let at = complaint.at.map_or(start - 1, |at| start + at);
            self.report(complaint.kind, at, (at, at + complaint.length));
        }
        scan.length.unwrap_or(self.rest.len())
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let kind = self.peek()?;
        let start = self.offset();
        let end = match kind {
            TokenKind::Blank => self.blank(),
            TokenKind::Comment => self.comment(),
            TokenKind::BareWord => self.bare_word().end,
            TokenKind::QuotedWord(quote) => self.quoted_word(quote).end,
            TokenKind::Semicolon => self.punctuation(b';'),
            TokenKind::Open => self.punctuation(b'{'),
            TokenKind::Close => self.punctuation(b'}'),
            TokenKind::ByteOrderMark => self.byte_order_mark(),
            TokenKind::Lua => self.lua(),
        };
        Some(Token { kind, start, end })
    }
}

/// What a token is by its first byte.
#[derive(Clone, Copy)]
enum Class {
    Token(TokenKind),
    /// Perhaps a byte order mark.
    MarkHead,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Token(TokenKind::BareWord); 256];
    let mut index = 0;
    while index < classes.len() {
        classes[index] = match index as u8 {
            b' ' | b'\t' | b'\r' | b'\n' => Class::Token(TokenKind::Blank),
            b';' => Class::Token(TokenKind::Semicolon),
            b'{' => Class::Token(TokenKind::Open),
            b'}' => Class::Token(TokenKind::Close),
            b'#' => Class::Token(TokenKind::Comment),
            b'\'' => Class::Token(TokenKind::QuotedWord(Quote::Single)),
            b'"' => Class::Token(TokenKind::QuotedWord(Quote::Double)),
            0xEF => Class::MarkHead,
            _ => Class::Token(TokenKind::BareWord),
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

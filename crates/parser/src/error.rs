/// A place where nginx would stop reading, or where it would read something else than is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where nginx complains: its line is the line of this offset.
    pub at: u32,
    /// First byte of what to show a person: the opening quote, the open block, the odd byte.
    pub start: u32,
    /// The byte after that.
    pub end: u32,
}

/// What is wrong with the text, in the classes that nginx's reader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A byte that cannot stand here: `;` or `{` without a word, a stray `}`, or whatever follows a
    /// closing quote without a blank.
    Unexpected(u8),
    /// The file ends inside a statement.
    EndInStatement,
    /// The file ends inside a block.
    EndInBlock,
    /// A word or a comment is longer than nginx's buffer.
    TooLong,
    /// A quoted word is longer than nginx's buffer, which mostly means that its end is missing.
    TooLongQuoted(u8),
    /// A UTF-8 byte order mark at the start of the file, which nginx takes for the head of the
    /// first word.
    ByteOrderMark,
    /// A Lua block without its closing brace.
    EndInLua,
    /// A stretch of Lua without braces, strings and comments, or a string, that is longer than
    /// nginx's buffer.
    TooLongLua,
    /// A long bracket of Lua (`[[`, `[=[`) that does not end, or not within nginx's buffer.
    OpenLongBracket,
}

impl SyntaxError {
    /// The problem in nginx's own words, where nginx has words for it. Bytes that are not printable
    /// ASCII are escaped.
    pub fn message(&self, source: &[u8]) -> String {
        match self.kind {
            SyntaxErrorKind::Unexpected(byte) => {
                format!("unexpected \"{}\"", [byte].escape_ascii())
            }
            SyntaxErrorKind::EndInStatement => {
                "unexpected end of file, expecting \";\" or \"}\"".to_owned()
            }
            SyntaxErrorKind::EndInBlock => "unexpected end of file, expecting \"}\"".to_owned(),
            SyntaxErrorKind::TooLong => {
                let word = &source[self.start as usize..];
                let head = &word[..word.len().min(10)];
                format!("too long parameter \"{}...\" started", head.escape_ascii())
            }
            SyntaxErrorKind::TooLongQuoted(quote) => format!(
                "too long parameter, probably missing terminating \"{}\" character",
                char::from(quote)
            ),
            SyntaxErrorKind::ByteOrderMark => {
                "byte order mark (EF BB BF) at byte 0: nginx reads it as part of the first word"
                    .to_owned()
            }
            SyntaxErrorKind::EndInLua => {
                "unexpected end of file, expecting terminating characters for lua code block"
                    .to_owned()
            }
            SyntaxErrorKind::TooLongLua => {
                "too long lua code block, probably missing terminating characters".to_owned()
            }
            SyntaxErrorKind::OpenLongBracket => {
                let level = (self.end - self.start).saturating_sub(2) as usize;
                format!(
                    "Lua code block missing the closing long bracket \"]{}]\", the inlined Lua \
                     code may be too long",
                    "=".repeat(level)
                )
            }
        }
    }
}

use std::borrow::Cow;

/// One word of a statement: the directive's name or an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Offset of the first byte, the opening quote included.
    pub start: u32,
    /// Offset after the last byte, the closing quote included.
    pub end: u32,
    /// How the word is quoted.
    pub quote: Quote,
    /// Whether the word holds a backslash, so that its value may differ from its text.
    pub escaped: bool,
    /// Whether the closing quote is there; true for bare words.
    pub closed: bool,
}

/// How a word is quoted. nginx keeps no trace of it: `"default"` is the keyword `default`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all.
    Bare,
    /// With `'`.
    Single,
    /// With `"`.
    Double,
}

impl Quote {
    /// The quote's byte; `None` for bare words.
    pub fn byte(self) -> Option<u8> {
        match self {
            Self::Bare => None,
            Self::Single => Some(b'\''),
            Self::Double => Some(b'"'),
        }
    }
}

impl Word {
    /// The word as written, quotes included.
    pub fn text<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        &source[self.start as usize..self.end as usize]
    }

    /// The bytes between the quotes, escapes untouched.
    pub fn content<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        let text = self.text(source);
        match self.quote {
            Quote::Bare => text,
            _ if self.closed => &text[1..text.len() - 1],
            _ => &text[1..],
        }
    }

    /// The word as nginx passes it to the directive: `\"`, `\'` and `\\` lose the backslash, `\t`,
    /// `\r` and `\n` become the control byte, every other pair stays (`ngx_conf_read_token`).
    #[inline]
    pub fn value<'s>(&self, source: &'s [u8]) -> Cow<'s, [u8]> {
        let content = self.content(source);
        // In regular expressions hardly any backslash means something to nginx.
        let changes =
            |at: usize| content.get(at + 1).is_some_and(|next| b"\"'\\trn".contains(next));
        if self.escaped && memchr::memchr_iter(b'\\', content).any(changes) {
            return Cow::Owned(unescaped(content));
        }
        Cow::Borrowed(content)
    }
}

fn unescaped(content: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some((&byte, after)) = rest.split_first() {
        let (output, skipped) = match (byte, after.first()) {
            (b'\\', Some(&next @ (b'"' | b'\'' | b'\\'))) => (next, 1),
            (b'\\', Some(b't')) => (b'\t', 1),
            (b'\\', Some(b'r')) => (b'\r', 1),
            (b'\\', Some(b'n')) => (b'\n', 1),
            _ => (byte, 0),
        };
        value.push(output);
        rest = &after[skipped..];
    }
    value
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Quote, Word};

    fn value(source: &[u8]) -> Cow<'_, [u8]> {
        let end = source.len() as u32;
        Word { start: 0, end, quote: Quote::Bare, escaped: true, closed: true }.value(source)
    }

    #[test]
    fn each_pair_that_means_something_is_read_wherever_it_stands() {
        for (text, expected) in [
            (r"\.a\'b", r"\.a'b"),
            (r#"\.a\"b"#, r#"\.a"b"#),
            (r"\.a\\b", r"\.a\b"),
            (r"\.a\tb", "\\.a\tb"),
            (r"\.a\rb", "\\.a\rb"),
            (r"\.a\nb", "\\.a\nb"),
            (r"\\", r"\"),
        ] {
            assert_eq!(value(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn a_word_in_which_no_pair_means_anything_is_not_copied() {
        for text in [r"^/\.well-known/\d+\w", r"a\", r"\ "] {
            assert!(
                matches!(value(text.as_bytes()), Cow::Borrowed(same) if same == text.as_bytes())
            );
        }
    }
}

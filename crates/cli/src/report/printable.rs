//! Text that cannot steer a terminal, whatever a configuration has in it.

use std::{borrow::Cow, fmt::Write, os::unix::ffi::OsStrExt, path::Path};

/// Words with control characters escaped.
pub(crate) fn words(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut words = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        push(&mut words, letter);
    }
    Cow::Owned(words)
}

/// A path with control characters and bytes that are not UTF-8 escaped.
pub(crate) fn path(path: &Path) -> String {
    bytes(path.as_os_str().as_bytes())
}

/// Bytes with control characters, and what is not UTF-8, escaped.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&words(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Adds a letter, escaped if it could not be seen.
pub(super) fn push(text: &mut String, letter: char) {
    // Writing to a string cannot fail.
    let _ = match letter {
        letter if !is_hidden(letter) => {
            text.push(letter);
            Ok(())
        }
        '\n' => write!(text, "\\n"),
        '\r' => write!(text, "\\r"),
        '\t' => write!(text, "\\t"),
        letter if letter.is_ascii() => write!(text, "\\x{:02x}", letter as u32),
        letter => write!(text, "\\u{{{:x}}}", letter as u32),
    };
}

/// Whether a letter is a control character, or turns the direction of what follows, or has no
/// width: with those a line can look like another one.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_odd_bytes_are_escaped() {
        assert_eq!(words("plain ä"), "plain ä");
        assert_eq!(words("a\x1b[2Jb\nc\u{202e}"), "a\\x1b[2Jb\\nc\\u{202e}");
        assert_eq!(bytes(b"caf\xe9.conf"), "caf\\xe9.conf");
    }
}

//! Private keys that stand in a text, which nobody may be shown.

use std::ops::Range;

/// How the first line of a private key ends, whatever its kind.
const HEAD: &[u8] = b"PRIVATE KEY-----";

/// The longest that may stand in front of that.
const LONGEST: usize = b"-----BEGIN ENCRYPTED ".len();

/// Where private keys stand in a text: what follows the first line of each in PEM, up to the last one
/// or the end of the argument.
pub fn private_keys(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr::memmem::find_iter(text, HEAD).filter_map(|at| {
        let before = &text[at.saturating_sub(LONGEST)..at];
        let begin = memchr::memmem::rfind(before, b"-----BEGIN ")?;
        let kind = &before[begin + b"-----BEGIN ".len()..];
        let is_kind = kind.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b' ');
        let start = at + HEAD.len();
        let rest = &text[start..];
        let dashes = memchr::memmem::find(rest, b"-----").unwrap_or(rest.len());
        let end = memchr::memchr3(b'"', b'\'', b';', &rest[..dashes]).unwrap_or(dashes);
        is_kind.then_some(start..start + end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<&str> {
        private_keys(text.as_bytes()).map(|range| &text[range]).collect()
    }

    #[test]
    fn a_key_is_found_between_its_lines() {
        let text =
            "a \"data:-----BEGIN PRIVATE KEY-----\nMIGH\nAgEA\n-----END PRIVATE KEY-----\n\";";
        assert_eq!(keys(text), ["\nMIGH\nAgEA\n"]);
        let text = "data:-----BEGIN RSA PRIVATE KEY-----\\nMIGH\\n-----END RSA PRIVATE KEY-----";
        assert_eq!(keys(text), ["\\nMIGH\\n"]);
        let text =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nMIGH\n-----END";
        assert_eq!(keys(text), ["\nDEK-Info: AES-128-CBC,00\n\nMIGH\n"]);
    }

    #[test]
    fn a_key_without_end_ends_with_its_argument() {
        assert_eq!(keys("\"data:-----BEGIN EC PRIVATE KEY-----\nMIGH\"; listen 443;"), ["\nMIGH"]);
        assert_eq!(keys("-----BEGIN PRIVATE KEY-----"), [""]);
    }

    #[test]
    fn certificates_and_words_are_no_keys() {
        let text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert!(keys(text).is_empty());
        assert!(keys("# a PRIVATE KEY----- here").is_empty());
    }
}

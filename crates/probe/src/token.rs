//! Tokens that look like those of a certificate authority, and say whose they are.

use std::io;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};

/// How every name of ours begins.
const START: &str = "nginx-acme-lint-";

/// How long names are, as those of Let's Encrypt are.
const LENGTH: usize = 43;

/// A token, and what stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) name: String,
    /// The name, a dot, and what nobody can guess, as long as the thumbprint of a key.
    pub(crate) text: String,
}

impl Token {
    pub(crate) fn new() -> io::Result<Self> {
        let random = SystemRandom::new();
        let (mut name, mut rest) = ([0; 20], [0; 32]);
        let filled = random.fill(&mut name).and_then(|()| random.fill(&mut rest));
        filled.map_err(|_| io::Error::other("the system has no random numbers"))?;
        let name = format!("{START}{}", BASE64_URL_SAFE_NO_PAD.encode(name));
        let text = format!("{name}.{}", BASE64_URL_SAFE_NO_PAD.encode(rest));
        Ok(Self { name, text })
    }

    /// Whether a name is one of ours.
    pub(crate) fn is_one(name: &str) -> bool {
        let rest = name.strip_prefix(START);
        name.len() == LENGTH
            && rest.is_some_and(|rest| {
                rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            })
    }
}

/// A text with `TOKEN` in place of the names of ours.
pub(crate) fn abridged(text: &str) -> String {
    let mut parts = text.split(START);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = LENGTH - START.len();
        match part.get(..rest).filter(|name| Token::is_one(&[START, *name].concat())) {
            Some(_) => text += &["TOKEN", &part[rest..]].concat(),
            None => text += &[START, part].concat(),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_abridged() {
        let token = Token::new().expect("it is made");
        let url = format!("https://a.example/{}?x", token.name);
        assert_eq!(abridged(&url), "https://a.example/TOKEN?x");
        assert_eq!(abridged("nginx-acme-lint-probe"), "nginx-acme-lint-probe");
        assert_eq!(abridged(&token.text), ["TOKEN", &token.text[LENGTH..]].concat());
    }

    #[test]
    fn no_two_are_alike_and_all_are_ours() {
        let [one, other] = [Token::new(), Token::new()].map(|token| token.expect("it is made"));
        assert_ne!(one, other);
        assert!(Token::is_one(&one.name) && Token::is_one(&other.name));
        assert_eq!(one.text.len(), 2 * LENGTH + 1);
        assert!(!Token::is_one("LoqXcYV8q5ONbJQxbmR7SCTNo3t-iAXDfjyxEqt_0vg"));
        assert!(!Token::is_one("nginx-acme-lint-"));
        assert!(!Token::is_one("nginx-acme-lint-../../../../../etc/passwd-x"));
    }
}

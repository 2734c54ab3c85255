//! What can be understood of a text in which no message is known.

use acme::mention::Ca;

/// Names, addresses and the like, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::diagnose) struct Clues {
    pub(in crate::diagnose) names: Vec<String>,
    pub(in crate::diagnose) addresses: Vec<String>,
    pub(in crate::diagnose) urls: Vec<String>,
    pub(in crate::diagnose) statuses: Vec<String>,
    pub(in crate::diagnose) authorities: Vec<String>,
}

/// So many of each are listed.
const MOST: usize = 8;

/// Endings of files and programs, which look like names.
const FILES: [&str; 14] = [
    "conf", "crt", "gz", "html", "js", "json", "key", "log", "md", "pem", "php", "py", "sh", "txt",
];

impl Clues {
    /// Those in a plain text.
    pub(super) fn of(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut clues = Self::default();
        for word in text.split([' ', '"', '<', '>', '(', ')', ',', ';', '=']) {
            let word = word.trim_matches(['.', ':', '[', ']', '{', '}', '!', '?']);
            if let Some(ca) = Ca::of(word) {
                add(&mut clues.authorities, ca.name);
            }
            if word.contains("://") {
                add(&mut clues.urls, word);
                let host = word.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
                if let Some(host) = host.filter(|host| is_name(host) && Ca::of(word).is_none()) {
                    add(&mut clues.names, host);
                }
            } else if word.parse::<std::net::IpAddr>().is_ok() {
                add(&mut clues.addresses, word);
            } else if word.len() == 3
                && word.starts_with(['4', '5'])
                && word.bytes().all(|byte| byte.is_ascii_digit())
            {
                add(&mut clues.statuses, word);
            } else if is_name(word) {
                add(&mut clues.names, word);
            }
        }
        clues
    }

    /// Takes in those of another text.
    pub(super) fn extend(&mut self, other: Self) {
        for (own, others) in [
            (&mut self.names, other.names),
            (&mut self.addresses, other.addresses),
            (&mut self.urls, other.urls),
            (&mut self.statuses, other.statuses),
            (&mut self.authorities, other.authorities),
        ] {
            for one in &others {
                add(own, one);
            }
        }
    }

    /// Whether there is nothing.
    pub(in crate::diagnose) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each kind with its name, those without any left out.
    pub(in crate::diagnose) fn kinds(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        [
            ("names", &*self.names),
            ("addresses", &*self.addresses),
            ("URLs", &*self.urls),
            ("statuses", &*self.statuses),
            ("authorities", &*self.authorities),
        ]
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
    }
}

fn add(list: &mut Vec<String>, one: &str) {
    if list.len() < MOST && !list.iter().any(|known| known == one) {
        list.push(one.to_owned());
    }
}

fn is_name(word: &str) -> bool {
    let Some((_, top)) = word.rsplit_once('.') else { return false };
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '*');
    word.chars().all(is_letter)
        && top.len() >= 2
        && top.chars().all(char::is_alphabetic)
        && !FILES.contains(&top)
        && !word.contains("..")
}

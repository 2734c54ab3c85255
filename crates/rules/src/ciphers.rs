//! Cipher strings, as far as they can be judged.

use std::collections::HashSet;

use crate::programs::Suite;

/// What makes a cipher suite one that nobody should offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weakness {
    /// Nobody proves who the server is.
    NoAuthentication,
    /// Nothing is hidden.
    NoEncryption,
    /// It was weakened for export.
    Export,
    /// DES, which is broken in hours.
    Des,
    /// Triple DES, whose blocks repeat (Sweet32).
    TripleDes,
    /// RC4, which browsers have given up (RFC 7465).
    Rc4,
    /// MD5 protects the data against changes.
    Md5,
}

impl Weakness {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::NoAuthentication,
        Self::NoEncryption,
        Self::Export,
        Self::Des,
        Self::TripleDes,
        Self::Rc4,
        Self::Md5,
    ];

    /// OpenSSL's word for all suites that have it.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::NoAuthentication => "aNULL",
            Self::NoEncryption => "eNULL",
            Self::Export => "EXPORT",
            Self::Des => "DES",
            Self::TripleDes => "3DES",
            Self::Rc4 => "RC4",
            Self::Md5 => "MD5",
        }
    }

    /// Whether a word of a cipher string asks for suites that have it: a keyword, several joined by
    /// `+`, or the name of a suite.
    fn is_meant_by(self, word: &str) -> bool {
        let joined = || word.split('+');
        let parts = || word.split(['+', '-']);
        match self {
            Self::NoAuthentication => {
                parts().any(|part| matches!(part, "aNULL" | "ADH" | "AECDH" | "aECDH_anon"))
            }
            Self::NoEncryption => parts().any(|part| matches!(part, "eNULL" | "NULL")),
            Self::Export => {
                parts().any(|part| matches!(part, "EXP" | "EXPORT" | "EXPORT40" | "EXPORT56"))
            }
            Self::Des => {
                joined().any(|part| matches!(part, "DES" | "LOW")) || word.contains("DES-CBC-")
            }
            Self::TripleDes => joined().any(|part| part == "3DES") || word.contains("DES-CBC3"),
            Self::Rc4 => parts().any(|part| part == "RC4"),
            Self::Md5 => parts().any(|part| part == "MD5"),
        }
    }

    /// Whether a suite has it.
    fn is_in(self, suite: &Suite) -> bool {
        let encryption = |name: &str| {
            let rest = suite.encryption.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
        };
        match self {
            Self::NoAuthentication => suite.authentication == "None",
            Self::NoEncryption => encryption("None"),
            Self::Export => suite.name.starts_with("EXP"),
            Self::Des => encryption("DES"),
            Self::TripleDes => encryption("3DES"),
            Self::Rc4 => encryption("RC4"),
            Self::Md5 => suite.digest == "MD5",
        }
    }
}

/// The type of key that a server shows it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Authentication {
    /// RSA.
    Rsa,
    /// One on an elliptic curve.
    Ecdsa,
}

/// The types of keys that suites are for.
pub(crate) fn authentications(suites: &[Suite]) -> HashSet<Authentication> {
    let of_suite = |suite: &Suite| match &*suite.authentication {
        "RSA" => Some(Authentication::Rsa),
        "ECDSA" => Some(Authentication::Ecdsa),
        _ => None,
    };
    suites.iter().filter_map(of_suite).collect()
}

/// The same for a cipher string that names nothing but suites; `None` if it names groups.
pub(crate) fn authentications_of_words(ciphers: &str) -> Option<HashSet<Authentication>> {
    let mut all = HashSet::new();
    for word in words(ciphers).filter(|word| !word.starts_with(['!', '@', '+'])) {
        let parts: Vec<&str> = word.split('-').collect();
        let has = |part: &str| parts.contains(&part);
        let is_suite = parts.len() > 1 && word.starts_with(|one: char| one.is_ascii_uppercase());
        if !is_suite || has("PSK") || has("SRP") {
            return None;
        }
        if has("ECDSA") {
            all.insert(Authentication::Ecdsa);
        } else if !["ADH", "AECDH", "DSS"].iter().any(|other| has(other)) {
            all.insert(Authentication::Rsa);
        }
    }
    Some(all)
}

/// What is weak among suites.
pub(crate) fn of_suites(suites: &[Suite]) -> Vec<Weakness> {
    let is_there = |weakness: &Weakness| suites.iter().any(|suite| weakness.is_in(suite));
    Weakness::ALL.into_iter().filter(is_there).collect()
}

/// Whether some suite has none of these.
pub(crate) fn leaves_some(suites: &[Suite], weak: &[Weakness]) -> bool {
    suites.iter().any(|suite| !weak.iter().any(|weakness| weakness.is_in(suite)))
}

/// What a cipher string asks for in so many words, in the order of OpenSSL
/// (`ssl_cipher_process_rulestr`): what `!` has taken out does not come back. What whole groups such as
/// `HIGH` stand for hangs on the release and is not judged.
pub(crate) fn of_words(ciphers: &str) -> Vec<Weakness> {
    let (mut asked, mut killed) = (Vec::new(), Vec::new());
    for word in words(ciphers) {
        let meant = |word: &str| {
            let meant = Weakness::ALL.into_iter().filter(|weakness| weakness.is_meant_by(word));
            meant.collect::<Vec<_>>()
        };
        match word.split_at_checked(1) {
            Some(("!", word)) => killed.extend(meant(word)),
            Some(("-", word)) => {
                let deleted = meant(word);
                asked.retain(|weakness| !deleted.contains(weakness));
            }
            Some(("+" | "@", _)) | None => {}
            Some(_) => asked.extend(meant(word)),
        }
    }
    asked.retain(|weakness| !killed.contains(weakness));
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// Whether a cipher string asks for something that has none of these.
pub(crate) fn asks_for_more(ciphers: &str, weak: &[Weakness]) -> bool {
    words(ciphers).any(|word| {
        !word.starts_with(['!', '-', '+', '@'])
            && !weak.iter().any(|weakness| weakness.is_meant_by(word))
    })
}

/// Whether a cipher string names nothing but single suites, and none that is weak.
pub(crate) fn is_plainly_strong(ciphers: &str) -> bool {
    let is_strong = |word: &str| {
        let is_one_suite = word.contains('-')
            && word.starts_with(|letter: char| letter.is_ascii_uppercase())
            || word.starts_with("TLS_");
        is_one_suite && !Weakness::ALL.iter().any(|weakness| weakness.is_meant_by(word))
    };
    words(ciphers).all(|word| word.starts_with('!') || is_strong(word))
}

fn words(ciphers: &str) -> impl Iterator<Item = &str> {
    ciphers.split([':', ',', ';', ' ']).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(ciphers: &str) -> Vec<&'static str> {
        of_words(ciphers).into_iter().map(Weakness::keyword).collect()
    }

    #[test]
    fn what_is_asked_for_in_words_is_found() {
        assert_eq!(keywords("RC4:HIGH:!aNULL:!MD5"), ["RC4"]);
        assert_eq!(keywords("ECDHE-RSA-AES128-SHA:DES-CBC3-SHA:RC4-MD5"), ["3DES", "RC4", "MD5"]);
        assert_eq!(keywords("AES128-SHA,RSA+3DES ADH-AES128-SHA"), ["aNULL", "3DES"]);
        assert_eq!(keywords("NULL-SHA:EXP-RC4-MD5:EDH-RSA-DES-CBC-SHA:LOW").len(), 5);
    }

    #[test]
    fn what_is_taken_out_is_not() {
        assert!(keywords("HIGH:!aNULL:!MD5").is_empty());
        assert!(keywords("ALL:!ADH:!EXPORT:!SSLv2:+HIGH:+MEDIUM:+RC4").is_empty());
        assert!(keywords("EECDH+AESGCM:EDH+AESGCM:AES256+EECDH:@STRENGTH").is_empty());
        assert!(keywords("!RC4:RC4:AES").is_empty());
        assert!(keywords("RC4:-RC4:AES").is_empty());
        assert_eq!(keywords("RC4:-RC4:RC4"), ["RC4"]);
        assert!(keywords("ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-CHACHA20-POLY1305").is_empty());
    }

    #[test]
    fn lists_of_strong_suites_are_plain() {
        assert!(is_plainly_strong("ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:!DSS"));
        for other in ["HIGH:!aNULL", "AES128-SHA:RC4-SHA", "AES128-SHA:@SECLEVEL=0", "-RC4", "+AES"]
        {
            assert!(!is_plainly_strong(other), "{other}");
        }
    }

    #[test]
    fn suites_are_for_keys() {
        let count = |ciphers| authentications_of_words(ciphers).map(|all| all.len());
        assert_eq!(count("ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:!aNULL"), Some(1));
        assert_eq!(count("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA"), Some(2));
        assert_eq!(count("ADH-AES128-SHA"), Some(0));
        for group in ["HIGH:!aNULL", "AES128-SHA:EECDH+AESGCM", "ECDHE-PSK-AES128-CBC-SHA256"] {
            assert_eq!(count(group), None, "{group}");
        }
    }

    #[test]
    fn something_has_to_be_left() {
        assert!(asks_for_more("HIGH:RC4", &[Weakness::Rc4]));
        assert!(!asks_for_more("RC4:@SECLEVEL=0:!aNULL", &[Weakness::Rc4]));
    }
}

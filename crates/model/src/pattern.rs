//! Regular expressions, compiled by the library nginx uses, each distinct one once and only when it
//! is first needed.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pcre2::bytes::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

/// The regular expressions of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    /// Those with regard to case, and those without.
    cache: Mutex<[FxHashMap<Vec<u8>, Arc<Pattern>>; 2]>,
}

/// One regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: Vec<u8>,
    caseless: bool,
    compiled: OnceLock<Option<Regex>>,
}

/// What a regular expression says of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Yes(Captures),
    No,
    /// The pattern cannot be compiled here, or gave up.
    Unknown,
}

/// What the groups of a regular expression caught: by number, the whole match first, and by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captures {
    pub(crate) groups: Vec<Option<Vec<u8>>>,
    pub(crate) names: Vec<(String, Vec<u8>)>,
}

impl Patterns {
    /// The regular expression of this text.
    pub(crate) fn get(&self, text: &[u8], caseless: bool) -> Arc<Pattern> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut cache[usize::from(caseless)];
        if let Some(pattern) = known.get(text) {
            return Arc::clone(pattern);
        }
        let pattern =
            Arc::new(Pattern { text: text.to_vec(), caseless, compiled: OnceLock::new() });
        known.insert(text.to_vec(), Arc::clone(&pattern));
        pattern
    }
}

impl Pattern {
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether and how the pattern matches.
    pub(crate) fn find(&self, subject: &[u8]) -> Match {
        let Some(regex) = self.compiled.get_or_init(|| self.compile()) else {
            return Match::Unknown;
        };
        match regex.captures(subject) {
            Err(_) => Match::Unknown,
            Ok(None) => Match::No,
            Ok(Some(found)) => {
                let bytes = |index| {
                    found.get(index).map(|group: pcre2::bytes::Match<'_>| group.as_bytes().to_vec())
                };
                let groups = (0..found.len()).map(bytes).collect();
                let names = regex.capture_names().iter().flatten();
                // A group that took no part in the match gives an empty value.
                let value = |name: &str| {
                    found.name(name).map(|group| group.as_bytes().to_vec()).unwrap_or_default()
                };
                let names = names.map(|name| (name.clone(), value(name))).collect();
                Match::Yes(Captures { groups, names })
            }
        }
    }

    /// Whether it has groups that capture.
    pub(crate) fn has_groups(&self) -> bool {
        let regex = self.compiled.get_or_init(|| self.compile()).as_ref();
        regex.is_some_and(|regex| regex.captures_len() > 1)
    }

    fn compile(&self) -> Option<Regex> {
        // The library takes text; a pattern of other bytes stays undecided.
        let text = std::str::from_utf8(&self.text).ok()?;
        RegexBuilder::new().caseless(self.caseless).utf(false).build(text).ok()
    }
}

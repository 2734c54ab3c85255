//! Names that may start or end with a wildcard, and what belongs to them, as nginx keeps those of
//! its servers and of a `map` with `hostnames` (`ngx_hash_combined_t`).

use std::{borrow::Cow, collections::hash_map::Entry};

use rustc_hash::FxHashMap;

use crate::word::part;

/// What belongs to names.
#[derive(Debug)]
pub(crate) struct HashCombined<'k, V> {
    /// The names without wildcard; `None` for one that is given and ignored.
    exact: FxHashMap<Cow<'k, [u8]>, Option<V>>,
    /// `*.example.com` as `.example.com`.
    leading: FxHashMap<Cow<'k, [u8]>, V>,
    /// `www.example.*` as `www.example.`.
    trailing: FxHashMap<Cow<'k, [u8]>, V>,
}

impl<V> Default for HashCombined<'_, V> {
    fn default() -> Self {
        Self {
            exact: FxHashMap::default(),
            leading: FxHashMap::default(),
            trailing: FxHashMap::default(),
        }
    }
}

impl<'k, V: Copy> HashCombined<'k, V> {
    /// Adds a name in lower case, which may have a wildcard (`ngx_hash_add_key`). One that is given
    /// twice belongs to the first; `.a` and `*.a` are the same twice, and so are `.a` and `a`.
    pub(crate) fn add(&mut self, name: Cow<'k, [u8]>, value: V) {
        match &*name {
            [b'.', _, ..] => {
                if let Entry::Vacant(bare) = self.exact.entry(part(&name, 1..)) {
                    let is_taken = self.leading.contains_key(&name);
                    bare.insert((!is_taken).then_some(value));
                    self.leading.entry(name).or_insert(value);
                }
            }
            [b'*', b'.', _, ..] => {
                self.leading.entry(part(&name, 1..)).or_insert(value);
            }
            [_, .., b'.', b'*'] => {
                self.trailing.entry(part(&name, ..name.len() - 1)).or_insert(value);
            }
            _ => self.add_exact(name, value),
        }
    }

    /// Adds a name in lower case, in which a wildcard is a character like others.
    pub(crate) fn add_exact(&mut self, name: Cow<'k, [u8]>, value: V) {
        self.exact.entry(name).or_insert(Some(value));
    }

    /// Makes room for so many names without wildcard.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.exact.reserve(count);
    }

    /// What belongs to a name in lower case: to the exact one, else to the one with the longest
    /// fixed end, else to the one with the longest fixed start (`ngx_hash_find_combined`).
    pub(crate) fn find(&self, name: &[u8]) -> Option<V> {
        let dots = || memchr::memchr_iter(b'.', name);
        // The longest end starts at the leftmost dot, the longest start ends at the rightmost.
        let leading = || dots().find_map(|at| self.leading.get(&name[at..]));
        let trailing = || dots().rev().find_map(|at| self.trailing.get(&name[..=at]));
        let exact = self.exact.get(name).and_then(Option::as_ref);
        exact.or_else(leading).or_else(trailing).copied()
    }

    /// The names without wildcard.
    pub(crate) fn exact(&self) -> impl Iterator<Item = &Cow<'k, [u8]>> {
        self.exact.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name)
    }

    /// Whether a name has a wildcard.
    pub(crate) fn has_wildcards(&self) -> bool {
        !self.leading.is_empty() || !self.trailing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::HashCombined;

    /// What is found for each name, where each of `names` belongs to its number.
    fn found(names: &[&'static str], asked: &[&str]) -> Vec<Option<usize>> {
        let mut combined = HashCombined::default();
        for (number, name) in names.iter().enumerate() {
            combined.add(name.as_bytes().into(), number);
        }
        asked.iter().map(|name| combined.find(name.as_bytes())).collect()
    }

    #[test]
    fn exact_names_go_before_the_longest_end_and_that_before_the_longest_start() {
        let names = ["www.*", "www.a.*", "*.test", "*.a.test", "www.a.test"];
        let asked = ["www.a.test", "x.a.test", "a.test", "www.a.b", "www.b", "www", "test"];
        let expected = [Some(4), Some(3), Some(2), Some(1), Some(0), None, None];
        assert_eq!(found(&names, &asked), expected);
    }

    #[test]
    fn a_dot_in_front_takes_the_name_and_all_below_it() {
        assert_eq!(
            found(&[".a", "."], &["a", "x.y.a", "xa", "."]),
            [Some(0), Some(0), None, Some(1)]
        );
    }

    #[test]
    fn the_first_of_two_names_stays() {
        let asked = ["a", "x.a"];
        assert_eq!(found(&["a", ".a"], &asked), [Some(0), None]);
        assert_eq!(found(&["*.a", ".a"], &asked), [None, Some(0)]);
        assert_eq!(found(&[".a", "*.a", "a"], &asked), [Some(0), Some(0)]);
        assert_eq!(found(&["*.a", ".a", "a"], &asked), [None, Some(0)]);
    }
}

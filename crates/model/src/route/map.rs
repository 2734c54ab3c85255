//! `map` (`ngx_http_map_variable`).

use std::{collections::HashMap, sync::Arc};

use super::{
    run::{Run, Undecided},
    value::has_variables,
    variables::group_names,
};
use crate::{
    config::Directive,
    directive_table::name,
    pattern::{Match, Pattern, Patterns},
};

/// More different results than this are not tried one by one.
const MOST_RESULTS: usize = 16;

/// A `map` block.
#[derive(Debug)]
pub(super) struct Map {
    source: Vec<u8>,
    /// Whether the source is a host name, whose final dot does not count.
    is_host: bool,
    /// Whether the value is found anew for every use.
    pub(super) is_volatile: bool,
    default: Vec<u8>,
    /// The results of keys without wildcards, in lower case.
    exact: HashMap<Vec<u8>, Vec<u8>>,
    /// Those of `*.example.com`, for `.example.com`.
    leading: HashMap<Vec<u8>, Vec<u8>>,
    /// Those of `www.example.*`, for `www.example.`.
    trailing: HashMap<Vec<u8>, Vec<u8>>,
    regexes: Vec<(Arc<Pattern>, Vec<u8>)>,
    /// The different results, in file order.
    results: Vec<Vec<u8>>,
    /// Whether an `include` was not read.
    is_cut: bool,
}

impl Map {
    /// Reads the entries as `ngx_http_map` does. They are directives: the key is their name, the
    /// result their argument.
    pub(super) fn cast(block: Directive<'_>, patterns: &Patterns) -> Self {
        let mut map = Self {
            source: block.arg(0).unwrap_or_default().into_owned(),
            is_host: false,
            is_volatile: false,
            default: Vec::new(),
            exact: HashMap::new(),
            leading: HashMap::new(),
            trailing: HashMap::new(),
            regexes: Vec::new(),
            results: Vec::new(),
            is_cut: false,
        };
        for entry in block.children() {
            map.add(entry, patterns);
        }
        if !map.results.contains(&map.default) {
            map.results.push(map.default.clone());
        }
        map
    }

    fn add(&mut self, entry: Directive<'_>, patterns: &Patterns) {
        let key = entry.name_text();
        let Some(result) = entry.arg(0) else {
            match &*key {
                b"hostnames" => self.is_host = true,
                b"volatile" => self.is_volatile = true,
                _ => {}
            }
            return;
        };
        if entry.name() == name::INCLUDE {
            self.is_cut = true;
            return;
        }
        let result = result.into_owned();
        if !self.results.contains(&result) {
            self.results.push(result.clone());
        }
        match &*key {
            b"default" => self.default = result,
            [b'~', pattern @ ..] => {
                let pattern = match pattern {
                    [b'*', pattern @ ..] => patterns.get(pattern, true),
                    pattern => patterns.get(pattern, false),
                };
                self.regexes.push((pattern, result));
            }
            // A backslash makes the rest of the key plain text.
            key => self.add_text(key.strip_prefix(b"\\").unwrap_or(key), result),
        }
    }

    /// Adds a key that is no regular expression; it has wildcards only after `hostnames`
    /// (`ngx_hash_add_key`).
    fn add_text(&mut self, key: &[u8], result: Vec<u8>) {
        let key = key.to_ascii_lowercase();
        match &*key {
            [b'.', name @ ..] if self.is_host && !name.is_empty() => {
                self.exact.insert(name.to_vec(), result.clone());
                self.leading.insert(key, result);
            }
            [b'*', suffix @ ..] if self.is_host && key.len() > 2 && suffix[0] == b'.' => {
                self.leading.insert(suffix.to_vec(), result);
            }
            [prefix @ .., b'*'] if self.is_host && key.len() > 2 && prefix.ends_with(b".") => {
                self.trailing.insert(prefix.to_vec(), result);
            }
            _ => {
                self.exact.insert(key, result);
            }
        }
    }

    /// The result for a value, regular expressions apart: the exact one, the one with the longest
    /// fixed end, the one with the longest fixed start (`ngx_hash_find_combined`).
    fn result(&self, value: &[u8]) -> Option<&[u8]> {
        let value = value.to_ascii_lowercase();
        if let Some(result) = self.exact.get(&value) {
            return Some(result);
        }
        let is_dot = |at: &usize| value[*at] == b'.';
        let mut suffixes = (0..value.len()).filter(is_dot);
        let leading = suffixes.find_map(|at| self.leading.get(&value[at..]));
        let mut prefixes = (0..value.len()).rev().filter(is_dot);
        let trailing = || prefixes.find_map(|at| self.trailing.get(&value[..=at]));
        leading.or_else(trailing).map(Vec::as_slice)
    }
}

impl<'c> Run<'_, 'c> {
    /// The value of a variable that a `map` computes.
    pub(super) fn map_value(
        &self,
        map: &Map,
        block: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        if map.is_cut {
            let because = "not all that it includes was read".to_owned();
            return Err(Undecided { because, at: Some(block) });
        }
        let result = match self.evaluate(&map.source, block) {
            Ok(source) => self.mapped(map, &source, block)?,
            // An address that is none in particular has no entry of its own.
            Err(_) if self.is_unknown_client(&map.source) && map.regexes.is_empty() => &map.default,
            Err(undecided) => self.any_result(map, undecided)?,
        };
        if has_variables(result) { self.evaluate(result, block) } else { Ok(result.to_vec()) }
    }

    /// The result for a value (`ngx_http_map_find`).
    fn mapped<'m>(
        &self,
        map: &'m Map,
        source: &[u8],
        block: Directive<'c>,
    ) -> Result<&'m [u8], Undecided<'c>> {
        let source = if map.is_host { source.strip_suffix(b".").unwrap_or(source) } else { source };
        if let Some(result) = map.result(source) {
            return Ok(result);
        }
        for (pattern, result) in map.regexes.iter().filter(|_| !source.is_empty()) {
            match pattern.find(source) {
                Match::No => {}
                Match::Unknown => {
                    let because = "a regular expression in it cannot be run".to_owned();
                    return Err(Undecided { because, at: Some(block) });
                }
                Match::Yes(captures) => {
                    self.set_captures(captures);
                    return Ok(result);
                }
            }
        }
        Ok(&map.default)
    }

    /// Each different result in turn, where the source is not known.
    fn any_result<'m>(
        &self,
        map: &'m Map,
        undecided: Undecided<'c>,
    ) -> Result<&'m [u8], Undecided<'c>> {
        let names_groups =
            |(pattern, _): &(Arc<Pattern>, _)| group_names(pattern.text()).next().is_some();
        if map.results.len() > MOST_RESULTS || map.regexes.iter().any(names_groups) {
            return Err(undecided);
        }
        if !map.regexes.is_empty() {
            self.forget_captures(undecided.clone());
        }
        self.one_of(&map.results, undecided)
    }
}

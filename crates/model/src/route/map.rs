//! `map` (`ngx_http_map_variable`).

use std::{borrow::Cow, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    run::{Run, Undecided},
    value::has_variables,
    variables::group_names,
};
use crate::{
    config::Directive,
    directive_table::name,
    hash_combined::HashCombined,
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
    default: ResultId,
    /// The results of keys that are no regular expressions.
    texts: HashCombined<'static, ResultId>,
    regexes: Vec<(Arc<Pattern>, ResultId)>,
    /// The different results, in file order.
    results: Vec<Vec<u8>>,
    /// Whether an `include` was not read.
    is_cut: bool,
}

/// A result, by its number among those that differ.
type ResultId = u32;

impl Map {
    /// Reads the entries as `ngx_http_map` does. They are directives: the key is their name, the
    /// result their argument.
    pub(super) fn cast(block: Directive<'_>, patterns: &Patterns) -> Self {
        let mut map = Self {
            source: block.arg(0).unwrap_or_default().into_owned(),
            is_host: false,
            is_volatile: false,
            default: 0,
            texts: HashCombined::default(),
            regexes: Vec::new(),
            results: Vec::new(),
            is_cut: false,
        };
        let mut known = FxHashMap::default();
        let mut default = None;
        for entry in block.children() {
            let Some(result) = entry.arg(0) else {
                map.set(&entry.name_text());
                continue;
            };
            if entry.name() == name::INCLUDE {
                map.is_cut = true;
                continue;
            }
            let result = map.result(result, &mut known);
            match &*entry.name_text() {
                b"default" => default = Some(result),
                key => map.add(key, result, patterns),
            }
        }
        map.default = default.unwrap_or_else(|| map.result(Cow::default(), &mut known));
        map
    }

    /// Takes a word that stands alone.
    fn set(&mut self, word: &[u8]) {
        match word {
            b"hostnames" => self.is_host = true,
            b"volatile" => self.is_volatile = true,
            _ => {}
        }
    }

    /// The number of a result.
    fn result<'c>(
        &mut self,
        result: Cow<'c, [u8]>,
        known: &mut FxHashMap<Cow<'c, [u8]>, ResultId>,
    ) -> ResultId {
        *known.entry(result).or_insert_with_key(|result| {
            self.results.push(result.to_vec());
            self.results.len() as ResultId - 1
        })
    }

    /// Adds a key, which has wildcards only after `hostnames`.
    fn add(&mut self, key: &[u8], result: ResultId, patterns: &Patterns) {
        if let Some(pattern) = key.strip_prefix(b"~") {
            let pattern = match pattern.strip_prefix(b"*") {
                Some(pattern) => patterns.get(pattern, true),
                None => patterns.get(pattern, false),
            };
            self.regexes.push((pattern, result));
            return;
        }
        // A backslash makes the rest of the key plain text.
        let text = key.strip_prefix(b"\\").unwrap_or(key);
        let text = Cow::Owned(text.to_ascii_lowercase());
        if self.is_host {
            self.texts.add(text, result);
        } else {
            self.texts.add_exact(text, result);
        }
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
            Ok(source) => &map.results[self.mapped(map, &source, block)? as usize],
            // An address that is none in particular has no entry of its own.
            Err(_) if self.is_unknown_client(&map.source) && map.regexes.is_empty() => {
                &map.results[map.default as usize]
            }
            Err(undecided) => self.any_result(map, undecided)?,
        };
        if has_variables(result) { self.evaluate(result, block) } else { Ok(result.to_vec()) }
    }

    /// The result for a value (`ngx_http_map_find`).
    fn mapped(
        &self,
        map: &Map,
        source: &[u8],
        block: Directive<'c>,
    ) -> Result<ResultId, Undecided<'c>> {
        let source = if map.is_host { source.strip_suffix(b".").unwrap_or(source) } else { source };
        if let Some(result) = map.texts.find(&source.to_ascii_lowercase()) {
            return Ok(result);
        }
        for &(ref pattern, result) in map.regexes.iter().filter(|_| !source.is_empty()) {
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
        Ok(map.default)
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

//! Whether a configuration can treat paths in different ways that differ in one segment only.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    directive_table::name,
    http::Http,
    kinds::Kinds,
    level::Level,
    pattern::{Match, Pattern},
    server::ServerId,
};

/// Which servers have regular expressions that match some of a few paths and others not. Of paths
/// that no prefix tells apart, only such a server can answer some in another way; hashes of
/// `split_clients` aside.
#[derive(Debug)]
pub struct Distinction<'h, 'c> {
    http: &'h Http<'c>,
    paths: Vec<Vec<u8>>,
    /// Whether some block of `http` tells the paths apart for every server.
    by_block: bool,
    /// What is known of servers.
    servers: FxHashMap<ServerId, bool>,
    /// What is known of patterns, by their address.
    patterns: FxHashMap<*const Pattern, bool>,
}

impl<'h, 'c> Distinction<'h, 'c> {
    /// About these paths.
    pub fn of(http: &'h Http<'c>, paths: Vec<Vec<u8>>) -> Self {
        let (servers, patterns) = (FxHashMap::default(), FxHashMap::default());
        let mut distinction = Self { http, paths, by_block: false, servers, patterns };
        distinction.by_block = distinction.is_made_by_map();
        distinction
    }

    /// Whether a server may tell the paths apart.
    pub fn is_made_by(&mut self, id: ServerId) -> bool {
        if self.by_block {
            return true;
        }
        if let Some(&known) = self.servers.get(&id) {
            return known;
        }
        let server = self.http.server(id);
        let is_made = server.locations.iter().any(|location| {
            location.regex.as_ref().is_some_and(|pattern| self.is_made_by_pattern(pattern))
                || self.is_made_by_code(&location.level)
        }) || self.is_made_by_code(&server.level);
        self.servers.insert(id, is_made);
        is_made
    }

    /// Whether a `map` has a regular expression that tells them apart.
    fn is_made_by_map(&mut self) -> bool {
        let http = self.http;
        http.level.all(name::MAP).any(|map| {
            map.children().any(|entry| {
                let key = entry.name_text();
                let Some(pattern) = key.strip_prefix(b"~") else { return false };
                match pattern.strip_prefix(b"*") {
                    Some(pattern) => self.is_made_by_text(pattern, true),
                    None => self.is_made_by_text(pattern, false),
                }
            })
        })
    }

    /// Whether a `rewrite` or the condition of an `if` does.
    fn is_made_by_code(&mut self, level: &Level<'c>) -> bool {
        if !level.has(Kinds::named(name::REWRITE) | Kinds::named(name::IF)) {
            return false;
        }
        level.code().any(|code| {
            let inner = code.children().filter(|inner| inner.name() == name::REWRITE);
            let rewrites = std::iter::once(code).filter(|code| code.name() == name::REWRITE);
            let mut rewrites = rewrites.chain(inner).filter_map(|rewrite| rewrite.arg(0));
            rewrites.any(|regex| self.is_made_by_text(&regex, false))
                || code.name() == name::IF && self.is_made_by_condition(code)
        })
    }

    fn is_made_by_condition(&mut self, condition: crate::Directive<'c>) -> bool {
        let mut words = condition.args();
        let caseless = match words.find(|word| word.len() <= 3 && word.contains(&b'~')).as_deref() {
            Some(b"~" | b"!~") => false,
            Some(b"~*" | b"!~*") => true,
            _ => return false,
        };
        let Some(regex) = words.next() else { return false };
        let is_last = words.next().is_none();
        let regex = regex.strip_suffix(b")").filter(|_| is_last).unwrap_or(&regex);
        self.is_made_by_text(regex, caseless)
    }

    fn is_made_by_text(&mut self, regex: &[u8], caseless: bool) -> bool {
        let pattern = self.http.patterns.get(regex, caseless);
        self.is_made_by_pattern(&pattern)
    }

    /// The configuration keeps its patterns, so that an address stays that of one.
    fn is_made_by_pattern(&mut self, pattern: &Arc<Pattern>) -> bool {
        let Self { paths, patterns, .. } = self;
        *patterns.entry(Arc::as_ptr(pattern)).or_insert_with(|| {
            let mut matches = paths.iter().map(|path| matches!(pattern.find(path), Match::Yes(_)));
            let first = matches.next();
            matches.any(|other| Some(other) != first)
        })
    }
}

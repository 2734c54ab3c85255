//! The variables that the configuration itself defines: those that `map`, `geo` and `split_clients`
//! compute, and those that code and regular expressions give a value, empty until then.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use super::{geo::Geo, map::Map, split_clients::SplitClients};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    http::Http,
    level::Level,
    pattern::Patterns,
    server::Server,
};

/// The variables of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Variables<'c> {
    blocks: HashMap<Vec<u8>, Block<'c>>,
    /// Collected when one is first asked for.
    assigned: OnceLock<HashSet<Vec<u8>>>,
}

/// A block of `http` that computes a variable.
#[derive(Debug)]
pub(super) struct Block<'c> {
    pub(super) directive: Directive<'c>,
    /// What it says, read when it is first asked for.
    computed: OnceLock<Computed>,
}

/// What computes the value of a variable when it is used.
#[derive(Debug)]
pub(super) enum Computed {
    Map(Map),
    Geo(Geo),
    SplitClients(SplitClients),
}

impl<'c> Variables<'c> {
    /// The variables that blocks on this level define, which is that of `http`. Of several blocks
    /// for one variable the last one counts.
    pub(crate) fn of(level: &Level<'c>) -> Self {
        let mut blocks = HashMap::new();
        for directive in level.settings() {
            if !matches!(directive.name(), name::MAP | name::GEO | name::SPLIT_CLIENTS) {
                continue;
            }
            let variable = directive.args().last().unwrap_or_default();
            if let Some(variable) = variable.strip_prefix(b"$") {
                let block = Block { directive, computed: OnceLock::new() };
                blocks.insert(variable.to_ascii_lowercase(), block);
            }
        }
        Self { blocks, assigned: OnceLock::new() }
    }

    /// The block that computes this variable.
    pub(super) fn block(&self, name: &[u8]) -> Option<&Block<'c>> {
        self.blocks.get(name)
    }

    /// Whether some code or regular expression of the configuration gives this variable its value.
    pub(super) fn is_assigned(&self, http: &Http<'_>, name: &[u8]) -> bool {
        self.assigned.get_or_init(|| assigned(http)).contains(name)
    }
}

impl Block<'_> {
    pub(super) fn computed(&self, patterns: &Patterns) -> &Computed {
        self.computed.get_or_init(|| match self.directive.name() {
            name::MAP => Computed::Map(Map::cast(self.directive, patterns)),
            name::GEO => Computed::Geo(Geo::cast(self.directive)),
            _ => Computed::SplitClients(SplitClients::cast(self.directive)),
        })
    }
}

fn assigned(http: &Http<'_>) -> HashSet<Vec<u8>> {
    let mut names = HashSet::new();
    for server in &http.servers {
        for name in &server.names {
            add_groups(name.pattern().unwrap_or_default(), &mut names);
        }
        for location in &server.locations {
            if location.modifier.is_regex() {
                add_groups(&location.pattern, &mut names);
            }
        }
        for directive in code(server) {
            add(directive, &mut names);
            if directive.name() == name::IF {
                directive.children().for_each(|inner| add(inner, &mut names));
            }
        }
    }
    for map in http.level.all(name::MAP) {
        map.children().for_each(|entry| add_groups(&entry.name_text(), &mut names));
    }
    // Whatever else computes a variable wins over code that merely sets one of the same name.
    let all_levels =
        std::iter::once(&http.level).chain(http.servers().flat_map(|(_, server)| levels(server)));
    for directive in all_levels.flat_map(Level::settings) {
        let is_computed = directive.name().acts_in(Phase::Variable);
        for argument in directive.args().filter(|_| is_computed) {
            if let Some(name) = argument.strip_prefix(b"$") {
                names.remove(&name.to_ascii_lowercase());
            }
        }
    }
    names
}

fn levels<'s, 'c>(server: &'s Server<'c>) -> impl Iterator<Item = &'s Level<'c>> {
    std::iter::once(&server.level).chain(server.locations.iter().map(|location| &location.level))
}

fn code<'s, 'c>(server: &'s Server<'c>) -> impl Iterator<Item = Directive<'c>> + use<'s, 'c> {
    levels(server).flat_map(Level::code)
}

/// What one directive gives a value.
fn add(directive: Directive<'_>, names: &mut HashSet<Vec<u8>>) {
    match directive.name() {
        name::SET => {
            let variable = directive.arg(0).unwrap_or_default();
            names.insert(variable.strip_prefix(b"$").unwrap_or(&variable).to_ascii_lowercase());
        }
        name::IF | name::REWRITE => directive.args().for_each(|word| add_groups(&word, names)),
        _ => {}
    }
}

/// The named groups of a regular expression: `(?<name>`, `(?P<name>`, `(?'name'`.
fn add_groups(pattern: &[u8], names: &mut HashSet<Vec<u8>>) {
    for name in group_names(pattern) {
        names.insert(name.to_ascii_lowercase());
    }
}

/// The names of the groups of a regular expression.
pub(super) fn group_names(pattern: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(pattern, b"(?").filter_map(|start| {
        let rest = &pattern[start + 2..];
        let rest = rest.strip_prefix(b"P").unwrap_or(rest);
        let [b'<' | b'\'', rest @ ..] = rest else { return None };
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let end = rest.iter().position(|byte| !is_letter(byte)).unwrap_or(rest.len());
        (end > 0).then_some(&rest[..end])
    })
}

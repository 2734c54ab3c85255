//! The variables that the configuration itself defines: those that `map`, `geo` and `split_clients`
//! compute, and those that code and regular expressions give a value, empty until then.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{geo::Geo, map::Map, split_clients::SplitClients};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    http::{Http, Part},
    level::Level,
    pattern::Patterns,
    server::Server,
};

/// The variables of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Variables<'c> {
    blocks: FxHashMap<Vec<u8>, Block<'c>>,
    /// Those that named groups of regular expressions have taken over, collected when one is first
    /// asked for.
    groups: OnceLock<FxHashSet<Vec<u8>>>,
    /// Those that code gives a value, likewise.
    set: OnceLock<FxHashSet<Vec<u8>>>,
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
        let mut blocks = FxHashMap::default();
        for directive in level.settings() {
            if let Some(variable) = computed_by(directive) {
                blocks.insert(variable, Block { directive, computed: OnceLock::new() });
            }
        }
        Self { blocks, ..Self::default() }
    }

    /// The block that computes this variable.
    pub(super) fn block(&self, name: &[u8]) -> Option<&Block<'c>> {
        self.blocks.get(name)
    }

    /// Whether nothing but a named group of a regular expression gives this variable a value,
    /// whatever else defines it.
    pub(super) fn is_group(&self, http: &Http<'_>, name: &[u8]) -> bool {
        self.groups.get_or_init(|| groups(http)).contains(name)
    }

    /// Whether some code of the configuration gives this variable its value.
    pub(super) fn is_set(&self, http: &Http<'_>, name: &[u8]) -> bool {
        self.set.get_or_init(|| set(http)).contains(name)
    }
}

/// The variable that a block of `http` computes.
fn computed_by(directive: Directive<'_>) -> Option<Vec<u8>> {
    if !matches!(directive.name(), name::MAP | name::GEO | name::SPLIT_CLIENTS) {
        return None;
    }
    let variable = directive.args().last()?;
    variable.strip_prefix(b"$").map(<[u8]>::to_ascii_lowercase)
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

/// The variables that named groups of regular expressions have taken over from whatever else defines
/// them: what defines one last counts (`ngx_http_regex_compile`).
fn groups(http: &Http<'_>) -> FxHashSet<Vec<u8>> {
    let mut names = FxHashSet::default();
    // Most configurations have none, which their bytes tell soonest.
    let mut files = http.config.sources().files();
    if !files.any(|(_, file)| group_names(&file.bytes).next().is_some()) {
        return names;
    }
    for part in http.parts() {
        match part {
            Part::Server(server) => add_groups_of(server, &mut names),
            Part::Setting(block) => {
                if let Some(variable) = computed_by(block) {
                    names.remove(&variable);
                }
                if block.name() == name::MAP {
                    block.children().for_each(|entry| add_groups(&entry.name_text(), &mut names));
                }
            }
        }
    }
    if !names.is_empty() {
        remove_computed(http, &mut names);
    }
    names
}

fn add_groups_of(server: &Server<'_>, names: &mut FxHashSet<Vec<u8>>) {
    for name in &server.names {
        add_groups(name.pattern().unwrap_or_default(), names);
    }
    for location in server.locations.iter().filter(|location| location.modifier.is_regex()) {
        add_groups(&location.pattern, names);
    }
    for directive in code(server) {
        if matches!(directive.name(), name::IF | name::REWRITE) {
            directive.args().for_each(|word| add_groups(&word, names));
        }
    }
}

/// The variables that code gives a value.
fn set(http: &Http<'_>) -> FxHashSet<Vec<u8>> {
    let code = http.servers().flat_map(|(_, server)| code(server));
    let variables = code.filter(|directive| directive.name() == name::SET).map(|directive| {
        let variable = directive.arg(0).unwrap_or_default();
        variable.strip_prefix(b"$").unwrap_or(&variable).to_ascii_lowercase()
    });
    let mut names = variables.collect();
    remove_computed(http, &mut names);
    names
}

/// Takes away the variables whose values modules compute that are not modelled.
fn remove_computed(http: &Http<'_>, names: &mut FxHashSet<Vec<u8>>) {
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
}

fn levels<'s, 'c>(server: &'s Server<'c>) -> impl Iterator<Item = &'s Level<'c>> {
    std::iter::once(&server.level).chain(server.locations.iter().map(|location| &location.level))
}

/// The code of a server, that inside of `if` included.
fn code<'s, 'c>(server: &'s Server<'c>) -> impl Iterator<Item = Directive<'c>> + use<'s, 'c> {
    levels(server).flat_map(Level::code).flat_map(|directive| {
        let inside = (directive.name() == name::IF).then(|| directive.children());
        std::iter::once(directive).chain(inside.into_iter().flatten())
    })
}

/// The named groups of a regular expression: `(?<name>`, `(?P<name>`, `(?'name'`.
fn add_groups(pattern: &[u8], names: &mut FxHashSet<Vec<u8>>) {
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

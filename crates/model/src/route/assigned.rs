//! The variables that code and regular expressions give a value: empty until then.

use std::{collections::HashSet, sync::OnceLock};

use crate::{
    config::Directive,
    directive_table::{Phase, name},
    http::Http,
    level::Level,
    server::Server,
};

/// The names of those variables, collected when one is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    names: OnceLock<HashSet<Vec<u8>>>,
}

impl Assigned {
    /// Whether some code or regular expression of the configuration gives this variable its value.
    pub(super) fn has(&self, http: &Http<'_>, name: &[u8]) -> bool {
        self.names.get_or_init(|| collect(http)).contains(name)
    }
}

fn collect(http: &Http<'_>) -> HashSet<Vec<u8>> {
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
    // Whatever computes a variable wins over code that merely sets one of the same name.
    let all_levels = std::iter::once(&http.level).chain(http.servers.iter().flat_map(levels));
    for directive in all_levels.flat_map(Level::settings) {
        let is_computed = matches!(directive.name(), name::MAP | name::GEO | name::SPLIT_CLIENTS)
            || directive.name().acts_in(Phase::Variable);
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
    for start in memchr::memmem::find_iter(pattern, b"(?") {
        let rest = &pattern[start + 2..];
        let rest = rest.strip_prefix(b"P").unwrap_or(rest);
        let [b'<' | b'\'', rest @ ..] = rest else { continue };
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let end = rest.iter().position(|byte| !is_letter(byte)).unwrap_or(rest.len());
        if end > 0 {
            names.insert(rest[..end].to_ascii_lowercase());
        }
    }
}

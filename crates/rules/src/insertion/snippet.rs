//! Files that servers include for their location for challenges.

use std::collections::{BTreeMap, BTreeSet};

use acme::PATH;
use model::{Directive, Http, Location, LocationId, Modifier, Server, name};
use parser::FileId;

use super::{NewLocation, quoted};

/// A file with nothing in it but a location for challenges, which some server includes.
#[derive(Debug)]
pub(crate) struct Snippet {
    /// The argument by which it is included.
    argument: Vec<u8>,
    /// The paths of its locations.
    patterns: Vec<Vec<u8>>,
    /// What the location for challenges holds, statement by statement.
    lines: Vec<Vec<u8>>,
}

/// What a location may hold to be included in more servers: nothing that answers by itself or keeps
/// anybody out.
const HARMLESS: [&[u8]; 10] = [
    b"access_log",
    b"add_header",
    b"alias",
    b"allow",
    b"auth_basic",
    b"auth_request",
    b"default_type",
    b"log_not_found",
    b"root",
    b"try_files",
];

impl Snippet {
    /// Those of a configuration, in the order in which nginx meets them. Of fragments nobody knows
    /// where their includes start.
    pub(crate) fn all(http: &Http<'_>) -> Vec<Self> {
        let sources = http.config.sources();
        if sources.roots().iter().any(|root| root.is_fragment) {
            return Vec::new();
        }
        let mut found: BTreeMap<FileId, Self> = BTreeMap::new();
        for (_, server) in http.servers() {
            for &id in &server.outer_locations {
                let location = server.location(id);
                let file = location.directive.file_id();
                if is_for_challenges(location)
                    && file != server.directive.file_id()
                    && !found.contains_key(&file)
                    && let Some(snippet) = Self::of(server, id)
                {
                    found.insert(file, snippet);
                }
            }
        }
        let files: BTreeSet<FileId> = found.keys().copied().collect();
        for (file, include) in http.config.places_of(&files) {
            let Some(include) = include else { continue };
            let is_in_server = include.parent().is_some_and(|outer| outer.name() == name::SERVER);
            let Some(argument) = include.arg(0).filter(|argument| !is_pattern(argument)) else {
                continue;
            };
            if let Some(snippet) = found.get_mut(&file)
                && snippet.argument.is_empty()
                && is_in_server
            {
                snippet.argument = argument.into_owned();
            }
        }
        found.into_values().filter(|snippet| !snippet.argument.is_empty()).collect()
    }

    /// The file of a location, if all that it holds is the location, and perhaps others for the
    /// bare directory.
    fn of(server: &Server<'_>, id: LocationId) -> Option<Self> {
        let location = server.location(id).directive;
        let file = location.file();
        let outer = server.outer_locations.iter().map(|&id| server.location(id));
        let of_file = outer.filter(|other| other.directive.file_id() == location.file_id());
        let of_file: Vec<_> = of_file.collect();
        let is_bare = |other: &&Location<'_>| {
            other.directive == location
                || other.modifier == Modifier::Exact && is_path(&other.pattern)
        };
        let is_all = of_file.len() == file.tree.top_level().count()
            && of_file.iter().all(is_bare)
            && file.tree.errors().is_empty();
        let is_harmless = |inner: Directive<'_>| {
            HARMLESS.contains(&&*inner.name_text())
                && !inner.has_block()
                && inner.file_id() == location.file_id()
        };
        (is_all && location.children().all(is_harmless)).then(|| Self {
            argument: Vec::new(),
            patterns: of_file.iter().map(|other| other.pattern.to_vec()).collect(),
            lines: location.children().map(statement).collect(),
        })
    }

    /// Whether a server that needs this location may include the file instead.
    pub(super) fn suits(&self, wanted: &NewLocation, server: &Server<'_>) -> bool {
        let mut outer = server.outer_locations.iter().map(|&id| server.location(id));
        let is_taken = outer.any(|location| {
            !location.modifier.is_regex()
                && self.patterns.iter().any(|one| *one == *location.pattern)
        });
        let place = self
            .lines
            .iter()
            .find(|line| line.starts_with(b"root ") || line.starts_with(b"alias "));
        let is_right = place.map_or(wanted.is_inherited, |place| {
            directory_of(place) == directory_of(&wanted.place)
        });
        is_right
            && !is_taken
            && wanted.lifted.iter().all(|line| self.lines.iter().any(|one| one == line))
    }

    /// The statement that includes it.
    pub(super) fn include(&self) -> Vec<u8> {
        [b"include ", &*quoted(&self.argument), b";"].concat()
    }
}

/// A statement without the slash that may end its directory.
fn directory_of(place: &[u8]) -> &[u8] {
    let place = place.strip_suffix(b";").unwrap_or(place);
    place.strip_suffix(b"/").unwrap_or(place)
}

/// Whether a location takes all challenges, and nothing can take them from it.
fn is_for_challenges(location: &Location<'_>) -> bool {
    location.modifier == Modifier::FinalPrefix && is_path(&location.pattern)
}

/// Whether it is the directory of challenges.
fn is_path(pattern: &[u8]) -> bool {
    pattern.strip_suffix(b"/").unwrap_or(pattern) == PATH.trim_end_matches('/').as_bytes()
}

fn is_pattern(argument: &[u8]) -> bool {
    argument.iter().any(|byte| b"*?[".contains(byte))
}

/// A directive on one line, its words as new lines write them.
fn statement(directive: Directive<'_>) -> Vec<u8> {
    let mut text = directive.name_text().into_owned();
    for word in directive.args() {
        text.extend([b" ", &*quoted(&word)].concat());
    }
    text.push(b';');
    text
}

//! `location` and the search for the one that takes a request.

use std::{borrow::Cow, sync::Arc};

use parser::Span;

use crate::{
    config::Directive,
    kinds::Kinds,
    level::Level,
    pattern::{Captures, Match, Pattern, Patterns},
    server::Server,
    word::part,
};

/// A location of a server, by its number in the server's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationId(pub u32);

/// A `location` block.
#[derive(Debug)]
pub struct Location<'c> {
    /// The directive.
    pub directive: Directive<'c>,
    /// How the pattern is compared.
    pub modifier: Modifier,
    /// The prefix, the path, the regular expression or the name with its `@`.
    pub pattern: Cow<'c, [u8]>,
    /// What is set in the block itself.
    pub level: Level<'c>,
    /// The location around it.
    pub parent: Option<LocationId>,
    /// The locations right inside it.
    pub nested: Vec<LocationId>,
    /// The compiled pattern, for regular expressions.
    pub(crate) regex: Option<Arc<Pattern>>,
}

/// How the pattern of a location is compared with the path of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// `=`: the whole path.
    Exact,
    /// None: the start of the path; regular expressions may still take the request.
    Prefix,
    /// `^~`: the start of the path; regular expressions of the same level are not tried.
    FinalPrefix,
    /// `~`: a regular expression.
    Regex,
    /// `~*`: a regular expression without regard to case.
    RegexCaseless,
    /// `@`: no request, only internal redirects.
    Named,
}

impl Modifier {
    /// Whether the pattern is a regular expression.
    pub fn is_regex(self) -> bool {
        matches!(self, Self::Regex | Self::RegexCaseless)
    }

    /// Whether the pattern is the start of a path.
    pub fn is_prefix(self) -> bool {
        matches!(self, Self::Prefix | Self::FinalPrefix)
    }
}

impl<'c> Location<'c> {
    /// The location of a directive as `ngx_http_core_location` reads its arguments; `None` if nginx
    /// would refuse them.
    pub(crate) fn cast(
        directive: Directive<'c>,
        parent: Option<LocationId>,
        patterns: &Patterns,
    ) -> Option<Self> {
        let first = directive.arg(0)?;
        let (modifier, pattern) = if let Some(pattern) = directive.arg(1) {
            let modifier = match &*first {
                b"=" => Modifier::Exact,
                b"^~" => Modifier::FinalPrefix,
                b"~" => Modifier::Regex,
                b"~*" => Modifier::RegexCaseless,
                _ => return None,
            };
            (modifier, pattern)
        } else {
            let (modifier, skipped) = match &*first {
                [b'=', ..] => (Modifier::Exact, 1),
                [b'^', b'~', ..] => (Modifier::FinalPrefix, 2),
                [b'~', b'*', ..] => (Modifier::RegexCaseless, 2),
                [b'~', ..] => (Modifier::Regex, 1),
                [b'@', ..] => (Modifier::Named, 0),
                _ => (Modifier::Prefix, 0),
            };
            (modifier, part(&first, skipped..))
        };
        let caseless = modifier == Modifier::RegexCaseless;
        let regex = modifier.is_regex().then(|| patterns.get(&pattern, caseless));
        let level = Level::inside(directive);
        Some(Self { directive, modifier, pattern, level, parent, nested: Vec::new(), regex })
    }

    /// Whether the pattern takes this path, other locations apart; false if it cannot be known.
    pub fn matches(&self, path: &[u8]) -> bool {
        match self.modifier {
            Modifier::Exact => self.pattern == path,
            Modifier::Prefix | Modifier::FinalPrefix => path.starts_with(&self.pattern),
            Modifier::Regex | Modifier::RegexCaseless => {
                let found = self.regex.as_ref().map(|regex| regex.find(path));
                matches!(found, Some(Match::Yes(_)))
            }
            Modifier::Named => false,
        }
    }

    /// The pattern as written, for putting a modifier in front of it; with the modifier where both
    /// are one word.
    pub fn pattern_span(&self) -> Span {
        let last = self.directive.arg_count() - 1;
        self.directive.arg_span(last).unwrap_or_else(|| self.directive.name_span())
    }
}

/// What the search for a location brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// This location takes the request.
    Location(LocationId),
    /// No location; the server's own settings apply.
    Server,
    /// The path lacks the final slash of a proxied prefix: a redirect to the path with it.
    AddSlash(LocationId),
    /// It depends on a regular expression that cannot be run.
    Unknown(LocationId),
}

/// One step of the search, for explaining it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchStep {
    Exact(LocationId),
    Prefix(LocationId),
    Regex { regex: LocationId, instead_of: Option<LocationId> },
}

/// The location that takes a path: `ngx_http_core_find_location`, with a loop in place of its
/// recursion. `captures` gets those of every regular expression that matches.
pub(crate) fn search(
    server: &Server<'_>,
    path: &[u8],
    captures: &mut Vec<Captures>,
    mut note: impl FnMut(SearchStep),
) -> Found {
    let mut chosen = None;
    // Levels whose regular expressions are still to be tried, outermost first, and whether the
    // prefix chosen there forbids them.
    let mut levels: Vec<(Option<LocationId>, bool)> = Vec::new();
    let mut level: Option<LocationId> = None;
    'descend: loop {
        // In a regular expression nginx looks for regular expressions only.
        let is_regex = level.is_some_and(|id| server.location(id).modifier.is_regex());
        let chosen_here = if is_regex { Static::None } else { longest_prefix(server, level, path) };
        match chosen_here {
            Static::Exact(id) => {
                note(SearchStep::Exact(id));
                return Found::Location(id);
            }
            Static::AddSlash(id) => return Found::AddSlash(id),
            Static::Prefix(id) => {
                note(SearchStep::Prefix(id));
                let is_final = server.location(id).modifier == Modifier::FinalPrefix;
                levels.push((level, is_final));
                chosen = Some(id);
                level = chosen;
                continue;
            }
            Static::None => levels.push((level, false)),
        }
        while let Some((tried, is_final)) = levels.pop() {
            if is_final {
                continue;
            }
            for &id in server.locations_in(tried) {
                let Some(regex) = &server.location(id).regex else { continue };
                match regex.find(path) {
                    Match::No => {}
                    Match::Unknown => return Found::Unknown(id),
                    Match::Yes(found) => {
                        captures.push(found);
                        note(SearchStep::Regex { regex: id, instead_of: chosen });
                        chosen = Some(id);
                        level = chosen;
                        // What its own block says is final: no outer level is tried any more.
                        levels.clear();
                        continue 'descend;
                    }
                }
            }
        }
        return chosen.map_or(Found::Server, Found::Location);
    }
}

enum Static {
    Exact(LocationId),
    Prefix(LocationId),
    AddSlash(LocationId),
    None,
}

/// `ngx_http_core_find_static_location`.
fn longest_prefix(server: &Server<'_>, level: Option<LocationId>, path: &[u8]) -> Static {
    let mut longest: Option<LocationId> = None;
    let mut with_slash = None;
    let mut adds_slash = false;
    for &id in server.locations_in(level) {
        let location = server.location(id);
        let pattern = &*location.pattern;
        match location.modifier {
            Modifier::Exact if pattern == path => return Static::Exact(id),
            Modifier::Prefix | Modifier::FinalPrefix if path.starts_with(pattern) => {
                let is_longer = longest
                    .is_none_or(|other| server.location(other).pattern.len() < pattern.len());
                if is_longer {
                    longest = Some(id);
                }
            }
            Modifier::Exact | Modifier::Prefix | Modifier::FinalPrefix
                if pattern.strip_suffix(b"/") == Some(path) =>
            {
                adds_slash |= location.level.has(Kinds::ADDS_SLASH);
                // Of an exact location and a prefix with the same text, the exact one counts.
                if with_slash.is_none() || location.modifier == Modifier::Exact {
                    with_slash = Some(id);
                }
            }
            _ => {}
        }
    }
    match (longest, with_slash.filter(|_| adds_slash)) {
        (Some(id), Some(_)) if server.location(id).pattern == path => Static::Prefix(id),
        (_, Some(id)) => Static::AddSlash(id),
        (Some(id), None) => Static::Prefix(id),
        (None, None) => Static::None,
    }
}

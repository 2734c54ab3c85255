//! Locations that somebody made for challenges and that match none of them.

use std::borrow::Cow;

use model::{Directive, Location, LocationId, Modifier, Server, name};

use crate::challenge::{PATH, is_meant_for_challenges};

/// Why a location made for challenges matches none, or not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// `=` makes it match nothing but the directory.
    Exact,
    /// Its regular expression leaves out some tokens.
    Tokens,
    /// Its path is spelt in another way.
    Misspelt,
}

/// The paths by which some call the one that they mean.
const OTHER_PATHS: [&str; 6] = [
    "/.well-known/acme/",
    "/.well-known/acme-challenges/",
    "/.acme-challenge/",
    "/acme-challenge/",
    "/well-known/acme-challenge/",
    "/.wellknown/acme-challenge/",
];

/// So many letters apart are two spellings of one path.
const MOST_SLIPS: usize = 2;

/// The location of a server that was made for challenges and does not match this one.
pub fn of_server(server: &Server<'_>, target: &[u8]) -> Option<(LocationId, Misfit)> {
    let mut locations = (0..).map(LocationId).zip(&server.locations);
    locations.find_map(|(id, location)| Some((id, of_location(location, target)?)))
}

/// Why a location made for challenges does not match one.
pub fn of_location(location: &Location<'_>, target: &[u8]) -> Option<Misfit> {
    let pattern = &*location.pattern;
    let path = || target.split(|&byte| byte == b'?').next().unwrap_or_default();
    match location.modifier {
        // Beside a prefix it hides the directory; what it then says is a status.
        Modifier::Exact if is_path(pattern) => serves(location).then_some(Misfit::Exact),
        Modifier::Regex | Modifier::RegexCaseless
            if has(pattern, b"well-known") || has(pattern, b"acme-challenge") =>
        {
            let leaves_out = path().starts_with(PATH.as_bytes()) && !location.matches(path());
            let is_guard = || has(pattern, b"(?!") || has(pattern, b"(?<!");
            let takes_none = || has(pattern, b"acme-challenge") && !is_guard() && serves(location);
            let is_meant = || is_meant_for_challenges(location) || takes_none();
            (leaves_out && is_meant()).then_some(Misfit::Tokens)
        }
        Modifier::Prefix | Modifier::FinalPrefix if is_misspelt(pattern) => {
            (!is_meant_for_challenges(location) && !refuses(location)).then_some(Misfit::Misspelt)
        }
        _ => None,
    }
}

/// Whether a pattern is the directory of challenges.
fn is_path(pattern: &[u8]) -> bool {
    pattern.strip_suffix(b"/").unwrap_or(pattern) == PATH.trim_end_matches('/').as_bytes()
}

/// Whether a location looks for files, or asks somebody else.
fn serves(location: &Location<'_>) -> bool {
    let places = [name::ROOT, name::ALIAS, name::PROXY_PASS];
    places.into_iter().any(|name| location.level.first(name).is_some())
        && !location.level.code().any(|code| code.name() == name::RETURN)
}

/// Whether a location is there to refuse what it takes.
fn refuses(location: &Location<'_>) -> bool {
    let is_refusal = |status: &[u8]| matches!(status.first(), Some(b'4' | b'5'));
    let refuses_all = |rule: Directive<'_>| rule.arg(0).as_deref() == Some(b"all");
    let mut code = location.level.code().filter(|code| code.name() == name::RETURN);
    code.any(|answer| answer.arg(0).is_some_and(|status| is_refusal(&status)))
        || location.level.all(name::DENY).any(refuses_all)
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn is_misspelt(pattern: &[u8]) -> bool {
    // Most paths are far from it, which their lengths or first letters tell.
    if pattern.starts_with(PATH.as_bytes()) || !pattern.starts_with(b"/") || pattern.len() < 8 {
        return false;
    }
    // So few slips leave one of these as it is.
    let parts: [&[u8]; MOST_SLIPS + 1] = [b"well-known", b"acme", b"challenge"];
    if !parts.into_iter().any(|part| has(pattern, part)) {
        return false;
    }
    let with_slash: Cow<'_, [u8]> =
        if pattern.ends_with(b"/") { pattern.into() } else { [pattern, b"/"].concat().into() };
    OTHER_PATHS.iter().any(|other| other.as_bytes() == &*with_slash)
        || with_slash.len().abs_diff(PATH.len()) <= MOST_SLIPS
            && slips(&with_slash, PATH.as_bytes()) <= MOST_SLIPS
}

/// The letters to put in, take out or change to make one text of the other (Levenshtein).
fn slips(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.iter().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, letter) in other.iter().enumerate() {
            let changed = diagonal + usize::from(byte != letter);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

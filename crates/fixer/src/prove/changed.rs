//! What of a server a patch changes, so that most requests need not be followed twice.

use model::{Directive, Server, name};
use parser::Span;

/// Which parts of a server are other than before, have come along or are gone; all else of it is as it
/// was.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Whether the TLS handshake may be another one.
    pub(super) handshake: bool,
    /// Of the locations among them, how paths start that they take.
    prefixes: Vec<Vec<u8>>,
}

impl Changed {
    /// `None` if other parts are changed, or a location that is not found by how a path starts.
    pub(super) fn of(before: &Server<'_>, after: &Server<'_>) -> Option<Self> {
        let old: Vec<_> = before.directive.children().collect();
        let new: Vec<_> = after.directive.children().collect();
        let first = old.iter().zip(&new).take_while(|(old, new)| is_same(**old, **new)).count();
        let (old, new) = (&old[first..], &new[first..]);
        let from_end = old.iter().rev().zip(new.iter().rev());
        let last = from_end.take_while(|(old, new)| is_same(**old, **new)).count();
        let old = old[..old.len() - last].iter().map(|&directive| (before, directive));
        let new = new[..new.len() - last].iter().map(|&directive| (after, directive));
        let mut changed = Self::default();
        for (server, directive) in old {
            changed.add(server, directive)?;
        }
        for (server, directive) in new {
            changed.add(server, directive)?;
        }
        Some(changed)
    }

    fn add(&mut self, server: &Server<'_>, directive: Directive<'_>) -> Option<()> {
        match directive.name() {
            name::LOCATION => self.prefixes.push(prefix(server, directive)?),
            name::SSL_CIPHERS | name::SSL_PROTOCOLS => self.handshake = true,
            _ => return None,
        }
        Some(())
    }

    /// Whether one of the locations may have to do with the search for that of a path. nginx gives a
    /// path that only lacks the slash at the end of a prefix its slash.
    pub(super) fn may_take(&self, path: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            path.starts_with(prefix) || prefix.strip_suffix(b"/").is_some_and(|it| it == path)
        })
    }
}

/// What paths start with that a location of a server takes.
fn prefix(server: &Server<'_>, directive: Directive<'_>) -> Option<Vec<u8>> {
    let span = directive.span();
    let location = server.locations.iter().find(|location| location.directive.span() == span)?;
    let is_found_by_start = !location.modifier.is_regex() && location.pattern.starts_with(b"/");
    is_found_by_start.then(|| location.pattern.to_vec())
}

/// Whether two directives are written alike, with all that is in their blocks, includes in place.
fn is_same(one: Directive<'_>, other: Directive<'_>) -> bool {
    let mut open = vec![(one, other)];
    while let Some((one, other)) = open.pop() {
        let heads = [one, other].map(|one| text(one, Some(one.head_span())));
        if heads[0] != heads[1] || one.has_block() != other.has_block() {
            return false;
        }
        let (mut children, mut others) = (one.children(), other.children());
        let mut is_empty = true;
        loop {
            match (children.next(), others.next()) {
                (None, None) => break,
                (Some(child), Some(other)) => open.push((child, other)),
                _ => return false,
            }
            is_empty = false;
        }
        // The code of another language has no directives in it.
        if is_empty && text(one, one.block_span()) != text(other, other.block_span()) {
            return false;
        }
    }
    true
}

/// What is written there, in the file of the directive.
fn text(directive: Directive<'_>, span: Option<Span>) -> Option<&[u8]> {
    Some(&directive.file().bytes[span?.range()])
}

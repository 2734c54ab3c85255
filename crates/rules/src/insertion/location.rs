//! A new location for challenges: written into its server, or included from a file.

use std::sync::Arc;

use acme::{PATH, TokenPlace, WebRootOrigin};
use model::{Server, ServerId, name};
use parser::Span;

use super::{Style, end_of_line, is_before_blank_line_or_brace, last_of_head, lifted_on, quoted};
use crate::{
    facts::Facts,
    fix::{Applicability, Edit, Shareable},
};

/// What a new location for challenges needs.
pub(crate) struct NewLocation {
    /// What lifts the restrictions that it would inherit.
    pub(super) lifted: Vec<&'static [u8]>,
    /// The web root, or the directory of the tokens.
    pub(super) place: Vec<u8>,
    /// Whether the web root is that of the server, which the location inherits.
    pub(super) is_inherited: bool,
    /// Whether the web root is known; else the text has a placeholder.
    pub(crate) applicability: Applicability,
}

/// A placeholder for a web root that nobody has named.
const PLACEHOLDER: &[u8] = b"/path/to/the/web/root";

impl NewLocation {
    /// The location that `server` needs for its challenges: with the web root unless the server's
    /// own is it, and with what lifts the restrictions that the location would inherit.
    pub(crate) fn for_server(facts: &Facts<'_>, id: ServerId) -> Self {
        let http = facts.http;
        let web_root = facts.web_roots.of(id);
        let server = http.server(id);
        let lifted = lifted_on(&[&server.level, &http.level]);
        let own = http.effective(server, name::ROOT).and_then(|root| root.arg(0));
        let of_origin = |origin| {
            let root = web_root.as_ref().filter(|root| root.origin == origin);
            root.map(|root| root.directory.clone())
        };
        if let Some(TokenPlace::Directory(directory)) = said_place(facts, server) {
            let place = alias(directory);
            return Self { lifted, place, is_inherited: false, applicability: Applicability::Safe };
        }
        let said = match said_place(facts, server) {
            Some(TokenPlace::WebRoot(directory)) => Some(directory.clone()),
            _ => None,
        };
        // A root with variables serves each name from a directory of its own.
        let own_variable = own.as_deref().filter(|own| own.contains(&b'$'));
        let wanted = said
            .or_else(|| of_origin(WebRootOrigin::SameName))
            .or_else(|| of_origin(WebRootOrigin::OtherServers))
            .or_else(|| own_variable.map(<[u8]>::to_vec))
            .or_else(|| of_origin(WebRootOrigin::DocumentRoot));
        let (directory, applicability) = match wanted {
            Some(directory) => (directory, Applicability::Safe),
            None => (PLACEHOLDER.to_vec(), Applicability::Display),
        };
        let is_inherited = own.as_deref() == Some(&*directory);
        Self { lifted, place: root(&directory), is_inherited, applicability }
    }

    /// The same with this web root.
    pub(crate) fn with_root(self, directory: &[u8]) -> Self {
        Self {
            place: root(directory),
            is_inherited: false,
            applicability: Applicability::Safe,
            ..self
        }
    }

    /// The edit that puts the location into a server, after its names: it includes the file that
    /// holds such a location already, if there is one. `None` if the server has a location of this
    /// prefix, because nginx takes no second one.
    pub(crate) fn insert_into(self, facts: &Facts<'_>, server: &Server<'_>) -> Option<Edit> {
        let sources = facts.sources();
        let is_taken = server.outer_locations.iter().any(|&id| {
            let location = server.location(id);
            location.modifier.is_prefix() && location.pattern == PATH.as_bytes()
        });
        if is_taken {
            return None;
        }
        let block = server.directive.block_span()?;
        let anchor = last_of_head(server);
        let style = Style::of(sources, server.directive, anchor);
        let at = match anchor {
            Some(anchor) if style.is_inline => anchor.span(),
            Some(anchor) => end_of_line(sources, anchor.span()),
            None => Span::new(block.file, block.start, block.start),
        };
        let is_last = style.is_inline || is_before_blank_line_or_brace(sources, at);
        let (before, after) = (style.gap(), if is_last { b"" } else { style.line_end });
        if let Some(snippet) = facts.snippets().iter().find(|one| one.suits(&self, server)) {
            return Some(Edit::insert_after(at, [&*before, &*snippet.include(), after].concat()));
        }
        let text = self.text(&style, !self.is_inherited);
        let mut edit = Edit::insert_after(at, [&*before, &*text, after].concat());
        let of_new_file = |has_place| {
            let style = Style::of_new_file();
            [&*self.text(&style, has_place), style.line_end].concat()
        };
        let mut contents = vec![of_new_file(true)];
        if self.is_inherited {
            contents.push(of_new_file(false));
        }
        edit.shareable = Some(Arc::new(Shareable { contents, before, after: after.to_vec() }));
        Some(edit)
    }

    fn text(&self, style: &Style, has_place: bool) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = self.lifted.iter().map(|line| line.to_vec()).collect();
        lines.push(b"default_type text/plain;".to_vec());
        lines.extend(has_place.then(|| self.place.clone()));
        style.block(&[b"location ^~ ", PATH.as_bytes()].concat(), &lines)
    }
}

/// Where the user says that tokens for the names of a server lie.
fn said_place<'f>(facts: &'f Facts<'_>, server: &Server<'_>) -> Option<&'f TokenPlace> {
    let places = &facts.verdicts.settings.places;
    let names = server.names.iter().map(|name| name.text.strip_prefix(b".").unwrap_or(&name.text));
    names.flat_map(|name| places.of(name)).next().or_else(|| places.of(b"").first())
}

fn root(directory: &[u8]) -> Vec<u8> {
    [b"root ", &*quoted(directory), b";"].concat()
}

fn alias(directory: &[u8]) -> Vec<u8> {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    [b"alias ", &*quoted(&[directory, b"/"].concat()), b";"].concat()
}

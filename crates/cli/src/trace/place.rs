//! Where directives stand, as traces say it.

use std::{
    cell::OnceCell,
    path::{Component, Path},
};

use model::{Directive, Location, Sources};
use parser::{LineIndex, Span};

/// The files of a configuration with their lines, each counted when first asked for.
pub(crate) struct Places<'s> {
    sources: &'s Sources,
    lines: Vec<OnceCell<LineIndex>>,
}

impl<'s> Places<'s> {
    pub(crate) fn new(sources: &'s Sources) -> Self {
        Self { sources, lines: sources.files().map(|_| OnceCell::new()).collect() }
    }

    /// The file of a directive: from the directory of nginx.conf, if it lies under it.
    pub(crate) fn file(&self, directive: Directive<'_>) -> &'s Path {
        let path = &*self.sources.file(directive.file_id()).path;
        let inside = path.strip_prefix(self.sources.conf_prefix());
        let is_inside =
            |inside: &&Path| inside.components().all(|part| matches!(part, Component::Normal(_)));
        inside.ok().filter(is_inside).unwrap_or(path)
    }

    /// The line on which a directive starts.
    pub(crate) fn line(&self, directive: Directive<'_>) -> u32 {
        let id = directive.file_id();
        let lines = &self.lines[id.0 as usize];
        let lines = lines.get_or_init(|| self.sources.file(id).lines());
        lines.position(directive.name_span().start).line
    }

    /// A directive as written, without its block: one blank between words.
    pub(crate) fn text(&self, directive: Directive<'_>) -> String {
        self.words(directive, 0)
    }

    /// The modifier and the pattern of a location, as written.
    pub(crate) fn location_text(&self, location: &Location<'_>) -> String {
        self.words(location.directive, 1)
    }

    fn words(&self, directive: Directive<'_>, first: usize) -> String {
        let file = directive.file_id();
        let words = directive.words()[first..].iter();
        let words = words.map(|word| self.sources.text(Span::new(file, word.start, word.end)));
        let words: Vec<_> = words.map(String::from_utf8_lossy).collect();
        words.join(" ")
    }
}

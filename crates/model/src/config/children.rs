//! The directives of one level, over the borders of included files.

use std::ops::Range;

use parser::DirectiveId;

use super::{Config, Directive, PlaceId};
use crate::{
    directive_table::{Name, name},
    kinds::Kinds,
    sources::SourceFile,
};

/// The directives of one level in nginx's order, what includes read in place.
#[derive(Clone)]
pub struct Children<'c> {
    config: &'c Config<'c>,
    current: Option<Stretch<'c>>,
    outer: Vec<Outer<'c>>,
}

/// Directives of one file that follow each other.
#[derive(Clone)]
struct Stretch<'c> {
    file: &'c SourceFile,
    place: PlaceId,
    /// The directive in whose block they stand.
    parent: Option<DirectiveId>,
    children: parser::Children<'c>,
}

/// What is left to read once an included file ends.
#[derive(Clone)]
enum Outer<'c> {
    Level(Stretch<'c>),
    Files(Range<u32>),
}

impl<'c> Stretch<'c> {
    /// What stands at the top of a file in its place.
    fn of_file(config: &'c Config<'c>, place: PlaceId) -> Self {
        let file = config.sources.file(config.place(place).file);
        Self { file, place, parent: None, children: file.tree.top_level() }
    }
}

impl<'c> Children<'c> {
    /// Those at the top of a file in its place.
    pub(super) fn of_file(config: &'c Config<'c>, place: PlaceId) -> Self {
        Self { config, current: Some(Stretch::of_file(config, place)), outer: Vec::new() }
    }

    /// Those in the block of a directive.
    pub(super) fn of_block(directive: Directive<'c>) -> Self {
        let Directive { config, file, place, id } = directive;
        let children = file.tree.children(id);
        let current = Some(Stretch { file, place, parent: Some(id), children });
        Self { config, current, outer: Vec::new() }
    }

    /// The next directive of these kinds. The kinds of all on the way are added to `seen`; a file
    /// that has nothing of interest is not gone through.
    pub(crate) fn next_of(&mut self, wanted: Kinds, seen: &mut Kinds) -> Option<Directive<'c>> {
        loop {
            let Some(stretch) = &mut self.current else {
                self.leave(|kinds| {
                    let is_wanted = kinds.intersects(wanted | Kinds::named(name::INCLUDE));
                    if !is_wanted {
                        *seen |= kinds;
                    }
                    is_wanted
                })?;
                continue;
            };
            let Some(id) = stretch.children.next() else {
                self.current = None;
                continue;
            };
            let (file, place) = (stretch.file, stretch.place);
            let name = file.names[id.0 as usize];
            if name == name::INCLUDE && self.enter(place, id) {
                continue;
            }
            let kinds = Kinds::of(name);
            *seen |= kinds;
            if kinds.intersects(wanted) {
                return Some(Directive { config: self.config, file, place, id });
            }
        }
    }

    /// The next directive of this name: what [`Iterator::next`] would come to, but faster.
    pub(crate) fn next_named(&mut self, wanted: Name) -> Option<Directive<'c>> {
        loop {
            let Some(stretch) = &mut self.current else {
                let has_it = Kinds::named(wanted) | Kinds::named(name::INCLUDE);
                self.leave(|kinds| kinds.intersects(has_it))?;
                continue;
            };
            let (file, place) = (stretch.file, stretch.place);
            let Range { start, end } = stretch.children.rest();
            let names = &file.names[start as usize..end as usize];
            let is_met = |name: &Name| *name == wanted || *name == name::INCLUDE;
            let Some(distance) = names.iter().position(is_met) else {
                self.current = None;
                continue;
            };
            let id = DirectiveId(start + distance as u32);
            stretch.children.skip_to(id.0);
            if file.tree.parent(id) != stretch.parent {
                stretch.children.skip_to(id.0 + 1); // it stands in a block
                continue;
            }
            stretch.children.next();
            let is_entered = names[distance] == name::INCLUDE && self.enter(place, id);
            if !is_entered && names[distance] == wanted {
                return Some(Directive { config: self.config, file, place, id });
            }
        }
    }

    /// Goes on with what is left around the stretch that has come to its end, past files whose
    /// kinds are not wanted.
    fn leave(&mut self, mut is_wanted: impl FnMut(Kinds) -> bool) -> Option<()> {
        self.current = match self.outer.pop()? {
            Outer::Level(stretch) => Some(stretch),
            Outer::Files(mut places) => {
                let config = self.config;
                let mut wanted = places
                    .by_ref()
                    .map(PlaceId)
                    .filter(|&place| is_wanted(config.kinds[config.place(place).file.0 as usize]));
                let first = wanted.next();
                first.map(|place| {
                    self.outer.push(Outer::Files(places));
                    Stretch::of_file(config, place)
                })
            }
        };
        Some(())
    }

    /// Goes on with the files of an `include`; false if it led nowhere.
    fn enter(&mut self, place: PlaceId, include: DirectiveId) -> bool {
        let Some(inclusion) = self.config.inclusion(place, include) else { return false };
        let places = inclusion.places.clone();
        self.outer.extend(self.current.take().map(Outer::Level));
        self.outer.push(Outer::Files(places));
        true
    }
}

impl<'c> Iterator for Children<'c> {
    type Item = Directive<'c>;

    fn next(&mut self) -> Option<Directive<'c>> {
        loop {
            let Some(stretch) = &mut self.current else {
                self.leave(|_| true)?;
                continue;
            };
            let Some(id) = stretch.children.next() else {
                self.current = None;
                continue;
            };
            let (file, place) = (stretch.file, stretch.place);
            if file.names[id.0 as usize] != name::INCLUDE || !self.enter(place, id) {
                return Some(Directive { config: self.config, file, place, id });
            }
        }
    }
}

//! What every file means in the kinds of blocks it stands in, each combination once.

use std::collections::BTreeSet;

use parser::{DirectiveId, FileId};
use rustc_hash::FxHashMap;

use super::{Children, Config, Directive, PlaceId};
use crate::{
    context::{Body, body},
    directive_table::{Context, Name, name},
    sources::{Root, SourceFile},
};

/// A file in one kind of block. All places where its directives mean the same are one standing, so
/// that a snippet included by a thousand servers has one.
#[derive(Debug)]
pub struct Standing<'c> {
    config: &'c Config<'c>,
    /// The first of the places.
    place: PlaceId,
    /// What the top level of the file stands in.
    pub outer: Body,
    /// What stands in the block of each directive that has one.
    inner: Vec<Body>,
    has_entries: bool,
}

impl Config<'_> {
    /// Every file in every kind of block it stands in, those of the roots first.
    pub fn standings(&self) -> Vec<Standing<'_>> {
        self.standings_where(&vec![true; self.places.len()])
    }

    /// The same for these files alone, and for what they include, as far as they include it.
    pub fn standings_below(&self, files: &BTreeSet<FileId>) -> Vec<Standing<'_>> {
        let mut is_wanted = Vec::with_capacity(self.places.len());
        for place in &self.places {
            // Places come after the one that includes them.
            let is_below = place.included_by.is_some_and(|(outer, _)| is_wanted[outer.0 as usize]);
            is_wanted.push(is_below || files.contains(&place.file));
        }
        self.standings_where(&is_wanted)
    }

    fn standings_where(&self, is_wanted: &[bool]) -> Vec<Standing<'_>> {
        // What a place means depends on those around it.
        let mut is_needed = is_wanted.to_vec();
        for (at, place) in self.places.iter().enumerate().rev() {
            if let (true, Some((outer, _))) = (is_needed[at], place.included_by) {
                is_needed[outer.0 as usize] = true;
            }
        }
        let mut standings: Vec<(Standing<'_>, bool)> = Vec::new();
        let mut known: FxHashMap<(FileId, Body), usize> = FxHashMap::default();
        let mut of_places = vec![usize::MAX; self.places.len()];
        for (at, place) in self.places.iter().enumerate().filter(|(at, _)| is_needed[*at]) {
            let outer = match place.included_by {
                Some((outer, include)) => standings[of_places[outer.0 as usize]].0.around(include),
                None => root_body(self.sources.file(place.file), self.sources.roots()[at]),
            };
            let standing = *known.entry((place.file, outer)).or_insert_with(|| {
                standings.push((Standing::of(self, PlaceId(at as u32), outer), false));
                standings.len() - 1
            });
            standings[standing].1 |= is_wanted[at];
            of_places[at] = standing;
        }
        let wanted = standings.into_iter().filter(|(_, is_wanted)| *is_wanted);
        wanted.map(|(standing, _)| standing).collect()
    }
}

impl<'c> Standing<'c> {
    fn of(config: &'c Config<'c>, place: PlaceId, outer: Body) -> Self {
        let has_entries = outer == Body::Entries;
        let mut standing = Self { config, place, outer, inner: Vec::new(), has_entries };
        let file = standing.source();
        standing.inner.reserve_exact(file.names.len());
        for (name, id) in file.names.iter().zip((0..).map(DirectiveId)) {
            if file.tree.directive(id).block.is_none() {
                standing.inner.push(Body::Unknown);
                continue;
            }
            // A directive comes after the one around it.
            let inner = match standing.around(id) {
                Body::Directives(context) => body(context, *name),
                Body::Lua => Body::Lua,
                Body::Entries | Body::Unknown => Body::Unknown,
            };
            standing.has_entries |= inner == Body::Entries;
            standing.inner.push(inner);
        }
        standing
    }

    /// Whether entries of a `map` and the like stand in the file.
    pub fn has_entries(&self) -> bool {
        self.has_entries
    }

    /// The directives of one name, and what they stand in.
    pub fn named(&self, name: Name) -> impl Iterator<Item = (Body, Directive<'c>)> {
        let all = self.source().names.iter().zip((0..).map(DirectiveId));
        let named = all.filter(move |(found, _)| **found == name);
        named.map(|(_, id)| (self.around(id), self.directive(id)))
    }

    /// The file.
    pub fn file(&self) -> FileId {
        self.config.place(self.place).file
    }

    /// Every directive and entry of the file, and what it stands in.
    pub fn directives(&self) -> impl Iterator<Item = (Body, Directive<'c>)> {
        let (config, file, place) = (self.config, self.source(), self.place);
        let ids = (0..self.inner.len() as u32).map(DirectiveId);
        ids.map(move |id| {
            let around = match file.tree.parent(id) {
                Some(parent) => self.inner[parent.0 as usize],
                None => self.outer,
            };
            (around, Directive { config, file, place, id })
        })
    }

    /// The levels that begin in the file: that of the file itself unless something includes it, and
    /// those of its blocks.
    pub fn levels(&self) -> impl Iterator<Item = (Context, Children<'c>)> {
        let is_root = self.config.place(self.place).included_by.is_none();
        let top_level = match self.outer {
            Body::Directives(context) if is_root => {
                Some((context, self.config.top_level(self.place)))
            }
            _ => None,
        };
        let blocks = self.inner.iter().zip((0..).map(DirectiveId)).filter_map(|(inner, id)| {
            let directive = self.directive(id);
            match inner {
                Body::Directives(context) if directive.has_block() => {
                    Some((*context, directive.children()))
                }
                _ => None,
            }
        });
        top_level.into_iter().chain(blocks)
    }

    /// What a directive of the file stands in.
    pub(crate) fn around(&self, id: DirectiveId) -> Body {
        let parent = self.source().tree.parent(id);
        parent.map_or(self.outer, |parent| self.inner[parent.0 as usize])
    }

    pub(crate) fn directive(&self, id: DirectiveId) -> Directive<'c> {
        self.config.directive(self.place, id)
    }

    pub(crate) fn source(&self) -> &'c SourceFile {
        self.config.sources.file(self.file())
    }
}

impl<'c> Directive<'c> {
    /// The `include` directives that lead to this one, the last first.
    pub fn included_by(self) -> impl Iterator<Item = Directive<'c>> {
        let mut place = self.place;
        std::iter::from_fn(move || {
            let (outer, id) = self.config.place(place).included_by?;
            place = outer;
            Some(self.config.directive(place, id))
        })
    }

    /// The root at the end of the includes: nginx.conf or a fragment.
    pub fn root(self) -> FileId {
        let outermost = self.included_by().last().unwrap_or(self);
        outermost.file_id()
    }
}

/// What the top level of a root stands in. A fragment may hold the entries of a `map` as well:
/// words that name no directive, and never a block.
fn root_body(file: &SourceFile, root: Root) -> Body {
    let judged = Body::Directives(root.context);
    if !root.is_fragment {
        return judged;
    }
    let (mut directives, mut entries) = (0, 0);
    for id in file.tree.top_level() {
        match file.names[id.0 as usize] {
            name::INCLUDE => {}
            Name::UNKNOWN if file.tree.directive(id).block.is_none() => entries += 1,
            _ => directives += 1,
        }
    }
    if entries > directives { Body::Unknown } else { judged }
}

//! `server` blocks.

use crate::{
    config::{Children, Directive},
    directive_table::name,
    kinds::Kinds,
    level::Level,
    listen::Listen,
    location::{Location, LocationId},
    pattern::Patterns,
    server_name::ServerName,
};

/// A server of the http block, by its number in nginx's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u32);

/// A `server` block.
#[derive(Debug)]
pub struct Server<'c> {
    /// The directive.
    pub directive: Directive<'c>,
    /// What is set in the block itself.
    pub level: Level<'c>,
    /// The addresses, never none: a server without `listen` has an implicit one.
    pub listens: Vec<Listen<'c>>,
    /// The names in the order written; empty if there is no `server_name`.
    pub names: Vec<ServerName<'c>>,
    /// Every location, nested ones included, in file order.
    pub locations: Vec<Location<'c>>,
    /// The locations that are not nested.
    pub outer_locations: Vec<LocationId>,
}

impl<'c> Server<'c> {
    pub(crate) fn cast(directive: Directive<'c>, patterns: &Patterns) -> Self {
        let (mut listens, mut names, mut says_listen) = (Vec::new(), Vec::new(), false);
        let wanted = Kinds::named(name::LISTEN) | Kinds::named(name::SERVER_NAME);
        let level = Level::visiting(directive, wanted, |inner| match inner.name() {
            name::LISTEN => {
                says_listen = true;
                listens.extend(Listen::cast(inner));
            }
            name::SERVER_NAME => names.extend(ServerName::cast(inner)),
            _ => {}
        });
        if !says_listen {
            listens.push(Listen::implicit());
        }
        let mut server = Self {
            directive,
            level,
            listens,
            names,
            locations: Vec::new(),
            outer_locations: Vec::new(),
        };
        server.add_locations(patterns);
        server.listens.shrink_to_fit();
        server.names.shrink_to_fit();
        server.locations.shrink_to_fit();
        server
    }

    /// Whether requests find two servers by the same names and addresses.
    pub(crate) fn is_found_like(&self, other: &Self) -> bool {
        let has_words_of = |one: Option<Directive<'c>>, other: Option<Directive<'c>>| {
            one.is_some() == other.is_some()
                && one
                    .into_iter()
                    .flat_map(Directive::args)
                    .eq(other.into_iter().flat_map(Directive::args))
        };
        let (names, others) = (self.names.iter(), other.names.iter());
        names.map(|name| &name.text).eq(others.map(|name| &name.text))
            && has_words_of(self.level.first(name::SSL), other.level.first(name::SSL))
            && self.listens.len() == other.listens.len()
            && self.listens.iter().zip(&other.listens).all(|(one, other)| {
                one.address == other.address && has_words_of(one.directive, other.directive)
            })
    }

    /// One location.
    pub fn location(&self, id: LocationId) -> &Location<'c> {
        &self.locations[id.0 as usize]
    }

    /// The locations right inside another one, or the outer ones.
    pub fn locations_in(&self, level: Option<LocationId>) -> &[LocationId] {
        level.map_or(&*self.outer_locations, |id| &*self.location(id).nested)
    }

    /// The location of this name, which starts with `@`.
    pub fn named_location(&self, name: &[u8]) -> Option<LocationId> {
        let mut outer = self.outer_locations.iter().copied();
        outer.find(|&id| self.location(id).pattern == name && name.starts_with(b"@"))
    }

    /// Collects the locations with a stack of open blocks; nesting may be as deep as the file.
    fn add_locations(&mut self, patterns: &Patterns) {
        let mut open: Vec<(Option<LocationId>, Children<'c>)> = Vec::new();
        if self.level.has(Kinds::named(name::LOCATION)) {
            open.push((None, self.directive.children()));
        }
        while let Some((parent, children)) = open.last_mut() {
            let parent = *parent;
            let Some(directive) = children.next_named(name::LOCATION) else {
                open.pop();
                continue;
            };
            if !directive.has_block() {
                continue;
            }
            let Some(location) = Location::cast(directive, parent, patterns) else { continue };
            let id = LocationId(self.locations.len() as u32);
            let has_nested = location.level.has(Kinds::named(name::LOCATION));
            self.locations.push(location);
            match parent {
                None => self.outer_locations.push(id),
                Some(parent) => self.locations[parent.0 as usize].nested.push(id),
            }
            if has_nested {
                open.push((Some(id), directive.children()));
            }
        }
    }
}

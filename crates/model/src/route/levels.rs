//! The settings in force for a request at its place: inheritance, asked for where it is needed.

use super::run::{Run, Undecided};
use crate::{
    config::Directive,
    directive_table::{Name, Phase, name},
    kinds::Kinds,
    level::Level,
    location::LocationId,
    server::ServerId,
};

impl<'c> Run<'_, 'c> {
    /// The levels whose settings hold now, innermost first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level<'c>> {
        let server = self.server();
        let locations = std::iter::successors(self.location, |&id| server.location(id).parent);
        let inner = self.inner_level.iter().map(|(_, level)| level);
        inner
            .chain(locations.map(|id| &server.location(id).level))
            .chain([&server.level, &self.http.level])
    }

    /// The level the request stands on, of which directives that are not inherited count.
    pub(super) fn own_level(&self) -> &Level<'c> {
        match (&self.inner_level, self.location) {
            (Some((_, level)), _) => level,
            (None, Some(id)) => &self.server().location(id).level,
            (None, None) => &self.server().level,
        }
    }

    /// Notes what may hold on the levels of the place that has just been reached.
    pub(super) fn settle(&mut self) {
        let kinds = self.levels().fold(Kinds::default(), |kinds, level| kinds | level.kinds());
        self.kinds = kinds;
        self.root_slot.take();
    }

    /// The value that holds now.
    pub(super) fn effective(&self, name: Name) -> Option<Directive<'c>> {
        if !self.kinds.intersects(Kinds::named(name)) {
            return None;
        }
        self.levels().find_map(|level| level.first(name))
    }

    /// All directives of one name that hold now: those of the innermost level that has any.
    pub(super) fn effective_all(&self, name: Name) -> Vec<Directive<'c>> {
        if !self.kinds.intersects(Kinds::named(name)) {
            return Vec::new();
        }
        let level = self.levels().find(|level| level.first(name).is_some());
        level.map(|level| level.all(name).collect()).unwrap_or_default()
    }

    /// The directive, if it holds now and is not `off`.
    pub(super) fn is_on(&self, name: Name) -> Option<Directive<'c>> {
        self.effective(name).filter(|&directive| !is_off(directive))
    }

    /// Whether the directive holds now and is `off`.
    pub(super) fn is_off(&self, name: Name) -> bool {
        self.effective(name).is_some_and(is_off)
    }

    /// The `root` or `alias` that holds now; they share one slot.
    pub(super) fn root_or_alias(&self) -> Option<Directive<'c>> {
        let slot = |level: &Level<'c>| level.first(name::ROOT).or_else(|| level.first(name::ALIAS));
        *self.root_slot.get_or_init(|| self.levels().find_map(slot))
    }

    /// The location in which an `alias` stands.
    pub(super) fn alias_location(&self, alias: Directive<'c>) -> Option<LocationId> {
        let server = self.server();
        let mut locations = std::iter::successors(self.location, |&id| server.location(id).parent);
        locations.find(|&id| server.location(id).level.first(name::ALIAS) == Some(alias))
    }

    /// Ends the request where a module that is not modelled acts in `phase` and is not switched
    /// off.
    pub(super) fn stop_at_unmodelled(&self, phase: Phase) -> Result<(), Undecided<'c>> {
        let mut switched_off = Vec::new();
        let kinds = match phase {
            Phase::Access => Kinds::unmodelled(phase) | Kinds::UNKNOWN,
            _ => Kinds::unmodelled(phase),
        };
        if !self.kinds.intersects(kinds) {
            return Ok(());
        }
        for level in self.levels() {
            for directive in level.of_kinds(kinds) {
                let name = directive.name();
                if name == Name::UNKNOWN {
                    let text = directive.name_text();
                    let because = format!("what `{}` does is not known", text.escape_ascii());
                    return Err(Undecided { because, at: Some(directive) });
                }
                if switched_off.contains(&name) {
                    continue;
                }
                if is_off(directive) {
                    switched_off.push(name);
                    continue;
                }
                let because = format!("what `{}` does is not modelled", name.text());
                return Err(Undecided { because, at: Some(directive) });
            }
        }
        Ok(())
    }

    /// Ends the request where something that was not read may be set for a server as a whole.
    pub(super) fn stop_at_unread(&self, server: ServerId) -> Result<(), Undecided<'c>> {
        let levels = [&self.http.level, &self.http.server(server).level];
        let mut code = levels.into_iter().flat_map(Level::code);
        match code.find(|directive| directive.name() == name::INCLUDE) {
            Some(include) => Err(Undecided::unread(include)),
            None => Ok(()),
        }
    }

    /// Modules that act before or with the server's code.
    pub(super) fn stop_at_unmodelled_server_code(&self) -> Result<(), Undecided<'c>> {
        if let Some(include) = self.http.level.code().next() {
            return Err(Undecided::unread(include));
        }
        for level in [&self.server().level, &self.http.level] {
            if let Some(directive) = level.of_kinds(Kinds::SERVER_REWRITE).next() {
                let because = "what Lua code does is not modelled".to_owned();
                return Err(Undecided { because, at: Some(directive) });
            }
        }
        Ok(())
    }
}

fn is_off(directive: Directive<'_>) -> bool {
    directive.arg(0).is_some_and(|value| value.eq_ignore_ascii_case(b"off"))
}

//! Which location takes the request, and the settings that then hold.

use super::{
    AnswerPhase,
    content::{Handler, is_proxy},
    redirect::escape_path,
    run::{Next, Run, Undecided},
    why,
};
use crate::{
    config::Directive,
    directive_table::name,
    level::Level,
    location::{Found, LocationId, SearchStep, search},
    server::ServerId,
};

/// Is told a path for which a location is looked for, and of which server.
pub(super) type Watcher<'r> = &'r dyn Fn(ServerId, &[u8]);

impl<'c> Run<'_, 'c> {
    /// Chooses the location for the path; what comes next if that ends the request
    /// (`ngx_http_core_find_config_phase`).
    pub(super) fn find_location(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.phase = AnswerPhase::Location;
        self.location = None;
        self.inner_level = None;
        self.settle();
        self.handler = None;
        if let Some(watcher) = self.watcher {
            watcher(self.server, &self.path);
        }
        let server = self.server();
        let mut caught = Vec::new();
        let mut passed_over = None;
        let found = search(server, &self.path, &mut caught, |step| {
            if let SearchStep::Regex { instead_of, .. } = step {
                passed_over = instead_of;
            }
        });
        for captures in caught {
            self.set_captures(captures);
        }
        let (id, lacks_slash) = match found {
            Found::Unknown(id) => {
                return Err(Undecided {
                    because: "its regular expression cannot be run".to_owned(),
                    at: Some(server.location(id).directive),
                });
            }
            Found::Server => {
                self.note(None, || {
                    "no location matches the path, so that the server's own settings hold"
                        .to_owned()
                });
                return Ok(None);
            }
            Found::AddSlash(id) => (id, true),
            Found::Location(id) => (id, false),
        };
        let location = server.location(id);
        if lacks_slash {
            self.enter_location(id, || {
                let pattern = location.pattern.escape_ascii();
                format!("the path is `{pattern}` without its final slash, which it gets back")
            });
        } else {
            let passed_over = passed_over.filter(|_| location.modifier.is_regex());
            if self.first_location.is_none() {
                self.passed_over = passed_over;
            }
            self.enter_location(id, || why::location(server, id, passed_over));
        }
        let is_internal = self.is_on(name::INTERNAL);
        if let (Some(internal), false) = (is_internal, self.is_internal) {
            self.note(Some(internal), || {
                "requests from outside get 404 here, as if there were no such location".to_owned()
            });
            return Ok(Some(Next::Fail(404, Some(internal))));
        }
        self.limit_methods();
        if lacks_slash {
            let mut to = escape_path(&location.pattern);
            self.add_query(&mut to);
            return Ok(Some(Next::Redirect { status: 301, to, at: Some(location.directive) }));
        }
        Ok(None)
    }

    pub(super) fn enter_location(&mut self, id: LocationId, why: impl FnOnce() -> String) {
        let location = self.server().location(id);
        self.location = Some(id);
        self.inner_level = None;
        self.settle();
        self.handler =
            location.level.handler().map(|directive| Handler { directive, inside: None });
        self.first_location = self.first_location.or(Some(id));
        self.note(Some(location.directive), why);
    }

    /// Takes the settings of `limit_except` if it does not name the method; the location's own code
    /// and `try_files` are none of them (`ngx_http_update_location_config`).
    pub(super) fn limit_methods(&mut self) {
        let Some(limit) = self.own_level().first(name::LIMIT_EXCEPT) else { return };
        let names_method = |method: &[u8]| {
            limit.args().any(|named| {
                named.eq_ignore_ascii_case(method)
                    || method == b"HEAD" && named.eq_ignore_ascii_case(b"GET")
            })
        };
        if self.location.is_none() || names_method(&self.method) {
            return;
        }
        self.note(Some(limit), || {
            "it does not name this method, for which its own settings hold".to_owned()
        });
        let level = Level::inside(limit);
        let kept = self.handler.filter(|handler| is_proxy(handler.directive));
        let own = level.handler().map(|directive| Handler { directive, inside: Some(limit) });
        self.handler = own.or(kept);
        self.inner_level = Some((limit, level));
        self.settle();
    }

    /// Takes the settings of an `if` inside a location, whose condition is true.
    pub(super) fn enter_if(&mut self, directive: Directive<'c>) {
        let level = Level::inside(directive);
        if let Some(own) = level.handler() {
            self.handler = Some(Handler { directive: own, inside: Some(directive) });
        }
        self.inner_level = Some((directive, level));
        self.settle();
    }
}

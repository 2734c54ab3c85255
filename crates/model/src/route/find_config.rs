//! Which location takes the request, and the settings that then hold.

use super::{
    AnswerPhase,
    content::is_proxy,
    redirect::escape_path,
    run::{Handler, Next, Run, Undecided},
};
use crate::{
    config::Directive,
    directive_table::name,
    level::Level,
    location::{Found, LocationId, Modifier, SearchStep, search},
    server::Server,
};

impl<'c> Run<'_, 'c> {
    /// Chooses the location for the path; what comes next if that ends the request
    /// (`ngx_http_core_find_config_phase`).
    pub(super) fn find_location(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.phase = AnswerPhase::Location;
        self.location = None;
        self.inner_level = None;
        self.handler = None;
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
                self.note(None, || "no location matches the path".to_owned());
                return Ok(None);
            }
            Found::AddSlash(id) => (id, true),
            Found::Location(id) => (id, false),
        };
        let location = server.location(id);
        if lacks_slash {
            self.enter_location(id, || "the path lacks its final slash".to_owned());
        } else {
            let passed_over = passed_over.filter(|_| location.modifier.is_regex());
            if self.first_location.is_none() {
                self.passed_over = passed_over;
            }
            self.enter_location(id, || why_chosen(server, id, passed_over));
        }
        let is_internal = self.is_on(name::INTERNAL);
        if let (Some(internal), false) = (is_internal, self.is_internal) {
            self.note(Some(internal), || "requests from outside get 404 here".to_owned());
            return Ok(Some(Next::Fail(404, Some(internal))));
        }
        self.limit_methods();
        if lacks_slash {
            let mut to = escape_path(&location.pattern);
            self.add_query(&mut to);
            let to = self.absolute(&to);
            return Ok(Some(Next::Redirect { status: 301, to, at: Some(location.directive) }));
        }
        Ok(None)
    }

    pub(super) fn enter_location(&mut self, id: LocationId, why: impl FnOnce() -> String) {
        let location = self.server().location(id);
        self.location = Some(id);
        self.inner_level = None;
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
        self.note(Some(limit), || "it limits this method".to_owned());
        let level = Level::inside(limit, |_| {});
        let kept = self.handler.filter(|handler| is_proxy(handler.directive));
        let own = level.handler().map(|directive| Handler { directive, inside: Some(limit) });
        self.handler = own.or(kept);
        self.inner_level = Some((limit, level));
    }

    /// Takes the settings of an `if` inside a location, whose condition is true.
    pub(super) fn enter_if(&mut self, directive: Directive<'c>) {
        let level = Level::inside(directive, |_| {});
        if let Some(own) = level.handler() {
            self.handler = Some(Handler { directive: own, inside: Some(directive) });
        }
        self.inner_level = Some((directive, level));
    }
}

fn why_chosen(server: &Server<'_>, id: LocationId, passed_over: Option<LocationId>) -> String {
    let location = server.location(id);
    match location.modifier {
        Modifier::Exact => "it is exactly this path".to_owned(),
        Modifier::FinalPrefix => {
            "it is the longest prefix, and `^~` keeps regular expressions away".to_owned()
        }
        Modifier::Prefix => {
            "it is the longest prefix, and no regular expression matches".to_owned()
        }
        Modifier::Named => "it is named there".to_owned(),
        Modifier::Regex | Modifier::RegexCaseless => match passed_over {
            None => "it is the first regular expression that matches".to_owned(),
            Some(other) => {
                let other = server.location(other);
                format!(
                    "it is the first regular expression that matches, and the prefix `{}` yields to it",
                    other.pattern.escape_ascii()
                )
            }
        },
    }
}

//! The phases of one request, in nginx's order.

use std::collections::HashMap;

use super::{
    Answer, AnswerPhase, Request, Scheme, Step, Trace,
    connect::{host_name, socket},
    rewrite::Code,
    target::normalise,
};
use crate::{
    config::Directive,
    directive_table::{Name, Phase, name},
    file_system::FileSystem,
    http::{Http, Level, SocketId},
    location::{Found, LocationId, Modifier, SearchStep, search},
    pattern::Captures,
    server::{Server, ServerId},
};

/// nginx gives up after this many changes of the path, and after as many internal redirects
/// (`NGX_HTTP_MAX_URI_CHANGES`).
const MOST_CHANGES: usize = 10;

/// Why a request cannot be followed further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undecided<'c> {
    pub(super) because: String,
    pub(super) at: Option<Directive<'c>>,
}

/// What comes after a phase.
pub(super) enum Next<'c> {
    /// The answer, and the directive that makes it.
    Answer(Answer<'c>, Option<Directive<'c>>),
    /// A bare status, for which `error_page` may have a page.
    Fail(u16, Option<Directive<'c>>),
    /// An internal redirect to a path with an optional query.
    Internal(Vec<u8>, Directive<'c>),
    /// A jump to a named location.
    Named(Vec<u8>, Directive<'c>),
}

/// A request on its way.
pub(super) struct Run<'r, 'c> {
    pub(super) http: &'c Http<'c>,
    pub(super) request: &'r Request,
    pub(super) file_system: &'r dyn FileSystem,
    pub(super) socket: Option<SocketId>,
    pub(super) server: ServerId,
    pub(super) phase: AnswerPhase,
    /// The host in lower case, without port and final dot.
    pub(super) host: Vec<u8>,
    /// `$uri`.
    pub(super) path: Vec<u8>,
    /// `$args`.
    pub(super) query: Vec<u8>,
    pub(super) variables: HashMap<Vec<u8>, Result<Vec<u8>, Undecided<'c>>>,
    pub(super) captures: Captures,
    pub(super) is_internal: bool,
    /// Whether the code just run has changed the path, so that a location is looked for anew.
    pub(super) path_changed: bool,
    location: Option<LocationId>,
    /// The settings of an `if` inside the location whose condition was true.
    if_level: Option<Level<'c>>,
    first_location: Option<LocationId>,
    passed_over: Option<LocationId>,
    decided_by: Option<Directive<'c>>,
    steps: Vec<Step<'c>>,
}

pub(super) fn run<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
) -> Trace<'c> {
    let mut run = Run {
        http,
        request,
        file_system,
        socket: None,
        server: ServerId(0),
        phase: AnswerPhase::Connection,
        host: host_name(&request.host),
        path: Vec::new(),
        query: Vec::new(),
        variables: HashMap::new(),
        captures: Captures::default(),
        is_internal: false,
        path_changed: false,
        location: None,
        if_level: None,
        first_location: None,
        passed_over: None,
        decided_by: None,
        steps: Vec::new(),
    };
    let answer = run.answer().unwrap_or_else(|Undecided { because, at }| {
        run.decided_by = at;
        Answer::Unknown { because, at }
    });
    Trace {
        socket: run.socket,
        server: run.socket.is_some().then_some(run.server),
        location: run.first_location,
        answered_by: run.location,
        passed_over: run.passed_over,
        decided_by: run.decided_by,
        phase: run.phase,
        steps: run.steps,
        answer,
    }
}

impl<'c> Run<'_, 'c> {
    fn answer(&mut self) -> Result<Answer<'c>, Undecided<'c>> {
        let Some(socket) = socket(self.http, self.request)? else {
            self.note(None, format!("nothing listens on port {}", self.request.port));
            return Ok(Answer::Refused);
        };
        if let Some(answer) = self.connect(socket)? {
            return Ok(answer);
        }
        let merges = self
            .effective(name::MERGE_SLASHES)
            .is_none_or(|flag| flag.arg(0).as_deref() != Some(b"off"));
        let Some((path, query)) = normalise(&self.request.target, merges) else {
            self.note(None, "the path is not valid".to_owned());
            return Ok(Answer::Status { status: 400, body: None });
        };
        (self.path, self.query) = (path, query);
        let mut next = self.from_server_code()?;
        // Each turn is an internal redirect.
        for _ in 0..=MOST_CHANGES {
            let target = match next {
                Next::Answer(answer, at) => {
                    self.decided_by = at.or(self.decided_by);
                    return Ok(answer);
                }
                Next::Fail(status, at) => {
                    self.decided_by = at.or(self.decided_by);
                    return self.error_page(status);
                }
                Next::Internal(target, at) => {
                    self.note(Some(at), format!("internal redirect to {}", target.escape_ascii()));
                    Target::Path(target)
                }
                Next::Named(name, at) => Target::Named(name, at),
            };
            self.is_internal = true;
            next = match target {
                Target::Path(target) => {
                    let (path, query) = match target.iter().position(|&byte| byte == b'?') {
                        Some(at) => (target[..at].to_vec(), target[at + 1..].to_vec()),
                        None => (target, self.query.clone()),
                    };
                    (self.path, self.query) = (path, query);
                    self.location = None;
                    self.if_level = None;
                    self.from_server_code()?
                }
                Target::Named(name, at) => {
                    let Some(location) = self.server().named_location(&name) else {
                        self.note(Some(at), "there is no such named location".to_owned());
                        return Ok(Answer::Status { status: 500, body: None });
                    };
                    self.enter_location(location, "it is named there");
                    self.from_location_code()?
                }
            };
        }
        self.note(None, "too many internal redirects".to_owned());
        Ok(Answer::Status { status: 500, body: None })
    }

    /// Phases 1 to 7.
    fn from_server_code(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        self.phase = AnswerPhase::ServerRewrite;
        self.stop_at_unmodelled_server_code()?;
        self.path_changed = false;
        let server = self.server();
        if let Some(next) = self.run_code(&server.level.code, false)? {
            return Ok(next);
        }
        if let Some(next) = self.find_location()? {
            return Ok(next);
        }
        self.from_location_code()
    }

    /// Phases 3 to 7, a location being chosen.
    fn from_location_code(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        for _ in 0..=MOST_CHANGES {
            self.phase = AnswerPhase::LocationRewrite;
            self.path_changed = false;
            self.stop_at_unmodelled(Phase::Rewrite)?;
            if let Some(id) = self.location {
                let location = self.server().location(id);
                if let Some(next) = self.run_code(&location.level.code, true)? {
                    return Ok(next);
                }
            }
            if !self.path_changed {
                self.phase = AnswerPhase::Access;
                self.stop_at_unmodelled(Phase::Preaccess)?;
                if let Some((status, at)) = self.access()? {
                    return Ok(Next::Fail(status, Some(at)));
                }
                return self.content();
            }
            self.if_level = None;
            if let Some(next) = self.find_location()? {
                return Ok(next);
            }
        }
        self.note(None, "the path is rewritten in a circle".to_owned());
        Ok(Next::Answer(Answer::Status { status: 500, body: None }, None))
    }

    fn run_code(
        &mut self,
        code: &'c [Directive<'c>],
        in_location: bool,
    ) -> Result<Option<Next<'c>>, Undecided<'c>> {
        Ok(match self.code(code, in_location)? {
            Code::Continues => None,
            Code::Answers(answer, at) => Some(Next::Answer(answer, Some(at))),
            Code::Fails(status, at) => Some(Next::Fail(status, Some(at))),
        })
    }

    fn find_location(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.phase = AnswerPhase::Location;
        self.location = None;
        let server = self.server();
        let mut captures = None;
        let mut caught = Captures::default();
        let mut steps = Vec::new();
        let found = search(server, &self.path, &mut caught, |step| {
            if matches!(step, SearchStep::Regex { .. }) {
                captures = Some(());
            }
            steps.push(step);
        });
        if captures.is_some() {
            self.set_captures(caught);
        }
        match found {
            Found::Unknown(id) => Err(Undecided {
                because: "its regular expression cannot be run".to_owned(),
                at: Some(server.location(id).directive),
            }),
            Found::AddSlash(id) => {
                let mut to = self.path.clone();
                to.push(b'/');
                let to = self.absolute(&to);
                let at = server.location(id).directive;
                self.note(Some(at), "the path lacks its final slash".to_owned());
                Ok(Some(Next::Answer(Answer::Redirect { status: 301, to }, Some(at))))
            }
            Found::Server => {
                self.note(None, "no location matches the path".to_owned());
                Ok(None)
            }
            Found::Location(id) => {
                let passed_over = steps.iter().rev().find_map(|step| match step {
                    SearchStep::Regex { regex, instead_of } if *regex == id => *instead_of,
                    _ => None,
                });
                if self.first_location.is_none() {
                    self.passed_over = passed_over;
                }
                let why = why_chosen(server, id, passed_over);
                self.enter_location(id, &why);
                let is_internal = self.effective(name::INTERNAL);
                if let (Some(internal), false) = (is_internal, self.is_internal) {
                    self.note(Some(internal), "requests from outside get 404 here".to_owned());
                    return Ok(Some(Next::Fail(404, Some(internal))));
                }
                Ok(None)
            }
        }
    }

    fn enter_location(&mut self, id: LocationId, why: &str) {
        self.location = Some(id);
        self.if_level = None;
        self.first_location = self.first_location.or(Some(id));
        self.note(Some(self.server().location(id).directive), why.to_owned());
    }

    /// Takes the settings of an `if` inside a location, whose condition is true.
    pub(super) fn enter_if(&mut self, directive: Directive<'c>) {
        self.if_level = Some(Level::of(directive.children()));
    }

    /// The answer for a status that nginx makes by itself: `error_page` may replace it
    /// (`ngx_http_special_response_handler`).
    fn error_page(&mut self, status: u16) -> Result<Answer<'c>, Undecided<'c>> {
        let plain = Answer::Status { status, body: None };
        let pages: Vec<_> = self
            .levels()
            .map(|level| level.all(name::ERROR_PAGE).collect::<Vec<_>>())
            .find(|pages| !pages.is_empty())
            .unwrap_or_default();
        let code = status.to_string();
        let Some(page) =
            pages.into_iter().find(|page| page.args().any(|word| &*word == code.as_bytes()))
        else {
            return Ok(plain);
        };
        let arguments: Vec<_> = page.args().collect();
        let [codes @ .., target] = &*arguments else { return Ok(plain) };
        let replaced = codes.last().filter(|word| word.starts_with(b"="));
        let is_url = target.starts_with(b"http://")
            || target.starts_with(b"https://")
            || target.starts_with(b"$scheme");
        if is_url {
            let to = self.evaluate(target, page)?;
            let status = replaced
                .and_then(|word| std::str::from_utf8(&word[1..]).ok()?.parse().ok())
                .unwrap_or(302);
            self.note(Some(page), format!("for {code} it redirects to {}", to.escape_ascii()));
            self.decided_by = Some(page);
            return Ok(Answer::Redirect { status, to });
        }
        if replaced.is_none() {
            // The page comes from elsewhere, the status stays.
            return Ok(plain);
        }
        let because = format!("the page for {code} may have another status");
        Err(Undecided { because, at: Some(page) })
    }

    /// Notes a decision.
    pub(super) fn note(&mut self, at: Option<Directive<'c>>, why: String) {
        self.steps.push(Step { at, why });
    }

    pub(super) fn server(&self) -> &'c Server<'c> {
        self.http.server(self.server)
    }

    /// The levels whose settings hold now, innermost first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Level<'c>> {
        let server = self.server();
        let locations = std::iter::successors(self.location, |&id| server.location(id).parent);
        self.if_level
            .iter()
            .chain(locations.map(|id| &server.location(id).level))
            .chain([&server.level, &self.http.level])
    }

    /// The level the request stands on, of which directives that are not inherited count.
    pub(super) fn own_level(&self) -> &'_ Level<'c> {
        match (&self.if_level, self.location) {
            (Some(level), _) => level,
            (None, Some(id)) => &self.server().location(id).level,
            (None, None) => &self.server().level,
        }
    }

    /// The directives among which a content handler is looked for: those of the `if` and of its
    /// location; a nested location inherits none.
    pub(super) fn handlers(&self) -> Vec<Directive<'c>> {
        let location = self.location.map(|id| &self.server().location(id).level);
        let levels = self.if_level.iter().chain(location);
        levels.flat_map(Level::settings).copied().collect()
    }

    /// The value that holds now.
    pub(super) fn effective(&self, name: Name) -> Option<Directive<'c>> {
        self.levels().find_map(|level| level.first(name))
    }

    /// The `root` or `alias` that holds now; they share one slot.
    pub(super) fn root_or_alias(&self) -> Option<Directive<'c>> {
        self.levels().find_map(|level| level.first(name::ROOT).or_else(|| level.first(name::ALIAS)))
    }

    /// The location in which an `alias` stands.
    fn alias_location(&self, alias: Directive<'c>) -> Option<LocationId> {
        let server = self.server();
        let mut locations = std::iter::successors(self.location, |&id| server.location(id).parent);
        locations.find(|&id| server.location(id).level.first(name::ALIAS) == Some(alias))
    }

    /// How much of the path an `alias` replaces: the pattern of its location.
    pub(super) fn alias_length(&self, alias: Directive<'c>) -> usize {
        let location = self.alias_location(alias);
        location.map_or(0, |id| self.server().location(id).pattern.len())
    }

    /// Whether an `alias` is the whole path, because its location is a regular expression.
    pub(super) fn alias_takes_captures(&self, alias: Directive<'c>) -> bool {
        let location = self.alias_location(alias);
        location.is_some_and(|id| self.server().location(id).modifier.is_regex())
    }

    /// Keeps what a regular expression caught.
    pub(super) fn set_captures(&mut self, captures: Captures) {
        for (name, value) in &captures.names {
            self.variables.insert(name.to_ascii_lowercase().into_bytes(), Ok(value.clone()));
        }
        self.captures = captures;
    }

    /// A redirect's target with scheme, host and port, as nginx completes it.
    pub(super) fn absolute(&self, target: &[u8]) -> Vec<u8> {
        if !target.starts_with(b"/") {
            return target.to_vec();
        }
        let (scheme, usual) = match self.request.scheme {
            Scheme::Http => ("http", 80),
            Scheme::Https => ("https", 443),
        };
        let mut url = format!("{scheme}://").into_bytes();
        url.extend_from_slice(&self.host);
        if self.request.port != usual {
            url.extend_from_slice(format!(":{}", self.request.port).as_bytes());
        }
        url.extend_from_slice(target);
        url
    }

    /// Modules that act before or with the server's code.
    fn stop_at_unmodelled_server_code(&self) -> Result<(), Undecided<'c>> {
        for level in [&self.server().level, &self.http.level] {
            for &directive in level.settings() {
                if matches!(
                    directive.name(),
                    name::SERVER_REWRITE_BY_LUA_BLOCK | name::SERVER_REWRITE_BY_LUA_FILE
                ) {
                    let because = "what Lua code does is not modelled".to_owned();
                    return Err(Undecided { because, at: Some(directive) });
                }
            }
        }
        Ok(())
    }
}

enum Target<'c> {
    Path(Vec<u8>),
    Named(Vec<u8>, Directive<'c>),
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

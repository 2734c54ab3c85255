//! The phases of one request, in nginx's order.

use std::collections::HashMap;

use super::{
    Answer, AnswerPhase, Request, Step, Trace,
    connect::{host_name, socket},
    error_page::ErrorPage,
    redirect::escape_path,
};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    file_system::FileSystem,
    http::{Http, Level, SocketId},
    location::{Found, LocationId, Modifier, SearchStep, search},
    pattern::Captures,
    server::{Server, ServerId},
};

/// With this change of the path, by code or by an internal redirect, nginx gives up (one more than
/// `NGX_HTTP_MAX_URI_CHANGES`).
const LAST_CHANGE: u32 = 11;

/// Why a request cannot be followed further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undecided<'c> {
    pub(super) because: String,
    pub(super) at: Option<Directive<'c>>,
}

/// What comes after a phase.
#[derive(Clone, Debug)]
pub(super) enum Next<'c> {
    /// The answer, and the directive that makes it.
    Answer(Answer<'c>, Option<Directive<'c>>),
    /// A bare status, for which `error_page` may have a page.
    Fail(u16, Option<Directive<'c>>),
    /// A redirect that nginx makes itself, which counts as a status with a page, too.
    Redirect { status: u16, to: Vec<u8>, at: Option<Directive<'c>> },
    /// An internal redirect to a path with a query.
    Internal { path: Vec<u8>, query: Vec<u8>, at: Directive<'c> },
    /// A jump to a named location.
    Named(Vec<u8>, Directive<'c>),
}

/// What an `alias` does with the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasUse {
    /// It replaces the part that the location names; in a regular expression it is the whole path.
    ReplacesPrefix,
    /// It cannot be used: a rewrite has changed the path without looking for a location again.
    Lost,
    /// `try_files` has found a file below it, although it is in a regular expression.
    Precedes,
}

/// The handler that will make the answer, and the settings in force when it was chosen: those of
/// the location, or of an `if` inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handler<'c> {
    pub(super) directive: Directive<'c>,
    /// The `if` it stands in.
    pub(super) inside: Option<Directive<'c>>,
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
    /// The method; an error page is always a GET or HEAD.
    pub(super) method: Vec<u8>,
    /// `$uri`.
    pub(super) path: Vec<u8>,
    /// Whether the client wrote an escape or a plus in the path, so that captures are escaped where
    /// they become part of a query or a redirect.
    pub(super) is_escaped: bool,
    /// `$args`.
    pub(super) query: Vec<u8>,
    pub(super) variables: HashMap<Vec<u8>, Result<Vec<u8>, Undecided<'c>>>,
    pub(super) captures: Result<Captures, Undecided<'c>>,
    pub(super) is_internal: bool,
    /// Whether the code just run has changed the path, so that a location is looked for anew.
    pub(super) path_changed: bool,
    pub(super) alias_use: AliasUse,
    pub(super) changes_left: u32,
    /// The error page in the making.
    pub(super) error_page: Option<ErrorPage<'c>>,
    pub(super) location: Option<LocationId>,
    /// The `if` inside the location whose condition was true last, with its settings.
    pub(super) if_level: Option<(Directive<'c>, Level<'c>)>,
    pub(super) handler: Option<Handler<'c>>,
    pub(super) decided_by: Option<Directive<'c>>,
    first_location: Option<LocationId>,
    passed_over: Option<LocationId>,
    /// The decisions, if anybody wants to know them.
    steps: Option<Vec<Step<'c>>>,
}

pub(super) fn run<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
    explains: bool,
) -> Trace<'c> {
    let mut run = Run {
        http,
        request,
        file_system,
        socket: None,
        server: ServerId(0),
        phase: AnswerPhase::Connection,
        host: host_name(request.named_host()),
        method: request.method.clone(),
        path: Vec::new(),
        is_escaped: false,
        query: Vec::new(),
        variables: HashMap::new(),
        captures: Ok(Captures::default()),
        is_internal: false,
        path_changed: false,
        alias_use: AliasUse::ReplacesPrefix,
        changes_left: LAST_CHANGE,
        error_page: None,
        location: None,
        if_level: None,
        handler: None,
        first_location: None,
        passed_over: None,
        decided_by: None,
        steps: explains.then(Vec::new),
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
        steps: run.steps.unwrap_or_default(),
        answer,
    }
}

impl<'c> Run<'_, 'c> {
    fn answer(&mut self) -> Result<Answer<'c>, Undecided<'c>> {
        let Some(socket) = socket(self.http, self.request)? else {
            let port = self.request.port;
            self.note(None, || format!("nothing listens on port {port}"));
            return Ok(Answer::Refused);
        };
        let mut next = match self.connect(socket)? {
            Some(next) => next,
            None => self.serve()?,
        };
        // Every turn makes the answer, or takes one of the changes that are left.
        loop {
            next = match next {
                Next::Answer(answer, at) => {
                    self.decided_by = at.or(self.decided_by);
                    return Ok(self.with_status_of_error(answer));
                }
                Next::Redirect { status, to, at } => {
                    self.decided_by = at.or(self.decided_by);
                    self.stop_at_page_for_redirect(status)?;
                    return Ok(Answer::Redirect { status, to });
                }
                Next::Fail(status, at) => {
                    self.decided_by = at.or(self.decided_by);
                    match self.fail(status)? {
                        Next::Fail(status, _) => return Ok(Answer::Status { status, body: None }),
                        Next::Redirect { status, to, at } => {
                            self.decided_by = at;
                            return Ok(Answer::Redirect { status, to });
                        }
                        next => next,
                    }
                }
                Next::Internal { .. } | Next::Named(..) if !self.spend_change() => {
                    Next::Fail(500, None)
                }
                Next::Internal { path, query, at } => {
                    self.note(Some(at), || format!("internal redirect to {}", path.escape_ascii()));
                    (self.path, self.query) = (path, query);
                    self.is_internal = true;
                    self.alias_use = AliasUse::ReplacesPrefix;
                    self.serve()?
                }
                Next::Named(name, at) => {
                    self.is_internal = true;
                    if let Some(location) = self.server().named_location(&name) {
                        self.enter_location(location, || "it is named there".to_owned());
                        self.run_location()?
                    } else {
                        self.note(Some(at), || "there is no such named location".to_owned());
                        Next::Fail(500, Some(at))
                    }
                }
            };
        }
    }

    /// Takes one of the changes that are left; says so if it is the last, which fails.
    fn spend_change(&mut self) -> bool {
        self.changes_left = self.changes_left.saturating_sub(1);
        if self.changes_left > 0 {
            return true;
        }
        self.note(None, || "the request is moved on in a circle".to_owned());
        false
    }

    /// Phases 1 to 7.
    fn serve(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        self.phase = AnswerPhase::ServerRewrite;
        self.location = None;
        self.if_level = None;
        self.handler = None;
        self.stop_at_unmodelled_server_code()?;
        self.path_changed = false;
        let server = self.server();
        if let Some(next) = self.code(&server.level.code, false)? {
            return Ok(next);
        }
        if let Some(next) = self.find_location()? {
            return Ok(next);
        }
        self.run_location()
    }

    /// Phases 3 to 7, a location being chosen.
    fn run_location(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        loop {
            self.phase = AnswerPhase::LocationRewrite;
            self.path_changed = false;
            self.stop_at_unmodelled(Phase::Rewrite)?;
            if let Some(id) = self.location {
                let location = self.server().location(id);
                if let Some(next) = self.code(&location.level.code, true)? {
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
            if !self.spend_change() {
                return Ok(Next::Fail(500, None));
            }
            if let Some(next) = self.find_location()? {
                return Ok(next);
            }
        }
    }

    fn find_location(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.phase = AnswerPhase::Location;
        self.location = None;
        self.if_level = None;
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
        self.stop_at_other_methods()?;
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
        self.if_level = None;
        self.handler =
            location.level.handler().map(|directive| Handler { directive, inside: None });
        self.first_location = self.first_location.or(Some(id));
        self.note(Some(location.directive), why);
    }

    /// Takes the settings of an `if` inside a location, whose condition is true.
    pub(super) fn enter_if(&mut self, directive: Directive<'c>) {
        let level = Level::of(directive.children());
        if let Some(own) = level.handler() {
            self.handler = Some(Handler { directive: own, inside: Some(directive) });
        }
        self.if_level = Some((directive, level));
    }

    /// Notes a decision, if anybody wants to know.
    pub(super) fn note(&mut self, at: Option<Directive<'c>>, why: impl FnOnce() -> String) {
        if let Some(steps) = &mut self.steps {
            steps.push(Step { at, why: why(), phase: self.phase });
        }
    }

    pub(super) fn server(&self) -> &'c Server<'c> {
        self.http.server(self.server)
    }

    /// Keeps what a regular expression caught; a named group that caught nothing is empty.
    pub(super) fn set_captures(&mut self, captures: Captures) {
        for (name, value) in &captures.names {
            self.variables.insert(name.to_ascii_lowercase().into_bytes(), Ok(value.clone()));
        }
        self.captures = Ok(captures);
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

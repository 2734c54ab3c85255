//! The phases of one request, in nginx's order.

use std::{
    cell::{Cell, OnceCell, RefCell},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use super::{
    Answer, AnswerPhase, Client, Request, Step, Trace,
    choice::{Choices, follow_all},
    connect::socket,
    content::{AliasUse, Handler},
    error_page::ErrorPage,
    fastcgi::Split,
    find_config::Watcher,
    request_line::Headers,
    rounds::LAST_CHANGE,
    value::Values,
};
use crate::{
    config::Directive,
    directive_table::Phase,
    file_system::FileSystem,
    http::Http,
    kinds::Kinds,
    level::Level,
    location::LocationId,
    pattern::Captures,
    server::{Server, ServerId},
    socket::SocketId,
};

pub(super) use super::undecided::Undecided;

/// What comes after a phase.
#[derive(Clone, Debug)]
pub(super) enum Next<'c> {
    /// The answer, and the directive that makes it.
    Answer(Answer<'c>, Option<Directive<'c>>),
    /// A bare status, for which `error_page` may have a page.
    Fail(u16, Option<Directive<'c>>),
    /// A redirect that nginx makes itself, its target as it is before it is completed. It counts as
    /// a status with a page, too.
    Redirect { status: u16, to: Vec<u8>, at: Option<Directive<'c>> },
    /// An internal redirect to a path with a query.
    Internal { path: Vec<u8>, query: Vec<u8>, at: Directive<'c> },
    /// A jump to a named location.
    Named(Vec<u8>, Directive<'c>),
}

/// A request on its way.
#[expect(clippy::struct_excessive_bools, reason = "facts about the request, each on its own")]
pub(super) struct Run<'r, 'c> {
    pub(super) http: &'c Http<'c>,
    pub(super) request: &'r Request,
    pub(super) file_system: &'r dyn FileSystem,
    /// Who wants to know of every search for a location.
    pub(super) watcher: Option<Watcher<'r>>,
    pub(super) socket: Option<SocketId>,
    pub(super) server: ServerId,
    pub(super) phase: AnswerPhase,
    /// The host in lower case, without port and final dot.
    pub(super) host: Vec<u8>,
    /// The name in the handshake, if a server has it.
    pub(super) negotiated: Option<Vec<u8>>,
    /// The server whose certificate is sent.
    pub(super) certificate_of: Option<ServerId>,
    /// Which headers nginx has read.
    pub(super) headers: Headers,
    /// The target of the request, from its path on.
    pub(super) target: &'r [u8],
    /// The method; an error page is always a GET or HEAD.
    pub(super) method: Vec<u8>,
    /// `$uri`.
    pub(super) path: Vec<u8>,
    /// The byte that lies in front of the path in nginx's memory, where `try_files` has put it.
    pub(super) before_path: Option<u8>,
    /// Whether the client wrote an escape or a plus in the path, so that captures are escaped where
    /// they become part of a query or a redirect.
    pub(super) is_escaped: bool,
    /// Whether captures are escaped in the values of the code too, as they are until the first
    /// `rewrite` of each run that matches (`e->quote` of `ngx_http_rewrite_handler`).
    pub(super) code_escapes: bool,
    /// `$args`.
    pub(super) query: Vec<u8>,
    /// The variables that have been given a value so far, by code or by being used.
    pub(super) variables: RefCell<Values<'c>>,
    /// How `$fastcgi_script_name` was split off.
    pub(super) fastcgi: RefCell<Split>,
    pub(super) captures: RefCell<Result<Captures, Undecided<'c>>>,
    /// How often the captures have been set.
    pub(super) matches: Cell<u32>,
    /// How many variables are being computed for each other.
    pub(super) depth: Cell<u32>,
    pub(super) choices: RefCell<Choices>,
    pub(super) is_internal: bool,
    /// Whether the code just run has changed the path, so that a location is looked for anew.
    pub(super) path_changed: bool,
    pub(super) alias_use: AliasUse,
    pub(super) changes_left: u32,
    /// In a subrequest the method of the request that asks, which `$request_method` shows.
    pub(super) main_method: Option<Vec<u8>>,
    /// What refuses the request unless another access module lets it in (`r->access_code`).
    pub(super) refusal: Option<(u16, Directive<'c>)>,
    /// The `Location` of a redirect, which an error page may come with as well.
    pub(super) redirects_to: Option<Vec<u8>>,
    /// The error page in the making.
    pub(super) error_page: Option<ErrorPage<'c>>,
    pub(super) location: Option<LocationId>,
    /// The block inside the location whose settings hold: the `if` whose condition was true last, or
    /// `limit_except`.
    pub(super) inner_level: Option<(Directive<'c>, Level<'c>)>,
    /// What may be set on any of the levels that hold; everything, before that is known.
    pub(super) kinds: Kinds,
    /// The `root` or `alias` that holds, once it is known.
    pub(super) root_slot: OnceCell<Option<Directive<'c>>>,
    pub(super) handler: Option<Handler<'c>>,
    pub(super) decided_by: Option<Directive<'c>>,
    /// Whether anything has asked where the connection comes from, or where it arrives.
    pub(super) asks_for_addresses: Cell<bool>,
    /// Whether anything but the choice of the server has asked for the host.
    pub(super) asks_for_host: Cell<bool>,
    /// The file that was looked for in vain.
    pub(super) missing: Option<PathBuf>,
    /// What the workers may not enter or read.
    pub(super) closed: Option<PathBuf>,
    pub(super) first_location: Option<LocationId>,
    pub(super) passed_over: Option<LocationId>,
    /// The decisions, if anybody wants to know them.
    pub(super) steps: RefCell<Option<Vec<Step<'c>>>>,
}

pub(super) fn run<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
    watcher: Option<Watcher<'_>>,
    explains: bool,
) -> Trace<'c> {
    follow_all(|choices| {
        let mut run = Run::of(http, request, file_system);
        run.watcher = watcher;
        run.steps = RefCell::new(explains.then(Vec::new));
        run.choices = RefCell::new(choices);
        run.follow()
    })
}

impl<'r, 'c> Run<'r, 'c> {
    /// Follows the request one way.
    fn follow(mut self) -> (Trace<'c>, Choices) {
        let answer = self.answer().unwrap_or_else(|Undecided { because, at }| {
            self.decided_by = at;
            Answer::Unknown { because, at }
        });
        let trace = Trace {
            socket: self.socket,
            certificate_of: self.certificate_of,
            server: self.socket.is_some().then_some(self.server),
            location: self.first_location,
            answered_by: self.location,
            passed_over: self.passed_over,
            decided_by: self.decided_by,
            phase: self.phase,
            depends_on_addresses: self.asks_for_addresses.get(),
            depends_on_host: self.asks_for_host.get(),
            steps: self.steps.into_inner().unwrap_or_default(),
            missing: self.missing.filter(|_| self.error_page.is_none()),
            closed: self.closed.filter(|_| self.error_page.is_none()),
            answer,
        };
        (trace, self.choices.into_inner())
    }

    /// Where the connection arrives, and where it comes from.
    pub(super) fn addresses(&self) -> (IpAddr, Client) {
        self.asks_for_addresses.set(true);
        (self.request.address, self.request.client)
    }

    /// The host in lower case, without port and final dot; empty if none was read.
    pub(super) fn host(&self) -> &[u8] {
        self.asks_for_host.set(true);
        &self.host
    }

    pub(super) fn of(
        http: &'c Http<'c>,
        request: &'r Request,
        file_system: &'r dyn FileSystem,
    ) -> Self {
        Self {
            http,
            request,
            file_system,
            watcher: None,
            socket: None,
            server: ServerId(0),
            phase: AnswerPhase::Connection,
            host: Vec::new(),
            negotiated: None,
            certificate_of: None,
            headers: Headers::All,
            target: &request.target,
            method: request.method.clone(),
            path: Vec::new(),
            before_path: None,
            is_escaped: false,
            code_escapes: false,
            query: Vec::new(),
            variables: RefCell::default(),
            fastcgi: RefCell::default(),
            captures: RefCell::new(Ok(Captures::default())),
            matches: Cell::new(0),
            depth: Cell::new(0),
            choices: RefCell::default(),
            is_internal: false,
            path_changed: false,
            alias_use: AliasUse::ReplacesPrefix,
            changes_left: LAST_CHANGE,
            main_method: None,
            refusal: None,
            redirects_to: None,
            error_page: None,
            location: None,
            inner_level: None,
            kinds: Kinds::ALL,
            root_slot: OnceCell::new(),
            asks_for_addresses: Cell::new(false),
            asks_for_host: Cell::new(false),
            handler: None,
            first_location: None,
            passed_over: None,
            decided_by: None,
            missing: None,
            closed: None,
            steps: RefCell::default(),
        }
    }

    fn answer(&mut self) -> Result<Answer<'c>, Undecided<'c>> {
        let Some(socket) = socket(self.http, self.request)? else {
            let Request { address, port, .. } = *self.request;
            if let Some(listen) = self.http.taken_outside(address, port) {
                return Err(Undecided::outside(listen));
            }
            self.note(None, || match address {
                IpAddr::V4(Ipv4Addr::UNSPECIFIED) => format!("nothing listens on port {port}"),
                IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
                    format!("nothing listens on port {port} over IPv6")
                }
                _ => format!("nothing listens on {}", SocketAddr::new(address, port)),
            });
            return Ok(Answer::Refused);
        };
        let next = match self.connect(socket)? {
            Some(next) => next,
            None => self.serve()?,
        };
        self.finish(next)
    }

    /// Goes on until there is an answer.
    pub(super) fn finish(&mut self, mut next: Next<'c>) -> Result<Answer<'c>, Undecided<'c>> {
        // Every turn makes the answer, or takes one of the changes that are left.
        loop {
            next = match next {
                Next::Answer(answer, at) => {
                    self.decided_by = at.or(self.decided_by);
                    return Ok(self.with_status_of_error(answer));
                }
                Next::Redirect { status, to, at } => {
                    self.redirects_to = Some(to);
                    Next::Fail(status, at)
                }
                Next::Fail(status, at) => {
                    self.decided_by = at.or(self.decided_by);
                    match self.fail(status)? {
                        Next::Fail(status, _) => return Ok(self.with_status(status, None)),
                        Next::Redirect { status, to, at } => {
                            self.decided_by = at;
                            self.redirects_to = Some(to);
                            return Ok(self.with_status(status, None));
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
                    self.fastcgi.take();
                    self.alias_use = AliasUse::ReplacesPrefix;
                    self.serve()?
                }
                Next::Named(_, at) if self.path.is_empty() => {
                    self.note(Some(at), || "there is no path to go on with".to_owned());
                    Next::Fail(500, Some(at))
                }
                Next::Named(name, at) => {
                    self.is_internal = true;
                    self.fastcgi.take();
                    if let Some(location) = self.server().named_location(&name) {
                        self.enter_location(location, || {
                            format!("it has the name `{}`", name.escape_ascii())
                        });
                        self.limit_methods();
                        self.run_location()?
                    } else {
                        self.note(Some(at), || {
                            "its server has no location of this name".to_owned()
                        });
                        Next::Fail(500, Some(at))
                    }
                }
            };
        }
    }

    /// Phases 1 to 7.
    pub(super) fn serve(&mut self) -> Result<Next<'c>, Undecided<'c>> {
        self.phase = AnswerPhase::ServerRewrite;
        self.location = None;
        self.inner_level = None;
        self.settle();
        self.handler = None;
        self.stop_at_unmodelled_server_code()?;
        self.path_changed = false;
        let server = self.server();
        if let Some(next) = self.code(&server.level, false)? {
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
            // `limit_except` has no code, and does not inherit any.
            if let (Some(id), None) = (self.location, &self.inner_level) {
                let location = self.server().location(id);
                if let Some(next) = self.code(&location.level, true)? {
                    return Ok(next);
                }
            }
            if !self.path_changed {
                self.phase = AnswerPhase::Access;
                self.stop_at_unmodelled(Phase::Preaccess)?;
                if let Some(next) = self.access()? {
                    return Ok(next);
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

    pub(super) fn server(&self) -> &'c Server<'c> {
        self.http.server(self.server)
    }
}

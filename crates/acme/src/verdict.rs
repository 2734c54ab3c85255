use std::{
    net::{IpAddr, Ipv6Addr},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
};

use model::{
    Address, Answer, Directive, FileSystem, Http, Ports, Protocol, Request, ServerId, Socket,
    is_alike_over_ipv6,
};

use crate::{
    challenge::{Challenge, Detail, Hop, PATH, Stop, TOKEN, follow, is_meant_for_challenges},
    names::{Name, names},
    tally::Tally,
    token::WithToken,
};

/// What the certificate authority would conclude for every name.
#[derive(Clone, Debug, Default)]
pub struct Verdicts<'c> {
    /// On which ports the challenges arrive.
    pub ports: Ports,
    /// The names in nginx's order.
    pub names: Vec<NameVerdict<'c>>,
}

/// A name and how its challenge ends over each address family it is served on.
#[derive(Clone, Debug)]
pub struct NameVerdict<'c> {
    /// The name.
    pub name: Name<'c>,
    /// IPv4 first; empty if no challenge is made for the name.
    pub families: Vec<FamilyVerdict<'c>>,
    /// Every server that has a part in one of the challenges.
    pub servers: Vec<ServerId>,
}

/// How a challenge ends over one address family.
#[derive(Clone, Debug)]
pub struct FamilyVerdict<'c> {
    /// Whether it is IPv6.
    pub is_ipv6: bool,
    /// How it ends.
    pub verdict: Verdict<'c>,
    /// The whole way; of a challenge that passes only with [`verdicts_in_full`].
    pub challenge: Option<Challenge<'c>>,
}

/// How a challenge ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'c> {
    /// The token would be served.
    Passes {
        /// Whether the web root lies below a prefix that is only a guess.
        is_guess: bool,
    },
    /// It would not.
    Fails(Cause),
    /// It cannot be known.
    Unknown {
        /// Why, in one sentence without a full stop.
        because: String,
        /// The directive that makes it so.
        at: Option<Directive<'c>>,
    },
}

/// What the validator gets instead of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The connection is closed without an answer.
    Closed,
    /// The TLS handshake fails.
    TlsError,
    /// This status.
    Status(u16),
    /// A text that cannot be the key authorization.
    WrongBody,
    /// Something else, because a redirect on the way loses the token.
    TokenLost,
    /// Whatever another server makes of it, because everything is handed on to one.
    Backend,
    /// A redirect that it does not follow, for the reason given here.
    Redirect(String),
}

impl Verdicts<'_> {
    /// How the names fare, counted.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for NameVerdict { name, families, .. } in &self.names {
            let first_unknown = families.iter().find_map(|family| match &family.verdict {
                Verdict::Unknown { because, at } => Some((because, at)),
                _ => None,
            });
            if families.is_empty() {
                tally.not_http01 += 1;
            } else if families.iter().any(|one| matches!(one.verdict, Verdict::Fails(_))) {
                tally.failing += 1;
            } else if let Some((because, at)) = first_unknown {
                tally.not_judged += 1;
                if tally.first_reason.is_empty() {
                    let name = name.text.escape_ascii();
                    let reason = match at {
                        Some(at) => format!("{name}: {because} (`{}`)", shorten(*at)),
                        None => format!("{name}: {because}"),
                    };
                    tally.first_reason = reason.replace(TOKEN, "TOKEN");
                }
            } else {
                tally.passing += 1;
                let is_guess = |one: &FamilyVerdict<'_>| {
                    matches!(one.verdict, Verdict::Passes { is_guess: true })
                };
                tally.passing_by_guess += usize::from(families.iter().any(is_guess));
            }
        }
        tally
    }
}

/// A directive in a few words.
fn shorten(directive: Directive<'_>) -> String {
    const MOST: usize = 60;
    let text = format!("{directive:?}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Follows the challenge of every name. `file_system` is asked whether paths exist, and `ports` says
/// where requests arrive.
pub fn verdicts<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    ports: Ports,
) -> Verdicts<'c> {
    verdicts_on(http, file_system, ports, names(http))
}

/// The same with the whole way of the challenges that pass as well, which takes longer.
pub fn verdicts_in_full<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    ports: Ports,
) -> Verdicts<'c> {
    let validator = Validator { in_full: true, ..Validator::new(http, file_system, ports) };
    validator.judge(names(http))
}

/// The same as [`verdicts`] for some of the [`names`] only.
pub fn verdicts_on<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    ports: Ports,
    names: Vec<Name<'c>>,
) -> Verdicts<'c> {
    Validator::new(http, file_system, ports).judge(names)
}

/// What is the same for all names.
struct Validator<'v, 'c> {
    http: &'c Http<'c>,
    file_system: &'v dyn FileSystem,
    ports: Ports,
    has_acme_module: bool,
    /// Whether the way of a challenge that passes is wanted, too.
    in_full: bool,
    /// The first request over IPv4, to no host yet.
    request: Request,
    /// Whether challenges over IPv6 may arrive at all.
    listens_on_ipv6: bool,
}

impl<'v, 'c> Validator<'v, 'c> {
    fn new(http: &'c Http<'c>, file_system: &'v dyn FileSystem, ports: Ports) -> Self {
        let request = Request::get(b"", [PATH, TOKEN].concat().as_bytes());
        let mut sockets = http.sockets().map(|(_, socket)| socket);
        Self {
            http,
            file_system,
            ports,
            has_acme_module: has_acme_module(http),
            in_full: false,
            request: Request { port: ports.http, ..request },
            listens_on_ipv6: sockets
                .any(|socket| is_on_ipv6(socket) && socket.address.port() == ports.http),
        }
    }

    fn judge(&self, names: Vec<Name<'c>>) -> Verdicts<'c> {
        let names = names.into_iter().map(|name| self.judge_name(name)).collect();
        Verdicts { ports: self.ports, names }
    }

    fn judge_name(&self, name: Name<'c>) -> NameVerdict<'c> {
        let (mut place, mut families, mut servers) = (None, Vec::new(), Vec::new());
        if name.not_http01.is_none() {
            let request = || Request { host: name.text.to_vec(), ..self.request.clone() };
            let is_on_ipv6 = self.is_on_ipv6(&name);
            families.reserve_exact(1 + usize::from(is_on_ipv6));
            let (first, is_alike) = self.judge_family(request(), &mut place, &mut servers);
            families.push(first);
            if is_on_ipv6 && is_alike && !self.in_full {
                families.push(FamilyVerdict { is_ipv6: true, ..families[0].clone() });
            } else if is_on_ipv6 {
                let request = request().over_ipv6();
                families.push(self.judge_family(request, &mut place, &mut servers).0);
            }
        }
        NameVerdict { name, families, servers }
    }

    /// Whether the name itself is served over IPv6; whether it has an IPv6 address, DNS alone knows.
    fn is_on_ipv6(&self, name: &Name<'_>) -> bool {
        self.listens_on_ipv6 && self.http.sockets_naming(&name.text).any(is_on_ipv6)
    }

    /// Follows a challenge and judges it. A token that nginx finds is looked for a second time with
    /// nothing but that one file there, unless that was the only place it was looked for in: a
    /// configuration may ask for it in other places first. Over the second address family it must
    /// lie in the same `place`. Says, too, whether it passes over the other family just so.
    fn judge_family(
        &self,
        request: Request,
        place: &mut Option<PathBuf>,
        servers: &mut Vec<ServerId>,
    ) -> (FamilyVerdict<'c>, bool) {
        let follow = |request: Request, files: &WithToken<'_>, detail| {
            follow(self.http, request, files, self.ports, detail)
        };
        let is_ipv6 = request.address.is_ipv6();
        if self.has_acme_module {
            let everywhere = WithToken::everywhere(self.file_system);
            let challenge = follow(request, &everywhere, Detail::Steps);
            let because = "nginx's own ACME module may answer".to_owned();
            let verdict = Verdict::Unknown { because, at: None };
            return (FamilyVerdict { is_ipv6, verdict, challenge: Some(challenge) }, false);
        }
        let mut files = match &*place {
            Some(place) => WithToken::at(self.file_system, place),
            None => WithToken::everywhere(self.file_system),
        };
        let mut challenge = follow(request, &files, Detail::Answers);
        let mut verdict = judge(self.http, &challenge);
        let found = challenge.hops.last().map(|hop| &hop.trace.answer);
        let found = match (&verdict, found) {
            (Verdict::Passes { .. }, Some(Answer::File { path, .. })) => Some(path.clone()),
            _ => None,
        };
        if let (Some(path), None) = (&found, &place)
            && !files.was_asked_only_at(path)
        {
            files = WithToken::at(self.file_system, path);
            challenge = follow(challenge.first_request(), &files, Detail::Answers);
            verdict = judge(self.http, &challenge);
        }
        for server in challenge.hops.iter().filter_map(|hop| hop.trace.server) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        let passes = matches!(verdict, Verdict::Passes { .. });
        let is_alike = passes
            && challenge.hops.iter().all(|hop| {
                !hop.trace.depends_on_addresses && is_alike_over_ipv6(self.http, &hop.request)
            });
        let wants_way = !passes || self.in_full;
        let challenge = wants_way.then(|| follow(challenge.first_request(), &files, Detail::Steps));
        drop(files);
        if passes && place.is_none() {
            *place = found;
        }
        (FamilyVerdict { is_ipv6, verdict, challenge }, is_alike)
    }
}

/// Whether the Internet may reach a socket over IPv6.
fn is_on_ipv6(socket: &Socket<'_>) -> bool {
    matches!(socket.address, Address::Ip(IpAddr::V6(ip), _) if ip != Ipv6Addr::LOCALHOST)
}

fn judge<'c>(http: &'c Http<'c>, challenge: &Challenge<'c>) -> Verdict<'c> {
    let unknown = |because: &str, at| Verdict::Unknown { because: because.to_owned(), at };
    let Some(last) = challenge.hops.last() else { return unknown("nothing was asked", None) };
    if challenge.hops.iter().any(|hop| may_be_elsewhere(http, hop)) {
        return unknown("its server may stand in a file that was not given", None);
    }
    match &challenge.stop {
        Some(Stop::Refused(why)) => return Verdict::Fails(Cause::Redirect(why.clone())),
        Some(Stop::LeavesThisNginx(url)) => {
            let because = format!("it is redirected to {url}, which is not served here");
            return Verdict::Unknown { because, at: last.trace.decided_by };
        }
        None => {}
    }
    let trace = &last.trace;
    let path = last.request.target.split(|&byte| byte == b'?').next().unwrap_or_default();
    let has_token = path.ends_with(TOKEN.as_bytes());
    if !has_token && !matches!(trace.answer, Answer::Unknown { .. } | Answer::Refused) {
        return Verdict::Fails(Cause::TokenLost);
    }
    let location = trace
        .server
        .zip(trace.answered_by)
        .map(|(server, location)| http.server(server).location(location));
    match &trace.answer {
        Answer::File { path, is_guess }
            if path.as_os_str().as_bytes().ends_with(TOKEN.as_bytes()) =>
        {
            Verdict::Passes { is_guess: *is_guess }
        }
        Answer::File { .. } => Verdict::Fails(Cause::WrongBody),
        // A client of its own may listen behind a location made for it.
        Answer::Proxy { protocol, at, .. } if location.is_some_and(is_meant_for_challenges) => {
            let is_for_challenges_alone = location.is_some_and(|location| {
                let text = String::from_utf8_lossy(&location.pattern);
                text.contains("acme-challenge")
            });
            if is_for_challenges_alone && *protocol == Protocol::Http {
                Verdict::Passes { is_guess: false }
            } else {
                unknown("what stands behind may answer challenges or not", Some(*at))
            }
        }
        Answer::Proxy { .. } => Verdict::Fails(Cause::Backend),
        Answer::Status { status: 200, body } => {
            let starts = [TOKEN.as_bytes(), b"."].concat();
            match body {
                Some(body) if body.starts_with(&starts) => Verdict::Passes { is_guess: false },
                Some(_) => Verdict::Fails(Cause::WrongBody),
                None => unknown("the answer's text is not known", trace.decided_by),
            }
        }
        Answer::Status { status, .. } => Verdict::Fails(Cause::Status(*status)),
        Answer::Close => Verdict::Fails(Cause::Closed),
        Answer::TlsError => Verdict::Fails(Cause::TlsError),
        Answer::Refused => {
            let family = if last.request.address.is_ipv4() { "IPv4" } else { "IPv6" };
            let port = last.request.port;
            let because =
                format!("nothing here listens on port {port} over {family}; another program may");
            Verdict::Unknown { because, at: None }
        }
        Answer::Redirect { .. } => unknown("a redirect was not followed", trace.decided_by),
        Answer::Unknown { because, at } => Verdict::Unknown { because: because.clone(), at: *at },
    }
}

/// Whether a request meets a default server only because the server that has its name may be in
/// another file: only fragments of the configuration were given.
fn may_be_elsewhere(http: &Http<'_>, hop: &Hop<'_>) -> bool {
    let is_fragment = http.config.sources().roots().iter().any(|root| root.is_fragment);
    let has_name = |id| http.socket(id).names_host(&hop.request.host);
    is_fragment && !hop.trace.socket.is_some_and(has_name)
}

/// Whether nginx's ACME module is set up, which answers challenges before anything else.
fn has_acme_module(http: &Http<'_>) -> bool {
    use model::name;
    http.servers.iter().any(|server| server.level.first(name::ACME_CERTIFICATE).is_some())
}

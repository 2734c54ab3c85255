use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

use model::{Address, Answer, Directive, FileSystem, Http, Ports, Protocol, Request, Socket};

use crate::{
    challenge::{Challenge, Hop, PATH, Stop, TOKEN, follow, is_meant_for_challenges},
    names::{Name, names},
    tally::Tally,
    token::WithToken,
};

/// What the certificate authority would conclude for every name.
#[derive(Clone, Debug)]
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
    pub families: Vec<(Challenge<'c>, Verdict<'c>)>,
}

/// How a challenge ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'c> {
    /// The token would be served.
    Passes,
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
        for NameVerdict { name, families } in &self.names {
            let first_unknown = families.iter().find_map(|(_, verdict)| match verdict {
                Verdict::Unknown { because, at } => Some((because, at)),
                _ => None,
            });
            if families.is_empty() {
                tally.not_http01 += 1;
            } else if families.iter().any(|(_, verdict)| matches!(verdict, Verdict::Fails(_))) {
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
                let is_guess = |(challenge, _): &(Challenge<'_>, Verdict<'_>)| {
                    let last = challenge.hops.last().map(|hop| &hop.trace.answer);
                    matches!(last, Some(Answer::File { is_guess: true, .. }))
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
    let names = names(http);
    let has_acme_module = has_acme_module(http);
    let judge = |name: Name<'c>| {
        let mut place = None;
        let families = families(http, &name, ports)
            .into_iter()
            .map(|request| {
                if has_acme_module {
                    let everywhere = WithToken::everywhere(file_system);
                    let challenge = follow(http, request, &everywhere, ports);
                    let because = "nginx's own ACME module may answer".to_owned();
                    return (challenge, Verdict::Unknown { because, at: None });
                }
                challenge_of(http, &request, file_system, ports, &mut place)
            })
            .collect();
        NameVerdict { name, families }
    };
    Verdicts { ports, names: names.into_iter().map(judge).collect() }
}

/// Follows a challenge and judges it. A token that nginx finds is looked for a second time with
/// nothing but that one file there, because a configuration may ask for it in other places first.
/// Over the second address family it must lie in the same `place`.
fn challenge_of<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
    ports: Ports,
    place: &mut Option<PathBuf>,
) -> (Challenge<'c>, Verdict<'c>) {
    if let Some(place) = place {
        let challenge = follow(http, request.clone(), &WithToken::at(file_system, place), ports);
        let verdict = judge(http, &challenge);
        return (challenge, verdict);
    }
    let challenge = follow(http, request.clone(), &WithToken::everywhere(file_system), ports);
    let verdict = judge(http, &challenge);
    let found = challenge.hops.last().map(|hop| &hop.trace.answer);
    let (Verdict::Passes, Some(Answer::File { path, .. })) = (&verdict, found) else {
        return (challenge, verdict);
    };
    let again = follow(http, request.clone(), &WithToken::at(file_system, path), ports);
    let verdict = judge(http, &again);
    if verdict == Verdict::Passes {
        *place = Some(path.clone());
    }
    (again, verdict)
}

/// The first request for a name over each family. IPv6 counts only where the name itself is served
/// on it: whether the name has an IPv6 address, DNS alone knows.
fn families(http: &Http<'_>, name: &Name<'_>, ports: Ports) -> Vec<Request> {
    if name.not_http01.is_some() {
        return Vec::new();
    }
    let target = [PATH, TOKEN].concat();
    let request = Request::get(&name.text, target.as_bytes());
    let request = Request { port: ports.http, ..request };
    let ipv6_port = |socket: &Socket<'_>| match socket.address {
        Address::Ip(IpAddr::V6(ip), port) if ip != Ipv6Addr::LOCALHOST => Some(port),
        _ => None,
    };
    let is_served = http
        .sockets()
        .any(|(_, socket)| ipv6_port(socket).is_some() && socket.names_host(&name.text));
    let listens_on_ipv6 =
        is_served && http.sockets().any(|(_, socket)| ipv6_port(socket) == Some(ports.http));
    debug_assert_eq!(request.address, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if listens_on_ipv6 { vec![request.clone(), request.over_ipv6()] } else { vec![request] }
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
        Answer::File { path, .. } if path.file_name().is_some_and(|name| name == TOKEN) => {
            Verdict::Passes
        }
        Answer::File { .. } => Verdict::Fails(Cause::WrongBody),
        // A client of its own may listen behind a location made for it.
        Answer::Proxy { protocol, at, .. } if location.is_some_and(is_meant_for_challenges) => {
            let is_for_challenges_alone = location.is_some_and(|location| {
                let text = String::from_utf8_lossy(&location.pattern);
                text.contains("acme-challenge")
            });
            if is_for_challenges_alone && *protocol == Protocol::Http {
                Verdict::Passes
            } else {
                unknown("what stands behind may answer challenges or not", Some(*at))
            }
        }
        Answer::Proxy { .. } => Verdict::Fails(Cause::Backend),
        Answer::Status { status: 200, body } => {
            let starts = [TOKEN.as_bytes(), b"."].concat();
            match body {
                Some(body) if body.starts_with(&starts) => Verdict::Passes,
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

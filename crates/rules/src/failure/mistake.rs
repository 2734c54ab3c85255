//! The kinds of mistakes behind challenges that fail.

use std::{os::unix::ffi::OsStrExt, path::Path};

use acme::{
    Cause, Challenge, Hop, NameVerdict, PATH, TOKEN, is_meant_for_challenges, meant_for_challenges,
    misfit,
};
use model::{
    Answer, AnswerPhase, Directive, Http, Location, LocationId, Modifier, Scheme, Server, Trace,
    name,
};
use parser::Span;

use super::Case;
use crate::{condition, insertion::is_own};

mod other_server;

/// The kinds of mistakes; each is a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mistake {
    /// `allow`, `deny`, a password, or another server that is asked.
    AccessRefused,
    /// The code of the server answers before the location meant for them can.
    AnsweredBeforeLocation,
    /// nginx's workers may not go where the token lies.
    DirectoryClosed,
    /// The token is looked for where no client puts it.
    DirectoryWrong,
    /// acme.sh inserts a location that nginx never gets to, or finds no place for it.
    InsertedInVain,
    /// A location that somebody made for challenges matches none of them.
    LocationMismatched,
    /// The location meant for them takes them and does not serve the token.
    LocationUnserving,
    /// Over IPv6 another server takes the name, or nobody does.
    LostOverIpv6,
    /// Nothing listens on port 80.
    NoPort80,
    /// No way leads to a token at all.
    NoWay,
    /// The site answers with a page of its own.
    PageOfSite,
    /// The client hands its challenges to another port than nginx does.
    OtherPort,
    /// nginx keeps the client from listening by itself.
    PortTaken,
    /// A redirect drops the path.
    RedirectLosesPath,
    /// A redirect is none that a certificate authority follows.
    RedirectRefused,
    /// A condition about visitors refuses the certificate authority.
    RefusedByCondition,
    /// A redirect leads to an SSL server that refuses.
    SslServerRefuses,
    /// TLS keeps the certificate authority out.
    StoppedByTls,
    /// Port 80 speaks nothing but HTTP/2 with some versions of nginx.
    SpeaksHttp2,
    /// Another server takes the name from the one that would serve them.
    TakenByOtherServer,
    /// A final prefix hides the regular expression meant for them.
    TakenByPrefix,
    /// A regular expression takes the request from the location meant for it.
    TakenByRegex,
    /// certbot's plugin for nginx does not see the server.
    Unseen,
}

impl Mistake {
    /// Whether somebody has made a place for challenges, so that no backend is meant to answer them.
    pub(crate) fn has_place_for_challenges(self) -> bool {
        !matches!(self, Self::NoWay | Self::PageOfSite)
    }
}

/// A challenge that fails, and why.
pub(super) struct Sorted<'c> {
    pub(super) mistake: Mistake,
    pub(super) case: Case<'c>,
    /// The directive that decides.
    pub(super) decider: Option<Directive<'c>>,
    /// Where the mistake is: challenges that fail so at one place are one mistake.
    pub(super) place: Option<Span>,
}

/// Which mistake makes a challenge fail, and where it is.
pub(super) fn sort<'c>(
    http: &'c Http<'c>,
    name: &NameVerdict<'c>,
    challenge: &'c Challenge<'c>,
    cause: &'c Cause,
) -> Sorted<'c> {
    if matches!(cause.for_one_token(), Cause::InsertedInVain { .. }) {
        return inserted_in_vain(http, challenge, cause);
    }
    if let &Cause::Unseen { at, .. } = cause.for_one_token() {
        return Sorted {
            mistake: Mistake::Unseen,
            case: Case { hop: 0, challenge, cause: Some(cause), meant: None, other: None },
            decider: None,
            place: Some(at),
        };
    }
    let is_about_client =
        matches!(cause.for_one_token(), Cause::PortTaken { .. } | Cause::OtherPort { .. });
    if !is_about_client && let Some(sorted) = other_server::sort(http, name, challenge, cause) {
        return sorted;
    }
    let (mistake, hop, meant) = match cause.for_one_token() {
        Cause::PortTaken { .. } => (Mistake::PortTaken, 0, None),
        Cause::OtherPort { .. } => (Mistake::OtherPort, challenge.hops.len() - 1, None),
        cause => classify(http, challenge, cause),
    };
    let trace = &challenge.hops[hop].trace;
    let server = trace.server.map(|id| http.server(id));
    let decider = match mistake {
        Mistake::AnsweredBeforeLocation => changed_by(trace).or(trace.decided_by),
        Mistake::PageOfSite => page_of_site(trace).or(trace.decided_by),
        Mistake::LocationUnserving => unserving(trace).or(trace.decided_by),
        _ => trace.decided_by,
    };
    let of_location = |id: LocationId| server.map(|server| server.location(id).directive.span());
    let of_server = || server.map(|server| server.directive.name_span());
    let place = match mistake {
        // Several pieces of a server's code that answer before its locations are one mistake.
        Mistake::AnsweredBeforeLocation => match (server, decider) {
            (Some(server), Some(decider)) if !is_own(server, condition::around(decider)) => {
                Some(decider.span())
            }
            _ => of_server(),
        },
        Mistake::DirectoryWrong
        | Mistake::LocationMismatched
        | Mistake::TakenByPrefix
        | Mistake::TakenByRegex => meant.or(trace.answered_by).and_then(of_location),
        Mistake::SslServerRefuses => of_server(),
        // What is wrong is what the client does, wherever it shows.
        Mistake::PortTaken => None,
        // What one server says makes the whole socket speak TLS.
        Mistake::StoppedByTls if decider.is_none() => {
            trace.socket.map(|id| http.server(http.socket(id).default_server).directive.span())
        }
        _ => decider.map(Directive::span).or_else(of_server),
    };
    Sorted {
        mistake,
        case: Case { hop, challenge, cause: Some(cause), meant, other: None },
        decider,
        place,
    }
}

/// What keeps nginx from the location that acme.sh inserts: the code of the server, or a location.
fn inserted_in_vain<'c>(
    http: &'c Http<'c>,
    challenge: &'c Challenge<'c>,
    cause: &'c Cause,
) -> Sorted<'c> {
    let trace = &challenge.hops[0].trace;
    let server = trace.server.map(|id| http.server(id));
    let chosen = server.zip(trace.location).map(|(server, id)| server.location(id).directive);
    let is_of_server = trace.phase == AnswerPhase::ServerRewrite;
    let decider = if is_of_server { trace.decided_by } else { chosen.or(trace.decided_by) };
    let of_server = server.map(|server| server.directive.name_span());
    Sorted {
        mistake: Mistake::InsertedInVain,
        case: Case { hop: 0, challenge, cause: Some(cause), meant: None, other: None },
        decider,
        place: decider.map(Directive::span).or(of_server),
    }
}

fn classify(
    http: &Http<'_>,
    challenge: &Challenge<'_>,
    cause: &Cause,
) -> (Mistake, usize, Option<LocationId>) {
    let last = challenge.hops.len() - 1;
    let hop = &challenge.hops[last];
    let trace = &hop.trace;
    let Some(server) = trace.server.map(|id| http.server(id)) else {
        return (Mistake::NoWay, 0, None);
    };
    let meant = meant_for_challenges(server).next().map(|(id, _)| id);
    let is_of_server = trace.phase == AnswerPhase::ServerRewrite;
    if is_of_server && condition::refuses_visitor(http, trace).is_some() {
        return (Mistake::RefusedByCondition, last, meant);
    }
    if meant.is_some() && (is_of_server || changed_by(trace).is_some()) {
        return (Mistake::AnsweredBeforeLocation, last, meant);
    }
    let path = hop.request.target.split(|&byte| byte == b'?').next().unwrap_or_default();
    let matching = meant_for_challenges(server).find(|(_, location)| location.matches(path));
    let matching = matching.map(|(id, _)| id);
    let taken = taken_by_regex(server, hop);
    if taken && matching.is_some() {
        let passed_over = trace.passed_over.filter(|&id| is_meant(server, id));
        return (Mistake::TakenByRegex, last, passed_over.or(matching));
    }
    if let Some(hidden) = hidden_regex(server, hop, path) {
        return (Mistake::TakenByPrefix, last, Some(hidden));
    }
    for (at, hop) in challenge.hops.iter().enumerate() {
        let answering = hop.trace.server.zip(hop.trace.answered_by);
        let Some((server, id)) = answering else { continue };
        if is_wrong_directory(&hop.trace, http.server(server).location(id)) {
            return (Mistake::DirectoryWrong, at, Some(id));
        }
    }
    if matches!(cause, Cause::WebRootMismatch { .. }) {
        return (Mistake::DirectoryWrong, last, trace.answered_by.or(meant));
    }
    if matches!(cause, Cause::Redirect(_) | Cause::TokenLost)
        || trace.phase == AnswerPhase::Connection
    {
        // A location that would serve the token, had the server not redirected before.
        return match (dead_location(http, challenge), cause) {
            (Some((at, meant)), _) => (Mistake::AnsweredBeforeLocation, at, Some(meant)),
            (None, Cause::TokenLost) => {
                (Mistake::RedirectLosesPath, loses_token(challenge).unwrap_or(last), None)
            }
            (None, Cause::Redirect(_)) => match loses_token(challenge) {
                Some(at) if at < last => (Mistake::RedirectLosesPath, at, None),
                _ => (Mistake::RedirectRefused, last, None),
            },
            (None, _) => (Mistake::StoppedByTls, last, None),
        };
    }
    for (at, hop) in challenge.hops.iter().enumerate() {
        let Some(server) = hop.trace.server.map(|id| http.server(id)) else { continue };
        if let Some((id, _)) = misfit::of_server(server, &hop.request.target) {
            return (Mistake::LocationMismatched, at, Some(id));
        }
    }
    if trace.closed.is_some() || trace.steps.iter().any(is_refused_link) {
        return (Mistake::DirectoryClosed, last, meant);
    }
    let answering = trace.answered_by.map(|id| (id, server.location(id)));
    let serving = answering.filter(|(_, location)| is_meant_for_challenges(location));
    if let Some((id, _)) = serving
        && trace.phase != AnswerPhase::Access
        && unserving(trace).is_some()
    {
        return (Mistake::LocationUnserving, last, Some(id));
    }
    if condition::refuses_visitor(http, trace).is_some() {
        return (Mistake::RefusedByCondition, last, meant);
    }
    let refuses = matches!(cause, Cause::Status(403 | 404));
    let is_tls = hop.request.scheme == Scheme::Https;
    if last > 0 && is_tls && refuses && (taken || trace.phase != AnswerPhase::Access) {
        return (Mistake::SslServerRefuses, last, meant);
    }
    if taken && refuses {
        return (Mistake::TakenByRegex, last, None);
    }
    if trace.phase == AnswerPhase::Access {
        return (Mistake::AccessRefused, last, meant);
    }
    if let Some((id, _)) = serving
        && *cause != Cause::Backend
    {
        return (Mistake::LocationUnserving, last, Some(id));
    }
    if let Some((at, meant)) = dead_location(http, challenge) {
        return (Mistake::AnsweredBeforeLocation, at, Some(meant));
    }
    let looks_for_page = trace.missing.as_ref().is_some_and(|path| !is_token(path));
    let is_page = looks_for_page || matches!(cause, Cause::WrongBody | Cause::Backend);
    if is_page && page_of_site(trace).is_some() {
        return (Mistake::PageOfSite, last, None);
    }
    (Mistake::NoWay, 0, None)
}

/// The hop and the location meant for challenges that the code of its server keeps from being asked.
fn dead_location(http: &Http<'_>, challenge: &Challenge<'_>) -> Option<(usize, LocationId)> {
    challenge.hops.iter().enumerate().find_map(|(at, hop)| {
        let server = http.server(hop.trace.server?);
        let is_of_server = hop.trace.phase == AnswerPhase::ServerRewrite;
        let (meant, _) = meant_for_challenges(server).find(|_| is_of_server)?;
        Some((at, meant))
    })
}

/// The hop whose redirect leads to a URL without the token.
fn loses_token(challenge: &Challenge<'_>) -> Option<usize> {
    challenge.hops.iter().position(|hop| {
        matches!(&hop.trace.answer, Answer::Redirect { to, .. }
            if !String::from_utf8_lossy(to).contains(TOKEN))
    })
}

/// The `rewrite` of the server that has given the request another path.
pub(super) fn changed_by<'c>(trace: &Trace<'c>) -> Option<Directive<'c>> {
    let is_of_server = |at: &Directive<'c>| {
        at.name() == name::REWRITE
            && condition::around(*at).parent().is_some_and(|parent| parent.name() == name::SERVER)
    };
    let answers = |at: &Directive<'c>| {
        matches!(trace.answer, Answer::Redirect { .. }) && trace.decided_by == Some(*at)
    };
    trace.steps.iter().filter_map(|step| step.at).find(|at| is_of_server(at) && !answers(at))
}

/// What leads the request to a page of the site: the last of its internal redirects.
fn page_of_site<'c>(trace: &Trace<'c>) -> Option<Directive<'c>> {
    let leads = |at: &Directive<'c>| {
        matches!(at.name(), name::TRY_FILES | name::REWRITE | name::ERROR_PAGE)
    };
    let mut steps = trace.steps.iter().rev().filter_map(|step| step.at);
    steps.find(leads).filter(|at| Some(*at) != trace.decided_by || at.name() == name::TRY_FILES)
}

/// Whether a regular expression that is not meant for challenges has taken the request.
fn taken_by_regex(server: &Server<'_>, hop: &Hop<'_>) -> bool {
    hop.trace.answered_by.is_some_and(|id| {
        let location = server.location(id);
        location.modifier.is_regex() && !is_meant_for_challenges(location)
    })
}

/// The regular expression meant for challenges that a prefix with `^~`, itself not meant to serve
/// them, keeps from being tried.
fn hidden_regex(server: &Server<'_>, hop: &Hop<'_>, path: &[u8]) -> Option<LocationId> {
    let taker = server.location(hop.trace.location?);
    let is_final = taker.modifier == Modifier::FinalPrefix && taker.pattern != PATH.as_bytes();
    let mut meant = meant_for_challenges(server).filter(|(_, location)| {
        is_final
            && location.parent == taker.parent
            && location.modifier.is_regex()
            && location.matches(path)
    });
    meant.next().map(|(id, _)| id)
}

fn is_meant(server: &Server<'_>, id: LocationId) -> bool {
    is_meant_for_challenges(server.location(id))
}

fn is_refused_link(step: &model::Step<'_>) -> bool {
    step.at.is_some_and(|at| at.name() == name::DISABLE_SYMLINKS)
}

/// Whether the location puts together a path that is not that of a file named like the token.
fn is_wrong_directory(trace: &Trace<'_>, location: &Location<'_>) -> bool {
    let alias = location.level.first(name::ALIAS).and_then(|alias| alias.arg(0));
    let is_one_for_all = is_meant_for_challenges(location)
        && location.modifier.is_regex()
        && alias.is_some_and(|alias| !alias.contains(&b'$'))
        && trace.phase == AnswerPhase::Content;
    is_one_for_all || is_glued(trace) || is_doubled(trace)
}

/// Whether the file looked for has the path of challenges in it twice.
pub(crate) fn is_doubled(trace: &Trace<'_>) -> bool {
    let path = trace.missing.as_ref().map(|path| path.as_os_str().as_bytes());
    let twice = [PATH.trim_end_matches('/'), PATH, TOKEN].concat();
    path.is_some_and(|path| path.ends_with(twice.as_bytes()))
}

/// Whether a path ends in the token.
fn is_token(path: &Path) -> bool {
    path.as_os_str().as_bytes().ends_with(TOKEN.as_bytes())
}

/// Whether the file looked for has the token at the end of another name.
pub(crate) fn is_glued(trace: &Trace<'_>) -> bool {
    let path = trace.missing.as_ref().map(|path| path.as_os_str().as_bytes());
    let before = path.and_then(|path| path.strip_suffix(TOKEN.as_bytes()));
    before.is_some_and(|before| !before.ends_with(b"/"))
}

/// The directive of a location that keeps it from serving the token.
pub(crate) fn unserving<'c>(trace: &Trace<'c>) -> Option<Directive<'c>> {
    let is_internal = |at: &Directive<'_>| at.name() == name::INTERNAL;
    trace.decided_by.filter(is_internal).or_else(|| {
        let mut steps = trace.steps.iter().rev().filter_map(|step| step.at);
        steps.find(|at| at.name() == name::TRY_FILES)
    })
}

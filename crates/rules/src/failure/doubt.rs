//! Challenges of which nobody can know how they end, because of something that is a mistake.

use acme::{Challenge, NameVerdict, meant_for_challenges};
use model::{Answer, Directive, Http, name};

use super::{
    Case,
    mistake::{Mistake, Sorted},
};
use crate::condition::{self, Visitor};

/// The mistake behind a challenge that cannot be judged, if it is one.
pub(super) fn sort<'c>(
    http: &'c Http<'c>,
    name: &NameVerdict<'c>,
    challenge: &'c Challenge<'c>,
    at: Option<Directive<'c>>,
) -> Option<Sorted<'c>> {
    let hop = challenge.hops.len() - 1;
    let trace = &challenge.hops[hop].trace;
    let server = trace.server.map(|id| http.server(id));
    let meant = server.and_then(|server| meant_for_challenges(server).next()).map(|(id, _)| id);
    let case = Case { hop, challenge, cause: None, meant, other: None };
    if hop == 0 && trace.answer == Answer::Refused {
        return no_port_80(http, name, case);
    }
    let at = at?;
    let mut asked = trace.steps.iter().filter_map(|step| step.at);
    let asked = asked.find(|step| step.name() == name::AUTH_REQUEST);
    let (mistake, decider) = if let Some(asked) = asked {
        (Mistake::AccessRefused, asked)
    } else if is_check_for_browsers(at) {
        (Mistake::AccessRefused, at)
    } else if is_http2_on_plain_port(at) {
        (Mistake::SpeaksHttp2, at)
    } else if is_about_origin(http, &challenge.hops[hop].trace, at) {
        (Mistake::RefusedByCondition, at)
    } else {
        return None;
    };
    Some(Sorted { mistake, case, decider: Some(decider), place: Some(decider.span()) })
}

/// A server for TLS that has a location for challenges, which come in plain HTTP first: somebody
/// expects them, and no port is there on which they could come.
fn no_port_80<'c>(
    http: &'c Http<'c>,
    name: &NameVerdict<'c>,
    case: Case<'c>,
) -> Option<Sorted<'c>> {
    // Something in front may map port 80 to any port that speaks plain HTTP.
    let speaks_plain = http.sockets().any(|(_, socket)| !socket.ssl);
    if speaks_plain || case.challenge.hops[0].request.address.is_ipv6() {
        return None;
    }
    let mut servers = name.name.servers.iter();
    let other = servers.find(|id| meant_for_challenges(http.server(**id)).next().is_some())?;
    let server = http.server(*other);
    let meant = meant_for_challenges(server).next().map(|(id, _)| id);
    Some(Sorted {
        mistake: Mistake::NoPort80,
        case: Case { meant, other: Some(*other), ..case },
        decider: None,
        place: None,
    })
}

/// Whether a module of a third party lets in only who runs a script or keeps a cookie.
fn is_check_for_browsers(at: Directive<'_>) -> bool {
    matches!(&*at.name_text(), b"testcookie" | b"js_challenge")
        && at.arg(0).as_deref() == Some(b"on")
}

fn is_http2_on_plain_port(at: Directive<'_>) -> bool {
    at.name() == name::LISTEN && at.args().any(|word| &*word == b"http2")
}

/// Whether an `if` that would refuse the request asks where it comes from.
fn is_about_origin(http: &Http<'_>, trace: &model::Trace<'_>, at: Directive<'_>) -> bool {
    let refuses = |inner: Directive<'_>| {
        let status = inner.arg(0).unwrap_or_default();
        inner.name() == name::RETURN && matches!(status.first(), Some(b'4' | b'5'))
    };
    at.name() == name::IF
        && at.children().any(refuses)
        && condition::of_condition(http, trace, at, condition::MOST_STEPS) == Some(Visitor::Origin)
}

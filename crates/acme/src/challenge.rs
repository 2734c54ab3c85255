use model::{
    Answer, Http, Location, LocationId, Modifier, Ports, Request, Server, Trace, route,
    route_briefly,
};

use crate::{
    public::is_public,
    token::{TOKEN, TokenShape, WithToken},
};

/// Where challenges are asked for (RFC 8555, section 8.3).
pub const PATH: &str = "/.well-known/acme-challenge/";

/// A validator follows this many redirects.
const MOST_REDIRECTS: usize = 10;

/// One HTTP-01 challenge: every request of the validator and what nginx does with it.
#[derive(Clone, Debug)]
pub struct Challenge<'c> {
    /// The requests in order, one more for each redirect followed.
    pub hops: Vec<Hop<'c>>,
    /// Why the last redirect is not followed; `None` if the last answer is not a redirect.
    pub stop: Option<Stop>,
}

/// One request of a validator.
#[derive(Clone, Debug)]
pub struct Hop<'c> {
    /// What it asks.
    pub request: Request,
    /// What nginx does.
    pub trace: Trace<'c>,
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The validator does not take it.
    Refused(String),
    /// It leads to a host that this configuration does not have.
    LeavesThisNginx(String),
}

impl Challenge<'_> {
    /// The request at its start.
    pub(crate) fn first_request(&self) -> Request {
        self.hops[0].request.clone()
    }
}

/// How much of the way is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The answers.
    Answers,
    /// Every step.
    Steps,
}

/// Follows the challenge for the host of `first` over the family of its address.
pub(crate) fn follow<'c>(
    http: &'c Http<'c>,
    first: Request,
    file_system: &WithToken<'_>,
    ports: Ports,
    detail: Detail,
) -> Challenge<'c> {
    let mut hops: Vec<Hop<'c>> = Vec::with_capacity(2);
    let mut request = first;
    loop {
        let trace = match detail {
            Detail::Answers => route_briefly(http, &request, file_system),
            Detail::Steps => route(http, &request, file_system),
        };
        hops.push(Hop { request, trace });
        let last = &hops[hops.len() - 1];
        let Answer::Redirect { status, to } = &last.trace.answer else {
            return Challenge { hops, stop: None };
        };
        let next = match redirected(&last.request, *status, to, ports) {
            Ok(next) => next,
            Err(why) => return Challenge { hops, stop: Some(Stop::Refused(why)) },
        };
        let is_known = |hop: &Hop<'_>| {
            let known = &hop.request;
            (known.scheme, known.url_port) == (next.scheme, next.url_port)
                && (&known.host, &known.target) == (&next.host, &next.target)
        };
        let stop = if hops.iter().any(is_known) {
            Some(Stop::Refused("the redirects lead in a circle".to_owned()))
        } else if hops.len() > MOST_REDIRECTS {
            Some(Stop::Refused("there are more than ten redirects".to_owned()))
        } else if next.host != hops[0].request.host && !http.has_host(&next.host) {
            Some(Stop::LeavesThisNginx(next.url().to_string()))
        } else {
            None
        };
        if stop.is_some() {
            return Challenge { hops, stop };
        }
        request = next;
    }
}

/// The request that follows a redirect, or why a validator does not make it.
fn redirected(from: &Request, status: u16, to: &[u8], ports: Ports) -> Result<Request, String> {
    if status == 303 {
        return Err("status 303 is not followed".to_owned());
    }
    let mut url =
        from.url().join(to).map_err(|error| format!("`{}`: {error}", to.escape_ascii()))?;
    if !matches!(url.port, 80 | 443) {
        return Err(format!("only ports 80 and 443 are followed, not {}", url.port));
    }
    url.host.make_ascii_lowercase();
    let host = String::from_utf8_lossy(&url.host);
    if host.ends_with(".well-known") {
        return Err(format!("`{host}` is not a host; a `/` may be missing in front of the path"));
    }
    if !is_public(&host) {
        return Err(format!("`{host}` is not a public host"));
    }
    Ok(from.clone().for_url(&url, ports))
}

/// The locations of a server that somebody made for challenges, outer ones first.
pub fn meant_for_challenges<'s, 'c>(
    server: &'s Server<'c>,
) -> impl Iterator<Item = (LocationId, &'s Location<'c>)> {
    (0..)
        .map(LocationId)
        .zip(&server.locations)
        .filter(|(_, location)| is_meant_for_challenges(location))
}

/// Whether a location is made for challenges, among other things below `/.well-known/` perhaps.
pub fn is_meant_for_challenges(location: &Location<'_>) -> bool {
    let pattern = &*location.pattern;
    match location.modifier {
        Modifier::Prefix | Modifier::FinalPrefix => {
            pattern.starts_with(b"/.well-known") && PATH.as_bytes().starts_with(pattern)
                || pattern == PATH.trim_end_matches('/').as_bytes()
        }
        Modifier::Regex | Modifier::RegexCaseless => {
            // A guard such as `(?!\.well-known)` names the path to keep away from it.
            let text = String::from_utf8_lossy(pattern);
            // Others below `/.well-known/` have regular expressions, too; and some that are meant
            // lack `-` and `_`.
            let takes = |token| location.matches([PATH, token].concat().as_bytes());
            (text.contains("well-known") || text.contains("acme-challenge"))
                && !text.contains("(?!")
                && (takes(TOKEN) || takes(TokenShape::Plain.token()))
        }
        Modifier::Exact | Modifier::Named => false,
    }
}

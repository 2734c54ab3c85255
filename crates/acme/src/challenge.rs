//! The requests of one challenge, and the locations that somebody made for them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{
    Answer, Http, Location, LocationId, Modifier, Ports, Request, Server, Trace, route,
    route_briefly,
};

use crate::{
    redirect::redirected,
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

/// How much of the way is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The answers.
    Answers,
    /// Every step.
    Steps,
}

/// What a validator asks for, and whom.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q, 'c> {
    pub(crate) http: &'c Http<'c>,
    pub(crate) ports: Ports,
    /// A request with its header fields, to no host and no path yet.
    pub(crate) request: &'q Request,
    pub(crate) host: &'q [u8],
    pub(crate) shape: TokenShape,
    /// Whether the hosts have IPv6 addresses, which are tried first.
    pub(crate) is_ipv6: bool,
}

impl<'c> Question<'_, 'c> {
    /// Asks, and follows the redirects.
    pub(crate) fn follow(self, files: &WithToken<'_>, detail: Detail) -> Challenge<'c> {
        let Self { http, ports, is_ipv6, .. } = self;
        let trace = |request: &Request| match detail {
            Detail::Answers => route_briefly(http, request, files),
            Detail::Steps => route(http, request, files),
        };
        let mut hops: Vec<Hop<'c>> = Vec::with_capacity(2);
        let mut request = Request {
            address: unspecified(is_ipv6),
            host: self.host.to_vec(),
            target: [PATH, self.shape.token()].concat().into_bytes(),
            ..self.request.clone()
        };
        let mut answer = trace(&request);
        if is_ipv6 && answer.answer == Answer::Refused {
            // Only here does a validator fall back.
            request.address = unspecified(false);
            answer = trace(&request);
        }
        loop {
            hops.push(Hop { request, trace: answer });
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
                    && known.host_field == next.host_field
            };
            let stop = if hops.iter().any(is_known) {
                Some(Stop::Refused("the redirects lead in a circle".to_owned()))
            } else if hops.len() > MOST_REDIRECTS {
                Some(Stop::Refused("there are more than ten redirects".to_owned()))
            } else if next.host != self.host && !http.has_host(&next.host) {
                Some(Stop::LeavesThisNginx(next.url().to_string()))
            } else {
                None
            };
            if stop.is_some() {
                return Challenge { hops, stop };
            }
            request = Request { address: unspecified(is_ipv6), ..next };
            answer = trace(&request);
        }
    }
}

/// An address of the machine that is not known.
fn unspecified(is_ipv6: bool) -> IpAddr {
    if is_ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() }
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

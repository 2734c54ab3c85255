//! Challenges that come to another server than the one that would serve them.

use acme::{Cause, Challenge, NameVerdict, Verdict, meant_for_challenges};
use model::{Http, ServerId, Socket};

use super::{Case, Mistake, Sorted};

/// Of the names beside one in a `server_name`, so many are looked at.
const MOST_NEIGHBOURS: usize = 8;

/// A challenge whose name another server takes, if that is what makes it fail.
pub(super) fn sort<'c>(
    http: &'c Http<'c>,
    name: &NameVerdict<'c>,
    challenge: &'c Challenge<'c>,
    cause: &'c Cause,
) -> Option<Sorted<'c>> {
    let is_ipv6 = challenge.hops[0].request.address.is_ipv6();
    let passes_over_ipv4 =
        name.families.iter().any(|one| !one.is_ipv6 && matches!(one.verdict, Verdict::Passes(_)));
    let (mistake, hop, other) = if is_ipv6 && passes_over_ipv4 {
        let (hop, other) = lost_over_ipv6(http, name, challenge)?;
        (Mistake::LostOverIpv6, hop, other)
    } else {
        let socket = http.socket(challenge.hops[0].trace.socket?);
        let taker = challenge.hops[0].trace.server?;
        let other = ignored(http, name, socket, taker)
            .or_else(|| near_miss(http, name, socket))
            .filter(|other| *other != taker)?;
        (Mistake::TakenByOtherServer, 0, other)
    };
    let meant = meant_for_challenges(http.server(other)).next().map(|(id, _)| id);
    let place = Some(http.server(other).directive.name_span());
    Some(Sorted {
        mistake,
        case: Case { hop, challenge, cause: Some(cause), meant, other: Some(other) },
        decider: None,
        place,
    })
}

/// The hop at which a challenge over IPv6 meets no server that has the name, and the server that
/// has it over IPv4.
fn lost_over_ipv6(
    http: &Http<'_>,
    name: &NameVerdict<'_>,
    challenge: &Challenge<'_>,
) -> Option<(usize, ServerId)> {
    challenge.hops.iter().enumerate().find_map(|(at, hop)| {
        let (request, trace) = (&hop.request, &hop.trace);
        let is_named = trace.socket.is_some_and(|id| http.socket(id).names_host(&request.host));
        let listens = |id: &ServerId| {
            let listens = http.server(*id).listens.iter();
            listens
                .filter(|listen| !listen.quic)
                .any(|listen| listen.address.port() == request.port)
        };
        let other = name.name.servers.iter().find(|id| listens(id)).copied()?;
        (!is_named && trace.server != Some(other)).then_some((at, other))
    })
}

/// The server on a socket that has the name and a location for challenges, and that nginx ignores:
/// another one has the name before it, or more exactly.
fn ignored(
    http: &Http<'_>,
    name: &NameVerdict<'_>,
    socket: &Socket<'_>,
    taker: ServerId,
) -> Option<ServerId> {
    let is_here = |id: &ServerId| {
        let mut listens = http.server(*id).listens.iter();
        listens.any(|listen| !listen.quic && listen.address == socket.address)
    };
    let serves = |id: ServerId| meant_for_challenges(http.server(id)).next().is_some();
    if serves(taker) {
        return None;
    }
    let host = &*name.name.text;
    let same_name = name.name.servers.iter().copied().filter(is_here);
    // Who has the very name takes it by right from any regular expression.
    let has_name = http.server(taker).names.iter().any(|name| name.text == host);
    let regexes = (!has_name).then(|| socket.with_regex_for(host));
    let mut candidates = same_name.chain(regexes.into_iter().flatten()).filter(|id| *id != taker);
    candidates.find(|id| serves(*id))
}

/// The server on a socket that has the names beside this one, which it lacks, and a location for
/// challenges.
fn near_miss(http: &Http<'_>, name: &NameVerdict<'_>, socket: &Socket<'_>) -> Option<ServerId> {
    if socket.names_host(&name.name.text) {
        return None;
    }
    let neighbours =
        name.name.servers.iter().flat_map(|id| http.server(*id).names.iter().take(MOST_NEIGHBOURS));
    let mut servers = neighbours.filter_map(|neighbour| socket.named(&neighbour.text));
    servers.find(|id| meant_for_challenges(http.server(*id)).next().is_some())
}

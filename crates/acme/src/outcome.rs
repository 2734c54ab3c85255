//! What the last answer of a challenge means.

use std::os::unix::ffi::OsStrExt;

use model::{Answer, Http, Protocol};

use crate::{
    challenge::{Challenge, Hop, Stop, is_meant_for_challenges},
    token::TOKEN,
    verdict::{Cause, KeyAuthorization, Verdict},
};

/// How a challenge ends.
pub(crate) fn judge<'c>(http: &'c Http<'c>, challenge: &Challenge<'c>) -> Verdict<'c> {
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
            Verdict::Passes(KeyAuthorization::File { path: path.clone(), is_guess: *is_guess })
        }
        Answer::File { .. } => Verdict::Fails(Cause::WrongBody),
        // A client of its own may listen behind a location made for it.
        Answer::Proxy { protocol, at, .. } if location.is_some_and(is_meant_for_challenges) => {
            let is_for_challenges_alone = location.is_some_and(|location| {
                let text = String::from_utf8_lossy(&location.pattern);
                text.contains("acme-challenge")
            });
            if is_for_challenges_alone && *protocol == Protocol::Http {
                Verdict::Passes(KeyAuthorization::Client(*at))
            } else {
                unknown("what stands behind may answer challenges or not", Some(*at))
            }
        }
        Answer::Proxy { .. } => Verdict::Fails(Cause::Backend),
        Answer::Status { status: 200, body } => {
            let starts = [TOKEN.as_bytes(), b"."].concat();
            match (body, trace.decided_by) {
                (Some(body), Some(at)) if body.starts_with(&starts) => {
                    Verdict::Passes(KeyAuthorization::Stateless(at))
                }
                (Some(_), _) => Verdict::Fails(Cause::WrongBody),
                (None, at) => unknown("the answer's text is not known", at),
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

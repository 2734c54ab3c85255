//! What the last answer of a challenge means.

use std::os::unix::ffi::OsStrExt;

use model::{Answer, Directive, Http, Location, Protocol};

use crate::{
    challenge::{Challenge, Hop, Stop, is_meant_for_challenges},
    client::{Behind, behind},
    verdict::{Cause, KeyAuthorization, Verdict},
};

/// A body of so many bytes is refused unread.
const TOO_LONG: usize = 128;

/// A SHA-256 in base64url.
const THUMBPRINT_LENGTH: usize = 43;

/// How a challenge for this token ends.
pub(crate) fn judge<'c>(
    http: &'c Http<'c>,
    challenge: &Challenge<'c>,
    token: &'static str,
    listens: impl Fn(u16) -> bool,
) -> Verdict<'c> {
    let Some(last) = challenge.hops.last() else { return unknown("nothing was asked", None) };
    if challenge.hops.iter().any(|hop| may_be_elsewhere(http, hop)) {
        return unknown("its server may stand in a file that was not given", None);
    }
    match &challenge.stop {
        Some(Stop::Refused(why)) => return Verdict::Fails(Cause::Redirect(why.clone())),
        // Whoever answers there is not asked for the token any more.
        Some(Stop::LeavesThisNginx(url)) if !url.contains(token) => {
            return Verdict::Fails(Cause::TokenLost);
        }
        Some(Stop::LeavesThisNginx(url)) => {
            let because = format!("it is redirected to {url}, which is not served here");
            return Verdict::Unknown { because, at: last.trace.decided_by };
        }
        None => {}
    }
    let trace = &last.trace;
    let path = last.request.target.split(|&byte| byte == b'?').next().unwrap_or_default();
    let has_token = path.ends_with(token.as_bytes());
    if !has_token && !matches!(trace.answer, Answer::Unknown { .. } | Answer::Refused) {
        return Verdict::Fails(Cause::TokenLost);
    }
    let location = trace
        .server
        .zip(trace.answered_by)
        .map(|(server, location)| http.server(server).location(location));
    match &trace.answer {
        Answer::File { path, is_guess }
            if path.as_os_str().as_bytes().ends_with(token.as_bytes()) =>
        {
            Verdict::Passes(KeyAuthorization::File { path: path.clone(), is_guess: *is_guess })
        }
        Answer::File { .. } => Verdict::Fails(Cause::WrongBody),
        Answer::Proxy { protocol, to, at } => match location {
            Some(location) if is_meant_for_challenges(location) => {
                judge_proxy(http, location, (*protocol, to, *at), token)
            }
            _ => Verdict::Fails(Cause::Backend),
        },
        Answer::Status { status: 200, body } => match (body, trace.decided_by) {
            (Some(body), Some(at)) if is_key_authorization(body, token) => {
                Verdict::Passes(KeyAuthorization::Stateless(at))
            }
            (Some(_), _) => Verdict::Fails(Cause::WrongBody),
            (None, at) => unknown("the answer's text is not known", at),
        },
        Answer::Status { status, .. } => Verdict::Fails(Cause::Status(*status)),
        Answer::Close => Verdict::Fails(Cause::Closed),
        Answer::TlsError => Verdict::Fails(Cause::TlsError),
        Answer::Refused => {
            let (port, is_ipv6) = (last.request.port, last.request.address.is_ipv6());
            if is_ipv6 && listens(port) {
                return Verdict::Fails(Cause::Refused);
            }
            let family = if is_ipv6 { "IPv6" } else { "IPv4" };
            let because =
                format!("nothing here listens on port {port} over {family}; another program may");
            Verdict::Unknown { because, at: None }
        }
        Answer::Redirect { .. } => unknown("a redirect was not followed", trace.decided_by),
        Answer::Unknown { because, at } => Verdict::Unknown { because: because.clone(), at: *at },
    }
}

fn unknown<'c>(because: &str, at: Option<Directive<'c>>) -> Verdict<'c> {
    Verdict::Unknown { because: because.to_owned(), at }
}

/// What becomes of a challenge that a location made for challenges hands on.
fn judge_proxy<'c>(
    http: &'c Http<'c>,
    location: &Location<'c>,
    (protocol, to, at): (Protocol, &[u8], Directive<'c>),
    token: &str,
) -> Verdict<'c> {
    let is_for_challenges_alone =
        String::from_utf8_lossy(&location.pattern).contains("acme-challenge");
    if !is_for_challenges_alone || protocol != Protocol::Http {
        return unknown("what stands behind may answer challenges or not", Some(at));
    }
    match behind(http, location, to, token) {
        Behind::Client => Verdict::Passes(KeyAuthorization::Client(at)),
        Behind::OtherPath(to) => Verdict::Fails(Cause::PathChanged { to }),
        Behind::Unknown(because) => unknown(because, Some(at)),
    }
}

/// Whether a body is what a validator wants to see for some account: the token, a dot and the
/// thumbprint of its key (RFC 8555, section 8.1), and nothing but white space after it.
fn is_key_authorization(body: &[u8], token: &str) -> bool {
    let text = String::from_utf8_lossy(body);
    let thumbprint = text.trim_end().strip_prefix(token).and_then(|rest| rest.strip_prefix('.'));
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    body.len() < TOO_LONG
        && thumbprint.is_some_and(|thumbprint| {
            thumbprint.len() == THUMBPRINT_LENGTH && thumbprint.bytes().all(is_base64url)
        })
}

/// Whether a request meets a default server only because the server that has its name may be in
/// another file: only fragments of the configuration were given.
fn may_be_elsewhere(http: &Http<'_>, hop: &Hop<'_>) -> bool {
    let is_fragment = http.config.sources().roots().iter().any(|root| root.is_fragment);
    let has_name = |id| http.socket(id).names_host(&hop.request.host);
    is_fragment && !hop.trace.socket.is_some_and(has_name)
}

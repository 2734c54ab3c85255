//! Whether the model's answer is nginx's.

use model::{Answer, Directive, Http, Level, Trace, name};

use crate::{
    client::{Ask, Seen},
    site::Site,
};

/// What a comparison shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agrees,
    /// The model says why it does not know.
    Unknown(String),
    /// In what they differ.
    Differs(String),
}

pub(crate) fn compare(
    site: &Site,
    http: &Http<'_>,
    ask: &Ask,
    trace: &Trace<'_>,
    seen: &Seen,
) -> Verdict {
    if let Answer::Unknown { because, .. } = &trace.answer {
        return Verdict::Unknown(because.clone());
    }
    // The other server refuses a path without its first slash, and does not say who it is.
    let is_relative = |why: &str| {
        ["it changes the path to ", "internal redirect to "]
            .iter()
            .filter_map(|start| why.strip_prefix(start))
            .any(|path| !path.starts_with('/'))
    };
    if matches!((&trace.answer, seen), (Answer::Proxy { .. }, Seen::Response { status: 400, .. }))
        && trace.steps.iter().any(|step| is_relative(&step.why))
    {
        return Verdict::Agrees;
    }
    let difference = answer(site, ask, &trace.answer, seen)
        .or_else(|| certificate(http, trace, seen))
        .or_else(|| blocks(http, trace, seen));
    difference.map_or(Verdict::Agrees, Verdict::Differs)
}

/// Whether the answers differ.
fn answer(site: &Site, ask: &Ask, expected: &Answer<'_>, seen: &Seen) -> Option<String> {
    let is_head = ask.method == "HEAD";
    let agrees = match (expected, seen) {
        (Answer::Refused, Seen::Refused)
        | (Answer::Close, Seen::Closed)
        | (Answer::TlsError, Seen::TlsFailed) => true,
        (Answer::File { path, .. }, Seen::Response { status, body, .. }) => {
            *status == 200 && (is_head || site.read(path).as_deref() == Some(body))
        }
        (Answer::Proxy { .. }, Seen::Response { status, .. }) => {
            *status == 200 && header(seen, "x-stub").is_some()
        }
        (Answer::Redirect { status: expected, to }, Seen::Response { status, .. }) => {
            expected == status && header(seen, "location").unwrap_or_default() == to
        }
        (
            Answer::Status { status: expected, body: expected_body },
            Seen::Response { status, body, .. },
        ) => {
            let has_body = !is_head && !matches!(status, 204 | 304);
            // An error page may come with the target of the redirect that it replaces.
            let is_redirect = (300..400).contains(status);
            expected == status
                && !(is_redirect && header(seen, "location").is_some())
                && (!has_body || expected_body.as_ref().is_none_or(|expected| expected == body))
        }
        _ => false,
    };
    (!agrees).then(|| "the answers differ".to_owned())
}

/// Whether another certificate is sent; each has its name in its path.
fn certificate(http: &Http<'_>, trace: &Trace<'_>, seen: &Seen) -> Option<String> {
    let Seen::Response { certificate: Some(sent), .. } = seen else { return None };
    let sender = trace.certificate_of.map(|id| http.server(id));
    let directive = sender.and_then(|server| http.effective(server, name::SSL_CERTIFICATE));
    let path = directive.and_then(|directive| directive.arg(0)).unwrap_or_default();
    let path = String::from_utf8_lossy(&path);
    let differs = path.split('/').nth_back(1) != Some(sent);
    differs.then(|| format!("`{path}` should be sent, but the certificate for `{sent}` is"))
}

/// Whether the server or a location differs: every block names itself in the headers `X-Block`,
/// which holds for the block that answers, and `X-Seen`, which lists the blocks whose code ran.
fn blocks(http: &Http<'_>, trace: &Trace<'_>, seen: &Seen) -> Option<String> {
    let server = http.server(trace.server?);
    let block = String::from_utf8_lossy(header(seen, "x-block")?);
    let expected = match trace.answered_by {
        Some(id) => label(&server.location(id).level),
        None => label(&server.level),
    };
    if block != expected {
        return Some(format!("`{expected}` should answer, but `{block}` does"));
    }
    let way = String::from_utf8_lossy(header(seen, "x-seen").unwrap_or_default());
    let mut way = way.split('|').skip(1).peekable();
    let expected = label(&server.level);
    // The page for a request that is not valid may come without the server's code.
    let first = way.next_if(|label| label.starts_with('s'));
    if let Some(first) = first.filter(|first| *first != expected) {
        return Some(format!("server `{expected}` should be chosen, but `{first}` is"));
    }
    let decides = |name| trace.steps.iter().any(|step| step.at.is_some_and(|at| at.name() == name));
    // No code runs in a location that refuses requests from outside, or this method, or gives the
    // path its slash back; a subrequest from the server's level comes through locations of its own.
    let adds_slash = trace.steps.iter().any(|step| step.why.contains("without its final slash"));
    if adds_slash
        || decides(name::INTERNAL)
        || decides(name::LIMIT_EXCEPT)
        || trace.location.is_none() && decides(name::AUTH_REQUEST)
    {
        return None;
    }
    let location = way.find(|label| label.starts_with('l'));
    let expected = trace.location.map(|id| label(&server.location(id).level));
    if location.is_some_and(|location| Some(location) != expected.as_deref()) {
        return Some(format!("{expected:?} should be chosen, but {location:?} is"));
    }
    None
}

fn label(level: &Level<'_>) -> String {
    let is_block = |setting: &Directive<'_>| {
        setting.name() == name::ADD_HEADER && setting.arg(0).as_deref() == Some(b"X-Block")
    };
    let own = level.settings().find(is_block);
    let own = own.and_then(|header| header.arg(1));
    String::from_utf8_lossy(&own.unwrap_or_default()).into_owned()
}

fn header<'s>(seen: &'s Seen, name: &str) -> Option<&'s [u8]> {
    let Seen::Response { headers, .. } = seen else { return None };
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
}

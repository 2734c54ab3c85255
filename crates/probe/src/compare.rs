//! What the model says, held against what comes back.

use model::{Request, Url};

use crate::{
    exchange::{Reply, Response},
    probed::Predicted,
};

/// Whether a reply is what the model says; `None` if it says nothing that can be compared. `text` is
/// what stands in the file of the token.
pub(crate) fn agrees(
    predicted: &Predicted,
    reply: &Reply,
    request: &Request,
    text: Option<&str>,
) -> Option<bool> {
    if matches!(reply, Reply::NotAsked | Reply::NothingInCommon(_)) {
        return None;
    }
    let response = match reply {
        Reply::Response(response) => Some(response),
        _ => None,
    };
    Some(match predicted {
        Predicted::Unknown(_) => return None,
        // What stands behind may say anything, but nginx has to hand it on.
        Predicted::Backend(_) => match reply {
            Reply::Response(_) | Reply::TimedOut => return None,
            _ => false,
        },
        Predicted::Token => response.is_some_and(|response| is_token(response, text)),
        Predicted::File(_) => response.is_some_and(|response| response.status == 200),
        Predicted::Redirect { status, to } => response
            .is_some_and(|response| response.status == *status && leads(request, response, to)),
        Predicted::Status { status, body } => response.is_some_and(|response| {
            response.status == *status && body.as_deref().is_none_or(|body| response.body == body)
        }),
        Predicted::Close => *reply == Reply::Closed,
        Predicted::Refused => *reply == Reply::NothingListens,
        // Plain text may come back, or nothing.
        Predicted::TlsError => matches!(reply, Reply::TlsFailed(_) | Reply::Closed),
    })
}

/// Whether an answer is what a validator wants to see: blanks at the end do not count.
pub(crate) fn is_token(response: &Response, text: Option<&str>) -> bool {
    response.status == 200
        && text.is_some_and(|text| response.body.trim_ascii_end() == text.as_bytes())
}

/// Whether a redirect leads to this URL.
fn leads(request: &Request, response: &Response, to: &[u8]) -> bool {
    let Some(location) = &response.location else { return false };
    if location == to {
        return true;
    }
    let normal = |text: &[u8]| {
        request.url().join(text).map(|url: Url| Url { host: url.host.to_ascii_lowercase(), ..url })
    };
    matches!((normal(location), normal(to)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, location: Option<&str>, body: &str) -> Reply {
        let location = location.map(|to| to.as_bytes().to_vec());
        Reply::Response(Response { status, location, server: None, body: body.into() })
    }

    fn compare(predicted: &Predicted, reply: &Reply) -> Option<bool> {
        let request = Request::get(b"a.example", b"/x");
        agrees(predicted, reply, &request, Some("token.text"))
    }

    #[test]
    fn a_token_is_its_text() {
        for (body, is_it) in [("token.text", true), ("token.text\n", true), (" token.text", false)]
        {
            assert_eq!(
                compare(&Predicted::Token, &reply(200, None, body)),
                Some(is_it),
                "{body:?}"
            );
        }
        assert_eq!(compare(&Predicted::Token, &reply(206, None, "token.text")), Some(false));
        assert_eq!(compare(&Predicted::Token, &Reply::Closed), Some(false));
        assert_eq!(compare(&Predicted::Token, &Reply::NotAsked), None);
    }

    #[test]
    fn a_redirect_may_be_written_in_several_ways() {
        let to = b"http://a.example/y".to_vec();
        let predicted = Predicted::Redirect { status: 301, to };
        let comes = |status, to| compare(&predicted, &reply(status, Some(to), ""));
        assert_eq!(comes(301, "http://a.example/y"), Some(true));
        assert_eq!(comes(301, "http://A.example:80/y"), Some(true));
        assert_eq!(comes(301, "/y"), Some(true));
        assert_eq!(comes(302, "/y"), Some(false));
        assert_eq!(comes(301, "/z"), Some(false));
    }

    #[test]
    fn what_is_behind_a_backend_is_not_compared() {
        let predicted = Predicted::Backend("http://127.0.0.1:8080".to_owned());
        assert_eq!(compare(&predicted, &reply(502, None, "")), None);
        assert_eq!(compare(&predicted, &Reply::NothingListens), Some(false));
    }
}

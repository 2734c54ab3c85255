//! One request and what comes back, in nobody's words but its own.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

use crate::{
    timed::{Timed, is_timeout},
    tls,
};

/// No more than this is read of an answer: the text of a challenge is short.
const MOST: usize = 16 * 1024;

/// More header fields than this are no answer to a challenge.
const MOST_FIELDS: usize = 128;

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Who is dialled.
    pub(crate) address: SocketAddr,
    /// The name for the handshake, if it goes over TLS.
    pub(crate) tls: Option<Vec<u8>>,
    /// The request.
    pub(crate) bytes: Vec<u8>,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer.
    Response(Response),
    /// Nobody accepts the connection.
    NothingListens,
    /// The connection is closed without an answer.
    Closed,
    /// The handshake fails, for this reason.
    TlsFailed(String),
    /// So it does, and maybe since this program has no cipher or curve in common with the server.
    NothingInCommon(String),
    /// Nothing comes in time.
    TimedOut,
    /// What comes is not HTTP.
    NotHttp,
    /// There is no way to that address, the system says.
    Unreachable(String),
    /// It was not asked for, since too many requests had run out of time.
    NotAsked,
}

/// An answer, as far as challenges are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Where it leads, if it is a redirect.
    pub location: Option<Vec<u8>>,
    /// The program that answers, in its own words.
    pub server: Option<Vec<u8>>,
    /// What it says; of a long text the beginning.
    pub body: Vec<u8>,
}

/// Sends a request and reads what comes back.
pub(crate) fn exchange(one: &Exchange) -> Reply {
    let stream = match Timed::connect(one.address) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Reply::NothingListens,
        Err(error) if is_timeout(&error) => return Reply::TimedOut,
        Err(error) => return Reply::Unreachable(tls::io_words(&error)),
    };
    let Some(host) = &one.tls else { return talk(stream, &one.bytes) };
    match tls::over_tls(stream, host) {
        Ok(stream) => talk(stream, &one.bytes),
        Err(error) if is_timeout(&error) => Reply::TimedOut,
        Err(error) => {
            let why = tls::failure(&error).unwrap_or_else(|| tls::io_words(&error));
            if tls::has_nothing_in_common(&error) {
                Reply::NothingInCommon(why)
            } else {
                Reply::TlsFailed(why)
            }
        }
    }
}

fn talk(mut stream: impl Read + Write, request: &[u8]) -> Reply {
    let mut bytes = Vec::new();
    // A server may answer and close before it has read everything.
    let written = stream.write_all(request).and_then(|()| stream.flush());
    let read = read_all(&mut stream, &mut bytes);
    match Response::of(&bytes) {
        Some(response) => Reply::Response(response),
        None if !bytes.is_empty() => Reply::NotHttp,
        None => match written.and(read) {
            Err(error) if is_timeout(&error) => Reply::TimedOut,
            // After the handshake of TLS 1.3 a server may still refuse.
            Err(error) => tls::failure(&error).map_or(Reply::Closed, Reply::TlsFailed),
            Ok(()) => Reply::Closed,
        },
    }
}

/// Reads until there is a whole answer, or no more.
fn read_all(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while bytes.len() < MOST && !is_whole(bytes) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether an answer with a length is there as a whole.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(Head { length: Some(length), body, .. }) = Head::of(bytes) else { return false };
    bytes.len() >= body.saturating_add(length)
}

/// The head of an answer.
struct Head {
    response: Response,
    length: Option<usize>,
    is_chunked: bool,
    /// Where the body begins.
    body: usize,
}

impl Head {
    /// `None` if it is not there yet, or is none.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut parsed = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(body) = parsed.parse(bytes).ok()? else { return None };
        let field = |name: &str| {
            let mut all = parsed.headers.iter();
            all.find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
        };
        let coding = field("transfer-encoding").map(<[u8]>::to_ascii_lowercase);
        let length = field("content-length").and_then(|text| str::from_utf8(text).ok());
        Some(Self {
            is_chunked: coding.is_some_and(|coding| coding.ends_with(b"chunked")),
            length: length.and_then(|text| text.trim().parse().ok()),
            body,
            response: Response {
                status: parsed.code?,
                location: field("location").map(<[u8]>::to_vec),
                server: field("server").map(<[u8]>::to_vec),
                body: Vec::new(),
            },
        })
    }
}

impl Response {
    fn of(bytes: &[u8]) -> Option<Self> {
        let Head { mut response, length, is_chunked, body } = Head::of(bytes)?;
        let rest = &bytes[body..];
        response.body = match (is_chunked, length) {
            (true, _) => unchunked(rest),
            (false, Some(length)) => rest[..length.min(rest.len())].to_vec(),
            (false, None) => rest.to_vec(),
        };
        Some(response)
    }
}

/// What stands in chunks, as far as it is there.
fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(bytes) {
        let rest = &bytes[start..];
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        body.extend_from_slice(&rest[..length]);
        if length == 0 {
            break;
        }
        bytes = rest[length..].strip_prefix(b"\r\n").unwrap_or_default();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: &[u8]) -> Vec<u8> {
        Response::of(bytes).expect("it is an answer").body
    }

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let text = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhello";
        let response = Response::of(text).expect("it is an answer");
        assert_eq!((response.status, &*response.body), (200, &b"he"[..]));
        assert_eq!(response.server.as_deref(), Some(&b"nginx"[..]));
        assert!(is_whole(text) && !is_whole(&text[..text.len() - 4]));
        assert_eq!(body(b"HTTP/1.0 200 OK\r\n\r\nall"), b"all");
        assert_eq!(Response::of(b"SSH-2.0-OpenSSH_9.2\r\n"), None);
        assert_eq!(Response::of(b"HTTP/1.1 200 OK\r\n"), None);
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let of = |rest: &str| body([head, rest].concat().as_bytes());
        assert_eq!(of("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(of("3\r\nabc\r\n2\r\nd"), b"abcd");
        assert_eq!(of("fffffffffffffff\r\nabc"), b"abc");
        assert_eq!(of("x"), b"");
    }
}

//! Requests to a running machine, by curl, and what comes back.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Output};

use crate::error::{Context, Error, Result};

/// What a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A whole response.
    Response(Response),
    /// Nothing listens there.
    Refused,
    /// The connection was closed without a response.
    Closed,
    /// There was no agreement on TLS.
    TlsFailed,
    /// The redirects do not end, or lead to something that is not HTTP.
    RedirectsFailed,
    /// No response in ten seconds.
    TimedOut,
}

/// The response at the end of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How many redirects led here.
    pub redirects: usize,
    /// The URL it is the response for.
    pub url: String,
}

impl Answer {
    /// The response, if there is one.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }
}

impl Response {
    /// The `Location` header.
    pub fn location(&self) -> Option<&str> {
        self.header("location")
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What curl prints after the body.
const AFTERWARDS: &str = "\n%{num_redirects} %{url_effective}";

/// Completes a command that runs curl. The headers of all responses go to the file `received`.
pub(crate) fn ask(command: &mut Command, received: &Path, address: IpAddr, url: &str) {
    let host = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    command.args(["-q", "--silent", "--show-error", "--insecure", "--http1.1", "--globoff"]);
    command.args(["--path-as-is", "--noproxy", "*", "--proto", "=http,https"]);
    command.args(["--proto-redir", "=http,https", "--max-time", "10"]);
    command.arg("--connect-to").arg(format!("::{host}:"));
    command.arg("--dump-header").arg(received).arg("--write-out").arg(AFTERWARDS);
    command.arg("--url").arg(url);
}

/// What curl's output means.
pub(crate) fn understand(output: &Output, received: &Path) -> Result<Answer> {
    // Before curl, `nsenter` may fail, with a code that means something else of curl's.
    if !output.status.success() && !output.stderr.starts_with(b"curl: (") {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr)));
    }
    match output.status.code() {
        Some(0) => {
            let headers = fs::read(received).context("cannot read the headers")?;
            let response = response(&output.stdout, &String::from_utf8_lossy(&headers));
            response.map(Answer::Response).ok_or_else(|| Error::new("curl's output is odd"))
        }
        Some(1 | 47) => Ok(Answer::RedirectsFailed),
        Some(7) => Ok(Answer::Refused),
        Some(28) => Ok(Answer::TimedOut),
        Some(35) => Ok(Answer::TlsFailed),
        Some(52 | 56) => Ok(Answer::Closed),
        _ => Err(Error::new(String::from_utf8_lossy(&output.stderr))),
    }
}

fn response(stdout: &[u8], received: &str) -> Option<Response> {
    let end = stdout.iter().rposition(|byte| *byte == b'\n')?;
    let afterwards = String::from_utf8_lossy(&stdout[end + 1..]).into_owned();
    let (redirects, url) = afterwards.split_once(' ')?;
    // One block for every response on the way; the last is the one that counts.
    let block = received.trim_end().rsplit("\r\n\r\n").next()?;
    let mut lines = block.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    Some(Response {
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        body: stdout[..end].to_vec(),
        redirects: redirects.parse().ok()?,
        url: url.to_owned(),
    })
}

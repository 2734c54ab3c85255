//! What is asked: URLs on the command line, and requests from a file.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, fs,
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use model::{Client, Ports, Request, Url};
use serde::Deserialize;

use crate::{arguments::Trace, report::printable};

/// One request to trace.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The URL as it was given.
    pub(crate) url: Vec<u8>,
    /// What arrives at nginx.
    pub(crate) request: Request,
}

/// Why there is nothing to trace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AskError(String);

/// What a request is made from: that of the options, unless a line of the file says otherwise.
#[derive(Clone, Debug)]
struct Wanted {
    method: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    address: Option<IpAddr>,
    client: Option<IpAddr>,
    is_ipv6: bool,
    ports: Ports,
}

/// A line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    url: String,
    method: Option<String>,
    headers: Option<Headers>,
    address: Option<IpAddr>,
    client: Option<IpAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "`headers` is neither an object of names and values nor a list of \"Name: value\""
)]
enum Headers {
    Object(BTreeMap<String, String>),
    List(Vec<String>),
}

/// What clients send without being told.
const USUAL_HEADERS: [(&[u8], &[u8]); 2] =
    [(b"user-agent", b"Mozilla/5.0 (compatible; nginx-acme-lint)"), (b"accept", b"*/*")];

/// Every request that the arguments ask for: the URLs, then those of the file.
pub(crate) fn all(arguments: &Trace) -> Result<Vec<Ask>, AskError> {
    let wanted = Wanted::of(arguments)?;
    let of_url = |url: &OsString| {
        let url = url.as_bytes();
        let wrong = |error| AskError(format!("{}: {error}", printable::bytes(url)));
        wanted.clone().ask(url).map_err(wrong)
    };
    let mut asks = arguments.urls.iter().map(of_url).collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &arguments.requests {
        asks.extend(read(path, &wanted)?);
    }
    Ok(asks)
}

fn read(path: &Path, wanted: &Wanted) -> Result<Vec<Ask>, AskError> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { printable::path(path) };
    let mut bytes = Vec::new();
    let outcome = if is_stdin {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    outcome.map_err(|error| AskError(format!("cannot read {name}: {error}")))?;
    let lines = (1..).zip(bytes.split(|&byte| byte == b'\n'));
    let full = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    full.map(|(number, line)| {
        of_line(line, wanted).map_err(|error| AskError(format!("{name}:{number}: {error}")))
    })
    .collect()
}

fn of_line(line: &[u8], wanted: &Wanted) -> Result<Ask, String> {
    let Line { url, method, headers, address, client } =
        serde_json::from_slice(line).map_err(|error| {
            // It is always line 1 of its text, which says nothing.
            let text = error.to_string();
            let end = text.rfind(" at line ").unwrap_or(text.len());
            let not_json = if error.is_data() { "" } else { "it is not JSON: " };
            format!("{not_json}{}", &text[..end])
        })?;
    let mut wanted = wanted.clone();
    if let Some(method) = method {
        wanted.method = checked_method(method.as_bytes())?;
    }
    if let Some(headers) = headers {
        wanted.headers = match headers {
            Headers::Object(fields) => fields
                .iter()
                .map(|(name, value)| header(name.as_bytes(), value.as_bytes()))
                .collect::<Result<_, _>>()?,
            Headers::List(fields) => fields
                .iter()
                .map(|field| split_header(field.as_bytes()))
                .collect::<Result<_, _>>()?,
        };
    }
    wanted.address = address.or(wanted.address);
    wanted.client = client.or(wanted.client);
    wanted.ask(url.as_bytes()).map_err(|error| format!("{}: {error}", printable::words(&url)))
}

impl Wanted {
    fn of(arguments: &Trace) -> Result<Self, AskError> {
        let Trace { method, headers, ipv6, address, client, machine, .. } = arguments;
        if *ipv6 && let Some(address @ IpAddr::V4(_)) = address {
            return Err(AskError(format!("--ipv6: {address} is an IPv4 address")));
        }
        let split = |field: &OsString| {
            let wrong = |error| AskError(format!("--header: {error}"));
            split_header(field.as_bytes()).map_err(wrong)
        };
        let wrong = |error| AskError(format!("--method: {error}"));
        Ok(Self {
            method: checked_method(method.as_bytes()).map_err(wrong)?,
            headers: headers.iter().map(split).collect::<Result<_, _>>()?,
            address: *address,
            client: *client,
            is_ipv6: *ipv6,
            ports: machine.ports(),
        })
    }

    fn ask(self, url: &[u8]) -> Result<Ask, String> {
        let parsed = Url::parse(url).map_err(|error| error.to_string())?;
        let (address, client) = self.ends(&parsed)?;
        let is_host = |(name, _): &&(Vec<u8>, Vec<u8>)| name == b"host";
        let mut hosts = self.headers.iter().filter(is_host);
        let host_field = hosts.next().map(|(_, value)| value.clone());
        if hosts.next().is_some() {
            return Err("`Host` is given twice".to_owned());
        }
        let is_given = |name: &[u8]| self.headers.iter().any(|(given, _)| given == name);
        let usual = USUAL_HEADERS.iter().filter(|(name, _)| !is_given(name));
        let usual = usual.map(|(name, value)| (name.to_vec(), value.to_vec()));
        let given = self.headers.iter().filter(|field| !is_host(field)).cloned();
        let request = Request {
            address,
            host_field,
            method: self.method,
            headers: usual.chain(given).collect(),
            client,
            ..Request::get(b"", b"/").for_url(&parsed, self.ports)
        };
        Ok(Ask { url: url.to_vec(), request })
    }

    /// The local address on which the request arrives, and the client it comes from.
    fn ends(&self, url: &Url) -> Result<(IpAddr, Client), String> {
        let address = self.address.or(url.address()).unwrap_or_else(|| {
            let is_ipv6 = self.is_ipv6 || self.client.is_some_and(|client| client.is_ipv6());
            match (is_ipv6, is_localhost(&url.host)) {
                (false, false) => Ipv4Addr::UNSPECIFIED.into(),
                (false, true) => Ipv4Addr::LOCALHOST.into(),
                (true, false) => Ipv6Addr::UNSPECIFIED.into(),
                (true, true) => Ipv6Addr::LOCALHOST.into(),
            }
        });
        let client = match self.client {
            Some(client) if client.is_ipv6() != address.is_ipv6() => {
                let family = if address.is_ipv6() { "IPv6" } else { "IPv4" };
                return Err(format!("a client at {client} cannot come over {family}"));
            }
            Some(client) => Client::Known(client),
            // Nobody else can reach these.
            None if address.is_loopback() => Client::Known(address),
            None => Client::UnknownPublic,
        };
        Ok((address, client))
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whether a host is the machine itself, on every machine (RFC 6761, section 6.3).
fn is_localhost(host: &[u8]) -> bool {
    let host = host.strip_suffix(b".").unwrap_or(host).to_ascii_lowercase();
    host == b"localhost" || host.ends_with(b".localhost")
}

fn checked_method(method: &[u8]) -> Result<Vec<u8>, String> {
    if is_token(method) {
        Ok(method.to_vec())
    } else {
        Err(format!("`{}` is not a method", printable::bytes(method)))
    }
}

/// A header field written as `Name: value`.
fn split_header(field: &[u8]) -> Result<(Vec<u8>, Vec<u8>), String> {
    let Some(colon) = field.iter().position(|&byte| byte == b':') else {
        return Err(format!("`{}` is not written as `Name: value`", printable::bytes(field)));
    };
    header(&field[..colon], &field[colon + 1..])
}

fn header(name: &[u8], value: &[u8]) -> Result<(Vec<u8>, Vec<u8>), String> {
    if !is_token(name) {
        return Err(format!("`{}` is not the name of a header field", printable::bytes(name)));
    }
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(format!("the value of `{}` has a line end", printable::bytes(name)));
    }
    Ok((name.to_ascii_lowercase(), value.trim_ascii().to_vec()))
}

fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

#[cfg(test)]
mod tests;

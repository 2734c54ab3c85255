//! Many requests in one run of curl.

use std::{fmt::Write as _, net::IpAddr};

use model::{Client, Request, Scheme};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) scheme: Scheme,
    /// The local address and port it arrives on.
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) host: String,
    /// The `Host` field, where it is not that of the URL.
    pub(crate) host_field: Option<&'static str>,
    /// From its path on, or a whole URL.
    pub(crate) target: String,
    pub(crate) method: &'static str,
    /// `X-Test`.
    pub(crate) header: Option<&'static str>,
    pub(crate) cookie: Option<&'static str>,
    /// One more field.
    pub(crate) field: Option<(&'static str, &'static str)>,
}

/// What a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Response {
        status: u16,
        headers: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
        /// The name in the certificate, if there was a handshake for this request.
        certificate: Option<String>,
    },
    Refused,
    Closed,
    TlsFailed,
    /// Whatever else curl says.
    Other(i32),
}

/// Behind an answer.
const MARK: &str = "\u{1}answered ";

/// Behind what curl says of an answer.
const END: &str = "\u{1}end";

impl Ask {
    /// From a URL: a GET to the first address, unless a word in front of it names the method, and
    /// words behind it the `Host` field (`Host:…`), another field, the address (`@…`) and the whole
    /// URL that is asked for.
    pub(crate) fn of(text: &'static str) -> Self {
        let words: Vec<&'static str> = text.split(' ').collect();
        let (method, words) = match &*words {
            [method, rest @ ..] if !method.contains(':') => (*method, rest),
            all => ("GET", all),
        };
        let mut ask = Self { method, ..Self::get(words[0]) };
        for word in &words[1..] {
            if let Some(host) = word.strip_prefix("Host:") {
                ask.host_field = Some(host);
            } else if let Some(address) = word.strip_prefix('@') {
                ask.address = address.parse().expect("it is an address");
            } else if word.starts_with("http://") {
                ask.target = (*word).to_owned();
            } else {
                ask.field = word.split_once(':');
            }
        }
        ask
    }

    fn get(url: &str) -> Self {
        let (scheme, rest) = match url.strip_prefix("https://") {
            Some(rest) => (Scheme::Https, rest),
            None => (Scheme::Http, url.strip_prefix("http://").expect("it is an HTTP URL")),
        };
        let (authority, target) = rest.split_at(rest.find('/').expect("it has a path"));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().expect("a port is a number")),
            None => (authority, if scheme == Scheme::Https { 443 } else { 80 }),
        };
        Self {
            scheme,
            address: machine::ADDRESS_V4,
            port,
            host: host.to_owned(),
            host_field: None,
            target: target.to_owned(),
            method: "GET",
            header: None,
            cookie: None,
            field: None,
        }
    }

    /// The request as the model takes it.
    pub(crate) fn request(&self) -> Request {
        let mut headers = vec![
            (b"accept".to_vec(), b"*/*".to_vec()),
            (b"connection".to_vec(), b"close".to_vec()),
        ];
        for (name, value) in self.fields() {
            headers.push((name.to_ascii_lowercase().into(), value.into()));
        }
        Request {
            scheme: self.scheme,
            address: self.address,
            port: self.port,
            host: self.host.clone().into_bytes(),
            url_port: self.port,
            host_field: self.host_field.map(Into::into),
            target: self.target.clone().into_bytes(),
            method: self.method.into(),
            headers: headers.into(),
            client: Client::Known(self.client()),
        }
    }

    fn client(&self) -> IpAddr {
        let text = if self.address.is_ipv4() { "203.0.113.5" } else { "2001:db8::5" };
        text.parse().expect("it is an address")
    }

    /// The fields that some requests have.
    fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let known = [("X-Test", self.header), ("Cookie", self.cookie)];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?)));
        known.chain(self.field)
    }

    /// The URL that curl is given; a target that is a whole URL comes in place of its path.
    fn url(&self) -> String {
        let scheme = if self.scheme == Scheme::Https { "https" } else { "http" };
        let target = if self.target.starts_with('/') { &self.target } else { "/" };
        format!("{scheme}://{}:{}{target}", self.host, self.port)
    }
}

impl std::fmt::Display for Ask {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} at {}", self.method, self.url(), self.address)?;
        if !self.target.starts_with('/') {
            write!(out, " for {}", self.target)?;
        }
        if let Some(host) = self.host_field {
            write!(out, " with `Host: {host}`")?;
        }
        for (name, value) in self.fields() {
            write!(out, " with `{name}: {value}`")?;
        }
        Ok(())
    }
}

/// A settings file for curl that makes all requests.
pub(crate) fn script(asks: &[Ask]) -> String {
    let mut script = String::new();
    for (index, ask) in asks.iter().enumerate() {
        if index > 0 {
            script.push_str("next\n");
        }
        let address = match ask.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        script
            .push_str("silent\ninclude\ninsecure\nhttp1.1\ngloboff\npath-as-is\nnoproxy = \"*\"\n");
        script.push_str("max-time = 10\noutput = \"-\"\n");
        let host = if let Some(host) = ask.host_field {
            host.to_owned()
        } else if matches!((ask.scheme, ask.port), (Scheme::Http, 80) | (Scheme::Https, 443)) {
            ask.host.clone()
        } else {
            format!("{}:{}", ask.host, ask.port)
        };
        let _ = writeln!(script, "connect-to = \"::{address}:\"");
        let _ = writeln!(script, "interface = \"{}\"", ask.client());
        let host = if host.is_empty() { "Host;".to_owned() } else { format!("Host: {host}") };
        let _ = writeln!(script, "header = \"{host}\"");
        if !ask.target.starts_with('/') {
            let _ = writeln!(script, "request-target = \"{}\"", ask.target);
        }
        script.push_str("header = \"Connection: close\"\n");
        for (name, value) in ask.fields() {
            let _ = writeln!(script, "header = \"{name}: {value}\"");
        }
        if ask.method == "HEAD" {
            script.push_str("head\n");
        } else if ask.method != "GET" {
            let _ = writeln!(script, "request = \"{}\"", ask.method);
        }
        let certificates = if ask.scheme == Scheme::Https { "%{certs}" } else { "" };
        let _ = writeln!(script, "write-out = \"{MARK}%{{exitcode}}\\n{certificates}{END}\\n\"");
        let _ =
            writeln!(script, "url = \"{}\"", ask.url().replace('\\', "\\\\").replace('"', "\\\""));
    }
    script
}

/// What curl printed for these many requests.
pub(crate) fn understand(output: &[u8], count: usize) -> Result<Vec<Seen>, String> {
    let mut all = Vec::new();
    let mut rest = output;
    while let Some(at) = find(rest, MARK.as_bytes()) {
        let (answer, after) = (&rest[..at], &rest[at + MARK.len()..]);
        let end = find(after, END.as_bytes()).ok_or("curl does not end what it says")?;
        let said = String::from_utf8_lossy(&after[..end]);
        let (code, certificates) = said.split_once('\n').unwrap_or_default();
        let code = code.parse().ok();
        all.push(match code.ok_or("curl says something odd")? {
            0 => response(answer, certificates).ok_or("curl prints an odd response")?,
            7 => Seen::Refused,
            52 | 56 => Seen::Closed,
            35 => Seen::TlsFailed,
            other => Seen::Other(other),
        });
        rest = after.get(end + END.len() + 1..).unwrap_or_default();
    }
    if all.len() != count {
        return Err(format!("curl answers {} of {count} requests", all.len()));
    }
    Ok(all)
}

fn response(bytes: &[u8], certificates: &str) -> Option<Seen> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head: Vec<&[u8]> = bytes[..end].split(|&byte| byte == b'\n').collect();
    let status = head.first()?.split(|&byte| byte == b' ').nth(1)?;
    let status = std::str::from_utf8(status.trim_ascii()).ok()?.parse().ok()?;
    let header = |line: &&[u8]| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let name = std::str::from_utf8(&line[..colon]).ok()?.to_ascii_lowercase();
        let value = &line[colon + 1..];
        let value = value.strip_prefix(b" ").unwrap_or(value);
        Some((name, value.strip_suffix(b"\r").unwrap_or(value).to_vec()))
    };
    let headers = head[1..].iter().filter_map(header).collect();
    let subject = certificates.lines().find_map(|line| line.strip_prefix("Subject:"));
    let certificate = subject.and_then(|subject| subject.rsplit_once("CN"));
    let certificate = certificate.map(|(_, name)| name.trim_matches([' ', '=']).to_owned());
    Some(Seen::Response { status, headers, body: bytes[end + 4..].to_vec(), certificate })
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

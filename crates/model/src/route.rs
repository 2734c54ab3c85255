//! What nginx answers to a request, and every decision on the way there.
//!
//! The phases are those of `ngx_http_init_phase_handlers`. Whatever a static configuration does not
//! decide, and whatever is not modelled, ends in [`Answer::Unknown`] with the directive in the way.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    sync::Arc,
};

use crate::{
    config::Directive,
    file_system::FileSystem,
    http::Http,
    location::LocationId,
    server::ServerId,
    socket::SocketId,
    url::{Url, split_port},
};

mod access;
mod choice;
mod condition;
mod connect;
mod content;
mod core_variables;
mod disable_symlinks;
mod error_page;
mod fastcgi;
mod files;
mod find_config;
mod geo;
mod levels;
mod map;
mod network;
mod redirect;
mod referer;
mod request_line;
mod rewrite;
mod rounds;
mod run;
mod speech;
mod split_clients;
mod target;
mod undecided;
mod value;
mod variables;
mod why;

pub(crate) use connect::host_name;
pub(crate) use variables::Variables;

/// A request from the Internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Plain or TLS.
    pub scheme: Scheme,
    /// The local address on which the connection arrives; the unspecified address stands for one
    /// that is not known, of its family.
    pub address: IpAddr,
    /// The port on which it arrives.
    pub port: u16,
    /// The host of the URL, without port; also the name in the TLS handshake.
    pub host: Vec<u8>,
    /// The port of the URL, which is another one than `port` where something in between maps ports.
    pub url_port: u16,
    /// The `Host` field, where it is not that of the URL.
    pub host_field: Option<Vec<u8>>,
    /// The request target: path, and `?` with the query if there is one.
    pub target: Vec<u8>,
    /// The method.
    pub method: Vec<u8>,
    /// Further header fields, names in lower case.
    pub headers: Arc<[(Vec<u8>, Vec<u8>)]>,
    /// Where it comes from.
    pub client: Client,
}

/// Plain HTTP or TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the two schemes")]
pub enum Scheme {
    Http,
    Https,
}

/// On which ports connections to the public ports 80 and 443 arrive: others than these where a
/// container or a router maps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Where those to port 80 arrive.
    pub http: u16,
    /// Where those to port 443 arrive.
    pub https: u16,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Somewhere on the Internet: no rule that names single addresses or small networks is meant
    /// for it.
    UnknownPublic,
    /// This address.
    Known(IpAddr),
}

/// What nginx does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'c> {
    /// It sends a file.
    File {
        /// The path, below nothing but the file system's root.
        path: PathBuf,
        /// Whether the path starts at a prefix that is only a guess.
        is_guess: bool,
    },
    /// It hands the request to another server.
    Proxy {
        /// How.
        protocol: Protocol,
        /// The argument as written.
        to: Vec<u8>,
        /// The directive.
        at: Directive<'c>,
    },
    /// It sends the client elsewhere.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The absolute URL.
        to: Vec<u8>,
    },
    /// It answers by itself.
    Status {
        /// The status.
        status: u16,
        /// The body, where the configuration fixes it.
        body: Option<Vec<u8>>,
    },
    /// It closes the connection without a word (444).
    Close,
    /// Nothing listens there.
    Refused,
    /// The TLS handshake fails.
    TlsError,
    /// It cannot be known.
    Unknown {
        /// Why.
        because: String,
        /// The directive that makes it so.
        at: Option<Directive<'c>>,
    },
}

/// How a request is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the protocols by their names")]
pub enum Protocol {
    Http,
    FastCgi,
    Uwsgi,
    Scgi,
    Grpc,
    Memcached,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'c> {
    /// The directive that decides; `None` where nginx's own rules do.
    pub at: Option<Directive<'c>>,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// Which part of nginx's work it belongs to.
    pub phase: AnswerPhase,
}

/// The way of one request.
#[derive(Clone, Debug)]
pub struct Trace<'c> {
    /// The socket that takes the connection.
    pub socket: Option<SocketId>,
    /// The server whose certificate is sent in the handshake.
    pub certificate_of: Option<ServerId>,
    /// The server that handles the request.
    pub server: Option<ServerId>,
    /// The first location chosen; `None` when none was reached.
    pub location: Option<LocationId>,
    /// The location whose block answers, after internal redirects; `None` for the server's level.
    pub answered_by: Option<LocationId>,
    /// The prefix location that would have been chosen but for a regular expression, at the moment
    /// of the first choice.
    pub passed_over: Option<LocationId>,
    /// The directive that makes the answer; `None` where nginx's own rules do.
    pub decided_by: Option<Directive<'c>>,
    /// What makes the answer.
    pub phase: AnswerPhase,
    /// Whether the way depends on where the connection comes from, or on the address at which it
    /// arrives, other than by the socket that takes it.
    pub depends_on_addresses: bool,
    /// Whether the way depends on the host, other than by the server that has it.
    pub depends_on_host: bool,
    /// Every decision in order.
    pub steps: Vec<Step<'c>>,
    /// What comes of it.
    pub answer: Answer<'c>,
    /// The file that is not there, if the answer is 404 for that and no page takes its place.
    pub missing: Option<PathBuf>,
    /// The directory that nginx's workers may not enter, or the file that they may not read, if that
    /// is why there is no file in the answer and no page takes its place.
    pub closed: Option<PathBuf>,
}

/// Which part of nginx's work makes the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerPhase {
    /// The connection: no socket, no handshake, a bad request.
    Connection,
    /// The code of the server, before any location is looked for.
    ServerRewrite,
    /// The search for a location: its slash, or that it is internal.
    Location,
    /// The code of a location.
    LocationRewrite,
    /// `allow`, `deny`, passwords.
    Access,
    /// Everything after that: `try_files`, files, other servers.
    Content,
}

/// The user agent of a certificate authority's validation server, which blocking rules may look at.
pub const VALIDATOR_USER_AGENT: &str =
    "Mozilla/5.0 (compatible; Let's Encrypt validation server; +https://www.letsencrypt.org)";

impl Request {
    /// A plain GET from a validation server to port 80 of an unknown address.
    pub fn get(host: &[u8], target: &[u8]) -> Self {
        Self {
            scheme: Scheme::Http,
            address: Ipv4Addr::UNSPECIFIED.into(),
            port: 80,
            host: host.to_vec(),
            url_port: 80,
            host_field: None,
            target: target.to_vec(),
            method: b"GET".to_vec(),
            headers: Arc::new([
                (b"user-agent".to_vec(), VALIDATOR_USER_AGENT.into()),
                (b"accept".to_vec(), b"*/*".to_vec()),
                (b"accept-encoding".to_vec(), b"gzip".to_vec()),
                (b"connection".to_vec(), b"close".to_vec()),
            ]),
            client: Client::UnknownPublic,
        }
    }

    /// The same over TLS to port 443.
    #[must_use]
    pub fn over_tls(self) -> Self {
        Self { scheme: Scheme::Https, port: 443, url_port: 443, ..self }
    }

    /// The same for the host and target of a URL, arriving where `ports` says.
    #[must_use]
    pub fn for_url(self, url: &Url, ports: Ports) -> Self {
        Self {
            scheme: url.scheme,
            port: ports.arrival(url.port),
            host: url.host.clone(),
            url_port: url.port,
            target: url.target.clone(),
            ..self
        }
    }

    /// The same to an unknown address of the other family.
    #[must_use]
    pub fn over_ipv6(self) -> Self {
        Self { address: Ipv6Addr::UNSPECIFIED.into(), ..self }
    }

    /// The URL.
    pub fn url(&self) -> Url {
        let (scheme, port) = (self.scheme, self.url_port);
        Url { scheme, host: self.host.clone(), port, target: self.target.clone() }
    }

    /// The `Host` field: the host, and the port if it is not the usual one.
    pub fn host_field(&self) -> Vec<u8> {
        if let Some(field) = &self.host_field {
            return field.clone();
        }
        let mut field = self.host.clone();
        if self.url_port != self.scheme.usual_port() {
            field.extend_from_slice(format!(":{}", self.url_port).as_bytes());
        }
        field
    }

    /// The host of the `Host` field.
    pub(crate) fn named_host(&self) -> &[u8] {
        self.host_field.as_ref().map_or(&self.host, |field| split_port(field).0)
    }
}

impl Ports {
    /// Where a connection to this port of the outside arrives.
    pub fn arrival(self, port: u16) -> u16 {
        match port {
            80 => self.http,
            443 => self.https,
            other => other,
        }
    }
}

impl Default for Ports {
    /// Nothing in between maps them.
    fn default() -> Self {
        Self { http: 80, https: 443 }
    }
}

impl Scheme {
    /// As a URL starts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL does not name.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Protocol {
    /// The name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::FastCgi => "FastCGI",
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "SCGI",
            Self::Grpc => "gRPC",
            Self::Memcached => "memcached",
        }
    }
}

/// What nginx answers to a request. `file_system` is asked whether paths exist and whether nginx's
/// user gets there, nothing else.
pub fn route<'c>(http: &'c Http<'c>, request: &Request, file_system: &dyn FileSystem) -> Trace<'c> {
    run::run(http, request, file_system, None, true)
}

/// The same without the steps, whose sentences take longer than the answer.
pub fn route_briefly<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
) -> Trace<'c> {
    run::run(http, request, file_system, None, false)
}

/// The same; `search` is told every path for which a location is looked for, and of which server.
pub fn route_watched<'c>(
    http: &'c Http<'c>,
    request: &Request,
    file_system: &dyn FileSystem,
    search: &dyn Fn(ServerId, &[u8]),
) -> Trace<'c> {
    run::run(http, request, file_system, Some(search), false)
}

#[cfg(test)]
mod tests;

/// Whether a request to an address that is not known meets the same over IPv4 and IPv6: one server,
/// on sockets that differ in nothing but their address.
pub fn is_alike_over_ipv6(http: &Http<'_>, request: &Request) -> bool {
    speech::is_alike_over_ipv6(http, request)
}

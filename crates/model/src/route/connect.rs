//! From the connection to the server: sockets, TLS, names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    Answer, AnswerPhase, Request, Scheme, Step,
    request_line::Headers,
    run::{Next, Run, Undecided},
    target::{is_escaped, normalise, split_query, split_target},
    why,
};
use crate::{
    config::Directive,
    directive_table::name,
    http::Http,
    listen::Address,
    server::ServerId,
    socket::{NameMatch, SocketId},
    url::split_port,
};

/// What nginx thinks of a `Host` (`ngx_http_validate_host`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostCheck {
    Valid,
    Invalid,
    /// Old and new versions disagree.
    Disputed,
}

/// The socket that takes a request's connection: `Ok(None)` if nothing listens there.
pub(super) fn socket<'c>(
    http: &'c Http<'c>,
    request: &Request,
) -> Result<Option<SocketId>, Undecided<'c>> {
    let (address, port) = (request.address, request.port);
    let reachable = http.sockets.reachable(port, address.is_ipv4());
    let is_named = |id: &SocketId| matches!(http.socket(*id).address, Address::Name(..));
    if !address.is_unspecified() && !reachable.iter().any(is_named) {
        return Ok(http.sockets.at(address, port));
    }
    // The address is not known, only its family: every socket that the Internet can reach might be
    // it. The names tell which one is meant.
    if let [only] = reachable
        && !is_named(only)
    {
        return Ok(Some(*only));
    }
    let host = host_name(request.named_host());
    let mut naming = http.sockets.naming(&host);
    naming.retain(|id| reachable.binary_search(id).is_ok());
    let every: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let wildcard = http.sockets.by_address.get(&Address::Ip(every, port)).copied();
    let choice = match (&*naming, reachable) {
        ([only], _) | (_, [only]) => Some(*only),
        ([], []) => return Ok(None),
        ([], _) => wildcard,
        _ => None,
    };
    if let Some(id) = choice
        && !matches!(http.socket(id).address, Address::Name(..))
    {
        return Ok(Some(id));
    }
    let at = reachable
        .first()
        .and_then(|&id| http.server(http.socket(id).default_server).level.first(name::LISTEN));
    Err(Undecided {
        because: "it depends on the address on which the request arrives".to_owned(),
        at,
    })
}

/// The host as nginx looks for it among server names: lower case, no final dot.
pub(crate) fn host_name(host: &[u8]) -> Vec<u8> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    host.to_ascii_lowercase()
}

/// What nginx thinks of a host and its port. Of the port, new versions want digits.
fn check_authority(authority: &[u8]) -> HostCheck {
    let (host, port) = split_port(authority);
    match check_host(host) {
        HostCheck::Valid if port.is_some_and(|port| !port.iter().all(u8::is_ascii_digit)) => {
            HostCheck::Disputed
        }
        check => check,
    }
}

/// Whether a host is letters, digits, hyphens and single dots between them, as nearly all are.
fn is_plain(host: &[u8]) -> bool {
    let mut before = b'.';
    for &byte in host {
        let is_letter = byte.is_ascii_alphanumeric() || byte == b'-';
        if !is_letter && (byte != b'.' || before == b'.') {
            return false;
        }
        before = byte;
    }
    before != b'.'
}

fn check_host(host: &[u8]) -> HostCheck {
    if is_plain(host) {
        return HostCheck::Valid;
    }
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=%".contains(byte);
    let is_address = |text: &[u8]| {
        let text = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
        let text = text.and_then(|text| std::str::from_utf8(text).ok());
        text.is_some_and(|text| text.parse::<Ipv6Addr>().is_ok())
    };
    let is_refused = |byte: &u8| *byte <= b' ' || *byte == 0x7f || *byte == b'/';
    if matches!(host, b"" | b".")
        || host.windows(2).any(|pair| pair == b"..")
        || host.iter().any(is_refused)
    {
        HostCheck::Invalid
    } else if host.iter().all(is_usual) || is_address(host) {
        HostCheck::Valid
    } else {
        HostCheck::Disputed
    }
}

impl<'c> Run<'_, 'c> {
    /// Chooses the server and reads the path; an answer if the request ends before a server can
    /// work on it.
    pub(super) fn connect(&mut self, id: SocketId) -> Result<Option<Next<'c>>, Undecided<'c>> {
        let socket = self.http.socket(id);
        self.phase = AnswerPhase::Connection;
        self.note_socket(id, socket.default_server);
        self.check_speech(socket)?;
        if self.request.scheme == Scheme::Https {
            if let Some(next) = self.handshake(id)? {
                return Ok(Some(next));
            }
        } else {
            self.server = socket.default_server;
        }
        // Until the host is read, the default server counts, or the one for the name in the
        // handshake.
        if let Some((status, why)) = self.line_refusal() {
            return self.refuse_line(id, status, why);
        }
        let (host, target) = split_target(&self.request.target);
        self.target = target;
        let Some((path, query)) = normalise(target, self.merges_slashes()) else {
            return self.refuse_line(id, 400, "the path is not one that nginx takes");
        };
        self.is_escaped = is_escaped(target);
        (self.path, self.query) = (path, query);
        if let Some(authority) = host
            && let Some(next) = self.take_host(id, check_authority(authority), authority)?
        {
            return Ok(Some(next));
        }
        let request = self.request;
        let field = request.host_field.as_deref().unwrap_or(&request.host);
        let check = check_authority(field);
        let next = match (host, check) {
            (Some(_), HostCheck::Valid) => None,
            (Some(_), _) => self.refuse_host(check)?,
            (None, _) => self.take_host(id, check, field)?,
        };
        if next.is_some() {
            return Ok(next);
        }
        match &*self.request.method {
            b"TRACE" => {
                self.note(None, || "nginx answers no TRACE".to_owned());
                return Ok(Some(Next::Fail(405, None)));
            }
            b"CONNECT" => {
                let because = "some versions of nginx answer 400 to CONNECT".to_owned();
                return Err(Undecided { because, at: None });
            }
            _ => {}
        }
        if self.request.scheme == Scheme::Http {
            if socket.ssl {
                self.note(None, || {
                    format!("{} speaks only TLS, and this is plain HTTP", socket.address)
                });
                return Ok(Some(Next::Fail(497, None)));
            }
        } else if let Some(verifies) = self.server_flag(name::SSL_VERIFY_CLIENT) {
            self.note(Some(verifies), || {
                "it demands a certificate of the client, who shows none".to_owned()
            });
            return Ok(Some(Next::Fail(496, Some(verifies))));
        }
        if self.path != split_query(target).0 {
            self.phase = AnswerPhase::Location;
            let shown = self.path.escape_ascii().to_string();
            self.note(None, || format!("nginx reads the path as `{shown}`"));
        }
        Ok(None)
    }

    /// The handshake, which has the name of the URL but no address (`ngx_http_ssl_servername`).
    fn handshake(&mut self, id: SocketId) -> Result<Option<Next<'c>>, Undecided<'c>> {
        let (http, socket) = (self.http, self.http.socket(id));
        self.server = socket.default_server;
        if !is_address(&self.request.host) {
            let name = host_name(&self.request.host);
            if let NameMatch::Named(server, _) = self.server_named(id, &name)? {
                self.server = server;
                self.negotiated = socket.looks_at_names().then_some(name);
            }
        }
        if !socket.ssl {
            self.enter(id, self.server);
            self.note(None, || {
                format!("{} does not speak TLS: no `listen` for it says `ssl`", socket.address)
            });
            return Ok(Some(Next::Answer(Answer::TlsError, None)));
        }
        if let Some(rejects) = self.server_flag(name::SSL_REJECT_HANDSHAKE) {
            self.enter(id, self.server);
            self.note(Some(rejects), || "it rejects every handshake for its names".to_owned());
            return Ok(Some(Next::Answer(Answer::TlsError, Some(rejects))));
        }
        let of_server = self.protocols_of_old(self.server);
        let of_default_server = self.protocols_of_old(socket.default_server);
        if let Some(protocols) = of_server.or(of_default_server) {
            self.enter(id, self.server);
            if of_server.is_none() || of_default_server.is_none() {
                let because = "versions of nginx differ in whose protocols count".to_owned();
                return Err(Undecided { because, at: Some(protocols) });
            }
            self.note(Some(protocols), || "it speaks neither TLS 1.2 nor TLS 1.3".to_owned());
            return Ok(Some(Next::Answer(Answer::TlsError, Some(protocols))));
        }
        // A server without a certificate sends that of the default server.
        let certificate = |id| http.effective(http.server(id), name::SSL_CERTIFICATE);
        let mut senders = [self.server, socket.default_server].into_iter();
        self.certificate_of = senders.find(|&sender| certificate(sender).is_some());
        if let Some(sender) = self.certificate_of {
            self.note(certificate(sender), || "its certificate is sent".to_owned());
            return Ok(None);
        }
        if http.server(socket.default_server).directive.parent().is_none() {
            // A file for inside `http` may get its certificate from there.
            return Ok(None);
        }
        self.enter(id, self.server);
        self.stop_at_unread(socket.default_server)?;
        self.note(None, || format!("there is no certificate for {}", socket.address));
        Ok(Some(Next::Answer(Answer::TlsError, None)))
    }

    /// The `ssl_protocols` of a server that leave out all that clients of today speak.
    fn protocols_of_old(&self, id: ServerId) -> Option<Directive<'c>> {
        let protocols = self.http.effective(self.http.server(id), name::SSL_PROTOCOLS)?;
        let is_of_today = |protocol: &[u8]| {
            [&b"TLSv1.2"[..], b"TLSv1.3"].iter().any(|new| protocol.eq_ignore_ascii_case(new))
        };
        let speaks_none = protocols.args().all(|protocol| !is_of_today(&protocol));
        speaks_none.then_some(protocols)
    }

    /// Goes to the server that a host leads to (`ngx_http_set_virtual_server`).
    fn take_host(
        &mut self,
        id: SocketId,
        check: HostCheck,
        authority: &[u8],
    ) -> Result<Option<Next<'c>>, Undecided<'c>> {
        if check != HostCheck::Valid {
            self.enter(id, self.server);
            return self.refuse_host(check);
        }
        self.host = host_name(split_port(authority).0);
        let (server, captures) = match self.server_named(id, &self.host)? {
            NameMatch::Named(server, captures) => (server, captures),
            NameMatch::Default(server) | NameMatch::Unknown(server) => (server, None),
        };
        // Who shows a certificate to one server talks to no other.
        let verifies = self.http.effective(self.http.server(server), name::SSL_VERIFY_CLIENT);
        let verifies = verifies
            .filter(|flag| !flag.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"off")));
        let is_other = self.negotiated.as_ref().is_some_and(|name| *name != self.host);
        if let Some(verifies) = verifies.filter(|_| is_other) {
            self.enter(id, self.server);
            let why = "the name in the handshake is not the one in `Host`";
            self.note(Some(verifies), || why.to_owned());
            return Ok(Some(Next::Fail(421, Some(verifies))));
        }
        if let Some(captures) = captures {
            self.asks_for_host.set(true);
            self.set_captures(captures);
        }
        self.enter(id, server);
        Ok(None)
    }

    fn refuse_host(&mut self, check: HostCheck) -> Result<Option<Next<'c>>, Undecided<'c>> {
        match check {
            HostCheck::Valid => Ok(None),
            HostCheck::Invalid => self.refuse(400, "the host is not one that nginx takes"),
            HostCheck::Disputed => {
                let because = "some versions of nginx refuse such a host".to_owned();
                Err(Undecided { because, at: None })
            }
        }
    }

    fn merges_slashes(&self) -> bool {
        let flag = self.http.effective(self.server(), name::MERGE_SLASHES);
        flag.is_none_or(|flag| !flag.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"off")))
    }

    /// Which server a host leads to.
    fn server_named(&self, id: SocketId, host: &[u8]) -> Result<NameMatch, Undecided<'c>> {
        match self.http.socket(id).server_for(host) {
            NameMatch::Unknown(server) => Err(Undecided {
                because: "a server name is a regular expression that cannot be run".to_owned(),
                at: self.http.server(server).level.first(name::SERVER_NAME),
            }),
            found => Ok(found),
        }
    }

    /// A directive of the server as a whole, if it is `on`.
    fn server_flag(&self, name: crate::Name) -> Option<Directive<'c>> {
        let directive = self.http.effective(self.server(), name)?;
        directive.arg(0).is_some_and(|flag| flag.eq_ignore_ascii_case(b"on")).then_some(directive)
    }

    /// A request that ends before all of its headers are read.
    pub(super) fn refuse(
        &mut self,
        status: u16,
        why: &str,
    ) -> Result<Option<Next<'c>>, Undecided<'c>> {
        self.note(None, || why.to_owned());
        self.headers = Headers::PartlyRead;
        match self.page_for(status) {
            // It may redirect to the address, in lack of a host.
            Some(page) if self.addresses().0.is_unspecified() => {
                let because = "it depends on the address on which the request arrives".to_owned();
                Err(Undecided { because, at: Some(page) })
            }
            _ => Ok(Some(Next::Fail(status, None))),
        }
    }

    /// Notes the `listen` of a server, as the first step; that of the server which works on the
    /// request in the end stays.
    fn note_socket(&mut self, id: SocketId, server: ServerId) {
        let Some(steps) = &mut *self.steps.borrow_mut() else { return };
        let (http, request) = (self.http, self.request);
        let socket = http.socket(id);
        let listens = &http.server(server).listens;
        let listen = listens.iter().find(|listen| listen.address == socket.address);
        let at = listen.and_then(|listen| listen.directive);
        let why = why::socket(http, socket, listen, request);
        let step = Step { at, why, phase: AnswerPhase::Connection };
        match steps.first_mut() {
            Some(first) => *first = step,
            None => steps.push(step),
        }
    }

    pub(super) fn enter(&mut self, socket: SocketId, server: ServerId) {
        self.socket = Some(socket);
        self.server = server;
        self.note_socket(socket, server);
        let (http, own) = (self.http, self.server());
        let shared = http.socket(socket);
        let host = std::mem::take(&mut self.host);
        self.note(Some(own.directive), || match (&*host, &self.request.host) {
            (b"", name) if self.request.scheme == Scheme::Https && !is_address(name) => {
                why::server(http, shared, own, &host_name(name))
            }
            (b"", _) => {
                format!("it is the default server of {}, and no host is read", shared.address)
            }
            (host, _) => why::server(http, shared, own, host),
        });
        self.host = host;
    }
}

/// Whether a host is an IP address, which clients do not send as a name in the handshake.
pub(super) fn is_address(host: &[u8]) -> bool {
    host.starts_with(b"[")
        || std::str::from_utf8(host).is_ok_and(|host| host.parse::<IpAddr>().is_ok())
}

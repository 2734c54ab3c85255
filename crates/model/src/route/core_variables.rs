//! Variables of nginx itself, as far as the request and the configuration determine them
//! (`ngx_http_core_variables` and those of its modules).

use std::{borrow::Cow, net::IpAddr, os::unix::ffi::OsStrExt};

use super::{
    Client, Scheme,
    connect::{host_name, is_address},
    request_line::Headers,
    run::{Run, Undecided},
    value::unknown_value,
};
use crate::{
    config::Directive,
    directive_table::name,
    file_system::{Lookup, real_path},
    listen::Address,
};

type Value<'v, 'c> = Result<Cow<'v, [u8]>, Undecided<'c>>;

impl<'c> Run<'_, 'c> {
    /// The value of a variable that nothing in the configuration can define; `None` if there is no
    /// such variable.
    pub(super) fn core_variable(&self, name: &[u8], at: Directive<'c>) -> Option<Value<'_, 'c>> {
        let request = self.request;
        Some(Ok(match name {
            b"scheme" => request.scheme.name().as_bytes().into(),
            b"host" if self.host().is_empty() => self.first_name().into(),
            b"host" => self.host().into(),
            b"uri" | b"document_uri" => (&*self.path).into(),
            b"request_uri" => self.target.into(),
            b"query_string" => (&*self.query).into(),
            b"is_args" if self.query.is_empty() => Cow::default(),
            b"is_args" => b"?".into(),
            b"request_method" => self.main_method.as_deref().unwrap_or(&self.method).into(),
            b"https" if request.scheme == Scheme::Https => b"on".into(),
            b"server_name" => self.first_name().into(),
            b"server_port" => request.port.to_string().into_bytes().into(),
            b"server_protocol" => b"HTTP/1.1".into(),
            b"request" => [&*request.method, b" ", &request.target, b" HTTP/1.1"].concat().into(),
            b"request_filename" => return Some(self.request_filename(at)),
            b"fastcgi_script_name" => return Some(self.fastcgi_script_name()),
            b"invalid_referer" => return Some(self.invalid_referer(at)),
            b"fastcgi_path_info" => return Some(self.fastcgi_path_info()),
            b"document_root" => return Some(self.root(at).map(|root| root.bytes.into())),
            b"realpath_root" => return Some(self.real_root(at)),
            b"remote_addr" | b"realip_remote_addr" => match self.addresses().1 {
                Client::Known(address) => self.shown(address).to_string().into_bytes().into(),
                Client::UnknownPublic => return Some(Err(unknown_value(name, at))),
            },
            b"binary_remote_addr" => match self.addresses().1 {
                Client::Known(address) => match self.shown(address) {
                    IpAddr::V4(address) => address.octets().to_vec().into(),
                    IpAddr::V6(address) => address.octets().to_vec().into(),
                },
                Client::UnknownPublic => return Some(Err(unknown_value(name, at))),
            },
            b"server_addr" if !self.addresses().0.is_unspecified() => {
                self.shown(request.address).to_string().into_bytes().into()
            }
            b"content_length" | b"content_type" => return Some(self.header(name, at)),
            b"remote_user" if self.has_no_header(b"authorization") => Cow::default(),
            b"request_body" | b"request_body_file" if self.has_no_header(b"content_length") => {
                Cow::default()
            }
            b"pipe" => b".".into(),
            b"https" | b"http2" | b"http3" | b"request_completion" => Cow::default(),
            b"http_host" if self.headers == Headers::All => {
                self.asks_for_host.set(true);
                request.host_field().into()
            }
            b"http_host"
            | b"http_user_agent"
            | b"http_referer"
            | b"http_cookie"
            | b"http_x_forwarded_for" => {
                return Some(self.header(&name[b"http_".len()..], at));
            }
            _ => return None,
        }))
    }

    /// A variable that the configuration may define itself: `$args`, one of a family that shares the
    /// start of its name, or one about TLS; `None` if there is no such variable.
    pub(super) fn family_variable(&self, name: &[u8], at: Directive<'c>) -> Option<Value<'_, 'c>> {
        if name == b"args" {
            Some(Ok((&*self.query).into()))
        } else if let Some(field) = name.strip_prefix(b"http_") {
            Some(self.header(field, at))
        } else if let Some(argument) = name.strip_prefix(b"arg_") {
            Some(Ok(self.argument(argument).into()))
        } else if let Some(cookie) = name.strip_prefix(b"cookie_") {
            Some(self.cookie(cookie, at))
        } else if name.starts_with(b"upstream_") || name.starts_with(b"proxy_protocol_") {
            // Nothing was asked of another server so far.
            Some(Ok(Cow::default()))
        } else if name.starts_with(b"ssl_") {
            self.tls_variable(name, at)
        } else {
            None
        }
    }

    /// A variable about TLS. There is no client certificate.
    fn tls_variable(&self, name: &[u8], at: Directive<'c>) -> Option<Value<'_, 'c>> {
        Some(match name {
            _ if self.request.scheme == Scheme::Http => Ok(Cow::default()),
            b"ssl_server_name" => self.handshake_name(at),
            b"ssl_client_verify" => Ok(b"NONE".into()),
            b"ssl_early_data" => Ok(Cow::default()),
            _ if name.starts_with(b"ssl_client_") => Ok(Cow::default()),
            _ => return None,
        })
    }

    /// Whether a value is the address of a client, of which only the family is known.
    pub(super) fn is_unknown_client(&self, value: &[u8]) -> bool {
        self.addresses().1 == Client::UnknownPublic
            && matches!(value, b"$remote_addr" | b"${remote_addr}")
            && !self.variables.borrow().contains_key(&b"remote_addr"[..])
    }

    /// `$server_name`: the first name, without the dot in front of it.
    pub(super) fn first_name(&self) -> Vec<u8> {
        let Some(name) = self.server().names.first() else { return Vec::new() };
        name.text.strip_prefix(b".").unwrap_or(&name.text).to_vec()
    }

    /// An address of the connection: an IPv4 one is written as IPv6 on a socket that takes both.
    fn shown(&self, address: IpAddr) -> IpAddr {
        let socket = self.socket.map(|id| &self.http.socket(id).address);
        match (address, socket) {
            (IpAddr::V4(address), Some(Address::Ip(IpAddr::V6(_), _))) => {
                address.to_ipv6_mapped().into()
            }
            _ => address,
        }
    }

    /// `$request_filename`, which is empty where an `alias` fails.
    fn request_filename(&self, at: Directive<'c>) -> Value<'_, 'c> {
        Ok(self.file_path(&self.path, at)?.map(|path| path.bytes).unwrap_or_default().into())
    }

    /// `$realpath_root`, which is empty if there is no such directory.
    fn real_root(&self, at: Directive<'c>) -> Value<'_, 'c> {
        let root = self.root(at)?;
        if self.stat_with_links(&root, Some(at))?.is_none() {
            return Ok(Cow::default());
        }
        match real_path(&root.to_path(), self.file_system) {
            Lookup::Found(path) => Ok(path.as_os_str().as_bytes().to_vec().into()),
            Lookup::Absent => Ok(Cow::default()),
            Lookup::Unknowable(reason) => {
                let because = format!("{}: {reason}", root.bytes.escape_ascii());
                Err(Undecided { because, at: Some(at) })
            }
        }
    }

    /// `$ssl_server_name`: the name in the handshake, where clients do not send addresses.
    fn handshake_name(&self, at: Directive<'c>) -> Value<'_, 'c> {
        self.asks_for_host.set(true);
        let host = &*self.request.host;
        if is_address(host) {
            Ok(Cow::default())
        } else if *host == *host_name(host) {
            Ok(host.into())
        } else {
            Err(unknown_value(b"ssl_server_name", at))
        }
    }

    /// An argument of the query by its name (`ngx_http_arg`), as it stands there.
    fn argument(&self, name: &[u8]) -> &[u8] {
        let mut arguments = self.query.split(|&byte| byte == b'&');
        let value = arguments.find_map(|argument| {
            let value = argument.get(name.len()..)?.strip_prefix(b"=")?;
            argument[..name.len()].eq_ignore_ascii_case(name).then_some(value)
        });
        value.filter(|_| !name.is_empty()).unwrap_or_default()
    }

    /// One cookie (`ngx_http_parse_multi_header_lines`).
    fn cookie(&self, name: &[u8], at: Directive<'c>) -> Value<'_, 'c> {
        let cookies = self.header(b"cookie", at)?;
        let value = one_cookie(&cookies, name, b";");
        if value != one_cookie(&cookies, name, b";,") {
            let because = "some versions of nginx end a cookie at a comma".to_owned();
            return Err(Undecided { because, at: Some(at) });
        }
        Ok(value.to_vec().into())
    }

    /// A header field by the name that variables use for it: lower case, `_` for `-`.
    fn header(&self, field: &[u8], at: Directive<'c>) -> Value<'_, 'c> {
        self.header_once(field, at).map(|value| value.unwrap_or_default().into())
    }

    /// The same, `None` if the request has no such field.
    pub(super) fn header_once(
        &self,
        field: &[u8],
        at: Directive<'c>,
    ) -> Result<Option<&[u8]>, Undecided<'c>> {
        if self.headers == Headers::Unread {
            return Ok(None);
        }
        if self.headers == Headers::PartlyRead {
            let because = "the request is not valid, and not all of it is read".to_owned();
            return Err(Undecided { because, at: Some(at) });
        }
        let mut found = self.fields(field);
        match (found.next(), found.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Undecided {
                because: "the request has the header field more than once".to_owned(),
                at: Some(at),
            }),
        }
    }

    fn has_no_header(&self, field: &[u8]) -> bool {
        self.headers == Headers::All && self.fields(field).next().is_none()
    }

    fn fields(&self, field: &[u8]) -> impl Iterator<Item = &[u8]> {
        let same = move |name: &[u8]| {
            let dashes = name.iter().map(|&byte| if byte == b'-' { b'_' } else { byte });
            dashes.eq(field.iter().copied())
        };
        let headers = self.request.headers.iter();
        let read = headers.filter(move |(name, _)| same(name) && self.is_read(name));
        read.map(|(_, value)| &**value)
    }

    /// Whether nginx keeps a header field of this name (`ngx_http_parse_header_line`).
    fn is_read(&self, name: &[u8]) -> bool {
        let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        if name.iter().all(is_usual) {
            return true;
        }
        let says = |name, flag: &[u8]| {
            let directive = self.http.effective(self.server(), name);
            let argument = directive.and_then(|directive| directive.arg(0));
            argument.is_some_and(|argument| argument.eq_ignore_ascii_case(flag))
        };
        let takes_underscores = says(name::UNDERSCORES_IN_HEADERS, b"on");
        says(name::IGNORE_INVALID_HEADERS, b"off")
            || takes_underscores && name.iter().all(|byte| is_usual(byte) || *byte == b'_')
    }
}

/// The value of one cookie in a header field where these bytes come before the next one.
fn one_cookie<'v>(cookies: &'v [u8], name: &[u8], ends: &[u8]) -> &'v [u8] {
    let mut rest = cookies;
    while rest.len() > name.len() {
        let (start, after) = rest.split_at(name.len());
        let value = after.trim_ascii_start().strip_prefix(b"=");
        if let Some(value) = value.filter(|_| start.eq_ignore_ascii_case(name)) {
            let value = value.trim_ascii_start();
            return value.split(|&byte| byte == b';').next().unwrap_or_default();
        }
        let Some(end) = rest.iter().position(|byte| ends.contains(byte)) else { break };
        rest = rest[end + 1..].trim_ascii_start();
    }
    b""
}

//! `listen` and the socket it asks for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Directive;

/// One address of a `listen` directive; a port range makes several.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "parameters of `listen`, each on its own")]
pub struct Listen<'c> {
    /// The directive; `None` for the address of a server without `listen`.
    pub directive: Option<Directive<'c>>,
    /// The address.
    pub address: Address,
    /// `ssl`.
    pub ssl: bool,
    /// `quic`: a UDP socket, apart from the TCP ones.
    pub quic: bool,
    /// `http2`.
    pub http2: bool,
    /// `proxy_protocol`.
    pub proxy_protocol: bool,
    /// `default_server`, or its old spelling `default`.
    pub default_server: bool,
    /// `ipv6only=off`: an IPv6 socket that takes IPv4 connections as well.
    pub dual: bool,
}

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// An IP address, `0.0.0.0` and `::` being all of them, and a port.
    Ip(IpAddr, u16),
    /// A socket file.
    Unix(Vec<u8>),
    /// A host name, which nginx resolves when it starts.
    Name(Vec<u8>, u16),
}

/// The port of a `listen` without one.
const DEFAULT_PORT: u16 = 80;

impl<'c> Listen<'c> {
    /// The addresses of a `listen` directive; none if nginx would refuse it.
    pub fn cast(directive: Directive<'c>) -> Vec<Self> {
        let mut arguments = directive.args();
        let Some(first) = arguments.next() else { return Vec::new() };
        let mut listen = Self { directive: Some(directive), ..Self::implicit() };
        for parameter in arguments {
            match &*parameter {
                b"ssl" => listen.ssl = true,
                b"quic" => listen.quic = true,
                b"http2" => listen.http2 = true,
                b"proxy_protocol" => listen.proxy_protocol = true,
                b"default_server" | b"default" => listen.default_server = true,
                b"ipv6only=off" => listen.dual = true,
                _ => {}
            }
        }
        addresses(&first).into_iter().map(|address| Self { address, ..listen.clone() }).collect()
    }

    /// Where a server without `listen` listens: port 80 on all IPv4 addresses, given that nginx
    /// starts as root.
    pub(crate) fn implicit() -> Self {
        Self {
            directive: None,
            address: Address::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED), DEFAULT_PORT),
            ssl: false,
            quic: false,
            http2: false,
            proxy_protocol: false,
            default_server: false,
            dual: false,
        }
    }
}

impl Address {
    /// The port; 0 for socket files.
    pub fn port(&self) -> u16 {
        match self {
            Self::Ip(_, port) | Self::Name(_, port) => *port,
            Self::Unix(_) => 0,
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip), port) => write!(out, "{ip}:{port}"),
            Self::Ip(IpAddr::V6(ip), port) => write!(out, "[{ip}]:{port}"),
            Self::Unix(path) => write!(out, "unix:{}", path.escape_ascii()),
            Self::Name(name, port) => write!(out, "{}:{port}", name.escape_ascii()),
        }
    }
}

/// What the first argument of `listen` names (`ngx_parse_url`).
fn addresses(text: &[u8]) -> Vec<Address> {
    if text.len() >= 5 && text[..5].eq_ignore_ascii_case(b"unix:") {
        return vec![Address::Unix(text[5..].to_vec())];
    }
    let Ok(text) = std::str::from_utf8(text) else { return Vec::new() };
    let (host, ports) = if let Some(rest) = text.strip_prefix('[') {
        let Some((host, rest)) = rest.split_once(']') else { return Vec::new() };
        let Ok(host) = host.parse::<Ipv6Addr>() else { return Vec::new() };
        (Host::Ip(host.into()), rest.strip_prefix(':'))
    } else if let Some((host, ports)) = text.split_once(':') {
        (Host::of(host), Some(ports))
    } else if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        (Host::Ip(Ipv4Addr::UNSPECIFIED.into()), Some(text))
    } else {
        (Host::of(text), None)
    };
    let (first, last) = match ports {
        None => (DEFAULT_PORT, DEFAULT_PORT),
        Some(ports) => {
            let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
            let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
                return Vec::new();
            };
            (first, last)
        }
    };
    (first..=last)
        .filter(|&port| port > 0)
        .map(|port| match &host {
            Host::Ip(ip) => Address::Ip(*ip, port),
            Host::Name(name) => Address::Name(name.clone(), port),
        })
        .collect()
}

enum Host {
    Ip(IpAddr),
    Name(Vec<u8>),
}

impl Host {
    fn of(text: &str) -> Self {
        if text == "*" {
            return Self::Ip(Ipv4Addr::UNSPECIFIED.into());
        }
        match text.parse::<Ipv4Addr>() {
            Ok(ip) => Self::Ip(ip.into()),
            // Every resolver gives this one, and nginx listens on what it gives first.
            Err(_) if text == "localhost" => Self::Ip(Ipv4Addr::LOCALHOST.into()),
            Err(_) => Self::Name(text.as_bytes().to_vec()),
        }
    }
}

//! Which servers to ask.

use std::{
    fmt, fs, io,
    net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6},
};

use resolv_conf::{Config, ScopedIp};

/// The servers that may be asked, in the order in which they are preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Servers {
    /// Their addresses.
    pub addresses: Vec<SocketAddr>,
}

/// Why there is nobody to ask.
#[derive(Debug)]
pub enum ServersError {
    /// The system's file cannot be read.
    Unreadable(io::Error),
    /// It names no server.
    None,
}

/// Where the system says whom to ask.
const SYSTEM: &str = "/etc/resolv.conf";

/// The port of a server that is named without one.
const PORT: u16 = 53;

/// More servers than this are not asked; the C library does so, too.
const MOST: usize = 3;

impl Servers {
    /// Those of this machine.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub fn of_system() -> Result<Self, ServersError> {
        let bytes = fs::read(SYSTEM).map_err(ServersError::Unreadable)?;
        let addresses = of_file(&bytes);
        if addresses.is_empty() { Err(ServersError::None) } else { Ok(Self { addresses }) }
    }

    /// The one at `ADDRESS` or `ADDRESS:PORT`; `None` if that is not what is written there.
    pub fn cast(text: &str) -> Option<Self> {
        let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let alone = bracketed.unwrap_or(text).parse::<IpAddr>().ok();
        let address = match alone {
            Some(address) => SocketAddr::new(address, PORT),
            None => text.parse().ok()?,
        };
        (address.port() != 0).then(|| Self { addresses: vec![address] })
    }
}

fn of_file(bytes: &[u8]) -> Vec<SocketAddr> {
    // A line that is not understood is passed over, as the C library does.
    let (config, _) = Config::parse_with_errors(bytes);
    let servers = config.nameservers.iter().take(MOST);
    servers
        .map(|server| match server {
            ScopedIp::V4(address) => SocketAddr::new((*address).into(), PORT),
            ScopedIp::V6(address, scope) => scoped(*address, scope.as_deref()),
        })
        .collect()
}

/// An address of a link needs the number of the link.
fn scoped(address: Ipv6Addr, scope: Option<&str>) -> SocketAddr {
    let number = scope.and_then(|scope| {
        let of_name = || fs::read_to_string(format!("/sys/class/net/{scope}/ifindex")).ok();
        scope.parse().ok().or_else(|| of_name()?.trim().parse().ok())
    });
    SocketAddr::V6(SocketAddrV6::new(address, PORT, 0, number.unwrap_or(0)))
}

impl fmt::Display for ServersError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(out, "cannot read {SYSTEM}: {error}"),
            Self::None => write!(out, "{SYSTEM} names no server"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast(text: &str) -> Option<String> {
        Servers::cast(text).map(|servers| servers.addresses[0].to_string())
    }

    #[test]
    fn a_server_is_an_address_and_maybe_a_port() {
        assert_eq!(cast("192.0.2.1").as_deref(), Some("192.0.2.1:53"));
        assert_eq!(cast("192.0.2.1:5353").as_deref(), Some("192.0.2.1:5353"));
        assert_eq!(cast("2001:db8::1").as_deref(), Some("[2001:db8::1]:53"));
        assert_eq!(cast("[2001:db8::1]").as_deref(), Some("[2001:db8::1]:53"));
        assert_eq!(cast("[2001:db8::1]:5353").as_deref(), Some("[2001:db8::1]:5353"));
        for wrong in ["", "dns.example.com", "192.0.2.1:0", "192.0.2.1:70000", "192.0.2"] {
            assert_eq!(cast(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_system_names_servers_among_other_things() {
        let file = b"# mine\nsearch example.com\nnameserver 192.0.2.1\nnameserver nonsense\n\
                     nameserver 2001:db8::1\noptions edns0 unheard-of\n";
        let addresses: Vec<_> = of_file(file).iter().map(SocketAddr::to_string).collect();
        assert_eq!(addresses, ["192.0.2.1:53", "[2001:db8::1]:53"]);
        assert_eq!(of_file(b""), []);
    }
}

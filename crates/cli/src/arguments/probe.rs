use std::net::{IpAddr, SocketAddr};

use clap::Args;
use model::Ports;
use probe::Connect;

/// Whether to ask the nginx that runs.
#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// Ask the nginx that runs: fetch a token for every name, and look at its certificates
    ///
    /// A file with a random name is put where the ACME client would put its token, fetched through
    /// this machine's own addresses, over TLS where redirects lead there, and removed again. A
    /// handshake shows which certificate is really served. What differs from the files is reported.
    /// Nothing is sent to any other host.
    #[arg(long = "probe", id = "probe")]
    pub is_wanted: bool,

    /// With --probe: where to ask instead, as for an nginx in a container
    ///
    /// ADDRESS or ADDRESS:PORT, such as 127.0.0.1:8080. Without a port: that of --http-port.
    #[arg(long, value_name = "ADDRESS", requires = "probe", value_parser = given)]
    connect: Option<Given>,

    /// With --probe: where to ask over TLS instead [default: the address of --connect]
    ///
    /// ADDRESS or ADDRESS:PORT. Without a port: that of --https-port.
    #[arg(long, value_name = "ADDRESS", requires = "probe", value_parser = given)]
    connect_tls: Option<Given>,
}

impl Probe {
    /// Whom to dial in place of this machine.
    pub(crate) fn connect(&self, ports: Ports) -> Connect {
        let at = |given: Given, usual| SocketAddr::new(given.ip, given.port.unwrap_or(usual));
        let tls = self.connect_tls.or(self.connect.map(|given| Given { port: None, ..given }));
        Connect {
            plain: self.connect.map(|given| at(given, ports.http)),
            tls: tls.map(|given| at(given, ports.https)),
        }
    }
}

/// An address, and a port if it is not the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    ip: IpAddr,
    port: Option<u16>,
}

/// Names are not looked up: who is asked is what stands there.
fn given(text: &str) -> Result<Given, &'static str> {
    const WRITTEN: &str = "it is an address, such as 127.0.0.1:8080, 192.0.2.1 or [::1]:8080";
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse() {
        return Ok(Given { ip, port: None });
    }
    let at: SocketAddr = text.parse().map_err(|_| WRITTEN)?;
    if at.port() == 0 { Err(WRITTEN) } else { Ok(Given { ip: at.ip(), port: Some(at.port()) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_port() {
        let of = |text| given(text).map(|given| (given.ip.to_string(), given.port));
        assert_eq!(of("127.0.0.1"), Ok(("127.0.0.1".to_owned(), None)));
        assert_eq!(of("127.0.0.1:8080"), Ok(("127.0.0.1".to_owned(), Some(8080))));
        assert_eq!(of("::1"), Ok(("::1".to_owned(), None)));
        assert_eq!(of("[::1]"), Ok(("::1".to_owned(), None)));
        assert_eq!(of("[::1]:8080"), Ok(("::1".to_owned(), Some(8080))));
        for wrong in ["localhost", "localhost:80", "127.0.0.1:0", "127.0.0.1:", "", "8080"] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }
}

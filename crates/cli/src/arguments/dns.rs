//! Whether DNS is asked, and whom.

use std::net::IpAddr;

use clap::Args;
use dns::Servers;

use crate::settings::SettingsFile;

/// What to ask DNS.
#[derive(Debug, Default, Args)]
pub(crate) struct Dns {
    /// Ask DNS about the names, too: addresses, CAA records, DNSSEC
    ///
    /// Nothing else leaves this machine, and nothing does without this option. For each name that a
    /// certificate is wanted for, the resolver is asked for A, AAAA, CAA and NS records.
    #[arg(long = "dns", id = "dns")]
    pub is_asked: bool,

    /// With --dns: the resolver to ask, instead of the system's
    ///
    /// An IP address, and a port if it is another one than 53: `9.9.9.9`, `127.0.0.1:5353` or
    /// `[::1]:5353`.
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = resolver, requires = "dns")]
    resolver: Option<Servers>,

    /// With --dns: an address by which the Internet reaches this machine; may be given several times
    ///
    /// Addresses in DNS are compared with it. Without it: with the public addresses of this machine's
    /// interfaces, if the configuration is its own, and with those that nginx listens on. Behind a
    /// router that translates addresses there are none of these.
    #[arg(long, value_name = "ADDRESS", requires = "dns")]
    public_address: Vec<IpAddr>,
}

impl Dns {
    /// Takes from the settings what the command line leaves open.
    pub(crate) fn fill(&mut self, file: &SettingsFile) {
        self.resolver =
            self.resolver.take().or_else(|| file.resolver.as_ref().map(|one| one.0.clone()));
        if self.public_address.is_empty() {
            self.public_address.clone_from(&file.public_address);
        }
    }

    /// The resolver that is named, if one is.
    pub(crate) fn resolver(&self) -> Option<&Servers> {
        self.resolver.as_ref()
    }

    /// The addresses that are declared.
    pub(crate) fn public_addresses(&self) -> &[IpAddr] {
        &self.public_address
    }
}

/// A resolver.
pub(crate) fn resolver(text: &str) -> Result<Servers, &'static str> {
    Servers::cast(text).ok_or("it is an IP address, and maybe a port: 9.9.9.9 or 127.0.0.1:5353")
}

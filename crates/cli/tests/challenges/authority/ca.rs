//! A certificate authority with a client for it: pebble and certbot.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use acme::PATH;
use machine::{ADDRESS_V4, ADDRESS_V6, Network, Running};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::authority::judged::Judged;

/// What starts both and talks to certbot.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/challenges/authority/orders.py");

/// So long is the thumbprint of an account.
const THUMBPRINT: usize = 43;

/// A certificate authority in a network of its own, and an account there.
#[derive(Debug)]
pub(crate) struct Authority {
    network: Network,
    thumbprint: String,
    directory: TempDir,
}

/// How certbot answers challenges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "at", rename_all = "lowercase")]
pub(crate) enum Client {
    /// Below `.well-known/acme-challenge/` in this directory.
    Webroot(String),
    /// In this directory itself.
    Directory(String),
    /// In all of these directories.
    Everywhere(Vec<String>),
    /// On this port of the machine.
    Port(u16),
    /// Not at all: nginx does it.
    Nothing,
}

/// What came of asking for a certificate.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "outcome", content = "because", rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// There is a certificate.
    Issued(String),
    /// There is a certificate, and Boulder would have refused it.
    IssuedByPebbleAlone,
    /// The challenge failed.
    Refused(String),
    /// The client could not even prepare.
    NotTried(String),
    /// Something is wrong with the authority or with certbot.
    Broken(String),
}

#[derive(Serialize)]
struct Order<'o> {
    root: &'o Path,
    name: &'o str,
    addresses: Vec<IpAddr>,
    others: &'o BTreeMap<String, IpAddr>,
    client: &'o Client,
}

#[derive(Deserialize)]
struct Account {
    thumbprint: String,
}

impl Authority {
    pub(crate) fn start() -> Result<Self, String> {
        for program in ["certbot", "pebble", "pebble-challtestsrv"] {
            if !Path::new("/usr/bin").join(program).exists() {
                let package = if program == "certbot" { program } else { "pebble" };
                return Err(format!(
                    "`{program}` is missing; it comes with Debian's package `{package}`"
                ));
            }
        }
        let directory = TempDir::new().map_err(|error| error.to_string())?;
        // Debian's python3 knows the package certbot, another one may not.
        let arguments = [OsStr::new(PROGRAM), directory.path().as_os_str()];
        let network = Network::start(Path::new("/usr/bin/python3"), &arguments);
        let mut network = network.map_err(|error| error.to_string())?;
        let account: Account = understand(&network.read().map_err(|error| error.to_string())?)?;
        Ok(Self { network, thumbprint: account.thumbprint, directory })
    }

    /// The network that machines have to be in.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// A text in which nginx answers challenges itself, for the account here.
    pub(crate) fn with_thumbprint(&self, text: &str) -> String {
        let is_digit = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
        let mut parts = text.split('.');
        let mut with_thumbprint = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let length = part.find(|one| !is_digit(one)).unwrap_or(part.len());
            let start = if length == THUMBPRINT { &self.thumbprint } else { &part[..length] };
            with_thumbprint.extend([".", start, &part[length..]]);
        }
        with_thumbprint
    }

    /// Asks for a certificate for a name that has an address of this family alone.
    pub(crate) fn order(
        &mut self,
        machine: &Running<'_>,
        judged: &Judged,
        client: &Client,
    ) -> Result<Outcome, String> {
        let address = if judged.is_ipv6 { ADDRESS_V6 } else { ADDRESS_V4 };
        let (root, name, others) = (&machine.root(), &*judged.name, &judged.addresses);
        self.ask(&Order { root, name, addresses: vec![address], others, client })
    }

    /// The same for a name that has these addresses, as all others have.
    pub(crate) fn order_at(
        &mut self,
        machine: &Running<'_>,
        name: &str,
        addresses: Vec<IpAddr>,
        client: &Client,
    ) -> Result<Outcome, String> {
        self.ask(&Order {
            root: &machine.root(),
            name,
            addresses,
            others: &BTreeMap::new(),
            client,
        })
    }

    /// Gives every name of the world these addresses.
    pub(crate) fn resolve_all_to(&mut self, addresses: &[IpAddr]) -> Result<(), String> {
        let line = serde_json::json!({ "addresses": addresses, "others": {} }).to_string();
        self.network.ask(&line).map(drop).map_err(|error| error.to_string())
    }

    /// The certificate by which its clients know it, in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    fn ask(&mut self, order: &Order<'_>) -> Result<Outcome, String> {
        let Order { name, client, .. } = order;
        let line = serde_json::to_string(order).map_err(|error| error.to_string())?;
        match understand(&self.network.ask(&line).map_err(|error| error.to_string())?)? {
            Outcome::Broken(because) => Err(format!("{name}, {client:?}: {because}")),
            outcome => Ok(outcome),
        }
    }
}

impl Client {
    /// One that puts tokens wherever these do.
    pub(crate) fn everywhere(clients: &[Self]) -> Self {
        let directories = clients.iter().filter_map(|client| match client {
            Self::Webroot(directory) => Some(format!("{}{PATH}", directory.trim_end_matches('/'))),
            Self::Directory(directory) => Some(directory.clone()),
            Self::Everywhere(_) | Self::Port(_) | Self::Nothing => None,
        });
        Self::Everywhere(directories.collect())
    }
}

impl Outcome {
    pub(crate) fn is_issued(&self) -> bool {
        matches!(self, Self::Issued(_))
    }
}

fn understand<'d, T: Deserialize<'d>>(line: &'d str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))
}

//! What DNS says of the names that certificates are wanted for, and what a certificate authority
//! makes of it.
//!
//! Nothing here asks anybody: the crate `dns` does that, and fills in [`Records`].

use std::{collections::BTreeMap, net::IpAddr};

mod authority;
mod caa;
mod fault;
mod machine;
mod wanted;

pub use authority::Authority;
pub use caa::{Property, Refusal};
pub use fault::{Consequence, Fault, list};
pub use machine::{Machine, Network};
pub use wanted::{Order, Validation, Wanted, wanted};

use crate::public::is_reserved;

/// What DNS says of names, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    /// By name in lower case; of a wildcard the name below which it stands.
    pub names: BTreeMap<String, Asked>,
    /// Who was asked.
    pub resolver: Resolver,
}

/// A name that DNS was asked about.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Why it was.
    pub wanted: Wanted,
    /// What DNS says.
    pub records: Records,
    /// What is wrong with that, the worst first.
    pub faults: Vec<Fault>,
    /// What stands between visitors and this machine, if somebody does.
    pub proxy: Option<&'static str>,
    /// Whether its addresses, if it has any, were compared with those of the machine.
    pub is_compared: bool,
}

/// Who was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolver {
    /// Its addresses with ports, in words.
    pub name: String,
    /// Whether it is of the public Internet, so that it sees what everybody sees.
    pub is_public: bool,
    /// Whether it checks signatures; `None` if it does not say.
    pub validates: Option<bool>,
}

/// What DNS says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// Its IPv4 addresses.
    pub ipv4: Answer<Vec<IpAddr>>,
    /// Its IPv6 addresses.
    pub ipv6: Answer<Vec<IpAddr>>,
    /// The names that it is an alias for, each of the one before.
    pub aliases: Vec<String>,
    /// The CAA records that count for it, its own or those of the nearest name above that has any.
    pub caa: Answer<CaaSet>,
    /// The zone that it is in; `None` if that cannot be found out.
    pub zone: Option<Zone>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// There is something.
    Found(T),
    /// The name is there, without anything of the kind.
    Empty,
    /// There is no such name.
    NoName,
    /// There is no answer.
    Failed(Failure),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// What was asked for: `A`, `CAA`.
    pub record: &'static str,
    /// Of which name.
    pub name: String,
    /// What went wrong.
    pub kind: FailureKind,
    /// What else the resolver says, in its words.
    pub said: Option<String>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// There are records, and their signatures do not hold.
    Signatures,
    /// The resolver gets no answer from the servers of the zone.
    ServerFailure,
    /// The resolver, or the server, does not want to answer.
    Refused,
    /// Another code, in words.
    Code(String),
    /// Nobody answers in time.
    TimedOut,
    /// Something between this machine and the resolver, in words.
    Network(String),
}

/// CAA records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaaSet {
    /// The name that was asked for: the one that counts, or one above.
    pub at: String,
    /// The name that has them, if the former is an alias.
    pub alias_of: Option<String>,
    /// The records, in order.
    pub properties: Vec<Property>,
}

/// A part of DNS that has servers of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    /// Its name; empty for the root.
    pub name: String,
    /// Its servers, in order.
    pub servers: Vec<String>,
}

impl Dns {
    /// Judges what DNS says.
    pub fn judge(
        answers: BTreeMap<String, (Wanted, Records)>,
        resolver: Resolver,
        machine: &Machine,
    ) -> Self {
        let names = answers.into_iter().map(|(name, (wanted, records))| {
            let faults = fault::faults(&name, &wanted, &records, machine, &resolver);
            let proxy = machine::proxy(&records);
            let is_compared = !wanted.is_connected_to || fault::is_compared(&records, machine);
            (name, Asked { wanted, records, faults, proxy, is_compared })
        });
        Self { names: names.collect(), resolver }
    }

    /// What is known of a name in lower case, be it a wildcard or not.
    pub fn of(&self, name: &[u8]) -> Option<&Asked> {
        let name = std::str::from_utf8(name).ok()?;
        self.names.get(name.strip_prefix("*.").unwrap_or(name))
    }
}

/// Whether an address is one of the public Internet.
pub fn is_public_address(address: IpAddr) -> bool {
    !is_reserved(address)
}

impl Asked {
    /// Whether nobody comes to this name over an address family, as far as DNS says where they come
    /// from at all.
    pub(crate) fn is_without(&self, is_ipv6: bool) -> bool {
        let Records { ipv4, ipv6, .. } = &self.records;
        let (this, other) = if is_ipv6 { (ipv6, ipv4) } else { (ipv4, ipv6) };
        // Where somebody stands in between, the way from there is not known.
        let is_direct = self.proxy.is_none()
            && !self.faults.iter().any(|fault| matches!(fault, Fault::Elsewhere { .. }));
        is_direct && other.found().is_some() && matches!(this, Answer::Empty | Answer::NoName)
    }

    /// Whether a certificate is certainly not to be had.
    pub fn fails(&self) -> bool {
        self.faults.iter().any(|fault| fault.consequence() == Consequence::Fails)
    }
}

impl Records {
    /// The addresses that were found, IPv6 first, as certificate authorities try them.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let all = [&self.ipv6, &self.ipv4].into_iter().filter_map(Answer::found);
        all.flatten().copied()
    }
}

impl<T> Answer<T> {
    /// What was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            _ => None,
        }
    }

    /// Why there is no answer.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

impl Failure {
    /// What happens, after "looking for": "the servers of its zone do not answer (SERVFAIL)".
    pub fn words(&self) -> String {
        let words = match &self.kind {
            FailureKind::Signatures => "its DNSSEC signatures do not hold (SERVFAIL)",
            FailureKind::ServerFailure => {
                "the resolver gets no usable answer from the servers of the zone (SERVFAIL)"
            }
            FailureKind::Refused => "the question is refused (REFUSED)",
            FailureKind::Code(code) => return format!("the answer is an error ({code})"),
            FailureKind::TimedOut => "there is no answer in time",
            FailureKind::Network(why) => return format!("the question cannot be asked: {why}"),
        };
        words.to_owned()
    }
}

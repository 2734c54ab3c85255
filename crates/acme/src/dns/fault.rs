//! What is wrong with what DNS says of a name.

use std::net::IpAddr;

use super::{
    Answer, Failure, FailureKind, Machine, Records, Refusal, Resolver, Zone,
    caa::refusal,
    machine::proxy,
    wanted::{Order, Wanted},
};
use crate::{dns::CaaSet, public::is_reserved};

/// Something that is wrong with what DNS says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no such name.
    NotFound {
        /// The name that is missing: the name itself, or one that it is an alias for.
        missing: String,
        /// The zone in which it is missing, if that is known.
        zone: Option<Zone>,
    },
    /// The name is there, and has no address.
    NoAddress {
        /// What it is an alias for.
        alias: Option<String>,
        /// The zone of the name.
        zone: Option<Zone>,
    },
    /// There is no answer.
    Failed(Failure),
    /// No address is one of the public Internet.
    Private {
        /// The addresses.
        addresses: Vec<IpAddr>,
        /// What that leads to: the view from inside a network may be another one.
        consequence: Consequence,
    },
    /// No address is one of this machine.
    Elsewhere {
        /// The addresses.
        addresses: Vec<IpAddr>,
        /// The machine's own, in words.
        own: String,
    },
    /// The IPv6 addresses are not those of this machine.
    Ipv6Elsewhere {
        /// The addresses.
        addresses: Vec<IpAddr>,
        /// The machine's own, in words.
        own: String,
        /// Whether the IPv4 address is this machine's, and its IPv6 addresses are known.
        is_certain: bool,
    },
    /// CAA records do not let a certificate be issued.
    Caa {
        /// The records.
        set: CaaSet,
        /// Why not.
        refusal: Refusal,
        /// The order that they refuse.
        order: Order,
    },
}

/// What something leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consequence {
    /// Maybe to nothing.
    WorthKnowing,
    /// Certificates may not be issued.
    MayFail,
    /// Certificates are not issued.
    Fails,
}

impl Fault {
    /// What it leads to.
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::Private { consequence, .. } => *consequence,
            Self::Elsewhere { .. } | Self::Ipv6Elsewhere { is_certain: false, .. } => {
                Consequence::MayFail
            }
            Self::Failed(failure) => match failure.kind {
                // That may lie between here and the resolver, or be over soon.
                FailureKind::TimedOut | FailureKind::Network(_) => Consequence::MayFail,
                _ => Consequence::Fails,
            },
            _ => Consequence::Fails,
        }
    }

    /// The rule that speaks about it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "dns-name-not-found",
            Self::NoAddress { .. } => "dns-name-without-address",
            Self::Failed(Failure { kind: FailureKind::Signatures, .. }) => "dns-signature-broken",
            Self::Failed(_) => "dns-lookup-failed",
            Self::Private { .. } => "dns-address-private",
            Self::Elsewhere { .. } => "dns-address-elsewhere",
            Self::Ipv6Elsewhere { .. } => "dns-ipv6-address-elsewhere",
            Self::Caa { .. } => "dns-caa-forbids-issuance",
        }
    }

    /// What it is, in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::NotFound { missing, .. } => format!("DNS has no {missing} (NXDOMAIN)"),
            Self::NoAddress { alias: Some(alias), .. } => {
                format!("it is an alias for {alias}, which has no address")
            }
            Self::NoAddress { alias: None, .. } => "it has no address".to_owned(),
            Self::Failed(failure) => {
                format!("{} of {}: {}", failure.record, failure.name, failure.words())
            }
            Self::Private { addresses, .. } => {
                format!("{} is no address of the public Internet", list(addresses))
            }
            Self::Elsewhere { addresses, .. } => {
                format!("{} is not this machine", list(addresses))
            }
            Self::Ipv6Elsewhere { addresses, .. } => {
                format!("over IPv6, {} is not this machine", list(addresses))
            }
            Self::Caa { set, refusal, order } => {
                let who = order.authority.map_or("any authority", |authority| authority.name);
                let what = match refusal {
                    Refusal::Nobody | Refusal::Others(_) | Refusal::Unknown(_) => String::new(),
                    Refusal::Methods(_) => " over this way of validation".to_owned(),
                    Refusal::Account(_) => " for this account".to_owned(),
                };
                format!("the CAA records of {} do not let {who} issue{what}", set.at)
            }
        }
    }
}

/// Addresses in words.
pub fn list(addresses: &[IpAddr]) -> String {
    /// So many are shown.
    const SHOWN: usize = 3;
    let shown: Vec<_> = addresses.iter().take(SHOWN).map(IpAddr::to_string).collect();
    let more = match addresses.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}

/// What is wrong with a name, the worst first.
pub(super) fn faults(
    name: &str,
    wanted: &Wanted,
    records: &Records,
    machine: &Machine,
    resolver: &Resolver,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    if wanted.is_connected_to {
        faults.extend(of_addresses(name, records, machine, resolver));
    } else if is_unregistered(records) {
        faults.push(not_found(name, records));
    }
    if matches!(faults[..], [Fault::NotFound { .. }]) {
        return faults;
    }
    match &records.caa {
        Answer::Failed(failure) => {
            let is_same =
                |fault: &Fault| matches!(fault, Fault::Failed(one) if one.kind == failure.kind);
            if !faults.iter().any(is_same) {
                faults.push(Fault::Failed(failure.clone()));
            }
        }
        Answer::Found(set) => {
            for order in &wanted.orders {
                let Some(refusal) = refusal(set, order) else { continue };
                let (set, order) = (set.clone(), order.clone());
                let fault = Fault::Caa { set, refusal, order };
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        Answer::Empty | Answer::NoName => {}
    }
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.consequence()));
    faults
}

/// Whether the domain itself is not there: the next zone above is a top-level domain.
fn is_unregistered(records: &Records) -> bool {
    let is_top = records.zone.as_ref().is_some_and(|zone| !zone.name.contains('.'));
    is_top && records.ipv4 == Answer::NoName && records.ipv6 == Answer::NoName
}

fn not_found(name: &str, records: &Records) -> Fault {
    let alias = records.aliases.last();
    Fault::NotFound {
        missing: alias.map_or_else(|| name.to_owned(), Clone::clone),
        zone: records.zone.clone().filter(|_| alias.is_none()),
    }
}

fn of_addresses(
    name: &str,
    records: &Records,
    machine: &Machine,
    resolver: &Resolver,
) -> Option<Fault> {
    let Records { ipv4, ipv6, .. } = records;
    let addresses: Vec<_> = records.addresses().collect();
    if addresses.is_empty() {
        let failures = || [ipv4, ipv6].into_iter().filter_map(Answer::failure);
        let broken = failures().find(|failure| failure.kind == FailureKind::Signatures);
        return Some(match broken.or_else(|| failures().next()) {
            Some(failure) => Fault::Failed(failure.clone()),
            None if *ipv4 == Answer::NoName || *ipv6 == Answer::NoName => not_found(name, records),
            None => Fault::NoAddress {
                alias: records.aliases.last().cloned(),
                zone: records.zone.clone(),
            },
        });
    }
    let is_public = |address: &IpAddr| !is_reserved(*address) || machine.declared.contains(address);
    let (public, private): (Vec<_>, Vec<_>) = addresses.into_iter().partition(is_public);
    if public.is_empty() {
        let is_inside = !resolver.is_public;
        let is_own = private.iter().any(|address| machine.is_own(*address));
        let consequence = match (is_inside, is_own) {
            (true, true) => Consequence::WorthKnowing,
            (true, false) => Consequence::MayFail,
            (false, _) => Consequence::Fails,
        };
        return Some(Fault::Private { addresses: private, consequence });
    }
    if proxy(records).is_some() {
        return None;
    }
    elsewhere(&public, machine)
}

/// Whether it can be said if the addresses of a name, as far as there are any, lead to the machine.
pub(super) fn is_compared(records: &Records, machine: &Machine) -> bool {
    let mut public = records.addresses().filter(|address| !is_reserved(*address)).peekable();
    public.peek().is_none()
        || proxy(records).is_some()
        || public.any(|address| machine.has(address) || machine.is_known(address.is_ipv6()))
}

/// Whether public addresses lead elsewhere, as far as those of the machine are known. Of several
/// addresses of a family one is enough: the others may be of machines beside this one.
fn elsewhere(public: &[IpAddr], machine: &Machine) -> Option<Fault> {
    let of_family = |is_ipv6| -> Vec<IpAddr> {
        public.iter().copied().filter(|address| address.is_ipv6() == is_ipv6).collect()
    };
    let [ipv4, ipv6] = [false, true].map(of_family);
    let is_own = |all: &[IpAddr]| all.iter().any(|address| machine.has(*address));
    let own = machine.in_words()?;
    let knows = |is_ipv6| machine.is_known(is_ipv6) || is_ipv6 && machine.has_looked;
    match (&ipv4[..], &ipv6[..]) {
        // Certificate authorities go there first.
        (_, [_, ..]) if is_own(&ipv6) => None,
        (ipv4, [_, ..]) if is_own(ipv4) => {
            Some(Fault::Ipv6Elsewhere { addresses: ipv6, own, is_certain: knows(true) })
        }
        (ipv4, _) if is_own(ipv4) => None,
        ([], [_, ..]) if knows(true) => Some(Fault::Elsewhere { addresses: ipv6, own }),
        ([_, ..], _) if machine.is_known(false) => {
            Some(Fault::Elsewhere { addresses: public.to_vec(), own })
        }
        ([_, ..], [_, ..]) if machine.is_known(true) => {
            Some(Fault::Ipv6Elsewhere { addresses: ipv6, own, is_certain: false })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;

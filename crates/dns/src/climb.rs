//! What is asked about a name, and about the names above it.

use std::net::IpAddr;

use acme::dns::{Answer, CaaSet, Failure, FailureKind, Property, Records, Zone};
use futures_util::future::join4;
use hickory_proto::rr::{Name, RData, RecordType};

use crate::question::{Questions, Reply, Said, text};

/// What DNS says of a name.
pub(crate) async fn records(questions: &Questions, name: &str) -> Records {
    let Ok(mut asked) = Name::from_ascii(name) else { return too_long(name) };
    asked.set_fqdn(true);
    let (ipv4, ipv6, caa, zone) = join4(
        questions.ask(&asked, RecordType::A),
        questions.ask(&asked, RecordType::AAAA),
        caa(questions, &asked),
        zone(questions, &asked),
    )
    .await;
    let aliases = [&ipv4, &ipv6].into_iter().find_map(|reply| match reply {
        Reply::Said(said) if !said.aliases.is_empty() => Some(said.aliases.iter().map(text)),
        _ => None,
    });
    Records {
        aliases: aliases.into_iter().flatten().collect(),
        ipv4: addresses(ipv4),
        ipv6: addresses(ipv6),
        caa,
        zone,
    }
}

/// A name that cannot be asked about.
fn too_long(name: &str) -> Records {
    let failure = || Failure {
        record: "A",
        name: name.to_owned(),
        kind: FailureKind::Network("it is too long for DNS".to_owned()),
        said: None,
    };
    Records {
        ipv4: Answer::Failed(failure()),
        ipv6: Answer::Failed(failure()),
        aliases: Vec::new(),
        caa: Answer::Empty,
        zone: None,
    }
}

fn addresses(reply: Reply) -> Answer<Vec<IpAddr>> {
    let said = match reply {
        Reply::Failed(failure) => return Answer::Failed(failure),
        Reply::Said(said) => said,
    };
    let addresses = said.data.iter().filter_map(|data| match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    });
    let mut addresses: Vec<_> = addresses.collect();
    // Servers turn them round at will.
    addresses.sort_unstable();
    match addresses {
        _ if addresses.is_empty() && said.is_no_name => Answer::NoName,
        _ if addresses.is_empty() => Answer::Empty,
        addresses => Answer::Found(addresses),
    }
}

/// The CAA records that count: those of the name, or else those of the nearest name above it that has
/// any (RFC 8659, section 3).
async fn caa(questions: &Questions, name: &Name) -> Answer<CaaSet> {
    let mut at = name.clone();
    while !at.is_root() {
        match questions.ask(&at, RecordType::CAA).await {
            Reply::Failed(failure) => return Answer::Failed(failure),
            Reply::Said(said) if !said.data.is_empty() => return Answer::Found(set(&at, &said)),
            Reply::Said(_) => at = at.base_name(),
        }
    }
    Answer::Empty
}

fn set(at: &Name, said: &Said) -> CaaSet {
    let properties = said.data.iter().filter_map(|data| match data {
        RData::CAA(caa) => Some(Property {
            is_critical: caa.issuer_critical,
            tag: caa.tag.escape_default().to_string(),
            value: caa.value.escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'"),
        }),
        _ => None,
    });
    let mut properties: Vec<_> = properties.collect();
    properties.sort_unstable();
    CaaSet { at: text(at), alias_of: said.aliases.last().map(text), properties }
}

/// The zone that a name is in: that of the nearest name with name servers.
async fn zone(questions: &Questions, name: &Name) -> Option<Zone> {
    let mut at = name.clone();
    loop {
        let said = match questions.ask(&at, RecordType::NS).await {
            Reply::Said(said) => said,
            // What is above may not be where the name is.
            Reply::Failed(_) => return None,
        };
        if said.aliases.is_empty() && !said.data.is_empty() {
            let servers = said.data.iter().filter_map(|data| match data {
                RData::NS(server) => Some(text(&server.0)),
                _ => None,
            });
            let mut servers: Vec<_> = servers.collect();
            servers.sort_unstable();
            return Some(Zone { name: text(&at), servers });
        }
        if at.is_root() {
            return None;
        }
        // Who has nothing says where that is known, which saves the names between.
        at = match said.zone {
            Some(zone) if said.aliases.is_empty() && zone != at && zone.zone_of(&at) => zone,
            _ => at.base_name(),
        };
    }
}

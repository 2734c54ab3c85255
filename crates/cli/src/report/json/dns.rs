//! What DNS says, for programs.

use acme::dns::{Answer, Asked, CaaSet, Failure, Fault, Property, Records, Zone};
use serde::Serialize;

use crate::{dns::Told, names::End};

/// What there is to tell about DNS in general.
#[derive(Serialize)]
pub(crate) struct General<'d> {
    resolver: Option<&'d str>,
    checks_dnssec: Option<bool>,
    names: usize,
    not_compared: usize,
    not_asked: usize,
    problem: Option<&'d str>,
}

/// What DNS says of a name.
#[derive(Serialize)]
pub(crate) struct OfName<'d> {
    verdict: &'static str,
    exists: bool,
    ipv4: Vec<String>,
    ipv6: Vec<String>,
    aliases: &'d [String],
    zone: Option<OneZone<'d>>,
    caa: Option<Caa<'d>>,
    proxy: Option<&'static str>,
    is_compared: bool,
    not_answered: Vec<NotAnswered<'d>>,
    faults: Vec<OneFault>,
}

#[derive(Serialize)]
struct OneZone<'d> {
    name: &'d str,
    servers: &'d [String],
}

#[derive(Serialize)]
struct Caa<'d> {
    at: &'d str,
    alias_of: Option<&'d str>,
    records: Vec<String>,
}

#[derive(Serialize)]
struct NotAnswered<'d> {
    record: &'static str,
    of: &'d str,
    because: String,
    said: Option<&'d str>,
}

#[derive(Serialize)]
struct OneFault {
    rule: &'static str,
    because: String,
}

impl<'d> General<'d> {
    pub(crate) fn new(told: &'d Told) -> Self {
        let resolver = told.resolver.as_ref();
        Self {
            resolver: resolver.map(|resolver| &*resolver.name),
            checks_dnssec: resolver.and_then(|resolver| resolver.validates),
            names: told.names,
            not_compared: told.not_compared,
            not_asked: told.not_asked,
            problem: told.problem.as_deref(),
        }
    }
}

impl<'d> OfName<'d> {
    pub(crate) fn new(asked: &'d Asked) -> Self {
        let Records { ipv4, ipv6, aliases, caa, zone } = &asked.records;
        let failures = [ipv4.failure(), ipv6.failure(), caa.failure()];
        let addresses = |answer: &Answer<Vec<_>>| {
            let found = answer.found().into_iter().flatten();
            found.map(ToString::to_string).collect()
        };
        Self {
            verdict: End::of_dns(asked).word(),
            exists: *ipv4 != Answer::NoName && *ipv6 != Answer::NoName,
            ipv4: addresses(ipv4),
            ipv6: addresses(ipv6),
            aliases,
            zone: zone.as_ref().map(|Zone { name, servers }| OneZone { name, servers }),
            caa: caa.found().map(Caa::new),
            proxy: asked.proxy,
            is_compared: asked.is_compared,
            not_answered: failures.into_iter().flatten().map(NotAnswered::new).collect(),
            faults: asked.faults.iter().map(OneFault::new).collect(),
        }
    }
}

impl<'d> Caa<'d> {
    fn new(set: &'d CaaSet) -> Self {
        let record = |one: &Property| {
            format!("{} {} \"{}\"", if one.is_critical { 128 } else { 0 }, one.tag, one.value)
        };
        Self {
            at: &set.at,
            alias_of: set.alias_of.as_deref(),
            records: set.properties.iter().map(record).collect(),
        }
    }
}

impl<'d> NotAnswered<'d> {
    fn new(failure: &'d Failure) -> Self {
        Self {
            record: failure.record,
            of: &failure.name,
            because: failure.words(),
            said: failure.said.as_deref(),
        }
    }
}

impl OneFault {
    fn new(fault: &Fault) -> Self {
        Self { rule: fault.rule(), because: fault.words() }
    }
}

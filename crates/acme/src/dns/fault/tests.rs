use super::*;
use crate::dns::{Network, Validation};

const OURS: &str = "93.184.215.14";
const OTHER: &str = "93.184.220.29";
const OURS_V6: &str = "2606:2800:220:1::14";
const OTHER_V6: &str = "2606:2800:220:1::99";

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn records(addresses: &[&str]) -> Records {
    let of = |is_ipv6| {
        let all = addresses.iter().map(|text| address(text));
        let all: Vec<_> = all.filter(|one| one.is_ipv6() == is_ipv6).collect();
        if all.is_empty() { Answer::Empty } else { Answer::Found(all) }
    };
    Records { ipv4: of(false), ipv6: of(true), aliases: Vec::new(), caa: Answer::Empty, zone: None }
}

fn machine(own: &[&str]) -> Machine {
    Machine {
        own: own.iter().map(|text| address(text)).collect(),
        has_looked: true,
        ..Machine::default()
    }
}

/// The rule that speaks, and how bad it is.
fn told(addresses: &[&str], machine: &Machine) -> Option<(&'static str, Consequence)> {
    told_by(addresses, machine, false)
}

fn told_by(
    addresses: &[&str],
    machine: &Machine,
    is_public: bool,
) -> Option<(&'static str, Consequence)> {
    let wanted = Wanted { is_connected_to: true, ..Wanted::default() };
    let resolver = Resolver { is_public, ..Resolver::default() };
    let faults = faults("example.com", &wanted, &records(addresses), machine, &resolver);
    assert!(faults.len() < 2, "{faults:?}");
    faults.first().map(|fault| (fault.rule(), fault.consequence()))
}

#[test]
fn one_address_of_this_machine_is_enough() {
    let own = machine(&[OURS, OURS_V6]);
    for addresses in [&[OURS][..], &[OURS_V6], &[OURS, OURS_V6], &[OTHER, OURS], &[OTHER, OURS_V6]]
    {
        assert_eq!(told(addresses, &own), None, "{addresses:?}");
    }
    let elsewhere = Some(("dns-address-elsewhere", Consequence::MayFail));
    assert_eq!(told(&[OTHER], &own), elsewhere);
    assert_eq!(told(&[OTHER_V6], &own), elsewhere);
    assert_eq!(told(&[OTHER, OTHER_V6], &own), elsewhere);
}

#[test]
fn a_forgotten_ipv6_address_is_certain_where_the_own_ones_are_known() {
    let both = [OURS, OTHER_V6];
    let rule = "dns-ipv6-address-elsewhere";
    assert_eq!(told(&both, &machine(&[OURS, OURS_V6])), Some((rule, Consequence::Fails)));
    assert_eq!(told(&both, &machine(&[OURS])), Some((rule, Consequence::Fails)));
    let declared = Machine { declared: vec![address(OURS)], ..Machine::default() };
    assert_eq!(told(&both, &declared), Some((rule, Consequence::MayFail)));
}

#[test]
fn behind_a_router_nothing_is_compared() {
    let own = machine(&["192.168.178.20", "fd00::20"]);
    assert_eq!(told(&[OTHER], &own), None);
    assert_eq!(told(&[OTHER, OTHER_V6], &own), None);
    assert!(!is_compared(&records(&[OTHER]), &own));
    let declared = Machine { declared: vec![address(OURS)], ..own };
    assert_eq!(told(&[OURS], &declared), None);
    assert!(is_compared(&records(&[OTHER]), &declared));
    assert_eq!(told(&[OTHER], &declared).map(|(rule, _)| rule), Some("dns-address-elsewhere"));
}

#[test]
fn whoever_hands_requests_on_may_stand_in_dns() {
    let own = machine(&[OURS]);
    assert_eq!(told(&["104.16.1.2", "2606:4700::1"], &own), None);
    let proxies = vec![Network::cast("93.184.220.0/24").unwrap()];
    assert_eq!(told(&[OTHER], &Machine { proxies, ..own }), None);
}

#[test]
fn how_bad_private_addresses_are_depends_on_who_tells_them() {
    let rule = "dns-address-private";
    let own = machine(&["192.168.178.20"]);
    let mine = ["192.168.178.20"];
    assert_eq!(told(&mine, &own), Some((rule, Consequence::WorthKnowing)));
    assert_eq!(told(&["10.0.0.1"], &own), Some((rule, Consequence::MayFail)));
    assert_eq!(told_by(&mine, &own, true), Some((rule, Consequence::Fails)));
    // Authorities drop it, and take the other one.
    assert_eq!(told(&["10.0.0.1", OURS], &machine(&[OURS])), None);
}

#[test]
fn a_name_that_is_validated_over_dns_needs_no_address() {
    let resolver = Resolver::default();
    let order = Order { validation: Some(Validation::Dns01), ..Order::default() };
    let wanted = Wanted { orders: vec![order], ..Wanted::default() };
    let zone = |name: &str| Some(Zone { name: name.to_owned(), servers: Vec::new() });
    let gone = Records { ipv4: Answer::NoName, ipv6: Answer::NoName, ..records(&[]) };
    let told = |zone| {
        let records = Records { zone, ..gone.clone() };
        faults("inside.example.com", &wanted, &records, &machine(&[OURS]), &resolver).len()
    };
    assert_eq!(told(zone("example.com")), 0);
    assert_eq!(told(zone("com")), 1, "the domain is not there at all");
}

//! `geo` (`ngx_http_geo_cidr_variable`, `ngx_http_geo_range_variable`).

use std::{
    borrow::Cow,
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
};

use super::{
    Client,
    network::{Network, address, ipv4},
    run::{Run, Undecided},
};
use crate::config::Directive;

/// What nginx takes in place of an address that is none.
const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::BROADCAST);

/// A `geo` block. Variables mean nothing in its values.
#[derive(Debug)]
pub(super) struct Geo {
    /// The variable that has the address, if it is not that of the client.
    source: Option<Vec<u8>>,
    pub(super) is_volatile: bool,
    /// Whether it takes the address from the header field of a proxy.
    has_proxy: bool,
    addresses: Addresses,
    /// Whether an `include` was not read.
    is_cut: bool,
}

#[derive(Debug)]
enum Addresses {
    /// Each with its entry; `default` is the one around all others.
    Networks(HashMap<Network, Vec<u8>>),
    /// Of IPv4 only, in file order; a later one goes before an earlier one around it.
    Ranges { ranges: Vec<Range>, default: Vec<u8> },
}

#[derive(Debug)]
struct Range {
    start: u32,
    end: u32,
    /// `None` takes the range away again.
    value: Option<Vec<u8>>,
}

impl Geo {
    /// Reads the entries as `ngx_http_geo` does. They are directives: the network is their name, the
    /// value their argument.
    pub(super) fn cast(block: Directive<'_>) -> Self {
        let source = block.arg(0).filter(|_| block.arg_count() > 1);
        let mut geo = Self {
            source: source.map(Cow::into_owned),
            is_volatile: false,
            has_proxy: false,
            addresses: Addresses::Networks(HashMap::new()),
            is_cut: false,
        };
        for entry in block.children() {
            geo.add(entry);
        }
        geo
    }

    fn add(&mut self, entry: Directive<'_>) {
        let key = entry.name_text();
        let Some(argument) = entry.arg(0) else {
            match &*key {
                b"ranges" => {
                    self.addresses = Addresses::Ranges { ranges: Vec::new(), default: Vec::new() };
                }
                b"volatile" => self.is_volatile = true,
                _ => {}
            }
            return;
        };
        match &*key {
            b"include" => self.is_cut = true,
            b"proxy" => self.has_proxy = true,
            b"default" => self.addresses.set_default(argument.into_owned()),
            b"delete" => self.addresses.set(&argument, None),
            key => self.addresses.set(key, Some(argument.into_owned())),
        }
    }
}

impl Addresses {
    fn set_default(&mut self, value: Vec<u8>) {
        match self {
            Self::Networks(networks) => {
                networks.insert(Network::ALL_IPV6, value.clone());
                networks.insert(Network::ALL_IPV4, value);
            }
            Self::Ranges { default, .. } => *default = value,
        }
    }

    /// Gives a network or a range its value, or takes it away.
    fn set(&mut self, text: &[u8], value: Option<Vec<u8>>) {
        match self {
            Self::Networks(networks) => {
                let Some(network) = network(text) else { return };
                match value {
                    Some(value) => networks.insert(network, value),
                    None => networks.remove(&network),
                };
            }
            Self::Ranges { ranges, .. } => {
                let Some(dash) = text.iter().position(|&byte| byte == b'-') else { return };
                let ends = (ipv4(&text[..dash]), ipv4(&text[dash + 1..]));
                let (Some(start), Some(end)) = ends else { return };
                // nginx refuses one that ends before it starts.
                if start <= end {
                    ranges.push(Range { start: start.into(), end: end.into(), value });
                }
            }
        }
    }

    /// The value for an address.
    fn value(&self, address: IpAddr) -> &[u8] {
        let address = address.to_canonical();
        match self {
            Self::Networks(networks) => {
                let longest = if address.is_ipv4() { 32 } else { 128 };
                let around = |length| networks.get(&Network::around(address, length));
                (0..=longest).rev().find_map(around).map_or(b"", Vec::as_slice)
            }
            Self::Ranges { ranges, default } => match address {
                IpAddr::V4(address) => in_ranges(ranges, address.into()).unwrap_or(default),
                IpAddr::V6(_) => default,
            },
        }
    }

    /// The different values that a client somewhere on the Internet may get, never none.
    fn values(&self, is_ipv4: bool) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        match self {
            Self::Networks(networks) => {
                let all = if is_ipv4 { Network::ALL_IPV4 } else { Network::ALL_IPV6 };
                values.push(networks.get(&all).cloned().unwrap_or_default());
                let large = networks
                    .iter()
                    .filter(|(network, _)| network.is_ipv4() == is_ipv4 && network.is_large());
                values.extend(large.map(|(_, value)| value.clone()));
            }
            Self::Ranges { ranges, default } => {
                values.push(default.clone());
                let is_large =
                    |range: &&Range| range.end - range.start >= 1 << (32 - Network::LARGE);
                let large = ranges.iter().filter(is_large).filter(|_| is_ipv4);
                values.extend(large.filter_map(|range| range.value.clone()));
            }
        }
        // Their order is that of no hash map.
        values[1..].sort();
        let mut different = Vec::new();
        for value in values {
            if !different.contains(&value) {
                different.push(value);
            }
        }
        different
    }
}

impl<'c> Run<'_, 'c> {
    /// The value of a variable that `geo` computes.
    pub(super) fn geo_value(
        &self,
        geo: &Geo,
        block: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        let undecided = |because: &str| Undecided { because: because.to_owned(), at: Some(block) };
        if geo.is_cut {
            return Err(undecided("not all that it includes was read"));
        }
        if geo.has_proxy && self.request.headers.iter().any(|(name, _)| name == b"x-forwarded-for")
        {
            return Err(undecided("it may take the address from a header field"));
        }
        let client = match &geo.source {
            None => self.addresses().1,
            Some(source) if self.is_unknown_client(source) => Client::UnknownPublic,
            Some(source) => {
                let text = self.evaluate(source, block)?;
                Client::Known(address(&text).unwrap_or(NO_ADDRESS))
            }
        };
        match client {
            Client::Known(address) => Ok(geo.addresses.value(address).to_vec()),
            Client::UnknownPublic => {
                let values = geo.addresses.values(self.addresses().0.is_ipv4());
                let undecided = undecided("it depends on the address of the client");
                self.one_of(&values, undecided).map(<[u8]>::to_vec)
            }
        }
    }
}

/// A network, or the address that stands for none (`ngx_http_geo_cidr_value`).
fn network(text: &[u8]) -> Option<Network> {
    match text {
        b"255.255.255.255" => Some(Network::around(NO_ADDRESS, 32)),
        text => Network::cast(text),
    }
}

/// The value that ranges give an address. nginx keeps them apart for each 65,536 addresses, and
/// takes away only a range that is there just so (`ngx_http_geo_add_range`,
/// `ngx_http_geo_delete_range`).
fn in_ranges(ranges: &[Range], address: u32) -> Option<&[u8]> {
    let (first, last) = (address & 0xffff_0000, address | 0xffff);
    let mut pieces: Vec<(u32, u32, &[u8])> = Vec::new();
    for range in ranges.iter().filter(|range| range.start <= last && range.end >= first) {
        let (start, end) = (range.start.max(first), range.end.min(last));
        let around = pieces.iter().position(|piece| piece.0 <= start && end <= piece.1);
        match (&range.value, around) {
            (None, Some(at)) if (pieces[at].0, pieces[at].1) == (start, end) => {
                pieces.swap_remove(at);
            }
            (None, _) => {}
            (Some(value), around) => {
                if let Some((outer_start, outer_end, outer)) =
                    around.map(|at| pieces.swap_remove(at))
                {
                    if outer_start < start {
                        pieces.push((outer_start, start - 1, outer));
                    }
                    if end < outer_end {
                        pieces.push((end + 1, outer_end, outer));
                    }
                }
                pieces.push((start, end, value));
            }
        }
    }
    let own = pieces.into_iter().find(|piece| piece.0 <= address && address <= piece.1);
    own.map(|(_, _, value)| value)
}

//! Networks of addresses, as `allow`, `deny` and `geo` name them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network by family, length and bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network {
    is_ipv4: bool,
    length: u32,
    bits: u128,
}

impl Network {
    pub(super) const ALL_IPV4: Self = Self { is_ipv4: true, length: 0, bits: 0 };
    pub(super) const ALL_IPV6: Self = Self { is_ipv4: false, length: 0, bits: 0 };
    /// A network with fewer bits than this may be meant for a client of which nothing is known, who
    /// is somewhere on the Internet; one with more is too small for that.
    pub(super) const LARGE: u32 = 8;

    /// A network as nginx reads it (`ngx_ptocidr`).
    pub(super) fn cast(text: &[u8]) -> Option<Self> {
        let slash = text.iter().position(|&byte| byte == b'/');
        let (text, length) = text.split_at(slash.unwrap_or(text.len()));
        let address = address(text)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            [] => longest,
            [_, digits @ ..] => std::str::from_utf8(digits).ok()?.parse().ok()?,
        };
        (length <= longest).then(|| Self::around(address, length))
    }

    /// The network of this length around an address.
    pub(super) fn around(address: IpAddr, length: u32) -> Self {
        match address {
            IpAddr::V4(address) => {
                let length = length.min(32);
                let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                Self { is_ipv4: true, length, bits: (u32::from(address) & mask).into() }
            }
            IpAddr::V6(address) => {
                let length = length.min(128);
                let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                Self { is_ipv4: false, length, bits: u128::from(address) & mask }
            }
        }
    }

    pub(super) fn is_ipv4(self) -> bool {
        self.is_ipv4
    }

    pub(super) fn contains(self, address: IpAddr) -> bool {
        Self::around(address, self.length) == self
    }

    /// Whether it is all of its family.
    pub(super) fn is_all(self) -> bool {
        self.length == 0
    }

    /// Whether it is so large that a client of whom only the family is known may be in it.
    pub(super) fn is_large(self) -> bool {
        self.length < Self::LARGE
    }
}

/// An address as nginx reads it (`ngx_parse_addr`).
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    if let Some(address) = ipv4(text) {
        return Some(address.into());
    }
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.into())
}

/// Four numbers with dots between them; what is missing is zero (`ngx_inet_addr`).
pub(super) fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut number = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                octets[number] = octets[number].checked_mul(10)?.checked_add(byte - b'0')?;
            }
            b'.' if number < 3 => number += 1,
            _ => return None,
        }
    }
    let address = Ipv4Addr::from(octets);
    (number == 3 && address != Ipv4Addr::BROADCAST).then_some(address)
}

//! The addresses of this machine.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Those of its interfaces, apart from loopback; `None` where the system does not tell.
pub(crate) fn own() -> Option<Vec<IpAddr>> {
    let v4 = fs::read_to_string("/proc/net/fib_trie").ok()?;
    let v6 = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let all = of_v4(&v4).into_iter().map(IpAddr::V4).chain(of_v6(&v6).into_iter().map(IpAddr::V6));
    Some(all.filter(|address| !address.is_loopback()).collect())
}

/// In the kernel's routes, an address is followed by what kind of route leads to it.
fn of_v4(trie: &str) -> Vec<Ipv4Addr> {
    let mut addresses = Vec::new();
    let mut last = None;
    for line in trie.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.trim().parse().ok();
        } else if line.contains("/32 host LOCAL")
            && let Some(address) = last
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    addresses
}

/// Each line starts with an address in hexadecimal digits; those of a link alone do not count.
fn of_v6(table: &str) -> Vec<Ipv6Addr> {
    let address = |line: &str| {
        let digits = line.split(' ').next()?;
        u128::from_str_radix(digits, 16).ok().map(Ipv6Addr::from)
    };
    let is_of_link = |address: &Ipv6Addr| address.segments()[0] & 0xffc0 == 0xfe80;
    table.lines().filter_map(address).filter(|address| !is_of_link(address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_lists_addresses() {
        let trie = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.1\n        /32 host LOCAL\n     \
                    |-- 198.51.100.0\n        /24 link UNICAST\n        |-- 198.51.100.7\n           \
                    /32 host LOCAL\n        |-- 198.51.100.255\n           /32 link BROADCAST\n";
        assert_eq!(of_v4(trie), [Ipv4Addr::LOCALHOST, Ipv4Addr::new(198, 51, 100, 7)]);
        let table = "20010db8000000000000000000000007 02 40 00 80     eth0\n\
                     fe800000000000000000000000000001 02 40 20 80     eth0\n";
        assert_eq!(of_v6(table), ["2001:db8::7".parse::<Ipv6Addr>().unwrap()]);
    }

    #[test]
    fn this_machine_has_addresses_or_none_are_told() {
        assert!(own().is_none_or(|all| all.iter().all(|address| !address.is_loopback())));
    }
}

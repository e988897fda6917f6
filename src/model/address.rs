//! Which addresses Toaster may connect to: public ones, and those the operator allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::{Error, Result};

/// Whether `ip` belongs to the public internet. An IPv6 address that only wraps an IPv4
/// one is judged by what it wraps, because that is where the packets would go.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => wrapped_v4(v6).map_or_else(|| is_public_v6(v6), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    match a {
        0 | 10 | 127 | 224..=255 => false,
        100 => !(64..128).contains(&b),
        169 => b != 254,
        172 => !(16..32).contains(&b),
        192 => !matches!((b, c), (0, 0 | 2) | (88, 99) | (168, _)),
        198 => !matches!((b, c), (18 | 19, _) | (51, 100)),
        203 => (b, c) != (0, 113),
        _ => true,
    }
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let global = a & 0xe000 == 0x2000;
    let special = a == 0x2001 && (b < 0x0200 || b == 0x0db8);
    let documentation = a == 0x3fff && b < 0x1000;
    global && !special && !documentation
}

/// Where packets to `ip` go in the end: the IPv4 address that an IPv6 one only wraps.
pub fn unwrapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => wrapped_v4(v6).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// The IPv4 address inside a mapped, NAT64 or 6to4 one.
fn wrapped_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(join(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

/// Hosts, addresses and ranges an operator allows although they are not public. For
/// them every port is open as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList {
    hosts: Vec<String>,
    ranges: Vec<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    /// As 128 bits; IPv4 as its mapped address, so that both forms of one address are equal.
    base: u128,
    /// How many leading bits count.
    bits: u32,
}

impl Range {
    const fn is_v4(self) -> bool {
        is_v4(self.base) && self.bits >= 96
    }
}

impl AddressList {
    /// Nothing beyond what is public.
    pub const fn none() -> Self {
        Self { hosts: Vec::new(), ranges: Vec::new() }
    }

    /// Reads entries such as `nas.local`, `192.168.1.5`, `10.0.0.0/8` or `fd00::/8`.
    ///
    /// # Errors
    /// `Invalid` naming the first entry that is none of these.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self> {
        let mut list = Self::none();
        for entry in entries {
            list.add(entry.as_ref())?;
        }
        Ok(list)
    }

    fn add(&mut self, entry: &str) -> Result<()> {
        let bare = entry.trim();
        if let Some(range) = parse_range(bare) {
            self.ranges.push(range);
        } else if let Some(host) = parse_host(bare) {
            self.hosts.push(host);
        } else {
            return Err(Error::invalid(
                "allow",
                format!(
                    "{entry:?} cannot be allowed, expected a host name, an address or \
                     a range such as 10.0.0.0/8"
                ),
            ));
        }
        Ok(())
    }

    /// Whether this host is named here, whatever it resolves to.
    pub fn has_host(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    /// Whether this address is named here or lies in a range that is.
    pub fn has_ip(&self, ip: IpAddr) -> bool {
        let bits = as_bits(ip);
        self.ranges.iter().any(|range| {
            // A wide range of IPv6 does not mean all of IPv4, though its mapped form lies there.
            is_v4(bits) == range.is_v4() && (bits ^ range.base) & mask(range.bits) == 0
        })
    }
}

fn parse_range(text: &str) -> Option<Range> {
    let (ip, length) = match text.split_once('/') {
        Some((ip, length)) => (ip, Some(length)),
        None => (text, None),
    };
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    let ip: IpAddr = ip.parse().ok()?;
    let (width, offset) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
    let length: u32 = match length {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None => width,
    };
    (length <= width).then(|| Range { base: as_bits(ip), bits: length + offset })
}

fn parse_host(text: &str) -> Option<String> {
    let host = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    // What ends in a number is a mistyped address, never a name.
    let last = host.rsplit('.').next()?;
    let numeric = last.bytes().all(|b| b.is_ascii_digit());
    if numeric || host.len() > 253 || !host.split('.').all(label) {
        return None;
    }
    // Through the same reading as a link, so that names beyond ASCII are compared alike.
    match url::Host::parse(host) {
        Ok(url::Host::Domain(name)) => Some(name),
        _ => None,
    }
}

fn as_bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

const fn is_v4(bits: u128) -> bool {
    bits >> 32 == 0xffff
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(public: bool, addresses: &[&str]) {
        for ip in addresses {
            assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
        }
    }

    /// The first and last address of each range of the registry that is not reachable
    /// from everywhere, and of those that are.
    #[test]
    fn the_registry_of_special_ipv4_addresses_is_kept() {
        check(false, &["0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255"]);
        check(false, &["100.64.0.0", "100.127.255.255", "127.0.0.0", "127.255.255.255"]);
        check(false, &["169.254.0.0", "169.254.169.254", "169.254.255.255"]);
        check(false, &["172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"]);
        // Protocol assignments, of which two are reachable, but hold no page.
        check(false, &["192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.0.255"]);
        // Documentation, benchmarks and the 6to4 relays of old.
        check(false, &["192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255"]);
        check(false, &["203.0.113.0", "203.0.113.255", "198.18.0.0", "198.19.255.255"]);
        check(false, &["192.88.99.0", "192.88.99.2", "192.88.99.255"]);
        // Multicast, reserved and broadcast.
        check(false, &["224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255"]);
        // Special, and yet reachable from everywhere.
        check(true, &["192.31.196.1", "192.52.193.1", "192.175.48.1"]);
    }

    #[test]
    fn the_neighbours_of_special_ipv4_addresses_are_public() {
        check(true, &["1.0.0.0", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.0"]);
        check(true, &["100.63.255.255", "100.128.0.0", "169.253.255.255", "169.255.0.0"]);
        check(true, &["172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"]);
        check(true, &["191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0"]);
        check(true, &["198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0"]);
        check(true, &["203.0.112.255", "203.0.114.0", "192.88.98.255", "192.88.100.0"]);
        check(true, &["1.1.1.1", "8.8.8.8", "223.255.255.255"]);
    }

    #[test]
    fn the_registry_of_special_ipv6_addresses_is_kept() {
        check(false, &["::", "::1", "100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::"]);
        // Protocol assignments: Teredo, benchmarks, multicast relays, AS112, both ORCHIDs
        // and drones.
        check(false, &["2001::", "2001:0:808:808::1", "2001:2::1", "2001:3::1"]);
        check(false, &["2001:4:112::1", "2001:10::1", "2001:1f:ffff::", "2001:20::1"]);
        check(false, &["2001:2f:ffff::", "2001:30::1", "2001:1ff:ffff::ffff"]);
        check(true, &["2001:200::", "2001:4860:4860::8888"]);
        // Documentation.
        check(false, &["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]);
        check(false, &["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"]);
        check(true, &["2001:db7:ffff::", "2001:db9::", "3ffe:ffff::", "3fff:1000::"]);
        // Segment routing, unique local, link-local, site-local of old, multicast.
        check(false, &["5f00::1", "fc00::", "fdff:ffff::1", "fe80::1", "febf::1"]);
        check(false, &["fec0::1", "ff00::", "ff02::1", "ff0e::1", "ffff:ffff::"]);
        // What nobody has been given yet.
        check(false, &["4000::1", "8000::1", "1fff:ffff::1", "200::1", "400::1"]);
        check(true, &["2000::1", "2606:4700::1111", "2620:4f:8000::1", "2a00:1450::1", "3ffd::1"]);
    }

    #[test]
    fn an_address_that_wraps_another_is_judged_by_that() {
        let forms = |public: bool, ip: &str| {
            let v4: Ipv4Addr = ip.parse().unwrap();
            let [a, b, c, d] = v4.octets();
            let hex = format!("{a:02x}{b:02x}:{c:02x}{d:02x}");
            check(public, &[&format!("::ffff:{ip}"), &format!("::ffff:{hex}")]);
            check(public, &[&format!("64:ff9b::{ip}"), &format!("64:ff9b::{hex}")]);
            check(public, &[&format!("2002:{hex}::"), &format!("2002:{hex}:1::1")]);
            // Compatible, translated, and NAT64 of a network's own lead nowhere we know.
            check(false, &[&format!("::{ip}"), &format!("::ffff:0:{ip}")]);
            check(false, &[&format!("64:ff9b:1::{ip}"), &format!("64:ff9b:1:ffff::{ip}")]);
            check(false, &[&format!("64:ff9b:0:1::{ip}"), &format!("64:ff9b::1:0:{ip}")]);
        };
        for ip in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0"] {
            forms(false, ip);
        }
        for ip in ["8.8.8.8", "1.1.1.1", "203.0.114.1"] {
            forms(true, ip);
        }
    }

    #[test]
    fn an_allowed_range_covers_both_forms_of_an_address() {
        let list = AddressList::parse(&["10.0.0.0/8", "192.168.1.5", "fd00::/8", "[::1]"]).unwrap();
        let has = |ip: &str| list.has_ip(ip.parse().unwrap());
        for ip in ["10.1.2.3", "::ffff:10.1.2.3", "192.168.1.5", "fd12::1", "::1"] {
            assert!(has(ip), "{ip}");
        }
        for ip in ["11.0.0.1", "192.168.1.6", "fe80::1", "::2", "127.0.0.1"] {
            assert!(!has(ip), "{ip}");
        }
    }

    #[test]
    fn zero_bits_allow_everything_of_their_kind() {
        let v4 = AddressList::parse(&["0.0.0.0/0"]).unwrap();
        assert!(v4.has_ip("127.0.0.1".parse().unwrap()));
        assert!(!v4.has_ip("fd00::1".parse().unwrap()));
        let v6 = AddressList::parse(&["::/0"]).unwrap();
        assert!(v6.has_ip("fd00::1".parse().unwrap()));
        assert!(!v6.has_ip("127.0.0.1".parse().unwrap()));
        assert!(!v6.has_ip("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn an_allowed_host_is_compared_as_names_are() {
        let list = AddressList::parse(&["Nas.Local.", "bücher.example", "localhost"]).unwrap();
        for host in ["nas.local", "NAS.LOCAL", "nas.local.", "xn--bcher-kva.example", "localhost"] {
            assert!(list.has_host(host), "{host}");
        }
        for host in ["local", "my.nas.local", "nas.local.evil.example", ""] {
            assert!(!list.has_host(host), "{host}");
        }
    }

    #[test]
    fn a_bad_entry_is_named() {
        let bad = [
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.256",
            "fd00::/129",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "http://nas.local",
            "nas.local:8080",
            "*.local",
            "a b",
            "",
            "nas..local",
        ];
        for entry in bad {
            let error = AddressList::parse(&["ok.example", entry]).unwrap_err().to_string();
            assert!(error.contains(&format!("{entry:?}")), "{entry}: {error}");
        }
    }
}

//! Which addresses may be called, held against the registries' blocks as they are written there.

use proptest::prelude::*;

use super::*;

const NOWHERE_ELSE: Reach = Reach { private: false, plain_http: false };

/// The blocks of IPv4 that are not of the public internet.
const V4: [(&str, u32); 16] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("168.63.129.16", 32), // what Azure tells its machines
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
];

/// Blocks of IPv6 that are not, those for IPv4 addresses apart.
const V6: [(&str, u32); 13] = [
    ("::", 128),
    ("::1", 128),
    ("::", 96), // IPv4-compatible, given up
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("3fff::", 20),
    ("5f00::", 16),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
];

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The first and the last address of a block.
fn v4_block((first, bits): (&str, u32)) -> (u32, u32) {
    let first = u32::from(first.parse::<Ipv4Addr>().unwrap());
    (first, first | u32::MAX.checked_shr(bits).unwrap_or(0))
}

fn v6_block((first, bits): (&str, u32)) -> (u128, u128) {
    let first = u128::from(first.parse::<Ipv6Addr>().unwrap());
    (first, first | u128::MAX.checked_shr(bits).unwrap_or(0))
}

fn is_registered_v4(address: Ipv4Addr) -> bool {
    V4.into_iter().map(v4_block).any(|(first, last)| (first..=last).contains(&u32::from(address)))
}

/// The ways in which an IPv6 address stands for one of IPv4.
fn in_disguise(address: Ipv4Addr) -> [Ipv6Addr; 3] {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = (a << 8 | b, c << 8 | d);
    [
        address.to_ipv6_mapped(),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
    ]
}

#[test]
fn a_block_is_left_out_from_its_first_address_to_its_last() {
    for block in V4 {
        let (first, last) = v4_block(block);
        for address in [first, first + (last - first) / 2, last].map(Ipv4Addr::from) {
            assert!(!is_public_v4(address), "{address} of {block:?}");
        }
        for address in [first.checked_sub(1), last.checked_add(1)].into_iter().flatten().map(Ipv4Addr::from) {
            assert_eq!(is_public_v4(address), !is_registered_v4(address), "{address} beside {block:?}");
        }
    }
    for block in V6 {
        let (first, last) = v6_block(block);
        for address in [first, first + (last - first) / 2, last].map(Ipv6Addr::from) {
            assert!(!is_public_v6(address), "{address} of {block:?}");
        }
    }
}

proptest! {
    #[test]
    fn an_address_of_ipv4_is_judged_alike_however_it_is_written(bits: u32) {
        let address = Ipv4Addr::from(bits);
        prop_assert_eq!(is_public_v4(address), !is_registered_v4(address));
        for disguised in in_disguise(address) {
            prop_assert_eq!(is_public_v6(disguised), is_public_v4(address), "{} as {}", address, disguised);
        }
    }

    #[test]
    fn an_address_of_ipv6_that_is_not_given_out_is_never_called(bits: u128) {
        let address = Ipv6Addr::from(bits);
        let is_given_out = address.segments()[0] & 0xe000 == 0x2000;
        prop_assert!(is_given_out || !is_public_v6(address), "{}", address);
    }
}

#[test]
fn what_machines_tell_themselves_is_out_of_reach_and_the_internet_is_not() {
    for inner in ["127.0.0.1", "::1", "0.0.0.0", "::", "169.254.169.254", "fd00:ec2::254", "::ffff:127.0.0.1"]
    {
        assert_eq!(NOWHERE_ELSE.encrypted(at(inner)), Err(Unreachable::Private(at(inner))));
        assert_eq!(Reach { private: true, plain_http: false }.plain(at(inner)), Ok(()), "{inner}");
    }
    for public in ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"] {
        assert_eq!(NOWHERE_ELSE.encrypted(at(public)), Ok(()), "{public}");
    }
}

#[test]
fn public_addresses_are_called_without_encryption_only_where_that_is_allowed() {
    assert_eq!(NOWHERE_ELSE.plain(at("1.1.1.1")), Err(Unreachable::Plain(at("1.1.1.1"))));
    let reach = Reach { private: false, plain_http: true };
    assert_eq!(reach.plain(at("1.1.1.1")), Ok(()));
    assert_eq!(reach.plain(at("10.0.0.1")), Err(Unreachable::Private(at("10.0.0.1"))));
}

//! Which addresses may be called. It must not know names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far calls may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether addresses that are not on the public internet may be called.
    pub private: bool,
    /// Whether public addresses may be called without encryption; others always may, where they may be called.
    pub plain_http: bool,
}

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// It is not on the public internet.
    #[error("{0} is not on the public internet")]
    Private(IpAddr),
    /// It would be called without encryption.
    #[error("{0} would be called without encryption")]
    Plain(IpAddr),
}

impl Reach {
    /// Judges an address that would be called with encryption.
    ///
    /// # Errors
    /// [`Unreachable`] when it may not be called.
    pub fn encrypted(self, address: IpAddr) -> Result<(), Unreachable> {
        if self.private || is_public(address) { Ok(()) } else { Err(Unreachable::Private(address)) }
    }

    /// Judges an address that would be called without encryption.
    ///
    /// # Errors
    /// [`Unreachable`] when it may not be called.
    pub fn plain(self, address: IpAddr) -> Result<(), Unreachable> {
        self.encrypted(address)?;
        if self.plain_http || !is_public(address) { Ok(()) } else { Err(Unreachable::Plain(address)) }
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Registered for other purposes (IANA IPv4 Special-Purpose Address Registry), but for one address.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = matches!(
        address.octets(),
        [0 | 10 | 127, ..] // this network, private, loopback
            | [100, 64..=127, ..] // shared by carriers
            | [168, 63, 129, 16] // registered for no purpose: what Azure tells its machines
            | [169, 254, ..] // link-local, and with it what other clouds tell theirs
            | [172, 16..=31, ..] // private
            | [192, 0, 0 | 2, _] // protocols, documentation
            | [192, 88, 99, _] // relays of 6to4
            | [192, 168, ..] // private
            | [198, 18..=19, ..] // benchmarks
            | [198, 51, 100, _] // documentation
            | [203, 0, 113, _] // documentation
            | [224..=255, ..] // multicast, reserved, broadcast
    );
    !is_special
}

/// Only 2000::/3 is given out (IANA IPv6 Global Unicast), and not all of it; what stands for an IPv4 address is
/// judged as that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Translated by NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Protocols with Teredo and ORCHID, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;

//! Addresses of servers, taken apart: where to connect, and what to ask for there.

use std::net::{SocketAddr, ToSocketAddrs};

use crate::error::LoadError;

/// A URL whose host has been looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where to connect.
    pub socket: SocketAddr,
    /// The host as it stands in the URL, with its port.
    pub host: String,
    /// The path and the query, from the slash on.
    pub path: String,
}

impl Address {
    /// Takes a URL apart. `schemes` are those that fit, each with the port that it means when the URL names none.
    ///
    /// # Errors
    /// When the URL has another scheme (there is no TLS here), or its host is not known.
    pub fn of(url: &str, schemes: &[(&str, u16)]) -> Result<Self, LoadError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| LoadError::Address(url.to_owned()))?;
        let known = schemes.iter().find(|(name, _)| *name == scheme);
        let (_, port) = known.ok_or_else(|| LoadError::Address(url.to_owned()))?;
        let slash = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(slash);
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let target = if has_port { host.to_owned() } else { format!("{host}:{port}") };
        let unknown = || LoadError::Address(url.to_owned());
        let found = target.to_socket_addrs().map_err(|_| unknown())?;
        // A name such as localhost stands for several, and servers listen at the older kind rather than the newer.
        let socket = found.min_by_key(SocketAddr::is_ipv6).ok_or_else(unknown)?;
        let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        Ok(Self { socket, host: host.to_owned(), path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let address = Address::of("http://127.0.0.1:81/a/b?c=d", &[("http", 80)]).unwrap();
        assert_eq!(address.socket, "127.0.0.1:81".parse().unwrap());
        assert_eq!((address.host.as_str(), address.path.as_str()), ("127.0.0.1:81", "/a/b?c=d"));
        let address = Address::of("ws://127.0.0.1", &[("http", 80), ("ws", 80)]).unwrap();
        assert_eq!((address.socket.port(), address.path.as_str()), (80, "/"));
        let address = Address::of("http://[::1]:8080/x", &[("http", 80)]).unwrap();
        assert_eq!(address.socket, "[::1]:8080".parse().unwrap());
    }

    #[test]
    fn what_cannot_be_spoken_is_refused() {
        for url in ["https://127.0.0.1", "127.0.0.1:80", "ftp://127.0.0.1"] {
            assert!(matches!(Address::of(url, &[("http", 80)]), Err(LoadError::Address(_))), "{url}");
        }
    }
}

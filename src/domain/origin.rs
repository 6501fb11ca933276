//! Where a page comes from, and the places whose pages may carry a web chat (platform documentation §10.3.1,
//! `allowedOrigins`). It must not know how a browser says so.

/// A place whose pages are allowed: a host, and no more of its address than was given.
///
/// `hubster.io` allows every page of that host. A port that is given has to be the page's, and a scheme that is given
/// makes it an origin in the browsers' sense (RFC 6454): scheme, host and port are the page's. Subdomains are other
/// hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin {
    as_given: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    scheme: Option<Scheme>,
    /// In lower case; an address of version 6 in brackets.
    host: String,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// The port of an address that names none.
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl AllowedOrigin {
    /// Reads a host with or without scheme and port; `None` for anything else, such as an address with a path.
    pub fn parse(text: &str) -> Option<Self> {
        let place = Place::parse(text)?;
        Some(Self { as_given: text.to_owned(), place })
    }

    /// The place as it was given.
    pub fn as_str(&self) -> &str {
        &self.as_given
    }

    /// Whether pages of `origin`, as browsers name it, are allowed.
    pub fn allows(&self, origin: &str) -> bool {
        let Some(Place { scheme: Some(scheme), host, port }) = Place::parse(origin) else { return false };
        let port = port.unwrap_or(scheme.port());
        let wanted = self.place.port.or(self.place.scheme.map(Scheme::port));
        self.place.host == host
            && wanted.is_none_or(|wanted| wanted == port)
            && self.place.scheme.is_none_or(|wanted| wanted == scheme)
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            None => (None, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(Scheme::Http), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Scheme::Https), rest),
            Some(_) => return None,
        };
        // The colons within brackets are the host's.
        let after_brackets = rest.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match rest[after_brackets..].find(':') {
            None => (rest, None),
            Some(colon) => {
                let (host, port) = rest.split_at(after_brackets + colon);
                (host, Some(port[1..].parse().ok().filter(|port| *port != 0)?))
            }
        };
        is_host(host).then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }
}

/// A name of the internet's, or an address. Names in other scripts are written as browsers send them, `xn--..`.
fn is_host(text: &str) -> bool {
    if let Some(address) = text.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(allowed: &str, origin: &str) -> bool {
        AllowedOrigin::parse(allowed).unwrap().allows(origin)
    }

    #[test]
    fn a_host_allows_its_pages_by_every_scheme_and_port() {
        for origin in ["http://localhost", "https://localhost", "http://LOCALHOST:3000"] {
            assert!(allows("localhost", origin), "{origin}");
            assert!(allows("LocalHost", origin), "{origin}");
        }
        assert!(allows("[::1]", "http://[::1]:8080"));
        assert!(allows("127.0.0.1", "http://127.0.0.1:8080"));
    }

    #[test]
    fn what_is_given_beside_the_host_has_to_be_the_pages() {
        for (allowed, origin, is_allowed) in [
            ("hubster.io:8443", "https://hubster.io:8443", true),
            ("hubster.io:8443", "https://hubster.io", false),
            ("hubster.io:443", "https://hubster.io", true),
            ("https://hubster.io", "https://hubster.io", true),
            ("https://hubster.io", "https://hubster.io:443", true),
            ("https://hubster.io", "https://hubster.io:8443", false),
            ("https://hubster.io", "http://hubster.io", false),
            ("http://hubster.io:81", "http://hubster.io:81", true),
        ] {
            assert_eq!(allows(allowed, origin), is_allowed, "{allowed} {origin}");
        }
    }

    #[test]
    fn neighbours_of_a_host_are_not_allowed() {
        for origin in [
            "https://www.hubster.io",
            "https://hubster.io.example",
            "https://nothubster.io",
            "https://hubster.io@evil.example",
            "https://hubster.io/",
            "hubster.io",
            "null",
            "",
            "file://hubster.io",
        ] {
            assert!(!allows("hubster.io", origin), "{origin}");
        }
    }

    #[test]
    fn what_is_no_host_is_not_taken() {
        for text in
            ["", "*", "*.hubster.io", "https://", "a b", "a/b", "https://a.io/", "a.io:", "a.io:0", "a.io:x"]
        {
            assert_eq!(AllowedOrigin::parse(text), None, "{text}");
        }
        for text in ["ftp://a.io", "a..io", "[::1", "[x]", "a.io:65536", "u@a.io"] {
            assert_eq!(AllowedOrigin::parse(text), None, "{text}");
        }
    }
}

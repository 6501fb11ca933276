//! Addresses on the web that clients configure. Whether we may go there is decided when connecting.

use axum::http::Uri;
use axum::http::uri::Authority;

/// How long an address on the web may be; longer ones do not go through every proxy.
pub(super) const MAX_URL: usize = 2048;

/// Whether a text is an absolute http or https address.
pub(super) fn is_web(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.authority().is_some_and(is_place)
    })
}

/// Whether an address can be called as a webhook: one on the web that names no user. Calls prove who they are by their
/// signature; a password in the address would not be sent, and would be shown wherever the address is.
pub(super) fn is_callable(url: &str) -> bool {
    let names_user = |url: Uri| url.authority().is_some_and(|place| place.as_str().contains('@'));
    is_web(url) && !url.parse().is_ok_and(names_user)
}

/// Whether there is a host, and no port that no host has: a number that is none is not noticed where it is parsed.
fn is_place(authority: &Authority) -> bool {
    let place = authority.as_str().rsplit('@').next().unwrap_or_default();
    let is_port_good = match authority.port_u16() {
        Some(port) => port != 0,
        None => place == authority.host(),
    };
    is_port_good && !authority.host().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_the_web_has_a_scheme_a_host_and_at_most_a_port() {
        for good in [
            "http://a.example",
            "HTTPS://a.example/b?c=d#e",
            "https://a.example:1",
            "https://a.example:65535/b",
            "https://user:word@a.example/b",
            "http://[::1]:8080/b",
            "http://[::1]",
        ] {
            assert!(is_web(good), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "/b",
            "//a.example/b",
            "ftp://a.example",
            "https://",
            "https:///b",
            "https://a.example:0",
            "https://a.example:65536",
            "https://a.example:port",
            "https://a.example/b c",
        ] {
            assert!(!is_web(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_to_be_called_names_no_user() {
        for bad in
            ["https://user:word@a.example/b", "https://user@a.example", "https://@a.example", "a.example"]
        {
            assert!(!is_callable(bad), "{bad}");
        }
        for good in ["https://a.example/b@c", "https://a.example?user=a@b"] {
            assert!(is_callable(good), "{good}");
        }
    }
}

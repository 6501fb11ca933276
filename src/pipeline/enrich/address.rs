//! Addresses on the web as people write them: with or without a scheme. Only what is needed to tell what one leads
//! to; it must not know whose hosts are whose.

/// The parts of an address, as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The host, without `www.` and without a port.
    pub host: &'a str,
    /// From the first slash on; empty when there is none.
    pub path: &'a str,
    /// Without its question mark; empty when there is none.
    pub query: &'a str,
    /// Without its number sign; empty when there is none.
    pub fragment: &'a str,
}

impl<'a> Address<'a> {
    /// Reads an address; `None` when it is none, or hides whose it is behind a name and an at sign.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (has_scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => {
                let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
                (true, is_web.then_some(rest)?)
            }
            None => (false, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        if !is_host(authority, host, has_scheme) {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Some(Self { host: without_www(host), path, query, fragment })
    }

    /// Whether it is on that host, in any case of letters.
    pub(super) fn is_on(&self, host: &str) -> bool {
        self.host.eq_ignore_ascii_case(host)
    }

    /// The parts of the path that are not empty.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }

    /// The names and values of the query, as they came.
    pub(super) fn arguments(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// The first value of that name in the query that is not empty.
    pub(super) fn argument(&self, name: &str) -> Option<&'a str> {
        self.arguments().find_map(|(one, value)| (one == name && !value.is_empty()).then_some(value))
    }

    /// What follows the last dot of the last segment of the path.
    pub(super) fn extension(&self) -> Option<&'a str> {
        let (name, extension) = self.path.rsplit('/').next()?.rsplit_once('.')?;
        (!name.is_empty() && self.path.len() > extension.len()).then_some(extension)
    }
}

/// Without a scheme a host is one only when it ends as names on the web do: people write `1.5/2` and `and/or`, too.
fn is_host(authority: &str, host: &str, has_scheme: bool) -> bool {
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let is_good = is_plain && !host.is_empty() && !authority.contains('@');
    let ends_as_name = || {
        host.rsplit_once('.').is_some_and(|(name, last)| {
            !name.is_empty() && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
    };
    is_good && (has_scheme || ends_as_name())
}

fn without_www(host: &str) -> &str {
    match host.get(..4) {
        Some(www) if www.eq_ignore_ascii_case("www.") => &host[4..],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str, &str, &str)> {
        Address::parse(text).map(|address| (address.host, address.path, address.query, address.fragment))
    }

    #[test]
    fn an_address_is_read_with_and_without_its_scheme() {
        assert_eq!(parts("https://WWW.site.com:8080/a/b?c=d#e"), Some(("site.com", "/a/b", "c=d", "e")));
        assert_eq!(parts("player.vimeo.com/video/1"), Some(("player.vimeo.com", "/video/1", "", "")));
        assert_eq!(parts("http://localhost/x"), Some(("localhost", "/x", "", "")));
        assert_eq!(parts("site.com?a#b?c"), Some(("site.com", "", "a", "b?c")));
        assert_eq!(parts("www."), None);
    }

    #[test]
    fn what_is_no_address_on_the_web_is_not_taken_for_one() {
        for text in [
            "",
            "word",
            "1.5/2",
            "and/or.png",
            "ftp://site.com/x",
            "a@site.com/x",
            "https://",
            "site..",
            "sïte.com/x",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
        assert_eq!(parts("https://user@evil.com/x.png"), None);
    }

    #[test]
    fn arguments_and_extensions_are_found() {
        let address = Address::parse("site.com/a.b/c.d.MP4?x=&x=1&y").unwrap();
        assert_eq!((address.argument("x"), address.argument("y")), (Some("1"), None));
        assert_eq!(address.extension(), Some("MP4"));
        for none in ["site.com", "site.com/", "site.com/.png", "site.com/a.png/", "site.com/a"] {
            assert_eq!(Address::parse(none).unwrap().extension(), None, "{none}");
        }
    }
}

//! How long an endpoint asks to be left alone (RFC 9110, section 10.2.3). It must not know whether that is granted.

use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, RETRY_AFTER};

use crate::domain::clock::Millis;

/// What `Retry-After` says, as of `now`: seconds, or a moment. None when it is not there or says something else; zero
/// for a moment that has passed.
pub(super) fn asked(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has room for ask for as long as can be.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let moment = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Millis(0).plus(moment).since(now))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn asked_by(text: &'static str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
        // Sun, 06 Nov 1994 08:49:37 GMT
        asked(&headers, Millis(784_111_777_000))
    }

    #[test]
    fn seconds_and_moments_are_understood() {
        for (text, seconds) in [
            ("0", 0),
            ("120", 120),
            (" 7 ", 7),
            ("99999999999999999999999", u64::MAX),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
            ("Sun Nov  6 08:50:37 1994", 60),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 0),
        ] {
            assert_eq!(asked_by(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5", "+5", "Sun, 06 Nov 1994", "Thu, 01 Jan 1969 00:00:00 GMT"] {
            assert_eq!(asked_by(text), None, "{text}");
        }
        assert_eq!(asked(&HeaderMap::new(), Millis(0)), None);
    }
}

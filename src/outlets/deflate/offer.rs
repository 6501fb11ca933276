//! What a client offers in its request, and what of it is agreed on (RFC 7692 §5, §7.1).
//! It must not know bytes that are deflated.

use axum::http::header::SEC_WEBSOCKET_EXTENSIONS;
use axum::http::{HeaderMap, HeaderValue};

use crate::pipeline::deflate::WINDOW_BITS;

/// The extension's name.
const NAME: &str = "permessage-deflate";

/// The windows that there are, as powers of two of bytes.
const WINDOWS: std::ops::RangeInclusive<u8> = 8..=15;

/// That messages may be deflated, each by itself in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outlets) struct Agreement {
    /// Whether the client asked for a small window, which is promised to it.
    window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    Any,
    Promised,
}

impl Agreement {
    /// The first offer that can be met; none where there is no such offer.
    pub(in crate::outlets) fn on(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).find_map(Self::meets)
    }

    /// The agreement that meets one offer, unless that is another extension, is malformed, or asks for a window that
    /// is smaller than ours.
    fn meets(offer: &str) -> Option<Self> {
        let mut parts = offer.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let mut agreement = Self { window: Window::Any };
        let mut seen = Vec::new();
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start()))),
                None => (part, None),
            };
            let name = name.to_ascii_lowercase();
            match (name.as_str(), value) {
                ("server_no_context_takeover" | "client_no_context_takeover", None) => {}
                // What a client may use at most is a hint: whatever it uses can be read.
                ("client_max_window_bits", None) => {}
                ("client_max_window_bits", Some(value)) => drop(window(value)?),
                ("server_max_window_bits", Some(value)) if window(value)? >= WINDOW_BITS => {
                    agreement.window = Window::Promised;
                }
                _ => return None,
            }
            if seen.contains(&name) {
                return None;
            }
            seen.push(name);
        }
        Some(agreement)
    }

    /// The header that tells the client.
    pub(in crate::outlets) fn header(self) -> HeaderValue {
        let mut answer = format!("{NAME}; server_no_context_takeover; client_no_context_takeover");
        if self.window == Window::Promised {
            answer.push_str(&format!("; server_max_window_bits={WINDOW_BITS}"));
        }
        HeaderValue::try_from(answer).expect("names and digits may stand in a header")
    }
}

/// A parameter's value, which may be written as a quoted string.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// A window as it has to be written: without a sign and leading zeros.
fn window(text: &str) -> Option<u8> {
    text.parse().ok().filter(|bits: &u8| WINDOWS.contains(bits) && bits.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is answered to offers, each in a header of its own.
    fn answer(offers: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for offer in offers {
            headers.append(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_str(offer).unwrap());
        }
        Agreement::on(&headers).map(|agreement| agreement.header().to_str().unwrap().to_owned())
    }

    const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    #[test]
    fn neither_side_keeps_a_context_whatever_is_offered() {
        for offer in [
            "permessage-deflate",
            "Permessage-Deflate ; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate;client_max_window_bits=\"15\"",
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; SERVER_no_context_takeover",
        ] {
            assert_eq!(answer(&[offer]).as_deref(), Some(PLAIN), "{offer}");
        }
    }

    #[test]
    fn a_window_as_large_as_ours_is_promised_and_a_smaller_one_declined() {
        let promised = format!("{PLAIN}; server_max_window_bits=12");
        for bits in 8..=15 {
            let offer = format!("permessage-deflate; server_max_window_bits={bits}");
            let expected = (bits >= 12).then(|| promised.clone());
            assert_eq!(answer(&[&offer]), expected, "{offer}");
        }
    }

    #[test]
    fn the_first_offer_that_can_be_met_is_taken() {
        let offers = "x-unheard-of, permessage-deflate; server_max_window_bits=9, permessage-deflate";
        assert_eq!(answer(&[offers]).as_deref(), Some(PLAIN));
        assert_eq!(answer(&["x-unheard-of; a=1", "permessage-deflate"]).as_deref(), Some(PLAIN));
    }

    #[test]
    fn what_is_malformed_or_unknown_is_declined() {
        for offer in [
            "",
            ";",
            "x-webkit-deflate-frame",
            "permessage-deflate;",
            "permessage-deflate; unheard_of",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=012",
            "permessage-deflate; server_max_window_bits=+12",
            "permessage-deflate; server_max_window_bits=\"12",
            "permessage-deflate; server_max_window_bits=12; server_max_window_bits=12",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        ] {
            assert_eq!(answer(&[offer]), None, "{offer}");
        }
        assert_eq!(answer(&[]), None);
    }
}

//! What a poll asks for, in either version of the API (streaming reference, Retrieve Events).
//! It must not know what there is to give.

use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::http::{HeaderName, Uri};
use axum::routing::{MethodRouter, get};

use super::error::{Reason, Refusal};
use crate::api::state::ApiState;

/// Routes polls and streams to `handler`: only GET. What a HEAD would take from the queue, nobody would read, so it
/// is refused and not served as a GET without its body.
pub(super) fn polled<H, T>(handler: H) -> MethodRouter<ApiState>
where
    H: Handler<T, ApiState>,
    T: 'static,
{
    get(handler).head(only_get).fallback(only_get)
}

async fn only_get() -> ([(HeaderName, &'static str); 1], Refusal) {
    ([(ALLOW, "GET")], Refusal::MethodNotAllowed)
}

/// The parameter, as the reference writes it.
pub(super) const PARAMETER: &str = "maxEvents";

/// Events that a poll gets when it does not say how many.
pub(super) const DEFAULT: usize = 1;

/// The most events of one poll.
pub(super) const MOST: usize = 200;

/// How many events a poll takes at most: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaxEvents(pub(super) usize);

impl MaxEvents {
    fn of(uri: &Uri) -> Result<Self, Refusal> {
        let refused = |reason| {
            let rule = format!("must be one whole number from 1 to {MOST}");
            Refusal::invalid(PARAMETER, reason, &rule)
        };
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut values = pairs.filter(|(name, _)| name == PARAMETER).map(|(_, value)| value);
        let Some(value) = values.next() else { return Ok(Self(DEFAULT)) };
        if values.next().is_some() {
            return Err(refused(Reason::InvalidValue));
        }
        // Digits only: the parser lets a sign pass.
        let negative = value.strip_prefix('-').unwrap_or(&value);
        if negative.is_empty() || !negative.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused(Reason::InvalidType));
        }
        let number = value.parse().ok().filter(|number| (1..=MOST).contains(number));
        number.map(Self).ok_or_else(|| refused(Reason::OutOfRange))
    }
}

impl<S: Sync> FromRequestParts<S> for MaxEvents {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Self::of(&parts.uri)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Result<usize, Refusal> {
        MaxEvents::of(&format!("/events?{query}").parse().unwrap()).map(|MaxEvents(number)| number)
    }

    #[test]
    fn a_poll_takes_one_event_unless_it_says_otherwise() {
        assert_eq!(read(""), Ok(1));
        assert_eq!(read("maxevents=7&other=%20"), Ok(1));
        assert_eq!(read("a=b&maxEvents=200"), Ok(200));
    }

    #[test]
    fn what_is_no_number_from_1_to_200_is_refused_and_named() {
        let long = format!("maxEvents=1{}", "0".repeat(100));
        for query in [
            "maxEvents=0",
            "maxEvents=201",
            "maxEvents=-1",
            "maxEvents=",
            "maxEvents",
            "maxEvents=1.0",
            "maxEvents=ten",
            "maxEvents=%2B5",
            "maxEvents= 5",
            "maxEvents=5&maxEvents=5",
            "maxEvents=%ff",
            &long,
        ] {
            let query = query.replace(' ', "%20");
            let Err(Refusal::Invalid(faults)) = read(&query) else { panic!("{query} is accepted") };
            assert_eq!(faults[0].scope, "maxEvents");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_taken_when_it_is_in_range(number: u16) {
            let read = read(&format!("maxEvents={number}"));
            prop_assert_eq!(read.ok(), Some(usize::from(number)).filter(|number| (1..=200).contains(number)));
        }

        #[test]
        fn no_query_makes_it_panic(query in "[ -~]{0,40}") {
            let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let _ = read(&format!("maxEvents={encoded}")).is_ok();
        }
    }
}

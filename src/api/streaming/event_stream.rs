//! A session's events as an event stream: the answer to a request for events that accepts nothing before
//! `text/event-stream`.
//! It must not know how a stream is written, nor which version asks.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::attaching::Attaching;
use super::error::Refusal;
use crate::api::accepts::{EVENT_STREAM, accepted};
use crate::api::connecting;
use crate::api::state::ApiState;
use crate::broker::WireFormat;
use crate::outlets::EventStream;
use crate::telemetry::ConnectionKind;

/// Types that a list of events satisfies.
const OF_A_LIST: [&str; 3] = ["application/json", "application/*", "*/*"];

/// What is said of a stream: that it is no one else's, and that nobody on the way may hold it back to gather more of it,
/// as nginx does by default.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM)),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

/// Whether a request is for a stream: of the types that it accepts and that there are, this one is named first.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    let mut types = accepted(headers);
    let is_one_of =
        |names: &[&str], essence: &str| names.iter().any(|name| name.eq_ignore_ascii_case(essence));
    types
        .find(|essence| is_one_of(&[EVENT_STREAM], essence) || is_one_of(&OF_A_LIST, essence))
        .is_some_and(|essence| is_one_of(&[EVENT_STREAM], essence))
}

/// Answers with a stream.
pub(super) async fn open(
    state: &ApiState,
    parts: &mut Parts,
    format: WireFormat,
) -> Result<Response, Refusal> {
    let lifeline = connecting::lifeline(parts).ok_or(Refusal::Internal)?;
    let attaching = Attaching::of(parts, state, format).await?;
    let (attached, client) = attaching.attach(state, ConnectionKind::EventStream).await?;
    let settings = connecting::settings(state, state.config.streaming.heartbeat);
    let stream = EventStream::new(attached, client, lifeline, settings);
    Ok((HEADERS, Body::from_stream(stream.pieces())).into_response())
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;

    use super::*;

    fn asked(accept: &[&'static str]) -> bool {
        is_asked_for(&accept.iter().map(|value| (ACCEPT, HeaderValue::from_static(value))).collect())
    }

    #[test]
    fn a_stream_is_asked_for_by_name_before_anything_else_that_there_is() {
        for accept in ["text/event-stream", "Text/Event-Stream ; q=1", "text/html, text/event-stream, */*"] {
            assert!(asked(&[accept]), "{accept}");
        }
        assert!(asked(&["text/html", "text/event-stream"]));
        for accept in ["", "*/*", "application/json", "text/*", "application/json, text/event-stream"] {
            assert!(!asked(&[accept]), "{accept}");
        }
        assert!(!asked(&[]));
    }
}

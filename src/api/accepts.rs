//! The media types that a request accepts. What follows from them each face says for itself: a SignalR client that names
//! the event stream at all gets one, as with the official server, while a session's list of events has types too, and
//! comes unless the stream is named first.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The type of server-sent events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// The types and ranges of a request, in their order and without their parameters.
pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|range| range.split(';').next().unwrap_or_default().trim())
}

//! Streams on a session (event streams and websockets), beside polls of the same session and its queue.
//!
//! - [`event_stream`]: what is particular to event streams
//! - [`websocket`]: what is particular to websockets
//! - [`mixed`]: what goes for both, and going from one way of reading to another

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::harness::{Server, Streaming, idle};

mod event_stream;
mod mixed;
mod websocket;

/// The id of an event, as version 3 tells it.
fn id(event: &Value) -> &str {
    event["eventId"].as_str().unwrap()
}

/// The query of a stream whose client can set no headers.
async fn credentials(server: &Server, session: &str) -> String {
    let (token, key) =
        (server.demo().token("streaming").await, server.demo().get("/clients/streaming/api_key"));
    format!("access_token={token}&x-api-key={key}&via-client-sessionid={session}")
}

/// Publishes events to a user in one batch.
async fn publish_at_once(streaming: &Streaming, user: &str, interactions: RangeInclusive<i64>) {
    let events: Value = interactions.map(|interaction| idle(user, interaction)).collect();
    streaming.publish(events).await.ok();
}

/// Publishes one event to a user that weighs so many bytes more than others.
async fn publish_heavy(streaming: &Streaming, user: &str, interaction: i64, bytes: usize) {
    let mut event = idle(user, interaction);
    event["payload"]["more"] = "x".repeat(bytes).into();
    let results = streaming.publish(json!([event])).await.ok();
    assert_eq!(results["results"][0]["status"], "accepted", "{results}");
}

//! Request bodies: JSON within its limits of size and depth, and members of JSON objects by type.
//! It must not know which members there are.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, EXPECT};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::error::{Fault, Reason, Refusal};
use crate::api::bodies::nesting;
use crate::api::state::ApiState;

/// How much of a request body is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// The most bytes.
    pub bytes: usize,
    /// The most levels of nesting.
    pub depth: usize,
    /// How long it may take to arrive.
    pub patience: Duration,
}

impl BodyLimits {
    /// Those of a body of at most `bytes`.
    pub(super) fn of(bytes: usize, state: &ApiState) -> Self {
        Self { bytes, depth: state.config.limits.json_depth, patience: state.config.http.body_timeout }
    }
}

/// So many bytes beyond the limit are read and thrown away, so that a client that only looks for the answer once it
/// has sent everything finds it; beyond, its connection is closed under it.
const DISCARDED: usize = 16 << 20;

/// A body that was read.
#[derive(Debug)]
pub(super) struct JsonBody {
    /// As it was sent.
    pub text: Bytes,
    /// What it says; `None` when it is blank.
    pub value: Option<Value>,
}

impl JsonBody {
    /// Reads the body of a request.
    pub(super) async fn read(request: Request, limits: BodyLimits) -> Result<Self, Refusal> {
        Self::parse(receive(request, limits).await?, limits.depth)
    }

    /// Reads a body that was received. It nests at most `depth` levels.
    pub(super) fn parse(text: Bytes, depth: usize) -> Result<Self, Refusal> {
        let value = if text.trim_ascii().is_empty() { None } else { Some(parse(&text, depth)?) };
        Ok(Self { text, value })
    }

    /// The object that the body has to be.
    pub(super) fn into_object(self) -> Result<Map<String, Value>, Refusal> {
        match self.value {
            Some(Value::Object(object)) => Ok(object),
            None => Err(Refusal::invalid("body", Reason::Required, "is required")),
            Some(_) => Err(Refusal::invalid("body", Reason::InvalidType, "must be a JSON object")),
        }
    }
}

/// Receives the body of a request, which has to be JSON by what its head says, or blank.
pub(super) async fn receive(request: Request, limits: BodyLimits) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    let receiving = bytes_of(body, &parts.headers, limits.bytes);
    let text = timeout(limits.patience, receiving).await.map_err(|_| Refusal::TooSlow)??;
    // Of nothing, the content type says nothing.
    if text.trim_ascii().is_empty() || is_json(&parts.headers) {
        Ok(text)
    } else {
        Err(Refusal::UnsupportedMediaType)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

async fn bytes_of(mut body: Body, headers: &HeaderMap, most: usize) -> Result<Bytes, Refusal> {
    // A client that asks before it sends is spared the sending.
    if headers.contains_key(EXPECT) && body.size_hint().lower() > most as u64 {
        return Err(Refusal::TooLarge(most));
    }
    let mut text = BytesMut::new();
    let mut read = 0_usize;
    while let Some(frame) = body.frame().await {
        let cut_short = |_| Refusal::invalid("body", Reason::InvalidValue, "ended before it was complete");
        let Ok(data) = frame.map_err(cut_short)?.into_data() else { continue };
        read += data.len();
        if read <= most {
            text.extend_from_slice(&data);
        } else if read - most > DISCARDED {
            break;
        }
    }
    if read <= most { Ok(text.freeze()) } else { Err(Refusal::TooLarge(most)) }
}

fn parse(text: &[u8], depth: usize) -> Result<Value, Refusal> {
    if nesting(text) > depth {
        let rule = format!("must not be nested deeper than {depth} levels");
        return Err(Refusal::invalid("body", Reason::OutOfRange, &rule));
    }
    serde_json::from_slice(text)
        .map_err(|error| Refusal::invalid("body", Reason::InvalidValue, &format!("is not JSON: {error}")))
}

/// A member of an object; `null` counts as absent.
pub(super) fn member<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A member that is a text of 1 to `most` characters, if it is there.
pub(super) fn text(object: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, Fault> {
    let Some(value) = member(object, name) else { return Ok(None) };
    let text = value.as_str().ok_or_else(|| Fault::new(name, Reason::InvalidType, "must be a string"))?;
    if text.is_empty() || text.chars().count() > most {
        let rule = format!("must have 1 to {most} characters");
        return Err(Fault::new(name, Reason::OutOfRange, &rule));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests;

//! The hub for clients without a websocket: the stream and the polls by which they hear, and the requests in which they
//! speak.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;
use tracing::Instrument;

use super::ID;
use super::connections::{Channel, Negotiated, Opened, Registration, Way};
use super::handshake::{Asked, shake_hands};
use super::refusal::Refused;
use crate::api::ApiState;
use crate::api::accepts::EVENT_STREAM;
use crate::api::bodies::{self, Unread};
use crate::api::connecting;
use crate::api::connection_places::Place;
use crate::api::events::listener;
use crate::api::platform::codes::shared;
use crate::api::platform::{Arguments, Code, Events, Family, Problems, denied};
use crate::auth::Identity;
use crate::outlets::{Ended, Line, Requests, StreamBytes, in_pieces};
use crate::server::Lifeline;
use crate::telemetry::{Connected, ConnectionKind};

/// What is heard is of the moment: nothing on its way may keep it.
const NOT_KEPT: (HeaderName, &str) = (CACHE_CONTROL, "no-cache, no-store");

/// What a poll is answered with, in either protocol.
const BYTES: (HeaderName, &str) = (CONTENT_TYPE, "application/octet-stream");

/// Opens the stream of a negotiated connection.
pub(super) async fn stream(
    state: &ApiState,
    query: &Arguments<Events>,
    parts: &Parts,
) -> Result<Response, Problems> {
    let identity = caller(state, query, parts)?;
    let lifeline = lifeline(parts)?;
    let opened =
        state.hub.open(query.required(ID)?, &identity, Way::Stream, |negotiated, registration| {
            let line = Line::new(state.lines.signalr_bare.clone());
            let (requests, sender, bytes) = Requests::streamed(line);
            let (identity, renewed) = watch::channel(identity.clone());
            let held = live(state, negotiated, registration, renewed, requests);
            (Channel { way: Way::Stream, requests: sender, identity }, (bytes, held))
        })?;
    let Opened::Now((bytes, held)) = opened else { return Err(Refused::AlreadyOpen.into()) };
    let pieces = in_pieces(lifeline, Box::pin(events(bytes))).map(move |piece| {
        // A client that has stopped reading has its place until it is left.
        let _ = &held;
        piece
    });
    Ok(([NOT_KEPT, (CONTENT_TYPE, EVENT_STREAM)], Body::from_stream(pieces)).into_response())
}

/// What a stream says: what was sent together is one event.
fn events(bytes: StreamBytes) -> impl Stream<Item = Bytes> + Send {
    // A comment: browsers take a stream for open when its first bytes come.
    let opening = stream::iter([Bytes::from_static(b":\r\n\r\n")]);
    opening.chain(stream::unfold(bytes, async |mut bytes| {
        let messages = bytes.recv().await?;
        let mut event = BytesMut::with_capacity(messages.len() + 10);
        event.extend_from_slice(b"data: ");
        event.extend_from_slice(&messages);
        event.extend_from_slice(b"\r\n\r\n");
        Some((event.freeze(), bytes))
    }))
}

/// Polls a negotiated connection. The first poll opens it, and is answered at once.
pub(super) async fn poll(
    state: &ApiState,
    query: &Arguments<Events>,
    parts: &Parts,
) -> Result<Response, Problems> {
    let identity = caller(state, query, parts)?;
    let lifeline = lifeline(parts)?;
    let opened = state.hub.open(query.required(ID)?, &identity, Way::Polls, |negotiated, registration| {
        let line = Line::new(state.lines.signalr_bare.clone());
        let (requests, sender) = Requests::polled(line, state.config.signalr.disconnect);
        let (identity, renewed) = watch::channel(identity.clone());
        live(state, negotiated, registration, renewed, requests);
        (Channel { way: Way::Polls, requests: sender, identity }, ())
    })?;
    let channel = match opened {
        Opened::Now(()) => return Ok(([NOT_KEPT, BYTES], Bytes::new()).into_response()),
        Opened::Before(channel) => channel,
    };
    channel.renew(identity);
    match channel.requests.poll(lifeline).await {
        Ok(Some(messages)) => Ok(([NOT_KEPT, BYTES], messages).into_response()),
        Ok(None) => Ok((StatusCode::NO_CONTENT, [NOT_KEPT]).into_response()),
        Err(Ended) => Err(Refused::Unknown.into()),
    }
}

/// Brings what a client says to its connection.
pub(super) async fn say(
    State(state): State<ApiState>,
    query: Arguments<Events>,
    request: Request,
) -> Result<Response, Problems> {
    let (parts, body) = request.into_parts();
    let channel = channel(&state, &query, &parts)?;
    let limit = state.config.http.max_body_bytes;
    let said = bodies::receive(body, limit, state.config.http.body_timeout).await;
    let said = said.map_err(|unread| unreadable(unread, limit))?;
    channel.requests.say(said).await.map_err(|Ended| Refused::Unknown)?;
    Ok(StatusCode::OK.into_response())
}

/// Ends a connection that polls. One with a stream is ended by closing that.
pub(super) async fn end(
    State(state): State<ApiState>,
    query: Arguments<Events>,
    request: Request,
) -> Result<Response, Problems> {
    let channel = match channel(&state, &query, &request.into_parts().0) {
        Ok(channel) if channel.way == Way::Polls => channel,
        Ok(_) => return Err(Refused::NotPolled.into()),
        Err(problems) => return Err(problems),
    };
    state.hub.forget(query.required(ID)?);
    // Whether it has ended by itself meanwhile makes no difference.
    channel.requests.end().await.ok();
    Ok(StatusCode::ACCEPTED.into_response())
}

/// What a connection has while it lasts: its place among its tenant's, and among those that are counted.
type Held = Arc<(Place, Connected)>;

/// Lives on a transport, in a task of its own, which shares what the connection has.
fn live(
    state: &ApiState,
    negotiated: Negotiated,
    registration: Registration,
    renewed: watch::Receiver<Arc<Identity>>,
    requests: Requests,
) -> Held {
    let Negotiated { listener, place } = negotiated;
    let (tenant, integration) = (listener.identity.tenant, listener.integration);
    let span = tracing::debug_span!("requests", %tenant, %integration);
    let held = Arc::new((place, state.metrics.connected(ConnectionKind::SignalR)));
    let of_the_task = (held.clone(), registration);
    let packed = requests.polls().then(|| state.lines.signalr_packed_bare.clone());
    let asked = Asked { state: state.clone(), listener, renewed: Some(renewed), packed };
    let living = async move {
        if let Some((connection, opening)) = Box::pin(shake_hands(asked, requests)).await {
            connection.run(opening).await;
        }
        drop(of_the_task);
    };
    tokio::spawn(living.instrument(span));
    held
}

/// The open connection that a request is of; the request's token is the connection's from now on.
fn channel(state: &ApiState, query: &Arguments<Events>, parts: &Parts) -> Result<Arc<Channel>, Problems> {
    let identity = caller(state, query, parts)?;
    let channel = state.hub.find(query.required(ID)?, &identity)?;
    channel.renew(identity);
    Ok(channel)
}

fn caller(state: &ApiState, query: &Arguments<Events>, parts: &Parts) -> Result<Arc<Identity>, Problems> {
    listener::identity(parts, state, query).map_err(|reason| denied(Family::Engine, reason))
}

/// The connection that the request came on.
fn lifeline(parts: &Parts) -> Result<Lifeline, Problems> {
    let failed = || Problems::one(shared::SYSTEM_ERROR.in_family(Family::Events), "The server failed.");
    connecting::lifeline(parts).ok_or_else(failed)
}

fn unreadable(unread: Unread, limit: usize) -> Problems {
    match unread {
        Unread::TooLarge => {
            let text = format!("The body has more than {limit} bytes.");
            Problems::one(Code::of_status(StatusCode::PAYLOAD_TOO_LARGE), text)
        }
        Unread::TooSlow => {
            Problems::one(shared::TIMED_OUT.in_family(Family::Engine), "The body took too long.")
        }
        Unread::Broken => {
            Problems::one(shared::BAD_FORMAT.in_family(Family::Engine), "The body did not arrive as a whole.")
        }
    }
}

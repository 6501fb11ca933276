//! A websocket on a session: its events out, each the JSON of a poll's list, control frames both ways.
//! It must not know how events reach the socket.

use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::FORMAT;
use super::acknowledgement::AcknowledgeIn;
use crate::api::connecting;
use crate::api::state::ApiState;
use crate::api::streaming::attaching::{Attaching, StreamClient};
use crate::api::streaming::body::{self, JsonBody};
use crate::api::streaming::error::{Fault, Reason, Refusal};
use crate::broker::SessionHead;
use crate::domain::client::Scope;
use crate::domain::clock::Millis;
use crate::outlets::{Close, Connection, Dialect, Entitled, Line, Reaction, SessionFeed};
use crate::pipeline::utc;
use crate::telemetry::ConnectionKind;

/// The longest text that is looked at as a token, in characters.
const MAX_TOKEN: usize = 4096;

/// Attaches a websocket to a session.
pub(super) async fn connect(State(state): State<ApiState>, request: Request) -> Result<Response, Refusal> {
    let (mut parts, _) = request.into_parts();
    let attaching = Attaching::of(&mut parts, &state, FORMAT).await?;
    let upgrade = connecting::upgrade(&mut parts, &state).map_err(Refusal::UpgradeRequired)?;
    let session = attaching.session();
    // Attached before the answer: a client that saw it open has taken over.
    let (attached, client) = attaching.attach(&state, ConnectionKind::WebSocket).await?;
    let settings = connecting::settings(&state, state.config.websocket.ping);
    let line = Line::new(state.lines.sessions.clone());
    let feed = SessionFeed::new(attached, line.clone(), upgrade.compression());
    let span = tracing::debug_span!("session websocket", tenant = %session.tenant, session = %session.id);
    Ok(connecting::open(&state, upgrade, line, span, move |socket| {
        Connection::new(socket, feed, SessionDialect { client, session }, settings).run_unannounced()
    }))
}

/// Hears control frames.
struct SessionDialect {
    client: StreamClient,
    session: SessionHead,
}

/// What a control frame came to: the name and the members of the answer.
type Outcome = Result<(&'static str, Value), Refusal>;

#[async_trait]
impl Dialect for SessionDialect {
    async fn hear(&mut self, text: Utf8Bytes) -> Reaction {
        let counted = self.client.count_call().map_err(Refusal::from);
        let frame = self.read(&text);
        let reference = frame.as_ref().ok().and_then(|frame| frame.get("reference")).cloned();
        let outcome = match (counted, frame) {
            (Err(refusal), _) | (Ok(()), Err(refusal)) => Err(refusal),
            (Ok(()), Ok(frame)) => self.obey(&frame, text).await,
        };
        Reaction::Say(vec![answer(reference, outcome)])
    }

    fn heartbeat(&self) -> Message {
        Message::Ping(Bytes::new())
    }

    fn farewell(&self, close: Close, come_back_after: Duration) -> Option<Message> {
        connecting::farewell(close, come_back_after)
    }

    fn entitled_until(&self) -> Millis {
        self.client.until()
    }

    fn entitlement(&self) -> Result<(), Close> {
        self.client.check()
    }
}

impl SessionDialect {
    fn read(&self, text: &Utf8Bytes) -> Result<Map<String, Value>, Refusal> {
        JsonBody::parse(text.clone().into(), self.depth())?.into_object()
    }

    /// A frame may be as deep as the body of a call.
    fn depth(&self) -> usize {
        self.client.state.config.limits.json_depth
    }

    async fn obey(&mut self, frame: &Map<String, Value>, text: Utf8Bytes) -> Outcome {
        match frame.get("control").and_then(Value::as_str) {
            Some("acknowledge") => self.acknowledge(text).await,
            Some("token") => self.renew(frame),
            _ => Err(Refusal::invalid("control", Reason::InvalidValue, "must be acknowledge or token")),
        }
    }

    /// `{"control":"acknowledge","events":[{"eventId"}]}`: as the call of that name.
    async fn acknowledge(&self, text: Utf8Bytes) -> Outcome {
        let named = AcknowledgeIn::read(text.into(), self.depth())?;
        let SessionHead { tenant, id, .. } = self.session;
        let outcome = self.client.state.engine.acknowledge(tenant, id, &named.ids()).await?;
        Ok(("acknowledged", json!(named.answer(&outcome.acknowledged))))
    }

    /// `{"control":"token","access_token"}`: the socket outlives its first token.
    fn renew(&mut self, frame: &Map<String, Value>) -> Outcome {
        const NAME: &str = "access_token";
        let token = body::text(frame, NAME, MAX_TOKEN)
            .and_then(|token| token.ok_or_else(|| Fault::new(NAME, Reason::Required, "is required")))
            .map_err(|fault| Refusal::Invalid(vec![fault]))?;
        let StreamClient { state, identity, .. } = &mut self.client;
        let renewed = state.tokens.verify(&token, state.clock.now()).map_err(|_| Refusal::Unauthorized)?;
        // A token for something else is as good as none here.
        if renewed.tenant != identity.tenant || !renewed.scopes.contains(Scope::Streaming) {
            return Err(Refusal::Unauthorized);
        }
        *identity = renewed;
        Ok(("token", json!({"expiresAt": utc(identity.expires)})))
    }
}

fn answer(reference: Option<Value>, outcome: Outcome) -> Message {
    let (control, members) = outcome.unwrap_or_else(|refusal| ("error", refusal.body()));
    let mut frame = Map::new();
    frame.insert("control".to_owned(), control.into());
    frame.extend(reference.map(|reference| ("reference".to_owned(), reference)));
    if let Value::Object(members) = members {
        frame.extend(members);
    }
    Message::text(Value::Object(frame).to_string())
}

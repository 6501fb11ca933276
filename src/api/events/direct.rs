//! The plain websocket: Direct payloads out, control frames both ways.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use super::listener::{Listener, Names};
use super::opening::{Granted, attach};
use crate::api::ApiState;
use crate::api::bodies::nesting;
use crate::api::caller::Denied;
use crate::api::connecting;
use crate::api::moment;
use crate::api::platform::codes::shared;
use crate::api::platform::{Direct, Events, Family, Problems, denied, engine_refused};
use crate::auth::Identity;
use crate::broker::Side;
use crate::domain::clock::Millis;
use crate::domain::ids::ConversationId;
use crate::outlets::{Close, Connection, Dialect, Opening, Reaction};
use crate::pipeline::{ActivityDraft, Body, Door, EngineError, FaultKind, Live, utc};
use crate::telemetry::{ConnectionKind, Face};

const NAMES: Names = Names { integration: "integrationId", conversation: "conversationId" };

/// Levels of nesting that a frame has around the activity in it, which may be as deep as the body of the call.
const FRAME_LEVELS: usize = 1;

/// How many open conversations a snapshot shows at most.
const SNAPSHOT_CONVERSATIONS: usize = 100;

/// Opens a plain websocket.
pub(super) async fn connect(State(state): State<ApiState>, request: Request) -> Result<Response, Problems> {
    let granted = Granted::of(request, &state, &NAMES).await?;
    // Attached before the answer: what is said after the client saw it open is heard.
    let line = granted.line(&state.lines.direct);
    let (feed, opening) =
        attach(&state, &granted.listener, line.clone()).await.map_err(engine_refused::<Events>)?;
    let shared = state.clone();
    Ok(granted.open(&state, ConnectionKind::WebSocket, line, move |socket, listener| {
        let settings = connecting::settings(&shared, shared.config.websocket.ping);
        let dialect = DirectDialect { state: shared, listener };
        Connection::new(socket, feed, dialect, settings).run(opening)
    }))
}

/// Speaks in Direct payloads and control frames.
struct DirectDialect {
    state: ApiState,
    listener: Listener,
}

/// What a control frame of a client came to: the members of the answer, or what is wrong.
type Outcome = Result<Value, Problems>;

#[async_trait]
impl Dialect for DirectDialect {
    fn open(&mut self, opening: Opening) -> Vec<Message> {
        let mut messages = vec![text(&self.snapshot(opening))];
        if let Some(gap) = opening.gap {
            messages.push(text(
                &json!({"control": "gap", "reason": gap.reason(), "cursor": opening.cursor.encode()}),
            ));
        }
        messages
    }

    async fn hear(&mut self, text: Utf8Bytes) -> Reaction {
        let counted = self.count_call();
        let answer = match self.read(&text) {
            Ok(frame) => self.answer(&frame, counted).await,
            Err(problems) => error_frame("error", None, &counted.err().unwrap_or(problems)),
        };
        Reaction::Say(vec![answer])
    }

    fn heartbeat(&self) -> Message {
        Message::Ping(Bytes::new())
    }

    fn farewell(&self, close: Close, come_back_after: Duration) -> Option<Message> {
        connecting::farewell(close, come_back_after)
    }

    fn entitled_until(&self) -> Millis {
        self.listener.identity.expires
    }

    fn entitlement(&self) -> Result<(), Close> {
        self.listener.entitlement(&self.state)
    }
}

impl DirectDialect {
    /// Every frame is a call of the client, like one by HTTP.
    fn count_call(&self) -> Result<(), Problems> {
        let client = self.listener.identity.client.as_str();
        let counted = self.state.rate_limiters.count(Face::Events, client);
        counted.map_err(|refused| denied(Family::Engine, Denied::TooMany(refused)))
    }

    fn read(&self, text: &str) -> Result<Map<String, Value>, Problems> {
        let depth = self.state.config.limits.json_depth + FRAME_LEVELS;
        if nesting(text.as_bytes()) > depth {
            return Err(bad_frame(&format!("The frame is nested more than {depth} levels deep.")));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(frame)) => Ok(frame),
            _ => Err(bad_frame("A frame has to be a JSON object.")),
        }
    }

    /// Does what a frame asks for, unless the client asks too often.
    async fn answer(&mut self, frame: &Map<String, Value>, counted: Result<(), Problems>) -> Message {
        let body = Body::new(frame);
        let reference = body.get("reference").cloned();
        let control = body.get("control").and_then(Value::as_str);
        let (told, refused) = match control {
            Some("send" | "accept") => ("receipt", "receipt"),
            Some("token") => ("token", "error"),
            _ => ("error", "error"),
        };
        let outcome = match (counted, control) {
            (Err(problems), _) => Err(problems),
            (Ok(()), Some("send")) => self.send(frame).await,
            (Ok(()), Some("accept")) => self.accept(frame).await,
            (Ok(()), Some("token")) => self.renew(frame),
            (Ok(()), _) => Err(bad_frame("Property 'control' names no known control.")),
        };
        match outcome {
            Ok(members) => control_frame(told, reference, members),
            Err(problems) => error_frame(refused, reference, &problems),
        }
    }

    /// Where the reader stands and, unless it resumes, the open conversations it takes part in.
    fn snapshot(&self, opening: Opening) -> Value {
        let cursor = opening.cursor.encode();
        if opening.resumed {
            return json!({"control": "snapshot", "conversations": [], "total": 0, "truncated": false, "cursor": cursor});
        }
        let (newest, total) = match self.listener.conversation {
            Some(id) => {
                let open: Vec<_> =
                    self.state.engine.open(self.listener.identity.tenant, id).into_iter().collect();
                let total = open.len();
                (open, total)
            }
            None => {
                let open = self.state.engine.open_at(self.listener.integration, SNAPSHOT_CONVERSATIONS);
                (open.newest, open.total)
            }
        };
        json!({
            "control": "snapshot",
            "conversations": newest.iter().map(head).collect::<Vec<_>>(),
            "total": total,
            "truncated": total > newest.len(),
            "cursor": cursor,
        })
    }

    /// `{"control":"send","conversationId","activity":{..}}`: a Direct call of the socket's integration.
    async fn send(&self, frame: &Map<String, Value>) -> Outcome {
        let mut read = Body::new(frame);
        let named = read.optional("conversationId", FaultKind::NotAGuid, guid);
        if named.is_none() && self.listener.conversation.is_none() && read.get("conversationId").is_none() {
            read.fault(FaultKind::Missing, "conversationId");
        }
        let activity = read.required("activity", FaultKind::WrongType, Value::as_object);
        read.finish().map_err(Problems::of_faults::<Direct>)?;
        let nothing = Map::new();
        let draft =
            ActivityDraft::from_body(activity.unwrap_or(&nothing)).map_err(Problems::of_faults::<Direct>)?;
        let draft = draft.said_by(self.listener.integration).map_err(engine_refused::<Direct>)?;
        let door = match self.listener.side {
            Side::Customer => Door::Customer,
            Side::Business => Door::Business,
        };
        let conversation = named.or(self.listener.conversation).unwrap_or_default();
        if self.listener.identity.visitor.is_some() && self.listener.conversation != Some(conversation) {
            return Err(engine_refused::<Direct>(EngineError::ConversationNotFound));
        }
        let receipt =
            self.state.engine.submit(self.listener.identity.tenant, conversation, door, draft).await;
        let receipt = receipt.map_err(engine_refused::<Direct>)?;
        let mut members = json!({"status": 200, "eventId": receipt.event_id});
        if let Some(interaction) = receipt.interaction {
            members["interactionId"] = interaction.to_string().into();
        }
        Ok(members)
    }

    /// `{"control":"accept","conversationId"}`: the agent takes what it was offered.
    async fn accept(&self, frame: &Map<String, Value>) -> Outcome {
        let mut read = Body::new(frame);
        let conversation: Option<ConversationId> = read.required("conversationId", FaultKind::NotAGuid, guid);
        read.finish().map_err(Problems::of_faults::<Direct>)?;
        let conversation = conversation.unwrap_or_default();
        let (engine, tenant) = (&self.state.engine, self.listener.identity.tenant);
        // As it is now: whom it works for may have changed since the socket was opened.
        let agent =
            engine.integration(tenant, self.listener.integration).map_err(engine_refused::<Direct>)?;
        engine.accept(tenant, conversation, &agent).await.map_err(engine_refused::<Direct>)?;
        Ok(json!({"status": 200}))
    }

    /// `{"control":"token","access_token"}`: the socket outlives its first token.
    fn renew(&mut self, frame: &Map<String, Value>) -> Outcome {
        let mut read = Body::new(frame);
        let token = read.required_text("access_token");
        read.finish().map_err(Problems::of_faults::<Direct>)?;
        let identity = self
            .state
            .tokens
            .verify(token.unwrap_or_default(), self.state.clock.now())
            .map_err(|_| denied(Family::Engine, Denied::Unauthenticated))?;
        self.replace_identity(identity)?;
        Ok(json!({"expiresAt": utc(self.listener.identity.expires)}))
    }

    fn replace_identity(&mut self, identity: Arc<Identity>) -> Result<(), Problems> {
        if !self.listener.may_become(&identity, &self.state) {
            return Err(denied(Family::Engine, Denied::WrongScope));
        }
        self.listener.identity = identity;
        Ok(())
    }
}

/// The head of an open conversation, as far as readers have been told.
fn head(live: &Arc<Live>) -> Value {
    let head = live.head();
    json!({
        "conversationId": head.id,
        "hubId": head.hub,
        "integrationId": head.integration,
        "destinationId": head.destination,
        "openedDateTime": moment::platform(head.opened),
        "lastEventId": live.published_event(),
        "seen": {"customer": head.seen.customer, "business": head.seen.business},
        "properties": *head.properties,
    })
}

fn guid<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn bad_frame(text: &str) -> Problems {
    Problems::one(shared::BAD_FORMAT.in_family(Family::Engine), text)
}

fn control_frame(control: &str, reference: Option<Value>, members: Value) -> Message {
    let mut frame = Map::new();
    frame.insert("control".to_owned(), control.into());
    if let Some(reference) = reference {
        frame.insert("reference".to_owned(), reference);
    }
    if let Value::Object(members) = members {
        frame.extend(members);
    }
    text(&Value::Object(frame))
}

fn error_frame(control: &str, reference: Option<Value>, problems: &Problems) -> Message {
    control_frame(control, reference, json!(problems))
}

fn text(value: &Value) -> Message {
    Message::text(value.to_string())
}

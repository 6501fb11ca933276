//! The plain websocket: Direct payloads out, control frames both ways.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tracing::Instrument;

use super::listener::{self, Listener, Names};
use crate::api::ApiState;
use crate::api::caller::Denied;
use crate::api::moment;
use crate::api::platform::codes::shared;
use crate::api::platform::{Code, Direct, Events, Family, Problems, denied, engine_refused};
use crate::auth::Identity;
use crate::broker::{QueueLimits, WireFormat};
use crate::domain::client::Scope as TokenScope;
use crate::domain::clock::Millis;
use crate::domain::ids::ConversationId;
use crate::domain::integration::IntegrationType;
use crate::outlets::{
    Close, Connection, ConnectionSettings, Dialect, Feed, FeedSettings, NotAnUpgrade, Opening, Reaction,
    Upgrade,
};
use crate::pipeline::{ActivityDraft, Body, Door, EngineError, FaultKind, Live, utc};
use crate::telemetry::ConnectionKind;

const NAMES: Names = Names { integration: "integrationId", conversation: "conversationId" };

/// How many open conversations a snapshot shows at most.
const SNAPSHOT_CONVERSATIONS: usize = 100;

/// Opens a plain websocket.
pub(super) async fn connect(State(state): State<ApiState>, request: Request) -> Result<Response, Problems> {
    let (mut parts, _) = request.into_parts();
    let listener = Listener::of(&mut parts, &state, &NAMES).await?;
    let upgrade = Upgrade::of(&mut parts).map_err(not_an_upgrade)?;
    let place = listener::place(&state, &listener)?;
    let (response, socket) = upgrade.accept(state.config.websocket.max_frame_bytes);
    let settings = FeedSettings {
        tenant: listener.identity.tenant,
        scope: listener.scope(),
        format: WireFormat::Direct,
        limits: queue_limits(&state),
        since: listener.since,
    };
    // Attached before the answer: what is said after the client saw it open is heard.
    let (feed, opening) = Feed::attach(state.engine.clone(), state.stats.clone(), settings)
        .await
        .map_err(engine_refused::<Events>)?;
    let span = tracing::info_span!("websocket", tenant = %listener.identity.tenant, integration = %listener.integration.id);
    let living = async move {
        let _place = place;
        let _counted = state.metrics.connected(ConnectionKind::WebSocket);
        let Ok(socket) = socket.await else { return };
        let settings = connection_settings(&state, state.config.websocket.ping);
        Connection::new(socket, feed, DirectDialect { state, listener }, settings).run(opening).await;
    };
    tokio::spawn(living.instrument(span));
    Ok(response)
}

pub(super) fn queue_limits(state: &ApiState) -> QueueLimits {
    let queue = state.config.websocket.queue;
    QueueLimits { events: queue.events.get(), bytes: queue.bytes.get() }
}

pub(super) fn connection_settings(state: &ApiState, heartbeat: Duration) -> ConnectionSettings {
    ConnectionSettings {
        heartbeat,
        drain: state.drain.clone(),
        rights: state.registry.revision(),
        clock: state.clock.clone(),
    }
}

pub(super) fn not_an_upgrade(reason: NotAnUpgrade) -> Problems {
    Problems::one(
        Code::of_status(StatusCode::UPGRADE_REQUIRED),
        format!("A websocket is required: {reason}."),
    )
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

    async fn hear(&mut self, frame: Utf8Bytes) -> Reaction {
        let Ok(Value::Object(frame)) = serde_json::from_str(&frame) else {
            let problem = bad_frame("A frame has to be a JSON object.");
            return Reaction::Say(vec![error_frame("error", None, &problem)]);
        };
        let body = Body::new(&frame);
        let reference = body.get("reference").cloned();
        let (answer, outcome) = match body.get("control").and_then(Value::as_str) {
            Some("send") => ("receipt", self.send(&frame).await),
            Some("accept") => ("receipt", self.accept(&frame).await),
            Some("token") => ("token", self.renew(&frame)),
            _ => ("error", Err(bad_frame("Property 'control' names no known control."))),
        };
        Reaction::Say(vec![match outcome {
            Ok(members) => control_frame(answer, reference, members),
            Err(problems) => {
                error_frame(if answer == "token" { "error" } else { answer }, reference, &problems)
            }
        }])
    }

    fn heartbeat(&self) -> Message {
        Message::Ping(Bytes::new())
    }

    fn farewell(&self, close: Close, come_back_after: Duration) -> Option<Message> {
        (close == Close::Restarting).then(|| {
            let delay = u64::try_from(come_back_after.as_millis()).unwrap_or(u64::MAX);
            text(&json!({"control": "drain", "reconnectAfterMs": delay}))
        })
    }

    fn entitled_until(&self) -> Millis {
        self.listener.identity.expires
    }

    fn is_entitled(&self) -> bool {
        self.listener.is_entitled(&self.state)
    }
}

impl DirectDialect {
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
                let open = self.state.engine.open_at(self.listener.integration.id, SNAPSHOT_CONVERSATIONS);
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
        let mut draft =
            ActivityDraft::from_body(activity.unwrap_or(&nothing)).map_err(Problems::of_faults::<Direct>)?;
        let own = self.listener.integration.id;
        if draft.sender.is_some_and(|sender| sender != own) {
            return Err(engine_refused::<Direct>(EngineError::IntegrationNotFound));
        }
        draft.sender = Some(own);
        let door = match self.listener.integration.kind {
            IntegrationType::Customer => Door::Customer,
            _ => Door::Business,
        };
        let conversation = named.or(self.listener.conversation).unwrap_or_default();
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
        self.state
            .engine
            .accept(self.listener.identity.tenant, conversation, &self.listener.integration)
            .await
            .map_err(engine_refused::<Direct>)?;
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
        let fits = identity.tenant == self.listener.identity.tenant
            && identity.scopes.contains(TokenScope::EngineApi);
        if !fits {
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

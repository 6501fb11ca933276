//! The SignalR hub: negotiation, handshake, and invocations of the client's one method.

use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use uuid::Uuid;

use super::listener::{Listener, Names};
use super::opening::{self, Granted, attach};
use crate::api::ApiState;
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Problems};
use crate::domain::clock::Millis;
use crate::outlets::signalr::{self, HubMessage, Reconnect};
use crate::outlets::{Close, Connection, Dialect, Opening, Reaction, WebSocket, part};
use crate::telemetry::ConnectionKind;

const NAMES: Names = Names { integration: "iId", conversation: "cId" };

/// The method of a client that hears what is beside the activities, such as a gap.
const CONTROL_METHOD: &str = "ReceiveControl";

/// Tells a client how it can connect. Clients that do not ask for version 1 get version 0, without a token.
pub(super) async fn negotiate(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Json<Value>, Problems> {
    let (mut parts, _) = request.into_parts();
    Listener::of(&mut parts, &state, &NAMES).await?;
    let id = Uuid::new_v4().simple().to_string();
    let mut answer = json!({
        "negotiateVersion": 0,
        "connectionId": id,
        "availableTransports": [{"transport": "WebSockets", "transferFormats": ["Text"]}],
    });
    if asks_for_version_one(parts.uri.query().unwrap_or_default()) {
        answer["negotiateVersion"] = 1.into();
        answer["connectionToken"] = Uuid::new_v4().simple().to_string().into();
    }
    Ok(Json(answer))
}

fn asks_for_version_one(query: &str) -> bool {
    query.split('&').filter_map(|member| member.split_once('=')).any(|(name, value)| {
        name.eq_ignore_ascii_case("negotiateVersion") && value.parse().is_ok_and(|v: u32| v >= 1)
    })
}

/// Opens a websocket of the hub.
pub(super) async fn connect(State(state): State<ApiState>, request: Request) -> Result<Response, Problems> {
    let granted = Granted::of(request, &state, &NAMES).await?;
    let shared = state.clone();
    let line = granted.line(&state.lines.signalr);
    Ok(granted.open(&state, ConnectionKind::SignalR, line, |socket, listener| {
        // Boxed, because it is over soon and needs more room than what follows.
        let opened = Box::pin(shake_hands(shared, listener, socket));
        async move {
            let opened = opened.await;
            if let Some((connection, opening)) = opened {
                connection.run(opening).await;
            }
        }
    }))
}

/// The connection that follows a handshake; none when the client is told otherwise, or went away.
async fn shake_hands(
    state: ApiState,
    listener: Listener,
    mut socket: WebSocket,
) -> Option<(Box<Connection<HubDialect>>, Opening)> {
    let handshake = tokio::select! {
        handshake = read_handshake(&mut socket, state.config.signalr.handshake) => handshake?,
        () = state.drain.started() => {
            // Before the handshake there are no hub messages to say it in.
            part(&mut socket, None, Close::Restarting).await;
            return None;
        }
    };
    if handshake.is_err() {
        let answer = Message::text(signalr::handshake_answer(&handshake));
        part(&mut socket, Some(answer), Close::Protocol).await;
        return None;
    }
    // Attached before the handshake is answered: what is said after the client saw it open is heard.
    match attach(&state, &listener, socket.line().clone()).await {
        Ok((feed, opening)) => {
            let settings = opening::settings(&state, state.config.signalr.keepalive);
            let dialect = HubDialect { state, listener };
            Some((Connection::new(socket, feed, dialect, settings), opening))
        }
        Err(error) => {
            tracing::error!(%error, "feed could not be attached");
            part(&mut socket, None, Close::Failed).await;
            None
        }
    }
}

/// The client's first message, within the time it has for it; `None` when it went away. Cancel safe.
async fn read_handshake(socket: &mut WebSocket, patience: Duration) -> Option<Result<(), String>> {
    match timeout(patience, socket.next()).await {
        Ok(Some(Ok(Message::Text(frame)))) => Some(signalr::messages(&frame).next().map_or_else(
            || Err("the handshake request is not complete".to_owned()),
            signalr::check_handshake,
        )),
        Ok(Some(Ok(_))) => Some(Err("the handshake request is not text".to_owned())),
        Ok(_) => None,
        Err(_) => Some(Err("the handshake was not completed in time".to_owned())),
    }
}

/// Speaks the hub protocol in JSON.
struct HubDialect {
    state: ApiState,
    listener: Listener,
}

#[async_trait]
impl Dialect for HubDialect {
    fn open(&mut self, opening: Opening) -> Vec<Message> {
        let mut messages = vec![Message::text(signalr::handshake_answer(&Ok(())))];
        if let Some(gap) = opening.gap {
            let control =
                json!({"control": "gap", "reason": gap.reason(), "cursor": opening.cursor.encode()});
            messages.push(Message::text(signalr::invocation(CONTROL_METHOD, &control)));
        }
        messages
    }

    async fn hear(&mut self, frame: Utf8Bytes) -> Reaction {
        let mut answers = Vec::new();
        for message in signalr::messages(&frame) {
            match HubMessage::parse(message) {
                Ok(HubMessage::Invocation { id: Some(id), target }) => {
                    let problem = format!("The hub has no method '{target}'.");
                    let number = shared::NOT_IMPLEMENTED.in_family(Family::Engine).number;
                    let answer = signalr::failed_completion(&id, number, &problem);
                    answers.push(Message::text(answer));
                }
                Ok(HubMessage::Invocation { id: None, .. } | HubMessage::Ping | HubMessage::Other) => {}
                Ok(HubMessage::Close) => return Reaction::Part(answers, Close::Normal),
                Err(_) => return Reaction::Part(answers, Close::Protocol),
            }
        }
        Reaction::Say(answers)
    }

    fn heartbeat(&self) -> Message {
        Message::text(signalr::ping())
    }

    fn farewell(&self, close: Close, _come_back_after: Duration) -> Option<Message> {
        let (error, reconnect) = match close {
            // The last two are of streaming sessions, which have no hub.
            Close::Normal | Close::SessionEnded | Close::TakenOver => (None, Reconnect::Refused),
            Close::Restarting => (None, Reconnect::Allowed),
            Close::FellBehind => (Some("The reader fell behind."), Reconnect::Allowed),
            Close::Failed => (Some("The server failed."), Reconnect::Allowed),
            // Clients ask their application for a token whenever they connect, and cannot renew one on the socket.
            Close::TokenExpired => (Some("The token expired."), Reconnect::Allowed),
            Close::NoLongerEntitled => {
                (Some("The token was revoked, or the integration is gone."), Reconnect::Refused)
            }
            Close::Protocol | Close::BinaryData | Close::NotUtf8 | Close::NotDeflated | Close::TooLarge => {
                (Some("The message could not be understood."), Reconnect::Refused)
            }
        };
        Some(Message::text(signalr::close(error, reconnect)))
    }

    fn entitled_until(&self) -> Millis {
        self.listener.identity.expires
    }

    fn entitlement(&self) -> Result<(), Close> {
        self.listener.entitlement(&self.state)
    }
}

//! What is said on a connection of the hub: invocations of the client's methods, and answers to what it says.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use crate::api::ApiState;
use crate::api::caller::Denied;
use crate::api::events::listener::Listener;
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Problems, denied};
use crate::auth::Identity;
use crate::domain::clock::Millis;
use crate::outlets::signalr::{HubMessage, Incoming, Protocol, Reconnect, Unframed};
use crate::outlets::{Close, Dialect, Opening, Reaction};
use crate::telemetry::Face;

/// The method of a client that hears what is beside the activities, such as a gap.
const CONTROL_METHOD: &str = "ReceiveControl";

/// Speaks the hub protocol.
pub(super) struct HubDialect {
    state: ApiState,
    listener: Listener,
    renewed: Option<watch::Receiver<Arc<Identity>>>,
    protocol: Protocol,
    incoming: Incoming,
}

impl HubDialect {
    /// Speaks `protocol`; the listener's newest identity is in `renewed`, where its requests bring others.
    pub(super) fn new(
        state: ApiState,
        listener: Listener,
        renewed: Option<watch::Receiver<Arc<Identity>>>,
        protocol: Protocol,
    ) -> Self {
        let incoming = Incoming::new(state.config.websocket.max_frame_bytes);
        Self { state, listener, renewed, protocol, incoming }
    }

    /// Answers what is complete of what the client has said. One message can hold thousands of calls, so no more is
    /// answered at once than may wait for a client.
    fn react(&mut self) -> Reaction {
        let most = self.state.config.websocket.queue.events.get();
        let mut answers = Vec::new();
        loop {
            match self.protocol.next(&mut self.incoming) {
                Ok(None) => return Reaction::Say(answers),
                Ok(Some(HubMessage::Invocation { id, target })) => {
                    let problems = self.refusal_of(&target);
                    let Some(id) = id else { continue };
                    if answers.len() == most {
                        return Reaction::Part(answers, Close::FellBehind);
                    }
                    let problem = problems.first();
                    answers.push(self.protocol.failed_completion(&id, problem.code().number, problem.text()));
                }
                Ok(Some(HubMessage::Ping | HubMessage::Other)) => {}
                Ok(Some(HubMessage::Close)) => return Reaction::Part(answers, Close::Normal),
                Err(Unframed::TooLarge) => return Reaction::Part(answers, Close::TooLarge),
                Err(Unframed::Broken) => return Reaction::Part(answers, Close::Protocol),
            }
        }
    }

    /// Every invocation is a call of the client, like one by HTTP. What comes of it otherwise is that the hub has no
    /// methods.
    fn refusal_of(&self, target: &str) -> Problems {
        let counted = self.state.rate_limiters.count(Face::Events, self.identity().client.as_str());
        match counted {
            Ok(()) => {
                let code = shared::NOT_IMPLEMENTED.in_family(Family::Engine);
                Problems::one(code, format!("The hub has no method '{target}'."))
            }
            Err(refused) => denied(Family::Engine, Denied::TooMany(refused)),
        }
    }

    fn identity(&self) -> Arc<Identity> {
        match &self.renewed {
            Some(newest) => newest.borrow().clone(),
            None => self.listener.identity.clone(),
        }
    }
}

#[async_trait]
impl Dialect for HubDialect {
    fn open(&mut self, opening: Opening) -> Vec<Message> {
        let mut messages = vec![self.protocol.accepted()];
        if let Some(gap) = opening.gap {
            let control =
                json!({"control": "gap", "reason": gap.reason(), "cursor": opening.cursor.encode()});
            messages.push(self.protocol.invocation(CONTROL_METHOD, &control));
        }
        messages
    }

    async fn hear(&mut self, text: Utf8Bytes) -> Reaction {
        self.incoming.push(text.as_bytes());
        self.react()
    }

    async fn hear_binary(&mut self, bytes: Bytes) -> Reaction {
        self.incoming.push(&bytes);
        self.react()
    }

    fn heartbeat(&self) -> Message {
        self.protocol.ping()
    }

    fn farewell(&self, close: Close, _come_back_after: Duration) -> Option<Message> {
        let (error, reconnect) = match close {
            // The last two are of streaming sessions, which have no hub.
            Close::Normal | Close::SessionEnded | Close::TakenOver => (None, Reconnect::Refused),
            Close::Restarting => (None, Reconnect::Allowed),
            Close::FellBehind => (Some("The reader fell behind."), Reconnect::Allowed),
            Close::Failed => (Some("The server failed."), Reconnect::Allowed),
            // Clients ask their application for a token whenever they connect, and cannot renew one on a websocket.
            Close::TokenExpired => (Some("The token expired."), Reconnect::Allowed),
            Close::IntegrationPaused => (Some("The integration was paused."), Reconnect::Allowed),
            Close::NoLongerEntitled => {
                (Some("The token was revoked, or the integration is gone."), Reconnect::Refused)
            }
            Close::Protocol | Close::BinaryData | Close::NotUtf8 | Close::NotDeflated | Close::TooLarge => {
                (Some("The message could not be understood."), Reconnect::Refused)
            }
        };
        Some(self.protocol.close(error, reconnect))
    }

    fn entitled_until(&self) -> Millis {
        self.identity().expires
    }

    fn entitlement(&self) -> Result<(), Close> {
        self.listener.entitlement_of(&self.identity(), &self.state)
    }
}

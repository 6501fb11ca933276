//! One call of a webhook, and what came of it: between those who decide what is sent and those who send it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::target::Target;
use crate::domain::clock::Millis;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{ConversationId, DeliveryId, HubId};

/// A call that is about to be made.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where it goes, and what signs it.
    pub target: Target,
    /// Who is called.
    pub endpoint: Endpoint,
    /// The hub of the conversation.
    pub hub: HubId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The first delivery that it carries.
    pub first: DeliveryId,
    /// How many deliveries it carries. The same deliveries go together when they are tried again, so `first` and this
    /// together tell a repetition.
    pub count: usize,
    /// When it is made.
    pub at: Millis,
    /// The body: a JSON text.
    pub body: Bytes,
}

/// What came of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the answer; none when there was no answer.
    pub status: Option<u16>,
    /// How long the endpoint asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Why there was no answer, for people; none when there was one.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

impl Outcome {
    /// Whether the endpoint has taken what it was sent.
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the endpoint wants nothing any more.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Makes calls.
#[async_trait]
pub trait Post: Send + Sync {
    /// Makes a call and waits for its end, which comes in bounded time. A failure is an outcome like others, and
    /// nothing is tried again later.
    async fn post(&self, call: Call) -> Outcome;
}

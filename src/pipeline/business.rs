//! What a business's own software says to a customer: it opens a conversation where there is none, and waits to hear
//! what becomes of what it said. It must not know by which face it is asked.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::engine::Engine;
use super::error::EngineError;
use super::establish::Establish;
use super::lane::Live;
use super::record::{Work, kept};
use super::submit::Passage;
use crate::domain::ids::{ClientId, InteractionId, TenantId};

/// What is kept and shown of a message in place of what it says, where only its customer is to see that.
pub const MASK: &str = "********";

/// Something that a business's software says. It was checked as if somebody else had said it.
#[derive(Clone, Debug, PartialEq)]
pub struct BusinessSays {
    /// The client that says it, and hears what becomes of it.
    pub client: ClientId,
    /// What it says.
    pub message: Map<String, Value>,
    /// Who sees what it says.
    pub shown: Shown,
}

/// Who sees what a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everybody, now and later.
    ToAll,
    /// The customer alone, while it is said. All others, whoever reads it later, and the customer when it hears it
    /// again see a [`MASK`].
    Masked,
}

impl Engine {
    /// Says something to a customer in its open conversation, or in a new one; answered with its record, once it is
    /// kept and published.
    ///
    /// It is the platform that says it: it wakes nobody, takes the conversation from nobody and is no command, and
    /// the stages of the hub, which look after what people say, do not see it.
    ///
    /// # Errors
    /// As [`establish`](Self::establish).
    pub async fn say_for_business(
        &self,
        tenant: TenantId,
        ask: Establish,
        says: BusinessSays,
    ) -> Result<InteractionId, EngineError> {
        loop {
            let conversation = self.establish(tenant, ask.clone()).await?.conversation.id;
            match self.live(tenant, conversation).await {
                Ok(live) => {
                    if let Some(said) = self.say_in(&live, &says).await? {
                        return Ok(said);
                    }
                }
                // Closed meanwhile: the customer's next conversation is the one.
                Err(EngineError::ConversationClosed) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Says something in a conversation; nothing when it was closed.
    async fn say_in(
        &self,
        live: &Arc<Live>,
        says: &BusinessSays,
    ) -> Result<Option<InteractionId>, EngineError> {
        let turn = live.stage_turns.queue_up(self.stages.settings.waiting_per_conversation).await?;
        let (interaction, done) = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Ok(None);
            }
            let mut passage = Passage::new(self, live, &mut lane);
            let interaction = passage.say_for_business(says)?;
            let steps = passage.finish();
            (interaction, self.recorder.submit(Work::in_lane(live, steps)))
        };
        drop(turn);
        kept(done).await?;
        Ok(Some(interaction))
    }
}

#[cfg(test)]
mod tests;

//! The turns of a conversation: whose activity goes through the stages, and what is held. It must not know stages.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::{Mutex, MutexGuard};

use crate::domain::activity::Content;
use crate::domain::clock::Millis;
use crate::domain::ids::{IntegrationId, InteractionId};
use crate::pipeline::error::EngineError;
use crate::pipeline::validate::{ActivityDraft, Keeping};
use crate::pipeline::wishes::Wishes;

/// The turns of one conversation.
#[derive(Default)]
pub(in crate::pipeline) struct StageTurns {
    /// Taken by each activity from before its first stage to its place in the recorder's queue. Asynchronous because
    /// plug-ins are awaited under it, and fair: who asked first is first. It guards what is held.
    turn: Mutex<Held>,
    /// How many senders wait for a turn: only a number, which orders nothing.
    waiting: AtomicUsize,
    /// Whether something is held, for those who cannot wait for a turn.
    is_holding: AtomicBool,
}

/// What is held in a conversation, the oldest first.
pub(super) type Held = VecDeque<HeldActivity>;

/// One's turn.
pub(in crate::pipeline) struct StageTurn<'a> {
    pub(super) held: MutexGuard<'a, Held>,
    turns: &'a StageTurns,
}

impl StageTurns {
    /// Waits for one's turn.
    pub(super) async fn take(&self) -> StageTurn<'_> {
        StageTurn { held: self.turn.lock().await, turns: self }
    }

    /// Waits for one's turn, unless `most` others do already.
    ///
    /// # Errors
    /// [`EngineError::TooManyHeld`]; then there was no turn.
    pub(in crate::pipeline) async fn queue_up(
        &self,
        most: NonZeroUsize,
    ) -> Result<StageTurn<'_>, EngineError> {
        // Nobody is overtaken by this: while others wait the turn goes from hand to hand.
        if let Ok(held) = self.turn.try_lock() {
            return Ok(StageTurn { held, turns: self });
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _place = PlaceInLine(&self.waiting);
        if before >= most.get() {
            return Err(EngineError::TooManyHeld);
        }
        Ok(self.take().await)
    }

    /// Whether something is held.
    pub(in crate::pipeline) fn is_holding(&self) -> bool {
        self.is_holding.load(Ordering::Acquire)
    }
}

impl Drop for StageTurn<'_> {
    fn drop(&mut self) {
        self.turns.is_holding.store(!self.held.is_empty(), Ordering::Release);
    }
}

/// A place among those who wait for a turn, for as long as it is there.
struct PlaceInLine<'a>(&'a AtomicUsize);

impl Drop for PlaceInLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An activity that waits, as its sender gave it; its serialized form is how it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct HeldActivity {
    /// Its place among what is held in the conversation.
    pub(super) number: i64,
    /// When it was said.
    pub(super) at: Millis,
    /// Who said it.
    pub(super) sender: IntegrationId,
    /// What it is known by: its sender was told, if it is a message.
    pub(super) id: InteractionId,
    /// Its sender's own reference.
    pub(super) external_id: Option<String>,
    is_message: bool,
    content: Map<String, Value>,
}

impl HeldActivity {
    pub(super) fn new(number: i64, at: Millis, sender: IntegrationId, mut draft: ActivityDraft) -> Self {
        let id = *draft.interaction.get_or_insert_with(InteractionId::new);
        let is_message = draft.is_message();
        let (Content::Message(content) | Content::Event(content)) = draft.content;
        Self { number, at, sender, id, external_id: draft.external_id, is_message, content }
    }

    /// The activity as it was before the first stage.
    pub(super) fn draft(&self) -> ActivityDraft {
        let content = self.content.clone();
        ActivityDraft {
            sender: Some(self.sender),
            external_id: self.external_id.clone(),
            content: if self.is_message { Content::Message(content) } else { Content::Event(content) },
            keeping: Keeping::Kept,
            wishes: Wishes::default(),
            interaction: Some(self.id),
        }
    }
}

//! Holding activities that a plug-in could not be asked about. It must not know when they are said
//! ([`super::release`]).
//!
//! Who says something that is held is answered as if it had been said: it is kept, and is said once, when the plug-in
//! answers again, or is not set any more. Everything that is said after it in its conversation, by whomever, is held
//! behind it; what is not kept, such as typing, is heard at once. The `eventId` in the answer is used up, and is
//! nobody's; the `interactionId` stays.

use std::sync::Arc;

use super::turn::{HeldActivity, StageTurn};
use crate::domain::integration::Integration;
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Live;
use crate::pipeline::record::{Step, Work, kept};
use crate::pipeline::submit::{Receipt, open_for};
use crate::pipeline::validate::ActivityDraft;
use crate::store::{HeldRecord, StoreError, Write};

impl Engine {
    /// Keeps an activity for later, behind what is held already.
    pub(super) async fn hold(
        &self,
        live: &Arc<Live>,
        turn: &mut StageTurn<'_>,
        sender: &Integration,
        draft: ActivityDraft,
    ) -> Result<Receipt, EngineError> {
        if turn.held.len() >= self.stages.settings.held_per_conversation.get() {
            return Err(EngineError::TooManyHeld);
        }
        let (event_id, hub) = {
            let mut lane = live.enter();
            open_for(&lane.head, sender)?;
            (lane.next_event_id(self.now()), lane.head.hub)
        };
        let number = turn.held.back().map_or(1, |last| last.number + 1);
        let external_id = draft.external_id.clone();
        let is_message = draft.is_message();
        let held = HeldActivity::new(number, self.now(), sender.id, draft);
        let receipt = Receipt {
            event_id,
            external_id,
            hub,
            conversation: live.id,
            integration: sender.id,
            interaction: is_message.then_some(held.id),
        };
        let body = serde_json::to_string(&held).expect("a draft is what was read from JSON");
        let record = HeldRecord { tenant: live.tenant, conversation: live.id, number, body };
        // Before the commit, which is made even when the sender hangs up meanwhile.
        turn.held.push_back(held);
        self.stages.holding.insert(live.id, live.clone());
        let done = self.recorder.submit(Work::new(live.tenant, vec![Step::keep(Write::Hold(record))]));
        if let Err(error) = kept(done).await {
            turn.held.pop_back();
            return Err(error.into());
        }
        Ok(receipt)
    }

    /// Takes up what the store holds back.
    pub(in crate::pipeline) async fn restore_held(&self) -> Result<(), StoreError> {
        for record in self.store.held().await? {
            let live = self.conversations.get(record.tenant, record.conversation);
            match (live, serde_json::from_str(&record.body)) {
                (Some(live), Ok(held)) => {
                    live.stage_turns.take().await.held.push_back(held);
                    self.stages.holding.insert(live.id, live);
                }
                (live, held) => {
                    let error = held.err().map(|error| error.to_string());
                    tracing::error!(
                        conversation = %record.conversation, is_open = live.is_some(), error,
                        "an activity that was held cannot be said any more"
                    );
                    let release = Write::Release(record.conversation, record.number);
                    self.recorder.record(record.tenant, vec![Step::keep(release)]).await?;
                }
            }
        }
        Ok(())
    }
}

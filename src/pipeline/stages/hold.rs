//! Holding activities that a plug-in could not be asked about, and saying them later, in their order.
//!
//! Who says something that is held is answered as if it had been said: it is kept, and is said once, when the plug-in
//! answers again, or is not set any more. Everything that is said after it in its conversation, by whomever, is held
//! behind it; what is not kept, such as typing, is heard at once. What is held meets all stages again, as they are by
//! then. Its place in the conversation is that of the moment when it is said: the `eventId` in the answer is used up,
//! and is nobody's; the `interactionId` stays.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use super::through::Met;
use super::turn::{HeldActivity, Turn};
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::command::command_in;
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Live;
use crate::pipeline::record::{Step, Work, kept};
use crate::pipeline::submit::Receipt;
use crate::pipeline::validate::ActivityDraft;
use crate::store::{HeldRecord, StoreError, Write};

/// How many conversations try at the same time to say what they hold: enough that one slow plug-in does not keep the
/// others waiting.
const AT_ONCE: usize = 64;

/// What became of an attempt to say something that was held.
enum Attempt {
    /// It is said, or never will be; the next can be tried.
    Done,
    /// It still waits, and what is behind it too.
    Waits,
}

impl Engine {
    /// Keeps an activity for later, behind what is held already.
    pub(super) async fn hold(
        &self,
        live: &Arc<Live>,
        turn: &mut Turn<'_>,
        sender: &Integration,
        draft: ActivityDraft,
    ) -> Result<Receipt, EngineError> {
        if turn.held.len() >= self.stages.settings.held_per_conversation.get() {
            return Err(EngineError::TooManyHeld);
        }
        let (event_id, hub) = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Err(match sender.kind {
                    IntegrationType::Customer => EngineError::ConversationClosed,
                    _ => EngineError::CustomerGone,
                });
            }
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
        let done = self.recorder.submit(Work::new(live.tenant, vec![Step::Keep(Write::Hold(record))]));
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
                    live.turns.take().await.held.push_back(held);
                    self.stages.holding.insert(live.id, live);
                }
                (live, held) => {
                    let error = held.err().map(|error| error.to_string());
                    tracing::error!(
                        conversation = %record.conversation, is_open = live.is_some(), error,
                        "an activity that was held cannot be said any more"
                    );
                    let release = Write::Release(record.conversation, record.number);
                    self.recorder.record(record.tenant, vec![Step::Keep(release)]).await?;
                }
            }
        }
        Ok(())
    }

    /// Tries to say all that is held. In each conversation that ends with the first activity that still has to wait.
    pub async fn release_held(&self) {
        let holding: Vec<_> = self.stages.holding.iter().map(|live| live.value().clone()).collect();
        stream::iter(holding)
            .for_each_concurrent(AT_ONCE, |live| async move { self.release(&live).await })
            .await;
    }

    async fn release(&self, live: &Arc<Live>) {
        let mut turn = live.turns.take().await;
        while let Some(held) = turn.held.front().cloned() {
            match self.attempt(live, &mut turn, held).await {
                Ok(Attempt::Done) => {}
                Ok(Attempt::Waits) => return,
                Err(error) => {
                    tracing::error!(conversation = %live.id, %error, "an activity that is held could not be said");
                    return;
                }
            }
        }
        // Within the turn: whoever holds something next comes after it.
        self.stages.holding.remove(&live.id);
    }

    async fn attempt(
        &self,
        live: &Arc<Live>,
        turn: &mut Turn<'_>,
        held: HeldActivity,
    ) -> Result<Attempt, StoreError> {
        if live.enter().head.closed.is_some() {
            return self.drop_held(live, turn, &held, "its conversation was closed").await;
        }
        let Some(sender) = self.registry.integration(live.tenant, held.sender) else {
            return self.drop_held(live, turn, &held, "its sender is gone").await;
        };
        let draft = held.draft();
        if let Some(line) = command_in(&sender, &draft).map(str::to_owned) {
            return match self.command(live, &sender, &line, draft.external_id).await {
                Ok(_) => self.forget_held(live, turn, &held).await,
                Err(error) => self.cannot_be_said(live, turn, &held, error).await,
            };
        }
        match self.meet_stages(live, &sender, draft, held.at).await {
            Met::Hold(_) => Ok(Attempt::Waits),
            Met::Stopped(reason) => self.drop_held(live, turn, &held, reason.as_deref().unwrap_or("")).await,
            Met::On(draft) => {
                let release = Step::Keep(Write::Release(live.id, held.number));
                match self.say(live, &sender, draft, vec![release]).await {
                    Ok((_, done)) => {
                        kept(done).await?;
                        turn.held.pop_front();
                        Ok(Attempt::Done)
                    }
                    Err(error) => self.cannot_be_said(live, turn, &held, error).await,
                }
            }
        }
    }

    async fn cannot_be_said(
        &self,
        live: &Live,
        turn: &mut Turn<'_>,
        held: &HeldActivity,
        error: EngineError,
    ) -> Result<Attempt, StoreError> {
        match error {
            EngineError::Store(error) => Err(error),
            // Its hub has nobody at all: somebody may come.
            EngineError::NobodyToAnswer => Ok(Attempt::Waits),
            error => self.drop_held(live, turn, held, &error.to_string()).await,
        }
    }

    async fn drop_held(
        &self,
        live: &Live,
        turn: &mut Turn<'_>,
        held: &HeldActivity,
        reason: &str,
    ) -> Result<Attempt, StoreError> {
        tracing::warn!(conversation = %live.id, interaction = %held.id, reason, "what was held is not said");
        self.forget_held(live, turn, held).await
    }

    async fn forget_held(
        &self,
        live: &Live,
        turn: &mut Turn<'_>,
        held: &HeldActivity,
    ) -> Result<Attempt, StoreError> {
        let release = Step::Keep(Write::Release(live.id, held.number));
        self.recorder.record(live.tenant, vec![release]).await?;
        turn.held.pop_front();
        Ok(Attempt::Done)
    }
}

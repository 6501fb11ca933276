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
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Live;
use crate::pipeline::record::{Done, Step, Work, kept};
use crate::pipeline::submit::{Passage, Receipt};
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
        let release = Step::Keep(Write::Release(live.id, held.number));
        let sender = self.registry.integration(live.tenant, held.sender);
        let met = match &sender {
            Some(sender) => self.meet_stages(live, sender, held.draft(), held.at).await,
            None => Met::Stopped(Some("its sender is gone".to_owned())),
        };
        let work = match (met, sender) {
            (Met::Hold(_), _) => return Ok(Attempt::Waits),
            (Met::On(draft), Some(sender)) => match self.say_held(live, &sender, draft, release) {
                Ok(done) => done,
                // Its hub has nobody at all: somebody may come.
                Err(EngineError::NobodyToAnswer) => return Ok(Attempt::Waits),
                Err(error) => self.drop_held(live, &held, &error.to_string()),
            },
            (Met::Stopped(reason), _) => self.drop_held(live, &held, reason.as_deref().unwrap_or_default()),
            (Met::On(_), None) => unreachable!("without a sender nothing meets stages"),
        };
        kept(work).await?;
        turn.held.pop_front();
        Ok(Attempt::Done)
    }

    /// Says it, and forgets it with the same commit.
    fn say_held(
        &self,
        live: &Arc<Live>,
        sender: &Integration,
        draft: ActivityDraft,
        release: Step,
    ) -> Result<Done, EngineError> {
        let mut lane = live.enter();
        let mut passage = Passage::new(self, live, &mut lane);
        passage.take(sender, draft)?;
        let mut steps = passage.finish();
        steps.push(release);
        Ok(self.recorder.submit(Work::in_lane(live, steps)))
    }

    fn drop_held(&self, live: &Arc<Live>, held: &HeldActivity, reason: &str) -> Done {
        tracing::warn!(conversation = %live.id, interaction = %held.id, reason, "an activity that was held is not said");
        let release = Step::Keep(Write::Release(live.id, held.number));
        self.recorder.submit(Work::new(live.tenant, vec![release]))
    }
}

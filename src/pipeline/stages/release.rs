//! Saying what was held, in its order, when it can be said. It must not know why something is held ([`super::hold`]).
//!
//! What is held meets all stages again, as they are by then, and its place in the conversation is that of the moment
//! when it is said. Each conversation is tried on its own, and takes its turn anew for each activity, so that neither
//! a slow plug-in nor much that is held keeps others waiting: not other hubs, and not who has something to say.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use super::through::Met;
use super::turn::{HeldActivity, StageTurn};
use crate::domain::ids::{ConversationId, HubId};
use crate::pipeline::command::command_in;
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Live;
use crate::pipeline::record::{Step, kept};
use crate::pipeline::submit::Door;
use crate::store::{StoreError, Write};

/// How many activities of one hub are tried at the same time: enough that a slow answer does not keep the others
/// waiting, few enough for a plug-in that is just back.
const AT_ONCE: usize = 64;

/// Says what is held. What it has begun ends when it is dropped; nothing is lost by that.
pub struct Releaser {
    engine: Arc<Engine>,
    under_way: JoinSet<()>,
    /// The conversations that are being tried.
    conversations: HashMap<ConversationId, AbortHandle>,
    /// The places of each hub in which something is being tried.
    hubs: HashMap<HubId, Arc<Semaphore>>,
}

impl Releaser {
    /// Says what is held in the conversations of an engine.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, under_way: JoinSet::new(), conversations: HashMap::new(), hubs: HashMap::new() }
    }

    /// Begins to say all that is held, wherever that is not under way. In each conversation it ends with the first
    /// activity that still has to wait.
    pub fn begin(&mut self) {
        while let Some(ended) = self.under_way.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "saying what is held broke off");
            }
        }
        self.conversations.retain(|_, attempt| !attempt.is_finished());
        self.hubs.retain(|_, places| Arc::strong_count(places) > 1);
        let holding: Vec<_> = self.engine.stages.holding.iter().map(|live| live.value().clone()).collect();
        for live in holding {
            if self.conversations.contains_key(&live.id) {
                continue;
            }
            let hub = live.enter().head.hub;
            let places = self.hubs.entry(hub).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone();
            let (id, engine) = (live.id, self.engine.clone());
            let attempt = self.under_way.spawn(async move { engine.release(&live, &places).await });
            self.conversations.insert(id, attempt);
        }
    }

    /// Waits until all that was begun has come to its end.
    #[cfg(test)]
    pub(super) async fn finish(&mut self) {
        while let Some(ended) = self.under_way.join_next().await {
            ended.unwrap();
        }
    }
}

/// What became of an attempt to say something that was held.
enum Attempt {
    /// It is said, or never will be; the next can be tried.
    Done,
    /// It still waits, and what is behind it too.
    Waits,
}

impl Engine {
    async fn release(&self, live: &Arc<Live>, places: &Semaphore) {
        loop {
            let _place = places.acquire().await.expect("nobody closes the semaphore");
            let mut turn = live.stage_turns.take().await;
            let attempt = match turn.held.front().cloned() {
                Some(held) => self.attempt(live, &mut turn, held).await,
                None => Ok(Attempt::Done),
            };
            if turn.held.is_empty() {
                // Within the turn: whoever holds something next comes after it.
                self.stages.holding.remove(&live.id);
                return;
            }
            match attempt {
                Ok(Attempt::Done) => {}
                Ok(Attempt::Waits) => return,
                Err(error) => {
                    tracing::error!(conversation = %live.id, %error, "an activity that is held could not be said");
                    return;
                }
            }
        }
    }

    async fn attempt(
        &self,
        live: &Arc<Live>,
        turn: &mut StageTurn<'_>,
        held: HeldActivity,
    ) -> Result<Attempt, StoreError> {
        if live.enter().head.closed.is_some() {
            return self.drop_held(live, turn, &held, "its conversation was closed").await;
        }
        // A customer's is the only door that does not ask who comes by it once the sender is named.
        let sender = self.sender(&live.enter().head, Door::Customer, Some(held.sender));
        let sender = match sender {
            Ok(sender) => sender,
            Err(error) => return self.cannot_be_said(live, turn, &held, error).await,
        };
        let draft = held.draft();
        // Said and forgotten in one commit, so that it is said once.
        let release = vec![Step::keep(Write::Release(live.id, held.number))];
        let said = if let Some(line) = command_in(&sender, &draft).map(str::to_owned) {
            self.command(live, &sender, &line, draft.external_id, release).await.map(|_| ())
        } else {
            match self.meet_stages(live, &sender, draft, held.at).await {
                Met::Hold(_) => return Ok(Attempt::Waits),
                Met::Stopped(reason) => {
                    return self.drop_held(live, turn, &held, reason.as_deref().unwrap_or("")).await;
                }
                Met::On(draft) => match self.say(live, &sender, draft, release).await {
                    Ok((_, done)) => kept(done).await.map_err(Into::into),
                    Err(error) => Err(error),
                },
            }
        };
        match said {
            Ok(()) => {
                turn.held.pop_front();
                Ok(Attempt::Done)
            }
            Err(error) => self.cannot_be_said(live, turn, &held, error).await,
        }
    }

    async fn cannot_be_said(
        &self,
        live: &Live,
        turn: &mut StageTurn<'_>,
        held: &HeldActivity,
        error: EngineError,
    ) -> Result<Attempt, StoreError> {
        match error {
            EngineError::Store(error) => Err(error),
            // Its hub has nobody at all, and somebody may come; or its hub or sender is paused, and a pause ends.
            EngineError::NobodyToAnswer | EngineError::HubPaused | EngineError::IntegrationPaused => {
                Ok(Attempt::Waits)
            }
            error => self.drop_held(live, turn, held, &error.to_string()).await,
        }
    }

    async fn drop_held(
        &self,
        live: &Live,
        turn: &mut StageTurn<'_>,
        held: &HeldActivity,
        reason: &str,
    ) -> Result<Attempt, StoreError> {
        tracing::warn!(conversation = %live.id, interaction = %held.id, reason, "what was held is not said");
        let release = Step::keep(Write::Release(live.id, held.number));
        self.recorder.record(live.tenant, vec![release]).await?;
        turn.held.pop_front();
        Ok(Attempt::Done)
    }
}

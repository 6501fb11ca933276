//! Closing conversations, and deleting what they happen in.

use std::sync::Arc;

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use super::record::{Done, Step, Work, kept};
use super::submit::Passage;
use crate::domain::audit::Actor;
use crate::domain::ids::{HubId, IntegrationId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::registry::IntegrationPatch;
use crate::store::Write;

/// At most so many conversations are closed, or looked at for that, between two publishes that wait, so that many of
/// them hold nobody up. They share a commit.
pub(super) const CLOSE_BATCH: usize = 256;

impl Engine {
    /// Closes a conversation; of many callers at once, one closes it. The agent it is with hears it cleared,
    /// wrapped up and idle, in that order.
    pub(super) async fn close(&self, live: &Arc<Live>) -> Result<(), EngineError> {
        let done = self.begin_close(live, &mut live.enter(), &[]);
        match done {
            Some(done) => Ok(kept(done).await?),
            None => Ok(()),
        }
    }

    /// Closes a conversation whose lane the caller is in; nothing when somebody else does. Who answers it may be
    /// among the `departed`, integrations that may be gone already.
    pub(super) fn begin_close(
        &self,
        live: &Arc<Live>,
        lane: &mut Lane,
        departed: &[Arc<Integration>],
    ) -> Option<Done> {
        if lane.head.closed.is_some() {
            return None;
        }
        let mut passage = Passage::new(self, live, lane);
        passage.close(departed);
        let mut steps = passage.finish();
        if live.stage_turns.is_holding() {
            steps.push(Step::keep(Write::ReleaseAll(live.id)));
        }
        Some(self.recorder.submit(Work::in_lane(live, steps)))
    }

    /// Changes an integration, which stays on its side while it takes part in open conversations: those it opened
    /// would be with nobody, and those it answers with a customer.
    pub async fn update_integration(
        &self,
        by: Actor,
        id: IntegrationId,
        patch: IntegrationPatch,
    ) -> Result<Arc<Integration>, EngineError> {
        let is_customers = |kind| kind == IntegrationType::Customer;
        let present = self.integration(by.tenant, id)?;
        let changes_side = patch.kind.is_some_and(|kind| is_customers(kind) != is_customers(present.kind));
        // One may be opened before the change is made; it goes on, and a deletion closes it.
        if changes_side && self.conversations.load_of(id) > 0 {
            return Err(EngineError::TakesPart);
        }
        Ok(self.registry.update_integration(by, id, patch).await?)
    }

    /// Deletes an integration. Conversations that came by it are closed first, whatever it has become since; those it
    /// answered wait for the next to answer.
    pub async fn delete_integration(&self, by: Actor, id: IntegrationId) -> Result<(), EngineError> {
        let departing = [self.integration(by.tenant, id)?];
        self.close_all(self.opened_by(id), &departing).await?;
        self.registry.delete_integration(by, id).await?;
        self.close_all(self.opened_by(id), &departing).await
    }

    /// The open conversations that came by an integration.
    fn opened_by(&self, id: IntegrationId) -> Vec<Arc<Live>> {
        let mut all = self.conversations.of_integration(id, usize::MAX).newest;
        all.retain(|live| live.enter().head.integration == id);
        all
    }

    /// Closes what a list shows.
    async fn close_all(
        &self,
        list: Vec<Arc<Live>>,
        departed: &[Arc<Integration>],
    ) -> Result<(), EngineError> {
        for batch in list.chunks(CLOSE_BATCH) {
            let closing: Vec<_> =
                batch.iter().filter_map(|live| self.begin_close(live, &mut live.enter(), departed)).collect();
            for done in closing {
                kept(done).await?;
            }
        }
        Ok(())
    }

    /// Deletes a hub with its integrations and commands; its conversations are closed first. Streaming sessions
    /// belong to users and stay: they hear the closes.
    pub async fn delete_hub(&self, by: Actor, id: HubId) -> Result<(), EngineError> {
        self.hub(by.tenant, id)?;
        self.close_all(self.conversations.of_hub(id, usize::MAX).newest, &[]).await?;
        let departing = self.registry.integrations_of(id);
        self.registry.delete_hub(by, id).await?;
        self.stages.forget(id);
        // Some may have been opened, and offered to an agent, until the hub was gone.
        self.close_all(self.conversations.of_hub(id, usize::MAX).newest, &departing).await
    }

    /// Closes conversations whose hub or integration is gone: a deletion that a crash cut in two.
    pub async fn close_orphans(&self) -> Result<(), EngineError> {
        for live in self.conversations.all() {
            let head = live.head();
            if self.registry.integration(head.tenant, head.integration).is_none() {
                self.close(&live).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

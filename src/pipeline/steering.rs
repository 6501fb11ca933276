//! What back ends do with a conversation from outside: they route, resolve and close it, and change what is known of
//! the customer. It must not know who they are, nor where a conversation goes by itself.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use super::past::Past;
use super::record::{Work, kept};
use super::submit::Passage;
use crate::domain::conversation::{Conversation, Properties, Wanted};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::standing::{Holder, Move, Queue, Standing};

/// Where a conversation is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// To a bot of its hub.
    Bot,
    /// To the agents who are wanted, or into their queue.
    Agents(Arc<Wanted>),
    /// To this bot or agent of its hub. When that answers no more, it goes to the agents who are wanted; where none
    /// are, to whoever answers.
    Integration(IntegrationId, Option<Arc<Wanted>>),
}

/// What was done with a conversation.
#[derive(Clone, Debug)]
pub struct Steered {
    /// Its head, as it is now.
    pub conversation: Conversation,
    /// Where it stood and where it stands.
    pub moved: Move,
}

impl Engine {
    /// Where a conversation stands.
    pub fn standing(&self, head: &Conversation) -> Standing {
        let holder = head.destination.and_then(|id| self.registry.integration(head.tenant, id));
        let holder = holder.map_or(Holder::Nobody, |holder| match holder.kind {
            IntegrationType::Bot => Holder::Bot(holder.id),
            _ => Holder::Agent(holder.id, holder.user().cloned()),
        });
        let team = head.wanted.as_ref().and_then(|wanted| wanted.team.clone());
        let queue = match (&holder, team) {
            (Holder::Bot(_), _) => Queue::Bot,
            (_, Some(team)) => Queue::Team(team),
            (Holder::Agent(..), None) => Queue::Agents,
            (Holder::Nobody, None) if head.queued.is_some() => Queue::Agents,
            (Holder::Nobody, None) => Queue::None,
        };
        Standing { holder, queue, is_silent: head.said.is_none() }
    }

    /// Routes a conversation. Whoever gets it hears what was said before, as at a hand-over, with `params` beside it.
    /// A conversation that was resolved is so no more.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`]; [`EngineError::NobodyToAnswer`] when the hub has nobody of the kind;
    /// [`EngineError::IntegrationNotFound`] when the one that is named is of another hub, or does not answer.
    pub async fn route_conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
        route: &Route,
        params: &Map<String, Value>,
    ) -> Result<Steered, EngineError> {
        let live = self.live(tenant, id).await?;
        let visit = |lane: &mut Lane, past: Past| {
            if lane.head.closed.is_some() {
                return Err(EngineError::ConversationClosed);
            }
            let from = self.standing(&lane.head);
            let mut passage = Passage::with_past(self, &live, lane, past);
            passage.steer(route, params)?;
            let steps = passage.finish();
            let mut steered = self.steered(&lane.head, from);
            steered.moved.is_routed = true;
            Ok((steered, self.recorder.submit(Work::in_lane(&live, steps))))
        };
        let (steered, done) = self.visit_with_past(&live, visit).await??;
        kept(done).await?;
        Ok(steered)
    }

    /// Notes that the business has nothing left to do in a conversation. It stays open for the customer, until somebody
    /// closes it or its hub's days of silence are over.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`].
    pub async fn resolve_conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Steered, EngineError> {
        let live = self.live(tenant, id).await?;
        let (steered, done) = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Err(EngineError::ConversationClosed);
            }
            let from = self.standing(&lane.head);
            let mut passage = Passage::new(self, &live, &mut lane);
            passage.resolve();
            let steps = passage.finish();
            (self.steered(&lane.head, from), self.recorder.submit(Work::in_lane(&live, steps)))
        };
        kept(done).await?;
        Ok(steered)
    }

    /// Closes a conversation.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`] when it was closed before.
    pub async fn close_conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Steered, EngineError> {
        let live = self.live(tenant, id).await?;
        let (steered, done) = {
            let mut lane = live.enter();
            let from = self.standing(&lane.head);
            let done = self.begin_close(&live, &mut lane, &[]).ok_or(EngineError::ConversationClosed)?;
            (self.steered(&lane.head, from), done)
        };
        kept(done).await?;
        Ok(steered)
    }

    /// Changes the properties of an open conversation; answered once they are kept. What is said from then on is told
    /// with them.
    ///
    /// # Errors
    /// [`EngineError::ConversationClosed`].
    pub async fn change_properties(
        &self,
        live: &Arc<Live>,
        change: impl FnOnce(&mut Properties),
    ) -> Result<(), EngineError> {
        let done = {
            let mut lane = live.enter();
            if lane.head.closed.is_some() {
                return Err(EngineError::ConversationClosed);
            }
            let mut passage = Passage::new(self, live, &mut lane);
            passage.change_properties(change);
            let steps = passage.finish();
            self.recorder.submit(Work::in_lane(live, steps))
        };
        Ok(kept(done).await?)
    }

    fn steered(&self, head: &Conversation, from: Standing) -> Steered {
        let moved = Move { conversation: head.id, from, to: self.standing(head), is_routed: false };
        Steered { conversation: head.clone(), moved }
    }
}

#[cfg(test)]
mod tests;

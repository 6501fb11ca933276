//! The queue: conversations that wait for somebody to answer, and how they are taken to those who come.
//! It must not know why somebody is there or not.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, Weak};

use dashmap::DashMap;
use tokio::sync::{oneshot, watch};

use super::close::CLOSE_BATCH;
use super::engine::Engine;
use super::error::EngineError;
use super::lane::Lane;
use super::past::Past;
use super::record::{Done, Work, kept};
use super::route::Choice;
use super::submit::Passage;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, HubId, TenantId};
use crate::domain::integration::Integration;

/// A hub and whose it is.
type HubKey = (TenantId, HubId);

/// A conversation, after the moment since which it waits.
type Place = (Millis, ConversationId);

/// The conversations of each hub that wait, the longest waiting first.
#[derive(Default)]
pub(super) struct Waiting(DashMap<HubKey, BTreeSet<Place>>);

impl Waiting {
    pub(super) fn put(&self, hub: HubKey, place: Place) {
        self.0.entry(hub).or_default().insert(place);
    }

    pub(super) fn take(&self, hub: HubKey, place: Place) {
        if let Some(mut places) = self.0.get_mut(&hub) {
            places.remove(&place);
        }
        self.0.remove_if(&hub, |_, places| places.is_empty());
    }

    /// How many conversations wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|places| places.len()).sum()
    }

    fn hubs(&self) -> Vec<HubKey> {
        self.0.iter().map(|hub| *hub.key()).collect()
    }

    /// Of a hub's conversations after a place, the first, at most `limit`.
    fn after(&self, hub: HubKey, after: Option<Place>, limit: usize) -> Vec<Place> {
        let Some(places) = self.0.get(&hub) else { return Vec::new() };
        places.range((after.map_or(Unbounded, Excluded), Unbounded)).take(limit).copied().collect()
    }
}

/// Held by the engine; the task that looks after its queue ends when it is dropped.
pub(super) struct Attendance {
    _held: oneshot::Sender<Infallible>,
}

impl Attendance {
    /// It, and what tells the task that it was dropped.
    pub(super) fn new() -> (Self, oneshot::Receiver<Infallible>) {
        let (held, gone) = oneshot::channel();
        (Self { _held: held }, gone)
    }
}

impl Engine {
    /// Looks after the queue from now on: whoever waits is taken to who is there, now and whenever somebody may have
    /// come.
    pub(super) fn attend_queue(self: &Arc<Self>, gone: oneshot::Receiver<Infallible>) {
        let mut answering = self.registry.answering();
        answering.mark_changed();
        tokio::spawn(attend(Arc::downgrade(self), answering, gone));
    }

    /// Takes conversations that wait to who is there for them, the longest waiting first.
    ///
    /// They are taken in batches, whose commits are shared. Between two of them everything is published that waited
    /// for that, however many follow. One that cannot be taken goes on waiting.
    pub(super) async fn route_waiting(&self) {
        for hub in self.conversations.waiting().hubs() {
            // Where nobody is there for anybody, nobody has to be looked at.
            if !matches!(self.choose(hub.1, None), Ok(Choice::To(_))) {
                continue;
            }
            let mut last = None;
            loop {
                let batch = self.conversations.waiting().after(hub, last, CLOSE_BATCH);
                let Some(end) = batch.last().copied() else { break };
                last = Some(end);
                self.route_batch(hub, batch).await;
            }
        }
    }

    async fn route_batch(&self, (tenant, _): HubKey, batch: Vec<Place>) {
        let mut taken = Vec::new();
        for (_, id) in batch {
            match self.fetch_from_queue(tenant, id).await {
                Ok(done) => taken.extend(done.map(|done| (id, done))),
                Err(error) => tracing::error!(conversation = %id, %error, "not taken from the queue"),
            }
        }
        for (id, done) in taken {
            if let Err(error) = kept(done).await {
                tracing::error!(conversation = %id, %error, "not taken from the queue");
            }
        }
        if let Err(error) = self.recorder.catch_up(tenant).await {
            tracing::error!(%error, "the queue is not looked after in order");
        }
    }

    /// Takes a conversation to somebody, unless there is nobody or it waits no more.
    async fn fetch_from_queue(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Done>, EngineError> {
        let Some(live) = self.conversations.get(tenant, id) else { return Ok(None) };
        // The store is read for those only who will not go on waiting.
        if self.who_comes(&live.enter().head).is_none() {
            return Ok(None);
        }
        let visit = |lane: &mut Lane, past: Past| {
            let to = self.who_comes(&lane.head)?;
            let mut passage = Passage::with_past(self, &live, lane, past);
            passage.fetch_from_queue(&to);
            let steps = passage.finish();
            Some(self.recorder.submit(Work::in_lane(&live, steps)))
        };
        self.visit_with_past(&live, visit).await
    }

    /// Who is there for a conversation, if it waits.
    fn who_comes(&self, head: &Conversation) -> Option<Arc<Integration>> {
        let waits = head.queued.is_some() && head.closed.is_none();
        match self.choose(head.hub, head.wanted.as_deref()) {
            Ok(Choice::To(to)) if waits => Some(to),
            _ => None,
        }
    }
}

async fn attend(
    engine: Weak<Engine>,
    mut answering: watch::Receiver<u64>,
    mut gone: oneshot::Receiver<Infallible>,
) {
    loop {
        tokio::select! {
            changed = answering.changed() => if changed.is_err() { return },
            _ = &mut gone => return,
        }
        let Some(engine) = engine.upgrade() else { return };
        engine.route_waiting().await;
    }
}

#[cfg(test)]
mod tests;

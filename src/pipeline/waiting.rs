//! The queue: conversations that wait for somebody to answer, and how they are taken to those who come.
//! It must not know why somebody is there or not.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Display;
use std::mem;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::close::CLOSE_BATCH;
use super::engine::Engine;
use super::error::EngineError;
use super::keep_going::{keep_going_for, unbroken};
use super::lane::Lane;
use super::past::Past;
use super::places::{HubKey, Place};
use super::record::{Done, Work, kept};
use super::route::Choice;
use super::submit::Passage;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TenantId};
use crate::domain::integration::Integration;
use crate::registry::Whose;

/// How long after the store failed, or something broke down, those are come back to who could not be taken.
pub(super) const COME_BACK: Duration = Duration::from_secs(1);

/// Held by the engine; the task that looks after something of it ends when it is dropped.
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
        let engine = Arc::downgrade(self);
        tokio::spawn(async move {
            keep_going_for(gone, "the queue", COME_BACK, || attend(&engine)).await;
        });
    }

    /// Takes conversations that wait to who is there for them, the longest waiting first. Gives the organizations of
    /// those that could not be taken, since the store failed or something broke down. They go on waiting, and nothing
    /// but a visit that is made again takes them to who is there already.
    ///
    /// They are taken in batches, whose commits are shared. Between two of them everything is published that waited
    /// for that, however many follow.
    pub(super) async fn route_waiting(&self, whose: &Whose) -> BTreeSet<TenantId> {
        let mut left = Left::default();
        for hub in self.conversations.waiting().hubs() {
            // Where nobody is there for anybody, nobody has to be looked at.
            if !whose.includes(hub.0) || !matches!(self.choose(hub.1, None), Ok(Choice::To(_))) {
                continue;
            }
            let mut last = None;
            loop {
                let batch = self.conversations.waiting().after(hub, last, CLOSE_BATCH);
                let Some(end) = batch.last().copied() else { break };
                last = Some(end);
                self.route_batch(hub, batch, &mut left).await;
            }
        }
        left.tell();
        left.tenants
    }

    async fn route_batch(&self, (tenant, _): HubKey, batch: Vec<Place>, left: &mut Left) {
        let mut taken = Vec::new();
        for (_, id) in batch {
            match unbroken(self.fetch_from_queue(tenant, id)).await {
                Some(Ok(done)) => taken.extend(done.map(|done| (id, done))),
                Some(Err(error)) => left.note(tenant, id, &error),
                None => left.note(tenant, id, &"it broke down"),
            }
        }
        for (id, done) in taken {
            if let Err(error) = kept(done).await {
                left.note(tenant, id, &error);
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
        match self.choose(head.hub, head.wanted_now()) {
            Ok(Choice::To(to)) if waits => Some(to),
            _ => None,
        }
    }
}

/// What could not be taken from the queue.
#[derive(Default)]
struct Left {
    tenants: BTreeSet<TenantId>,
    conversations: usize,
    /// Of the first of them, why not.
    example: Option<(ConversationId, String)>,
}

impl Left {
    fn note(&mut self, tenant: TenantId, id: ConversationId, why: &dyn Display) {
        self.tenants.insert(tenant);
        self.conversations += 1;
        self.example.get_or_insert_with(|| (id, why.to_string()));
    }

    /// Tells it once, however many there are: they are tried again soon.
    fn tell(&self) {
        if let Some((conversation, why)) = &self.example {
            tracing::error!(
                conversations = self.conversations, %conversation, error = %why,
                "not all could be taken from the queue"
            );
        }
    }
}

async fn attend(engine: &Weak<Engine>) {
    // Before anybody is looked at, so that nobody comes unheard: also when this begins anew.
    let Some(mut arrivals) = engine.upgrade().map(|engine| engine.registry.arrivals()) else { return };
    let mut whose = Whose::Anybodys;
    let mut left = BTreeSet::new();
    let mut due = Instant::now();
    loop {
        // Not held while nothing happens: the engine would hold itself.
        let Some(engine) = engine.upgrade() else { return };
        let failed = engine.route_waiting(&whose).await;
        drop(engine);
        if left.is_empty() {
            due = Instant::now() + COME_BACK;
        }
        left.extend(failed);
        whose = tokio::select! {
            came = arrivals.next() => match came {
                Some(whose) => whose,
                None => return,
            },
            () = sleep_until(due), if !left.is_empty() => Whose::These(mem::take(&mut left)),
        };
    }
}

#[cfg(test)]
mod tests;

//! What becomes of messages whose sender waits to hear of it, once it shows outside of the conversation's lane: a
//! socket or a poll has taken one, a webhook has, or was given up. It must not know who waits, nor how that is told.
//!
//! What shows is known from that moment on, until it is kept with the conversation: one that ends meanwhile does not
//! tell of a message that it was lost.

mod known;

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::sleep;

pub(super) use self::known::{FateQueue, Fates, Showing};
use super::engine::Engine;
use super::keep_going::{keep_going_for, unbroken};
use super::record::{Done, Work, kept};
use super::submit::Passage;
use crate::domain::conversation::Conversation;
use crate::domain::delivery::{Delivery, DeliveryStatus, Endpoint};
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::store::{StoreError, ToldFate, ToldQuery};

/// Of how many conversations fates are taken up together: what shows meanwhile is taken up when they are kept.
const AT_ONCE: usize = 1024;

/// How long the store rests when it has failed twice, unless something else shows before.
const REST: Duration = Duration::from_secs(1);

impl Engine {
    /// A webhook has taken a delivery, and that is about to be kept; only those to a customer's own tell of a fate.
    pub fn foresee_delivered(&self, integration: IntegrationId, delivery: &Delivery) {
        if let Some(event_id) = self.awaited(integration, delivery) {
            self.fates.foresee(delivery.tenant, delivery.conversation, (event_id, Showing::Taken));
        }
    }

    /// It is kept that a webhook has taken a delivery.
    pub fn note_delivered(&self, integration: IntegrationId, delivery: &Delivery) {
        self.note_settled(integration, delivery, Showing::Taken);
    }

    /// It is kept that a delivery was given up.
    pub fn note_given_up(&self, integration: IntegrationId, delivery: &Delivery) {
        self.note_settled(integration, delivery, Showing::Failed);
    }

    /// What has become of what a customer's own webhook was told of a conversation, by `eventId`, as far as it is
    /// settled.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settled_by_webhook(
        &self,
        conversation: &Conversation,
        event_ids: RangeInclusive<i64>,
    ) -> Result<HashMap<i64, DeliveryStatus>, StoreError> {
        let told = self.store.told(ToldQuery {
            tenant: conversation.tenant,
            endpoint: Endpoint::Integration(conversation.integration),
            conversation: conversation.id,
            first: *event_ids.start(),
            last: *event_ids.end(),
        });
        let settled = told.await?.into_iter().filter(|told| told.status != DeliveryStatus::Pending);
        Ok(settled.map(|ToldFate { event_id, status }| (event_id, status)).collect())
    }

    fn note_settled(&self, integration: IntegrationId, delivery: &Delivery, showing: Showing) {
        match self.awaited(integration, delivery) {
            Some(event_id) => self.fates.tell(delivery.tenant, delivery.conversation, (event_id, showing)),
            // It was heard meanwhile, or the conversation has ended: what was foreseen is over.
            None => self.fates.take_up_later(delivery.conversation),
        }
    }

    /// The `eventId` of what a delivery carries, if somebody waits to hear what becomes of it.
    fn awaited(&self, integration: IntegrationId, delivery: &Delivery) -> Option<i64> {
        let event_id = delivery.event_id?;
        let live = self.open(delivery.tenant, delivery.conversation)?;
        let lane = live.enter();
        // The end of one that is being closed may yet not be kept, and all is awaited as before then.
        let is_awaited = lane.head.receipts.awaits(event_id) || lane.head.closed.is_some();
        (lane.head.integration == integration && is_awaited).then_some(event_id)
    }

    /// Takes up what webhooks have taken, or were given up, of which a crash has kept senders from hearing.
    pub(super) async fn foresee_kept(&self) -> Result<(), StoreError> {
        for live in self.conversations.all() {
            let untaken = live.enter().head.receipts.untaken();
            let Some((first, last)) = untaken else { continue };
            let head = live.head();
            for (event_id, status) in self.settled_by_webhook(&head, first..=last).await? {
                let showing = match status {
                    DeliveryStatus::Delivered => Showing::Taken,
                    DeliveryStatus::Dead => Showing::Failed,
                    DeliveryStatus::Pending => continue,
                };
                if head.receipts.awaits(event_id) {
                    self.fates.tell(head.tenant, head.id, (event_id, showing));
                }
            }
        }
        Ok(())
    }

    /// Tells senders what becomes of their messages from now on.
    pub(super) fn attend_fates(self: &Arc<Self>, queue: FateQueue, gone: oneshot::Receiver<Infallible>) {
        let (engine, queue) = (Arc::downgrade(self), Mutex::new(queue));
        tokio::spawn(async move {
            keep_going_for(gone, "fates", REST, || attend(&engine, &queue)).await;
        });
    }

    /// Takes up what is known of a conversation. None when nobody asks for that any more.
    fn take_notes(&self, conversation: ConversationId) -> Option<Notes> {
        let (tenant, fates) = self.fates.take_up(conversation)?;
        let count = fates.len();
        let Some(live) = self.open(tenant, conversation) else {
            self.fates.forget(conversation, count);
            return None;
        };
        let mut lane = live.enter();
        if lane.head.closed.is_some() {
            // Whoever closes it knows all of this. Should its end not be kept, it is needed again.
            return Some(Notes { conversation, count, done: None });
        }
        let mut passage = Passage::new(self, &live, &mut lane);
        fates.into_iter().for_each(|fate| passage.note_fate(fate));
        // Also where nothing is new: what makes it old may be under way, and get lost.
        let done = self.recorder.submit(Work::in_lane(&live, passage.finish()));
        Some(Notes { conversation, count, done: Some(done) })
    }
}

/// What is known of a conversation, on its way to be kept.
struct Notes {
    conversation: ConversationId,
    /// How much of it.
    count: usize,
    done: Option<Done>,
}

/// Nobody else holds the queue, unless this broke down.
async fn attend(engine: &Weak<Engine>, queue: &Mutex<FateQueue>) {
    let mut queue = queue.lock().await;
    let (mut due, mut lost) = (Vec::new(), Vec::new());
    loop {
        let count = tokio::select! {
            count = queue.0.recv_many(&mut due, AT_ONCE) => count,
            () = sleep(REST), if !lost.is_empty() => lost.len(),
        };
        if count == 0 {
            return;
        }
        due.append(&mut lost);
        // One that was lost may be due for something newer: it is taken up once, with all that is known.
        due.sort_unstable();
        due.dedup();
        lost = keep_all(engine, due.drain(..)).await;
        // Whoever has taken a message does not say so again.
        lost = keep_all(engine, lost.into_iter()).await;
    }
}

/// Keeps what is known of conversations; gives those of which it could not be kept.
async fn keep_all(
    engine: &Weak<Engine>,
    conversations: impl Iterator<Item = ConversationId>,
) -> Vec<ConversationId> {
    let Some(engine) = engine.upgrade() else { return Vec::new() };
    let (mut under_way, mut lost) = (Vec::new(), Vec::new());
    for conversation in conversations {
        match unbroken(async { engine.take_notes(conversation) }).await {
            Some(notes) => under_way.extend(notes),
            None => lost.push(conversation),
        }
    }
    let fates = engine.fates.clone();
    // Whoever stops the engine does not wait for this.
    drop(engine);
    for Notes { conversation, count, done } in under_way {
        let is_kept = match done {
            Some(done) => kept(done).await.is_ok(),
            None => false,
        };
        if is_kept {
            fates.forget(conversation, count);
        } else {
            lost.push(conversation);
        }
    }
    lost
}

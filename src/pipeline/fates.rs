//! What becomes of messages whose sender waits to hear of it, once it shows outside of the conversation's lane: a
//! socket or a poll has taken one, a webhook has, or was given up. It must not know who waits, nor how that is told.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::{mpsc, oneshot};

use super::engine::Engine;
use super::record::Work;
use super::submit::Passage;
use crate::broker::HearTaken;
use crate::domain::delivery::Delivery;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};

/// What shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Taken,
    Failed,
}

/// What has become of one activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fate {
    tenant: TenantId,
    conversation: ConversationId,
    event_id: i64,
    kind: Kind,
}

/// Where fates are told. There are at most as many as there are messages that somebody waits for, so nothing bounds
/// them here: each comes once from each reader that was there when it was said.
#[derive(Clone)]
pub(super) struct Fates(mpsc::UnboundedSender<Fate>);

/// The other end.
pub(super) struct FateQueue(mpsc::UnboundedReceiver<Fate>);

impl Fates {
    pub(super) fn new() -> (Self, FateQueue) {
        let (sender, queue) = mpsc::unbounded_channel();
        (Self(sender), FateQueue(queue))
    }

    /// Hears when the first reader of the customer's side has taken an activity.
    pub(super) fn ear(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Arc<dyn HearTaken> {
        let fate = Fate { tenant, conversation, event_id, kind: Kind::Taken };
        Arc::new(Ear { fates: self.clone(), fate, told: AtomicBool::new(false) })
    }

    fn tell(&self, fate: Fate) {
        // Nobody is there any more when the engine has gone.
        self.0.send(fate).ok();
    }
}

struct Ear {
    fates: Fates,
    fate: Fate,
    told: AtomicBool,
}

impl HearTaken for Ear {
    fn taken(&self) {
        if !self.told.swap(true, Ordering::Relaxed) {
            self.fates.tell(self.fate);
        }
    }
}

impl Engine {
    /// Takes note that a webhook has taken deliveries; only those to a customer's own tell of a fate.
    pub fn note_delivered(&self, integration: IntegrationId, delivery: &Delivery) {
        self.note_settled(integration, delivery, Kind::Taken);
    }

    /// Takes note that a delivery was given up.
    pub fn note_given_up(&self, integration: IntegrationId, delivery: &Delivery) {
        self.note_settled(integration, delivery, Kind::Failed);
    }

    fn note_settled(&self, integration: IntegrationId, delivery: &Delivery, kind: Kind) {
        let (tenant, conversation) = (delivery.tenant, delivery.conversation);
        let Some(live) = self.open(tenant, conversation) else { return };
        let is_waited_for = {
            let lane = live.enter();
            lane.head.integration == integration && !lane.head.receipts.is_empty()
        };
        if is_waited_for && let Some(event_id) = event_id_of(&delivery.item) {
            self.fates.tell(Fate { tenant, conversation, event_id, kind });
        }
    }

    /// Tells senders what becomes of their messages from now on.
    pub(super) fn attend_fates(self: &Arc<Self>, queue: FateQueue, gone: oneshot::Receiver<Infallible>) {
        tokio::spawn(attend(Arc::downgrade(self), queue, gone));
    }

    fn take_note(&self, fate: Fate) {
        let Some(live) = self.open(fate.tenant, fate.conversation) else { return };
        let mut lane = live.enter();
        if lane.head.receipts.is_empty() || lane.head.closed.is_some() {
            return;
        }
        let mut passage = Passage::new(self, &live, &mut lane);
        match fate.kind {
            Kind::Taken => passage.note_taken(fate.event_id),
            Kind::Failed => passage.note_failed(fate.event_id),
        }
        let steps = passage.finish();
        if !steps.is_empty() {
            // Nobody waits for it: what cannot be kept now is told with what is seen next, or not at all.
            drop(self.recorder.submit(Work::in_lane(&live, steps)));
        }
    }
}

async fn attend(engine: Weak<Engine>, mut queue: FateQueue, mut gone: oneshot::Receiver<Infallible>) {
    loop {
        let fate = tokio::select! {
            fate = queue.0.recv() => fate,
            _ = &mut gone => return,
        };
        let (Some(fate), Some(engine)) = (fate, engine.upgrade()) else { return };
        engine.take_note(fate);
    }
}

/// The `eventId` of an activity in the platform's common JSON format.
fn event_id_of(activity: &str) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Placed {
        #[serde(rename = "eventId")]
        event_id: i64,
    }
    serde_json::from_str::<Placed>(activity).ok().map(|placed| placed.event_id)
}

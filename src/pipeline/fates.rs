//! What becomes of messages whose sender waits to hear of it, once it shows outside of the conversation's lane: a
//! socket or a poll has taken one, a webhook has, or was given up. It must not know who waits, nor how that is told.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::{mpsc, oneshot};

use super::engine::Engine;
use super::record::{Done, Work, kept};
use super::submit::Passage;
use crate::broker::HearTaken;
use crate::domain::delivery::Delivery;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};

/// How many fates are taken up together: what shows meanwhile is taken up when they are kept.
const AT_ONCE: usize = 1024;

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

    /// None when there is nothing to keep.
    fn take_notes(&self, notes: &Notes) -> Option<Done> {
        let live = self.open(notes.tenant, notes.conversation)?;
        let mut lane = live.enter();
        if lane.head.receipts.is_empty() || lane.head.closed.is_some() {
            return None;
        }
        let mut passage = Passage::new(self, &live, &mut lane);
        for &(event_id, kind) in &notes.fates {
            match kind {
                Kind::Taken => passage.note_taken(event_id),
                Kind::Failed => passage.note_failed(event_id),
            }
        }
        let steps = passage.finish();
        (!steps.is_empty()).then(|| self.recorder.submit(Work::in_lane(&live, steps)))
    }
}

async fn attend(engine: Weak<Engine>, mut queue: FateQueue, mut gone: oneshot::Receiver<Infallible>) {
    let mut fates = Vec::new();
    loop {
        let count = tokio::select! {
            count = queue.0.recv_many(&mut fates, AT_ONCE) => count,
            _ = &mut gone => return,
        };
        if count == 0 {
            return;
        }
        let lost = keep_all(&engine, by_conversation(fates.drain(..))).await;
        // Whoever has taken a message does not say so again. What is lost once more is told with what is seen next,
        // or not at all.
        keep_all(&engine, lost).await;
    }
}

/// Gives what could not be kept.
async fn keep_all(engine: &Weak<Engine>, notes: Vec<Notes>) -> Vec<Notes> {
    let Some(engine) = engine.upgrade() else { return Vec::new() };
    let of_conversation = |notes: Notes| Some((engine.take_notes(&notes)?, notes));
    let under_way: Vec<_> = notes.into_iter().filter_map(of_conversation).collect();
    // Whoever stops the engine does not wait for this.
    drop(engine);
    let mut lost = Vec::new();
    for (done, notes) in under_way {
        if kept(done).await.is_err() {
            lost.push(notes);
        }
    }
    lost
}

/// What has become of activities of one conversation, in the order in which it showed.
#[derive(Debug, PartialEq, Eq)]
struct Notes {
    tenant: TenantId,
    conversation: ConversationId,
    fates: Vec<(i64, Kind)>,
}

/// Puts together what one passage can take note of: whoever comes back to a thousand messages has not as many heads
/// written.
fn by_conversation(fates: impl IntoIterator<Item = Fate>) -> Vec<Notes> {
    let mut notes: Vec<Notes> = Vec::new();
    let mut places = HashMap::new();
    for Fate { tenant, conversation, event_id, kind } in fates {
        let place = *places.entry(conversation).or_insert(notes.len());
        if place == notes.len() {
            notes.push(Notes { tenant, conversation, fates: Vec::new() });
        }
        notes[place].fates.push((event_id, kind));
    }
    notes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fates_of_one_conversation_are_noted_together_and_in_order() {
        let (tenant, one, other) = (TenantId::new(), ConversationId::new(), ConversationId::new());
        let fate = |conversation, event_id, kind| Fate { tenant, conversation, event_id, kind };
        let fates = [
            fate(one, 7, Kind::Taken),
            fate(other, 5, Kind::Taken),
            fate(one, 6, Kind::Failed),
            fate(one, 8, Kind::Taken),
        ];
        let of_one = vec![(7, Kind::Taken), (6, Kind::Failed), (8, Kind::Taken)];
        let expected = [
            Notes { tenant, conversation: one, fates: of_one },
            Notes { tenant, conversation: other, fates: vec![(5, Kind::Taken)] },
        ];
        assert_eq!(by_conversation(fates), expected);
    }
}

//! How far the customer's own readers, its sockets and polls, have taken what was said to it in a conversation: one
//! that comes back without a cursor hears the rest, and nothing twice. It must not know how anything is read.
//!
//! Nothing is noted while readers read: how far one has come is asked of it when another joins, when it leaves, and
//! when the conversation ends. Then it stands in the head, which is kept when that tells of something new, and with
//! whatever else is kept of the head. A crash forgets what the readers of its moment took since they joined: that comes again, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::engine::Engine;
use super::lane::Live;
use super::record::{Step, Work};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TenantId};
use crate::domain::order::Position;

/// A reader of the customer's side.
pub trait Taker: Send + Sync {
    /// The position of the newest activity that it has taken, and with it everything before that it was to hear; 0
    /// when it has taken nothing.
    fn taken(&self) -> Position;
}

/// The readers of the customer's side of one conversation, and what there is for them.
#[derive(Default)]
pub(super) struct Takers {
    /// The position of the newest kept activity that was said to the customer and published; 0 when there is none.
    told: AtomicU64,
    /// Guards who reads; held while readers are asked, and for nothing else that waits.
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    takers: Vec<Arc<dyn Taker>>,
    /// How far the head that was last handed over to be kept tells of them.
    kept: Position,
}

impl Takers {
    /// Nobody reads yet; the store tells how far they have come.
    pub(super) fn kept(taken: Position) -> Self {
        Self { told: AtomicU64::new(0), reading: Mutex::new(Reading { takers: Vec::new(), kept: taken }) }
    }

    /// Notes that readers are being given something that was said to the customer.
    pub(super) fn set_told(&self, position: Position) {
        self.told.fetch_max(position.0, Ordering::AcqRel);
    }

    fn told(&self) -> Position {
        Position(self.told.load(Ordering::Acquire))
    }

    /// How far the readers have come. They are asked until one is found that has come to `enough`: of many, most
    /// have.
    fn furthest(&self, enough: Position) -> Position {
        let mut furthest = Position::default();
        for taker in &self.reading.lock().takers {
            furthest = furthest.max(taker.taken());
            if furthest >= enough {
                break;
            }
        }
        furthest
    }

    /// How far the readers have come, those of before included.
    pub(super) fn furthest_ever(&self) -> Position {
        let kept = self.reading.lock().kept;
        kept.max(self.furthest(self.told()))
    }

    fn join(&self, taker: Arc<dyn Taker>) {
        let takers = &mut self.reading.lock().takers;
        if takers.is_empty() {
            // Most conversations stay with one.
            takers.reserve_exact(1);
        }
        takers.push(taker);
    }

    fn leave(&self, taker: &Arc<dyn Taker>) {
        let takers = &mut self.reading.lock().takers;
        if let Some(place) = takers.iter().position(|other| Arc::ptr_eq(other, taker)) {
            takers.swap_remove(place);
        }
        if takers.is_empty() {
            *takers = Vec::new();
        }
    }

    /// Whether the store should be told that they have come so far: it does not know of all that the customer was
    /// told. The caller then sees to it.
    fn begin_keeping(&self, taken: Position) -> bool {
        let mut reading = self.reading.lock();
        let is_news = reading.kept < taken && reading.kept < self.told();
        if is_news {
            reading.kept = taken;
        }
        is_news
    }
}

impl Engine {
    /// How far the customer's own readers have taken what was said to it.
    pub fn taken_by_customer(&self, conversation: &Conversation) -> Position {
        let live = self.open(conversation.tenant, conversation.id);
        live.map_or(conversation.taken, |live| live.takers.furthest_ever().max(conversation.taken))
    }
}

/// A reader of the customer's side of an open conversation, until it is dropped.
pub struct Taking {
    engine: Arc<Engine>,
    live: Arc<Live>,
    taker: Arc<dyn Taker>,
    missed: Option<Position>,
}

impl Engine {
    /// Lets a reader of the customer's side of a conversation join the others; `None` when the conversation is not
    /// open: who comes back to a closed one reads its history.
    ///
    /// Everything counts that is published when this is called. The reader hears what is published from then on.
    pub fn join_takers(
        self: &Arc<Self>,
        tenant: TenantId,
        conversation: ConversationId,
        taker: Arc<dyn Taker>,
    ) -> Option<Taking> {
        let live = self.open(tenant, conversation)?;
        let (told, known) = (live.takers.told(), live.enter().head.taken);
        let taken = if known < told { note_taken(&live, live.takers.furthest(told)) } else { known };
        live.takers.join(taker.clone());
        let missed = (taken < told).then_some(taken);
        Some(Taking { engine: Arc::clone(self), live, taker, missed })
    }
}

impl Taking {
    /// Up to where all was taken that the customer had been told, when the reader joined and somebody had yet to take
    /// the rest.
    pub fn missed(&self) -> Option<Position> {
        self.missed
    }

    /// The reader says that it has everything up to there.
    pub fn claim(&self, position: Position) {
        note_taken(&self.live, position);
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.live.takers.leave(&self.taker);
        let taken = note_taken(&self.live, self.taker.taken());
        if !self.live.takers.begin_keeping(taken) {
            return;
        }
        let lane = self.live.enter();
        if lane.head.closed.is_none() {
            let head = Step::Head(self.live.clone(), Box::new(lane.head.clone()));
            // Nobody waits for it: where it cannot be kept, some of it comes again.
            drop(self.engine.recorder.submit(Work::in_lane(&self.live, vec![head])));
        }
    }
}

/// Notes in the head that the customer's side has come so far; how far it has come in all.
fn note_taken(live: &Live, position: Position) -> Position {
    let mut lane = live.enter();
    lane.head.taken = lane.head.taken.max(position);
    lane.head.taken
}

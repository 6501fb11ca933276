//! All that waits for one endpoint: its lines, as much of them as may be in memory, and from where on the rest has to
//! be read. It must not know other endpoints, nor clocks.

use std::collections::{HashMap, VecDeque};

use super::behind::{Behind, Reading};
use super::line::{Line, LineState};
use super::retries::Retries;
use super::room::{Held, Room};
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Progress};
use crate::domain::ids::{ConversationId, TenantId};
use crate::store::{DeliveryRecord, Page};

/// What an endpoint has.
pub(super) struct Lines {
    pub(super) tenant: TenantId,
    pub(super) lines: HashMap<ConversationId, Line>,
    /// Lines in the order in which they became ready; one that is not ready any more is passed over.
    ready: VecDeque<ConversationId>,
    /// Calls under way.
    pub(super) calls: usize,
    /// Lines that can go on as soon as their rest was read, in their order; others are passed over.
    recalled: VecDeque<ConversationId>,
    /// What is in memory, its lines apart.
    held: Page,
    behind: Option<Behind>,
    reading: Option<Reading>,
    /// Whether what was read last was the rest of a line.
    has_read_line: bool,
    /// What was said to wait in the store while calls were under way: one that comes to its end may be said to wait
    /// again by that.
    left_meanwhile: Option<Behind>,
    /// Whether the endpoint waits for its turn.
    pub(super) is_waiting: bool,
    /// Whether the endpoint waits for a page of the store.
    pub(super) is_hungry: bool,
    /// Whether it waits for others to leave room for one.
    pub(super) is_starved: bool,
    /// Whether what it has in the store could not be read, and nothing of it is wanted for now.
    pub(super) is_unreadable: bool,
    pub(super) is_paused: bool,
    /// As what it was set to it is stopped, when it is.
    pub(super) stopped: Option<Millis>,
    /// The moment before which nothing is sent, as the endpoint has asked.
    pub(super) alone_until: Option<Millis>,
}

mod paging;

pub(super) use paging::{Wanted, Wish};

impl Lines {
    pub(super) fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            lines: HashMap::new(),
            ready: VecDeque::new(),
            calls: 0,
            recalled: VecDeque::new(),
            held: Page { rows: 0, bytes: 0 },
            behind: None,
            reading: None,
            has_read_line: false,
            left_meanwhile: None,
            is_waiting: false,
            is_hungry: false,
            is_starved: false,
            is_unreadable: false,
            is_paused: false,
            stopped: None,
            alone_until: None,
        }
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_over(&self) -> bool {
        self.calls == 0
            && self.lines.is_empty()
            && self.behind.is_none()
            && self.reading.is_none()
            && !self.is_paused
            && self.stopped.is_none()
            && self.alone_until.is_none()
    }

    /// Takes a delivery that was just kept, or leaves it in the store: when nothing is sent for now, when there is no
    /// room, when too many lines wait for their moments, and when others before it are left there.
    pub(super) fn offer(&mut self, record: DeliveryRecord, room: Room) {
        let held = self.held();
        let has_room = room.takes(held, record.delivery.bytes()) && room.takes_line(held);
        let is_quiet = self.is_paused || self.alone_until.is_some();
        if is_quiet || self.behind.is_some() || !has_room {
            let own = Behind::of(record.number);
            self.behind = Some(self.behind.map_or(own, |earlier| earlier.with(own)));
        } else {
            self.hold(record);
        }
    }

    /// The store has something that waits, after `from` and up to `until`, which may be in memory too.
    pub(super) fn leave(&mut self, from: DeliveryNo, until: DeliveryNo) {
        let left = Behind { from, until };
        if self.calls > 0 {
            self.left_meanwhile = Some(self.left_meanwhile.map_or(left, |earlier| earlier.with(left)));
        }
        self.fall_behind(left);
    }

    /// What is in memory.
    fn held(&self) -> Held {
        Held { rows: self.held.rows, bytes: self.held.bytes, lines: self.lines.len() }
    }

    /// What is in memory, or may be as soon as the page has come that is being read.
    pub(super) fn footprint(&self) -> Held {
        let held = self.held();
        self.reading.as_ref().map_or(held, |reading| held.with(reading.page))
    }

    fn hold(&mut self, record: DeliveryRecord) {
        let bytes = record.delivery.bytes();
        let conversation = record.delivery.conversation;
        if self.lines.entry(conversation).or_default().put(record) {
            self.held.rows += 1;
            self.held.bytes += bytes;
        }
    }

    fn release(&mut self, record: &DeliveryRecord) {
        self.held.rows -= 1;
        self.held.bytes -= record.delivery.bytes();
    }

    /// Lets go of all that is not being sent; it waits in the store.
    pub(super) fn let_go(&mut self) {
        let (mut gone, mut rests) = (Vec::new(), Vec::new());
        for line in self.lines.values_mut() {
            gone.extend(line.let_go());
            rests.extend(line.let_go_of_rest());
        }
        self.lines.retain(|_, line| line.is_calling());
        self.ready.clear();
        self.recalled.clear();
        if let Some(reading) = &mut self.reading {
            reading.is_void = true;
        }
        gone.iter().for_each(|record| self.release(record));
        let left = gone.iter().map(|record| Behind::of(record.number)).chain(rests);
        left.for_each(|left| self.fall_behind(left));
    }

    /// Looks at a line that has changed: it becomes ready, or is to be read, or waits for the moment that is given,
    /// or is over. What it waited for before is `former`.
    ///
    /// What waits for its moment waits in the store: however much it is, it takes no room from other lines.
    pub(super) fn look_at(
        &mut self,
        id: ConversationId,
        now: Millis,
        retries: &Retries,
        batch: Page,
    ) -> Looked {
        let Some(line) = self.lines.get_mut(&id) else { return Looked::default() };
        if line.is_calling() {
            return Looked::default();
        }
        let former = match line.state {
            LineState::Timed(at) => Some(at),
            _ => None,
        };
        let Some(due) = line.due(retries) else {
            self.lines.remove(&id);
            return Looked { former, next: None };
        };
        if due > now {
            let gone = line.park(due, batch, retries);
            line.state = LineState::Timed(due);
            gone.iter().for_each(|record| self.release(record));
            return Looked { former, next: Some(due) };
        }
        let (state, queue) = if line.is_in_memory() {
            (LineState::Ready, &mut self.ready)
        } else {
            (LineState::Recalled, &mut self.recalled)
        };
        if line.state != state {
            line.state = state;
            queue.push_back(id);
        }
        Looked { former, next: None }
    }

    /// Whether a line is ready, and another call may be made now.
    pub(super) fn has_next(&mut self, calls_per_endpoint: usize) -> bool {
        while let Some(id) = self.ready.front() {
            if self.lines.get(id).is_some_and(|line| line.state == LineState::Ready) {
                return self.calls < calls_per_endpoint && self.alone_until.is_none();
            }
            self.ready.pop_front();
        }
        false
    }

    /// Takes the next ready line to be called: what of it goes.
    pub(super) fn call_next(
        &mut self,
        batch: Page,
        now: Millis,
        retries: &Retries,
    ) -> Option<(ConversationId, Vec<DeliveryRecord>)> {
        let id = self.ready.pop_front()?;
        let line = self.lines.get_mut(&id)?;
        let batch = line.batch(batch, now, retries);
        line.state = LineState::Calling(batch.iter().map(|record| record.number).collect());
        self.calls += 1;
        Some((id, batch))
    }

    /// Begins a call of a conversation in which nothing waits; whether it did.
    pub(super) fn call_passing(&mut self, id: ConversationId, calls_per_endpoint: usize) -> bool {
        let is_free = self.behind.is_none()
            && !self.is_paused
            && self.stopped.is_none()
            && self.alone_until.is_none()
            && self.calls < calls_per_endpoint
            && !self.lines.contains_key(&id);
        if is_free {
            self.lines.entry(id).or_default().state = LineState::Calling(Vec::new());
            self.calls += 1;
        }
        is_free
    }

    /// A call has ended, and this became of what it carried.
    pub(super) fn settle(&mut self, id: ConversationId, outcome: Vec<(DeliveryNo, Progress)>) {
        self.calls = self.calls.saturating_sub(1);
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.state = LineState::Idle;
        let (mut gone, mut again) = (Vec::new(), Vec::new());
        for (number, progress) in outcome {
            if progress.status != DeliveryStatus::Pending {
                if let Some(reading) = &mut self.reading {
                    reading.settled.insert(number);
                }
                // It was replayed between the commit of its end and this: the store tells whether it waits.
                if self.left_meanwhile.is_some_and(|left| left.includes(number)) {
                    again.push(number);
                }
            }
            gone.extend(line.note(number, progress));
        }
        gone.iter().for_each(|record| self.release(record));
        again.into_iter().for_each(|number| self.fall_behind(Behind::of(number)));
        if self.calls == 0 {
            self.left_meanwhile = None;
        }
        if self.is_paused {
            self.let_go();
        }
    }
}

/// How a line's moment has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// The moment it waited for before.
    pub(super) former: Option<Millis>,
    /// The moment it waits for now.
    pub(super) next: Option<Millis>,
}

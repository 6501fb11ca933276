//! All that waits for one endpoint: its lines, as much of them as may be in memory, and from where on the rest has to
//! be read. It must not know other endpoints, nor clocks.

use std::collections::{HashMap, HashSet, VecDeque};

use super::line::{Line, LineState};
use super::retries::Retries;
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
    held: Held,
    behind: Option<Behind>,
    reading: Option<Reading>,
    /// What was said to wait in the store while calls were under way: one that comes to its end may be said to wait
    /// again by that.
    left_meanwhile: Option<Behind>,
    /// Whether the endpoint waits for its turn.
    pub(super) is_waiting: bool,
    /// Whether the endpoint waits for a page of the store.
    pub(super) is_hungry: bool,
    pub(super) is_paused: bool,
    /// As what it was set to it is stopped, when it is.
    pub(super) stopped: Option<Millis>,
}

/// What is in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    rows: usize,
    bytes: usize,
}

/// What is only in the store: all that waits after `from`, up to `until` at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Behind {
    from: DeliveryNo,
    until: DeliveryNo,
}

/// A page that is being read.
struct Reading {
    until: DeliveryNo,
    /// What came to its end meanwhile: the page may still have it.
    settled: HashSet<DeliveryNo>,
    /// Whether something before the page has come to wait meanwhile, that the page may not have.
    is_stale: bool,
}

impl Behind {
    fn of(number: DeliveryNo) -> Self {
        Self { from: DeliveryNo(number.0.saturating_sub(1)), until: number }
    }

    fn with(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }

    fn includes(self, number: DeliveryNo) -> bool {
        self.from < number && number <= self.until
    }
}

impl Lines {
    pub(super) fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            lines: HashMap::new(),
            ready: VecDeque::new(),
            calls: 0,
            held: Held::default(),
            behind: None,
            reading: None,
            left_meanwhile: None,
            is_waiting: false,
            is_hungry: false,
            is_paused: false,
            stopped: None,
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
    }

    /// Takes a delivery that was just kept, or leaves it in the store: when there is no room, and when others before
    /// it are left there.
    pub(super) fn offer(&mut self, record: DeliveryRecord, room: Page) {
        let rows = self.held.rows + 1;
        let bytes = self.held.bytes.saturating_add(record.delivery.bytes());
        let is_full = self.held.rows > 0 && (rows > room.rows || bytes > room.bytes);
        if self.is_paused || self.behind.is_some() || is_full {
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

    fn fall_behind(&mut self, left: Behind) {
        self.behind = Some(self.behind.map_or(left, |earlier| earlier.with(left)));
        if let Some(reading) = &mut self.reading {
            reading.is_stale = true;
        }
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

    /// Whether the next page should be read now: the rest is in the store, and half of the room is free.
    pub(super) fn wants_page(&self, room: Page) -> bool {
        let has_room = self.held.rows <= room.rows / 2 && self.held.bytes <= room.bytes / 2;
        self.behind.is_some() && self.reading.is_none() && !self.is_paused && has_room
    }

    /// Begins to read a page: after which number, and how much.
    pub(super) fn begin_page(&mut self, room: Page) -> Option<(DeliveryNo, Page)> {
        let Behind { from, until } = self.behind?;
        self.reading = Some(Reading { until, settled: HashSet::new(), is_stale: false });
        let rows = room.rows.saturating_sub(self.held.rows).max(1);
        let bytes = room.bytes.saturating_sub(self.held.bytes).max(1);
        Some((from, Page { rows, bytes }))
    }

    /// Takes a page that was read; the conversations of what it brought.
    pub(super) fn take_page(&mut self, page: Vec<DeliveryRecord>) -> Vec<ConversationId> {
        let Some(Reading { until, settled, is_stale }) = self.reading.take() else { return Vec::new() };
        if self.is_paused {
            // What is left stays as it was before the page.
            return Vec::new();
        }
        let reached = page.last().map_or(until, |last| last.number);
        if let Some(behind) = &mut self.behind
            && !is_stale
        {
            behind.from = behind.from.max(reached);
        }
        self.behind = self.behind.filter(|behind| behind.from < behind.until);
        let mut touched = Vec::new();
        for record in page.into_iter().filter(|record| !settled.contains(&record.number)) {
            touched.push(record.delivery.conversation);
            self.hold(record);
        }
        touched
    }

    /// Lets go of all that is not being sent; it waits in the store.
    pub(super) fn let_go(&mut self) {
        let gone: Vec<_> = self.lines.values_mut().flat_map(Line::let_go).collect();
        self.lines.retain(|_, line| line.is_calling());
        self.ready.clear();
        for record in &gone {
            self.release(record);
            self.fall_behind(Behind::of(record.number));
        }
    }

    /// Looks at a line that has changed: it becomes ready, or waits for the moment that is given, or is over. What it
    /// waited for before is `former`.
    pub(super) fn look_at(&mut self, id: ConversationId, now: Millis, retries: &Retries) -> Looked {
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
            line.state = LineState::Timed(due);
            return Looked { former, next: Some(due) };
        }
        if line.state != LineState::Ready {
            line.state = LineState::Ready;
            self.ready.push_back(id);
        }
        Looked { former, next: None }
    }

    /// Whether a line is ready, and another call may be made.
    pub(super) fn has_next(&mut self, calls_per_endpoint: usize) -> bool {
        while let Some(id) = self.ready.front() {
            if self.lines.get(id).is_some_and(|line| line.state == LineState::Ready) {
                return self.calls < calls_per_endpoint;
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

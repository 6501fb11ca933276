//! What of an endpoint is read back from the store, and when: rests of lines that can go on, and what found no room.

use super::super::behind::{Behind, Reading};
use super::super::line::LineState;
use super::super::room::Room;
use super::Lines;
use crate::domain::delivery::DeliveryNo;
use crate::domain::ids::ConversationId;
use crate::store::{DeliveryRecord, Page};

/// What of the store an endpoint wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Wish {
    /// Nothing now: whatever changes that changes the endpoint.
    Nothing,
    /// A page.
    Page,
    /// A page, once others leave room for it.
    Room,
}

/// A page that is to be read.
pub(in super::super) struct Wanted {
    /// Of which conversation; of all when there is none.
    pub(in super::super) conversation: Option<ConversationId>,
    pub(in super::super) after: DeliveryNo,
    pub(in super::super) page: Page,
}

impl Lines {
    /// Whether the next page should be read now: there is one to be read that can be sent, half of the endpoint's
    /// room is free, and others leave some.
    pub(in super::super) fn wants_page(&mut self, room: &Room) -> Wish {
        let held = self.held();
        let is_line_wanted = self.first_recalled().is_some();
        let is_rest_wanted = self.behind.is_some() && room.is_own_line(held);
        let is_quiet = self.is_paused || self.alone_until.is_some() || self.is_unreadable;
        let may_read = self.reading.is_none() && !is_quiet && room.is_half_free(held);
        if !may_read || !(is_line_wanted || is_rest_wanted) {
            Wish::Nothing
        } else if room.is_left(held) && (is_line_wanted || room.takes_line(held)) {
            Wish::Page
        } else {
            Wish::Room
        }
    }

    /// Begins to read a page, when there is one to be read.
    ///
    /// Rests of lines and what the endpoint has in the store take turns: neither keeps the other waiting for long.
    pub(in super::super) fn begin_page(&mut self, room: &Room, batch: Page) -> Option<Wanted> {
        let is_others_turn = self.has_read_line && self.may_catch_up(room);
        let line = self.first_recalled().filter(|_| !is_others_turn);
        self.has_read_line = line.is_some();
        let (stretch, page) = match line {
            Some(id) => {
                self.recalled.pop_front();
                self.lines.get(&id)?.wanted(batch)?
            }
            None => (self.behind?, room.page(self.held())),
        };
        self.reading = Some(Reading::new(line, stretch, page));
        Some(Wanted { conversation: line, after: stretch.from, page })
    }

    /// Takes a page that was read; the conversations that it is about.
    pub(in super::super) fn take_page(&mut self, page: Vec<DeliveryRecord>) -> Vec<ConversationId> {
        let Some(reading) = self.reading.take() else { return Vec::new() };
        if self.is_paused || reading.is_void {
            // What is left stays as it was before the page.
            return Vec::new();
        }
        let reached = page.last().map_or(reading.stretch.until, |last| last.number);
        let mut touched = Vec::new();
        if let Some(id) = reading.line {
            touched.push(id);
            if let Some(line) = self.lines.get_mut(&id) {
                line.was_read(reading.stretch, reached);
            }
        } else if !reading.is_stale {
            self.behind = self.behind.and_then(|behind| behind.after(reached));
        }
        for record in page.into_iter().filter(|record| !reading.settled.contains(&record.number)) {
            touched.push(record.delivery.conversation);
            self.hold(record);
        }
        touched
    }

    /// Gives up the page that was to be read: what is left stays as it was before it.
    pub(in super::super) fn put_page_off(&mut self) {
        self.is_unreadable = true;
        let Some(reading) = self.reading.take() else { return };
        // A line that was let go meanwhile has its place in the queue by itself.
        if let Some(id) = reading.line.filter(|_| !reading.is_void) {
            self.recalled.push_front(id);
        }
    }

    /// Whether what the endpoint has in the store may be read: not while too many lines wait for their moments.
    fn may_catch_up(&self, room: &Room) -> bool {
        self.behind.is_some() && room.takes_line(self.held())
    }

    /// The line whose rest is to be read first; those that are not to be read any more are passed over.
    fn first_recalled(&mut self) -> Option<ConversationId> {
        while let Some(id) = self.recalled.front() {
            if self.lines.get(id).is_some_and(|line| line.state == LineState::Recalled) {
                return Some(*id);
            }
            self.recalled.pop_front();
        }
        None
    }

    pub(super) fn fall_behind(&mut self, left: Behind) {
        self.behind = Some(self.behind.map_or(left, |earlier| earlier.with(left)));
        if let Some(reading) = &mut self.reading {
            reading.is_stale = true;
        }
    }
}

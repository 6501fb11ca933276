//! What of an endpoint is read back from the store, and when: rests of lines that can go on, and what found no room.

use super::super::behind::{Behind, Reading};
use super::super::line::LineState;
use super::Lines;
use crate::domain::delivery::DeliveryNo;
use crate::domain::ids::ConversationId;
use crate::store::{DeliveryRecord, Page};

/// A page that is to be read.
pub(in super::super) struct Wanted {
    /// Of which conversation; of all when there is none.
    pub(in super::super) conversation: Option<ConversationId>,
    pub(in super::super) after: DeliveryNo,
    pub(in super::super) page: Page,
}

impl Lines {
    /// Whether the next page should be read now: there is one to be read, and half of the room is free.
    pub(in super::super) fn wants_page(&mut self, room: Page) -> bool {
        let has_room = self.held.rows <= room.rows / 2 && self.held.bytes <= room.bytes / 2;
        let may_read = has_room && self.reading.is_none() && !self.is_paused;
        may_read && (self.may_catch_up(room) || self.first_recalled().is_some())
    }

    /// Begins to read a page, when there is one to be read.
    ///
    /// Rests of lines and what the endpoint has in the store take turns: neither keeps the other waiting for long.
    pub(in super::super) fn begin_page(&mut self, room: Page, batch: Page) -> Option<Wanted> {
        let is_others_turn = self.has_read_line && self.may_catch_up(room);
        let line = self.first_recalled().filter(|_| !is_others_turn);
        self.has_read_line = line.is_some();
        let (stretch, page) = match line {
            Some(id) => {
                self.recalled.pop_front();
                self.lines.get(&id)?.wanted(batch)?
            }
            None => (self.behind?, self.free(room)),
        };
        self.reading = Some(Reading::new(line, stretch));
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

    /// Whether what the endpoint has in the store may be read: not while too many lines wait for their moments.
    fn may_catch_up(&self, room: Page) -> bool {
        self.behind.is_some() && self.has_room_for_lines(room)
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

    fn free(&self, room: Page) -> Page {
        Page {
            rows: room.rows.saturating_sub(self.held.rows).max(1),
            bytes: room.bytes.saturating_sub(self.held.bytes).max(1),
        }
    }

    pub(super) fn fall_behind(&mut self, left: Behind) {
        self.behind = Some(self.behind.map_or(left, |earlier| earlier.with(left)));
        if let Some(reading) = &mut self.reading {
            reading.is_stale = true;
        }
    }
}

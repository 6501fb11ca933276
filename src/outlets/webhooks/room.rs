//! How much of what waits may be in memory: of one endpoint, and of all together. It must not know what waits, nor
//! how it is read back.

use crate::store::Page;

/// What an endpoint, or all of them together, have in memory or are reading into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    /// Conversations that are known: those that wait for their moments hold nothing else.
    pub(super) lines: usize,
}

impl Held {
    pub(super) fn with(self, page: Page) -> Self {
        Self { rows: self.rows + page.rows, bytes: self.bytes + page.bytes, ..self }
    }
}

/// What there is room for. Whoever holds nothing may always hold something, however little is left: nobody waits for
/// all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// What one endpoint may hold.
    pub(super) own: Page,
    /// What all endpoints leave to whoever wants more.
    pub(super) left: Held,
}

impl Room {
    /// What is left when all endpoints together hold so much of what they may.
    pub(super) fn left_of(own: Page, all: Page, held: Held) -> Self {
        let left = Held {
            rows: all.rows.saturating_sub(held.rows),
            bytes: all.bytes.saturating_sub(held.bytes),
            lines: all.rows.saturating_add(held.rows).saturating_sub(held.lines),
        };
        Self { own, left }
    }

    /// Whether an endpoint may hold another delivery of so many bytes.
    pub(super) fn takes(&self, held: Held, bytes: usize) -> bool {
        let is_own = held.rows < self.own.rows && held.bytes.saturating_add(bytes) <= self.own.bytes;
        let is_left = self.left.rows > 0 && bytes <= self.left.bytes;
        held.rows == 0 || (is_own && is_left)
    }

    /// Whether an endpoint may know another conversation: as many as it may hold deliveries wait for their moments.
    pub(super) fn takes_line(&self, held: Held) -> bool {
        self.is_own_line(held) && (held.lines == 0 || self.left.lines > 0)
    }

    /// Whether it may as far as it is its own.
    pub(super) fn is_own_line(&self, held: Held) -> bool {
        held.lines < self.own.rows.saturating_add(held.rows)
    }

    /// Whether half of what an endpoint may hold is free: pages are worth their while then.
    pub(super) fn is_half_free(&self, held: Held) -> bool {
        held.rows <= self.own.rows / 2 && held.bytes <= self.own.bytes / 2
    }

    /// Whether an endpoint may read a page as far as others leave room.
    pub(super) fn is_left(&self, held: Held) -> bool {
        held.rows == 0 || (self.left.rows > 0 && self.left.bytes > 0)
    }

    /// Whether others leave room to everybody.
    pub(super) fn is_left_to_all(&self) -> bool {
        let Held { rows, bytes, lines } = self.left;
        rows > 0 && bytes > 0 && lines > 0
    }

    /// As much as an endpoint may read: a delivery at least.
    pub(super) fn page(&self, held: Held) -> Page {
        Page {
            rows: self.own.rows.saturating_sub(held.rows).min(self.left.rows).max(1),
            bytes: self.own.bytes.saturating_sub(held.bytes).min(self.left.bytes).max(1),
        }
    }
}

//! A session as it should behave, said as plainly as can be.

use super::super::*;
use crate::broker::Acknowledgement;
use crate::domain::subscription::{Filter, Watched};

pub(super) const INACTIVITY: Duration = Duration::from_secs(60);
pub(super) const LIMIT: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Life {
    Live,
    Over(Ending),
    Removed,
}

/// What a reader asks for: at most so many events, behind the last that it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) max: usize,
    pub(super) after: Option<u32>,
}

/// A session as it should behave.
pub(super) struct Model {
    pub(super) acknowledgement: Acknowledgement,
    pub(super) queue: Vec<u32>,
    /// Everything that it was to hear, in order.
    pub(super) heard: Vec<u32>,
    pub(super) subscriptions: Vec<(&'static str, Filter)>,
    pub(super) delivered: usize,
    pub(super) lent: usize,
    /// What the waiting poll asked for.
    pub(super) waiting: Option<Asked>,
    /// Events that a reader named as the last that it has, or that came before that one: they have arrived, whatever
    /// became of their hand-over.
    pub(super) seen: Vec<u32>,
    pub(super) life: Life,
    pub(super) now: u64,
    pub(super) idle_since: u64,
}

impl Model {
    pub(super) fn publish(&mut self, events: &[u32]) {
        if self.life != Life::Live {
            return;
        }
        self.queue.extend(events);
        self.heard.extend(events);
        if self.queue.len() > LIMIT {
            self.finish(Life::Over(Ending::Overrun));
        }
    }

    pub(super) fn publish_watched(&mut self, watched: &Watched, event: u32) {
        if self.subscriptions.iter().any(|(_, filter)| filter.matches(watched)) {
            self.publish(&[event]);
        }
    }

    pub(super) fn subscribe(&mut self, name: &'static str, filter: Filter) {
        match self.subscriptions.iter_mut().find(|(other, _)| *other == name) {
            Some(former) => former.1 = filter,
            None => self.subscriptions.push((name, filter)),
        }
    }

    pub(super) fn finish(&mut self, life: Life) {
        self.life = life;
        self.queue.clear();
        (self.delivered, self.lent) = (0, 0);
    }

    pub(super) fn is_live(&mut self, hand_over_is_out: bool) -> bool {
        let present = hand_over_is_out || self.waiting.is_some();
        if self.life == Life::Live && !present && self.now >= self.idle_since + INACTIVITY.as_secs() {
            self.finish(Life::Over(Ending::Inactive));
        }
        self.life == Life::Live
    }

    /// What the waiting poll comes back with; `None` while it waits on.
    pub(super) fn resolve(&mut self) -> Option<Result<Vec<u32>, PollError>> {
        let asked = self.waiting?;
        let result = if self.life == Life::Live {
            let events = self.lend(asked);
            if events.is_empty() {
                return None;
            }
            Ok(events)
        } else {
            Err(SessionGone.into())
        };
        self.waiting = None;
        Some(result)
    }

    /// What a reader is given now.
    pub(super) fn lend(&mut self, asked: Asked) -> Vec<u32> {
        if self.lent > 0 {
            return Vec::new();
        }
        let delivered = &self.queue[..self.delivered];
        let mut start =
            delivered.iter().filter(|event| asked.after.is_some_and(|after| **event <= after)).count();
        if self.acknowledgement == Acknowledgement::NotRequired {
            self.seen.extend(self.queue.drain(..start));
            self.delivered -= start;
            start = 0;
        }
        let events: Vec<_> = self.queue[start..].iter().take(asked.max).copied().collect();
        self.lent = events.len();
        self.delivered = self.delivered.max(start + self.lent);
        events
    }

    /// The server begins anew with what is held, all of which may have been delivered.
    pub(super) fn restart(&mut self) {
        self.delivered = self.queue.len();
        (self.lent, self.waiting, self.idle_since) = (0, None, self.now);
    }

    pub(super) fn settle(&mut self, arrived: bool) {
        let lent = std::mem::take(&mut self.lent);
        if arrived && self.acknowledgement == Acknowledgement::NotRequired {
            self.queue.drain(..lent);
            self.delivered -= lent;
        }
    }

    /// The first event of a hand-over arrives; the others stay lent.
    pub(super) fn settle_first(&mut self) {
        if self.lent == 0 {
            return;
        }
        self.lent -= 1;
        if self.acknowledgement == Acknowledgement::NotRequired {
            self.queue.remove(0);
            self.delivered -= 1;
        }
    }

    pub(super) fn acknowledge(&mut self, ids: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let (mut acknowledged, mut not_found) = (vec![], vec![]);
        for id in ids {
            if acknowledged.contains(id) || not_found.contains(id) {
                continue;
            }
            match self.queue[..self.delivered].iter().position(|event| event == id) {
                Some(index) => {
                    self.queue.remove(index);
                    self.delivered -= 1;
                    acknowledged.push(*id);
                }
                None => not_found.push(*id),
            }
        }
        (acknowledged, not_found)
    }
}

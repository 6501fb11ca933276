//! The line of one conversation to one endpoint: what waits in it, in order, and what of it goes next. It must not
//! know clocks, nor how many lines may be called at the same time.

use std::collections::BTreeMap;

use super::retries::Retries;
use crate::domain::clock::Millis;
use crate::domain::delivery::{DeliveryNo, DeliveryStatus, Progress};
use crate::store::{DeliveryRecord, Page};

/// What a line is about to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum LineState {
    /// Nothing yet: nobody has looked at it since it last changed.
    #[default]
    Idle,
    /// Its first delivery can go.
    Ready,
    /// Its first delivery waits for this moment, and all others behind it.
    Timed(Millis),
    /// These are being sent. One call at a time: nothing of the line is sent before it is known, and kept, what
    /// became of them.
    Calling(Vec<DeliveryNo>),
}

/// What waits for one endpoint in one conversation.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: BTreeMap<DeliveryNo, DeliveryRecord>,
    pub(super) state: LineState,
}

impl Line {
    /// Adds a delivery in its place; whether it was not there yet.
    pub(super) fn put(&mut self, record: DeliveryRecord) -> bool {
        let number = record.number;
        if self.waiting.contains_key(&number) {
            return false;
        }
        self.waiting.insert(number, record);
        true
    }

    pub(super) fn is_calling(&self) -> bool {
        matches!(self.state, LineState::Calling(_))
    }

    /// When its first delivery can go; none when there is none.
    pub(super) fn due(&self, retries: &Retries) -> Option<Millis> {
        self.waiting.first_key_value().map(|(_, first)| due(first, retries))
    }

    /// What goes next: the first delivery, and those behind it that go with it.
    ///
    /// Those that have failed together go together again and with nothing else, so that a receiver knows the call for
    /// a repetition; what is new goes with what is new.
    pub(super) fn batch(&self, limits: Page, now: Millis, retries: &Retries) -> Vec<DeliveryRecord> {
        let mut rest = self.waiting.values();
        let Some(first) = rest.next() else { return Vec::new() };
        let mut batch = vec![first.clone()];
        if !first.delivery.form.is_joined() {
            return batch;
        }
        let mut bytes = first.delivery.item.len();
        for next in rest {
            bytes += next.delivery.item.len();
            let goes_with = next.delivery.form == first.delivery.form
                && last_try(next) == last_try(first)
                && due(next, retries) <= now;
            if !goes_with || batch.len() >= limits.rows || bytes > limits.bytes {
                break;
            }
            batch.push(next.clone());
        }
        batch
    }

    /// Notes how far a delivery has come; the delivery, when it does not wait any more.
    pub(super) fn note(&mut self, number: DeliveryNo, progress: Progress) -> Option<DeliveryRecord> {
        if progress.status != DeliveryStatus::Pending {
            return self.waiting.remove(&number);
        }
        if let Some(record) = self.waiting.get_mut(&number) {
            record.progress = progress;
        }
        None
    }

    /// Takes out all that is not being sent.
    pub(super) fn let_go(&mut self) -> Vec<DeliveryRecord> {
        let LineState::Calling(called) = &self.state else {
            return std::mem::take(&mut self.waiting).into_values().collect();
        };
        self.waiting.extract_if(.., |number, _| !called.contains(number)).map(|(_, record)| record).collect()
    }
}

fn due(record: &DeliveryRecord, retries: &Retries) -> Millis {
    record.progress.next_attempt.unwrap_or_else(|| retries.first(record.created))
}

/// When a delivery was last tried, of the attempts that count; none when there was none.
fn last_try(record: &DeliveryRecord) -> Option<Millis> {
    let Progress { tries, attempts, .. } = &record.progress;
    attempts.last().filter(|_| *tries > 0).map(|last| last.at)
}

#[cfg(test)]
mod tests;

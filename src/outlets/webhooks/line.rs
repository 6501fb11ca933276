//! The line of one conversation to one endpoint: what waits in it, in order, and what of it goes next. It must not
//! know clocks, nor how many lines may be called at the same time.

use std::collections::BTreeMap;

use super::behind::Behind;
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
    /// Its first delivery waits for this moment, and all others behind it, all of them in the store.
    Timed(Millis),
    /// Its first delivery can go as soon as it was read from the store.
    Recalled,
    /// These are being sent. One call at a time: nothing of the line is sent before it is known, and kept, what
    /// became of them.
    Calling(Vec<DeliveryNo>),
}

/// What waits for one endpoint in one conversation.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: BTreeMap<DeliveryNo, DeliveryRecord>,
    pub(super) state: LineState,
    rest: Option<Rest>,
}

/// What of a line is only in the store. All that is in memory is before it.
#[derive(Debug)]
struct Rest {
    behind: Behind,
    /// When the first of it can go, and how much is read for that; none when that is not known: it is read at once.
    first: Option<(Millis, Page)>,
}

impl Line {
    /// Adds a delivery in its place, which may be in the store; whether it is in memory and was not there yet.
    pub(super) fn put(&mut self, record: DeliveryRecord) -> bool {
        let number = record.number;
        if let Some(Rest { behind, .. }) = &mut self.rest
            && behind.from < number
        {
            behind.until = behind.until.max(number);
            return false;
        }
        if self.waiting.contains_key(&number) {
            return false;
        }
        self.waiting.insert(number, record);
        true
    }

    pub(super) fn is_calling(&self) -> bool {
        matches!(self.state, LineState::Calling(_))
    }

    /// Whether its first delivery is in memory.
    pub(super) fn is_in_memory(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// When its first delivery can go, or can be read when nothing is known of it; none when there is none.
    pub(super) fn due(&self, retries: &Retries) -> Option<Millis> {
        if let Some((_, first)) = self.waiting.first_key_value() {
            return Some(due(first, retries));
        }
        let rest = self.rest.as_ref()?;
        Some(rest.first.map_or(Millis(i64::MIN), |(due, _)| due))
    }

    /// Leaves all of it in the store until its first delivery can go; what was in memory.
    pub(super) fn park(&mut self, due: Millis, limits: Page, retries: &Retries) -> Vec<DeliveryRecord> {
        let (Some(first), Some(last)) = (self.waiting.first_key_value(), self.waiting.last_key_value())
        else {
            return Vec::new();
        };
        let own = Behind::between(*first.0, *last.0);
        // What has failed together is to come back together, and what does not go with the first is not wanted.
        let is_joined = first.1.delivery.form.is_joined();
        let bytes = self.batch(limits, due, retries).iter().map(|record| record.delivery.bytes()).sum();
        let page = if is_joined {
            Page { bytes: limits.bytes.max(bytes), ..limits }
        } else {
            Page { rows: 1, bytes }
        };
        let behind = self.rest.as_ref().map_or(own, |rest| rest.behind.with(own));
        self.rest = Some(Rest { behind, first: Some((due, page)) });
        std::mem::take(&mut self.waiting).into_values().collect()
    }

    /// What is to be read of it, and how much at once.
    pub(super) fn wanted(&self, limits: Page) -> Option<(Behind, Page)> {
        let Rest { behind, first } = self.rest.as_ref()?;
        Some((*behind, first.map_or(limits, |(_, page)| page)))
    }

    /// A stretch that was wanted was read up to a number. It is wanted again when the rest begins before it by now.
    pub(super) fn was_read(&mut self, stretch: Behind, reached: DeliveryNo) {
        if let Some(rest) = self.rest.take_if(|rest| rest.behind.from == stretch.from) {
            self.rest = rest.behind.after(reached).map(|behind| Rest { behind, first: None });
        }
        if self.state == LineState::Recalled {
            self.state = LineState::Idle;
        }
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

    /// Takes out what is only in the store.
    pub(super) fn let_go_of_rest(&mut self) -> Option<Behind> {
        self.rest.take().map(|rest| rest.behind)
    }

    /// Takes out all of what is in memory that is not being sent.
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

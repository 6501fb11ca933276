//! What was said in each conversation and when, held against what has come. Plain arithmetic, without a network.

use std::time::Instant;

use super::receiver::{Heard, Receiver};
use crate::measure::latency::Latencies;
use crate::measure::ledger::Faults;

/// The label of something that is said: its conversation and its number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) conversation: u32,
    pub(super) number: u32,
}

/// One conversation.
#[derive(Clone, Debug, Default)]
struct Page {
    /// When each was to be said. Empty where nothing is expected to come.
    said: Vec<Instant>,
    came: Vec<bool>,
    /// The last that came.
    last: Option<u32>,
}

/// All conversations. Of those behind the last of `expected` nothing is expected to come.
#[derive(Debug)]
pub(super) struct Books {
    pages: Vec<Page>,
    expected: usize,
    outstanding: u64,
    heard: u64,
    latencies: Latencies,
    faults: Faults,
}

impl Books {
    /// Conversations of those that answer, and behind them those of the one that does not.
    pub(super) fn new([answering, silent]: [usize; 2]) -> Self {
        Self {
            pages: vec![Page::default(); answering + silent],
            expected: answering,
            outstanding: 0,
            heard: 0,
            latencies: Latencies::default(),
            faults: Faults::default(),
        }
    }

    /// Something is to be said at a moment.
    pub(super) fn say(&mut self, conversation: usize, at: Instant) -> Label {
        let page = &mut self.pages[conversation];
        let number = u32::try_from(page.said.len()).unwrap_or(u32::MAX);
        page.said.push(at);
        page.came.push(false);
        self.outstanding += u64::from(conversation < self.expected);
        Label { conversation: u32::try_from(conversation).unwrap_or(u32::MAX), number }
    }

    /// Something has come.
    pub(super) fn note(&mut self, heard: Heard) {
        let Heard { label: Label { conversation, number }, at } = heard;
        let Some(page) = self.pages.get_mut(conversation as usize) else { return };
        let Some((said, came)) = page.said.get(number as usize).zip(page.came.get_mut(number as usize))
        else {
            return;
        };
        if std::mem::replace(came, true) {
            self.faults.doubled += 1;
            return;
        }
        if page.last.is_some_and(|last| number < last) {
            self.faults.reordered += 1;
        }
        page.last = page.last.max(Some(number));
        self.outstanding = self.outstanding.saturating_sub(1);
        self.heard += 1;
        let micros = at.saturating_duration_since(*said).as_micros();
        self.latencies.note(u64::try_from(micros).unwrap_or(u64::MAX));
    }

    /// Notes all that has come and was not looked at yet.
    pub(super) fn hear(&mut self, receiver: &mut Receiver) {
        while let Some(heard) = receiver.try_next() {
            self.note(heard);
        }
    }

    /// Whether all has come that should.
    pub(super) fn is_complete(&self) -> bool {
        self.outstanding == 0
    }

    /// How much has come.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// How long it took since this was last asked.
    pub(super) fn take_latencies(&mut self) -> Latencies {
        std::mem::take(&mut self.latencies)
    }

    /// What went wrong; what has not come by now is lost.
    pub(super) fn faults(self) -> Faults {
        Faults { lost: self.outstanding, ..self.faults }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_comes_late_again_or_out_of_order_is_told() {
        let begun = Instant::now();
        let mut books = Books::new([2, 1]);
        let labels: Vec<_> = [0, 0, 0, 1].into_iter().map(|one| books.say(one, begun)).collect();
        books.say(2, begun);
        let at = begun + Duration::from_millis(3);
        for place in [1, 0, 1, 2] {
            books.note(Heard { label: labels[place], at });
        }
        assert_eq!((books.heard(), books.is_complete()), (3, false));
        assert!((3_000..3_010).contains(&books.take_latencies().percentiles().unwrap().p50));
        assert_eq!(books.take_latencies().percentiles(), None, "they were taken");
        let faults = books.faults();
        assert_eq!((faults.lost, faults.doubled, faults.reordered), (1, 1, 1), "{faults:?}");
    }

    #[test]
    fn the_endpoint_that_never_answers_is_not_waited_for() {
        let mut books = Books::new([1, 1]);
        books.say(1, Instant::now());
        assert!(books.is_complete());
    }
}

//! What one reader heard, held against what was said: lost, doubled, out of order. Plain counting, no I/O.

use std::fmt;

/// A message of a run: who said it, and as its how-manieth. Travels as the message's own reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Counted from 0.
    pub publisher: usize,
    /// Counted from 0, for each publisher.
    pub number: usize,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.publisher, self.number)
    }
}

impl Label {
    /// Reads back what `Display` writes; `None` when it is not of this shape.
    pub fn parse(text: &str) -> Option<Self> {
        let (publisher, number) = text.split_once('-')?;
        Some(Self { publisher: publisher.parse().ok()?, number: number.parse().ok()? })
    }
}

/// What went wrong at one reader, or at all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Said and never heard.
    pub lost: usize,
    /// Heard once more than it was said.
    pub doubled: usize,
    /// Heard after something that came later.
    pub reordered: usize,
}

impl Faults {
    /// Whether nothing went wrong.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
    }
}

/// The ear of one reader.
///
/// `P` is a message's place in the one order that all readers share. Each publisher's own messages have to come in
/// the order in which they were said, and all messages in the order of their places.
#[derive(Debug)]
pub struct Hearing<P> {
    heard: Vec<Vec<bool>>,
    /// The highest number heard so far, by publisher.
    latest: Vec<Option<usize>>,
    last_place: Option<P>,
    count: usize,
    faults: Faults,
}

impl<P: Ord> Hearing<P> {
    /// A reader that should hear `messages` from each publisher.
    pub fn new(publishers: usize, messages: usize) -> Self {
        Self {
            heard: vec![vec![false; messages]; publishers],
            latest: vec![None; publishers],
            last_place: None,
            count: 0,
            faults: Faults::default(),
        }
    }

    /// Notes a message. A label that nobody used counts as a double: it was heard and not said.
    pub fn hear(&mut self, label: Label, place: P) {
        let known = self.heard.get_mut(label.publisher).and_then(|of| of.get_mut(label.number));
        match known {
            Some(heard) if !*heard => *heard = true,
            Some(_) | None => {
                self.faults.doubled += 1;
                return;
            }
        }
        self.count += 1;
        let latest = &mut self.latest[label.publisher];
        let in_turn = latest.is_none_or(|latest| latest < label.number);
        let in_place = self.last_place.as_ref().is_none_or(|last| *last < place);
        if !(in_turn && in_place) {
            self.faults.reordered += 1;
        }
        *latest = (*latest).max(Some(label.number));
        self.last_place = self.last_place.take().max(Some(place));
    }

    /// How many different messages were heard.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The verdict: whatever was not heard by now is lost.
    pub fn finish(self) -> Faults {
        let said: usize = self.heard.iter().map(Vec::len).sum();
        Faults { lost: said - self.count, ..self.faults }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(heard: &[(usize, usize, i64)]) -> Faults {
        let mut hearing = Hearing::new(2, 2);
        for (publisher, number, place) in heard {
            hearing.hear(Label { publisher: *publisher, number: *number }, *place);
        }
        hearing.finish()
    }

    #[test]
    fn publishers_may_interleave() {
        assert_eq!(faults(&[(0, 0, 1), (1, 0, 2), (1, 1, 3), (0, 1, 4)]), Faults::default());
        assert!(faults(&[(1, 0, 1), (1, 1, 2), (0, 0, 3), (0, 1, 4)]).is_none());
    }

    #[test]
    fn what_was_not_heard_is_lost() {
        assert_eq!(faults(&[(0, 0, 1), (1, 1, 2)]), Faults { lost: 2, ..Faults::default() });
    }

    #[test]
    fn what_is_heard_again_or_was_never_said_is_doubled() {
        let heard = [(0, 0, 1), (0, 0, 1), (1, 0, 2), (0, 1, 3), (1, 1, 4), (7, 0, 5)];
        assert_eq!(faults(&heard), Faults { doubled: 2, ..Faults::default() });
    }

    #[test]
    fn a_place_or_a_number_that_goes_back_is_reordered() {
        let by_number = [(0, 1, 1), (0, 0, 2), (1, 0, 3), (1, 1, 4)];
        let by_place = [(0, 0, 2), (0, 1, 1), (1, 0, 3), (1, 1, 4)];
        for heard in [by_number, by_place] {
            assert_eq!(faults(&heard), Faults { reordered: 1, ..Faults::default() });
        }
    }

    #[test]
    fn a_label_reads_back() {
        let label = Label { publisher: 3, number: 14 };
        assert_eq!(Label::parse(&label.to_string()), Some(label));
        for text in ["", "3", "a-1", "3-"] {
            assert_eq!(Label::parse(text), None, "{text}");
        }
    }
}

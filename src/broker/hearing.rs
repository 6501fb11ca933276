//! Who hears that a publication was taken by a reader: nobody, nearly always. It must not know why somebody wants to
//! hear it.

use std::fmt;
use std::sync::Arc;

/// Hears that a reader has taken a publication.
pub trait HearTaken: Send + Sync {
    /// A reader's socket or poll has taken it: called for each reader that does, under the reader's lock, so it
    /// neither waits nor publishes.
    fn taken(&self);
}

/// Who hears that what belongs together was taken. Nobody costs nothing.
#[derive(Clone, Default)]
pub struct Ears(Option<Arc<[Arc<dyn HearTaken>]>>);

impl Ears {
    /// These; nobody when there are none.
    pub(super) fn of<'a>(ears: impl Iterator<Item = &'a Arc<dyn HearTaken>>) -> Self {
        let mut ears = ears.peekable();
        if ears.peek().is_none() {
            return Self(None);
        }
        Self(Some(ears.cloned().collect()))
    }

    /// It was taken.
    #[inline]
    pub fn taken(&self) {
        for ear in self.0.iter().flat_map(|ears| ears.iter()) {
            ear.taken();
        }
    }

    /// Both of them.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => self,
            (None, Some(_)) => other.clone(),
            (Some(one), Some(two)) => Self::of(one.iter().chain(two.iter())),
        }
    }
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map_or(0, |ears| ears.len());
        f.debug_tuple("Ears").field(&count).finish()
    }
}

/// Ears are the same when the same hear.
impl PartialEq for Ears {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Ears {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::broker::{Outbox, QueueLimits, Weight};
    use crate::domain::order::Position;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl HearTaken for Counting {
        fn taken(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn ear() -> (Arc<Counting>, Ears) {
        let counting = Arc::new(Counting::default());
        let ear: Arc<dyn HearTaken> = counting.clone();
        (counting, Ears::of([&ear].into_iter()))
    }

    fn count(counting: &Counting) -> usize {
        counting.0.load(Ordering::Relaxed)
    }

    #[test]
    fn nobody_and_somebody_are_those_who_hear() {
        let ((one, first), (two, second)) = (ear(), ear());
        Ears::default().taken();
        Ears::default().and(&first).taken();
        first.and(&Ears::default()).and(&second).taken();
        assert_eq!((count(&one), count(&two)), (2, 1));
    }

    #[test]
    fn what_waits_is_heard_of_when_the_last_of_it_was_written() {
        let (counting, ears) = ear();
        let mut outbox = Outbox::new(QueueLimits { events: 10, bytes: 100 }, Arc::default());
        outbox.push("one".into(), Weight::Events(1)).unwrap();
        outbox.reaches(Position(1), ears);
        outbox.push("two".into(), Weight::Events(1)).unwrap();
        outbox.advance(2);
        assert_eq!(count(&counting), 0);
        outbox.advance(1);
        assert_eq!(count(&counting), 1);
        outbox.advance(3);
        assert_eq!(count(&counting), 1);
    }

    #[test]
    fn what_is_taken_out_is_heard_of_by_whoever_hands_it_over() {
        let (counting, ears) = ear();
        let mut outbox = Outbox::new(QueueLimits { events: 10, bytes: 100 }, Arc::default());
        outbox.push("one".into(), Weight::Events(1)).unwrap();
        outbox.reaches(Position(1), ears);
        let taken_out = outbox.pop().unwrap();
        assert_eq!(count(&counting), 0);
        taken_out.ears.taken();
        assert_eq!(count(&counting), 1);
    }
}

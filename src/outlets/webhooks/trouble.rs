//! What goes wrong again and again: how long to rest before the next try, and whether it is news. It must not know
//! what is tried.

use std::time::Duration;

/// Tries that fail one after the other.
#[derive(Debug)]
pub(super) struct Trouble {
    rest: Duration,
    longest: Duration,
    why: Option<String>,
}

/// The rest after the first failure; each one after that is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_secs(1);

impl Trouble {
    /// None so far; `longest` is the longest rest.
    pub(super) fn new(longest: Duration) -> Self {
        Self { rest: FIRST_REST.min(longest), longest, why: None }
    }

    /// Takes note of a failure; whether it is another one than the last.
    pub(super) fn is_news(&mut self, why: &str) -> bool {
        if self.why.as_deref() == Some(why) {
            return false;
        }
        self.why = Some(why.to_owned());
        true
    }

    /// How long to rest before the next try.
    pub(super) fn rest(&mut self) -> Duration {
        let rest = self.rest;
        self.rest = rest.saturating_mul(2).min(self.longest);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_up_to_the_longest_and_not_past_it() {
        let mut trouble = Trouble::new(Duration::from_secs(5));
        let rests: Vec<_> = (0..5).map(|_| trouble.rest().as_secs()).collect();
        assert_eq!(rests, [1, 2, 4, 5, 5]);
        assert_eq!(Trouble::new(Duration::from_secs(1)).rest(), FIRST_REST);
    }

    #[test]
    fn only_a_failure_of_another_kind_is_news() {
        let mut trouble = Trouble::new(Duration::from_secs(5));
        let news = ["a", "a", "b", "a"].map(|why| trouble.is_news(why));
        assert_eq!(news, [true, false, true, true]);
    }
}

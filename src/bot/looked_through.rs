//! How far a bot has looked through its conversations. Nothing hangs on it but time: what is not known of a
//! conversation is read again. It must not know what is in them.

use std::collections::HashMap;

use crate::domain::ids::ConversationId;

/// Conversations among which it is not worth while to look for those that are over.
const FEW: usize = 1_024;

/// Of conversations that were looked through, the last `eventId` that was read: nothing at or before it is
/// unanswered.
pub(super) struct LookedThrough {
    read: HashMap<ConversationId, i64>,
    /// With so many those that are over are looked for: half of them were not there the last time.
    tidy_at: usize,
}

impl LookedThrough {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { read: HashMap::new(), tidy_at: FEW }
    }

    /// How far one was read; 0 when that is not known.
    pub(super) fn of(&self, conversation: ConversationId) -> i64 {
        self.read.get(&conversation).copied().unwrap_or(0)
    }

    /// One was read so far. Of many, those are let go that need not be remembered: a conversation may end without
    /// the bot hearing of it.
    pub(super) fn note(
        &mut self,
        conversation: ConversationId,
        read: i64,
        is_needed: impl Fn(ConversationId) -> bool,
    ) {
        self.read.insert(conversation, read);
        if self.read.len() >= self.tidy_at {
            self.keep(is_needed);
        }
    }

    /// Lets one go.
    pub(super) fn forget(&mut self, conversation: ConversationId) {
        self.read.remove(&conversation);
    }

    /// Lets all others go.
    pub(super) fn keep(&mut self, is_needed: impl Fn(ConversationId) -> bool) {
        self.read.retain(|conversation, _| is_needed(*conversation));
        self.read.shrink_to(FEW);
        self.tidy_at = FEW.max(2 * self.read.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_one_was_read_is_known_until_it_is_let_go() {
        let (one, two) = (ConversationId::new(), ConversationId::new());
        let mut looked_through = LookedThrough::new();
        looked_through.note(one, 7, |_| false);
        looked_through.note(two, 8, |_| false);
        looked_through.note(one, 9, |_| false);
        assert_eq!([one, two, ConversationId::new()].map(|each| looked_through.of(each)), [9, 8, 0]);
        looked_through.forget(two);
        assert_eq!([one, two].map(|each| looked_through.of(each)), [9, 0]);
    }

    #[test]
    fn of_any_number_no_more_than_twice_those_are_remembered_that_are_needed() {
        let needed: Vec<_> = (0..FEW).map(|_| ConversationId::new()).collect();
        let mut looked_through = LookedThrough::new();
        needed.iter().for_each(|each| looked_through.note(*each, 1, |_| true));
        for _ in 0..10 * FEW {
            looked_through.note(ConversationId::new(), 1, |each| needed.contains(&each));
            assert!(looked_through.read.len() < 2 * FEW + 1);
        }
        assert!(needed.iter().all(|each| looked_through.of(*each) == 1));
    }
}

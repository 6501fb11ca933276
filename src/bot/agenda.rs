//! Which conversations wait for a bot, and which it is looking at: each is looked at by one piece of work at a time.
//! Knows neither time nor what is done in a conversation.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::ids::ConversationId;

/// A conversation to look at, from an `eventId` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) conversation: ConversationId,
    /// Nothing at or before it is unanswered.
    pub(super) after: i64,
}

/// The conversations, in the order in which they began to wait.
pub(super) struct Agenda {
    at_once: usize,
    order: VecDeque<ConversationId>,
    /// From where on each that waits is to be looked at.
    waiting: HashMap<ConversationId, i64>,
    busy: HashSet<ConversationId>,
}

impl Agenda {
    /// Nothing to do; at most `at_once` conversations are looked at at the same time.
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once, order: VecDeque::new(), waiting: HashMap::new(), busy: HashSet::new() }
    }

    /// Something was said in a conversation that the bot may have to answer. One that waits already, or is just being
    /// looked at, waits once.
    pub(super) fn wake(&mut self, item: Item) {
        if let Some(after) = self.waiting.get_mut(&item.conversation) {
            *after = item.after.min(*after);
            return;
        }
        self.waiting.insert(item.conversation, item.after);
        if !self.busy.contains(&item.conversation) {
            self.order.push_back(item.conversation);
        }
    }

    /// The next to look at, until it is [`done`](Self::done); none when none waits or too many are being looked at.
    pub(super) fn next(&mut self) -> Option<Item> {
        if self.busy.len() >= self.at_once {
            return None;
        }
        let conversation = self.order.pop_front()?;
        let after = self.waiting.remove(&conversation)?;
        self.busy.insert(conversation);
        Some(Item { conversation, after })
    }

    /// A conversation was looked at. When it was woken meanwhile it waits again.
    pub(super) fn done(&mut self, conversation: ConversationId) {
        self.busy.remove(&conversation);
        if self.waiting.contains_key(&conversation) {
            self.order.push_back(conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(conversation: ConversationId, after: i64) -> Item {
        Item { conversation, after }
    }

    #[test]
    fn conversations_are_looked_at_in_the_order_in_which_they_began_to_wait() {
        let (one, two) = (ConversationId::new(), ConversationId::new());
        let mut agenda = Agenda::new(2);
        agenda.wake(item(one, 5));
        agenda.wake(item(two, 3));
        agenda.wake(item(one, 4));
        assert_eq!(agenda.next(), Some(item(one, 4)), "from the earliest");
        assert_eq!(agenda.next(), Some(item(two, 3)));
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn as_many_as_the_limit_are_looked_at_and_the_next_waits() {
        let (one, two) = (ConversationId::new(), ConversationId::new());
        let mut agenda = Agenda::new(1);
        agenda.wake(item(one, 1));
        agenda.wake(item(two, 1));
        assert_eq!(agenda.next(), Some(item(one, 1)));
        assert_eq!(agenda.next(), None);
        agenda.done(one);
        assert_eq!(agenda.next(), Some(item(two, 1)));
    }

    #[test]
    fn one_that_is_woken_while_it_is_looked_at_waits_for_the_end_of_that() {
        let one = ConversationId::new();
        let mut agenda = Agenda::new(2);
        agenda.wake(item(one, 1));
        assert_eq!(agenda.next(), Some(item(one, 1)));
        agenda.wake(item(one, 7));
        agenda.wake(item(one, 8));
        assert_eq!(agenda.next(), None);
        agenda.done(one);
        assert_eq!(agenda.next(), Some(item(one, 7)));
        agenda.done(one);
        assert_eq!(agenda.next(), None);
    }
}

//! What a business hears of the messages that its own software has sent to a customer: each status at most once, and
//! in the order of [`MessageStatus`]. Rules only; it must not know who carries a message, nor how a status is told.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ClientId, InteractionId};

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageStatus {
    /// It is kept, and on its way.
    Sent,
    /// The customer's side has taken it.
    Delivered,
    /// The customer has seen it.
    Read,
    /// It cannot reach the customer.
    Failed,
    /// The conversation was closed before anybody had taken it.
    Deleted,
}

/// News of a message, for the client that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusNews {
    /// The client.
    pub client: ClientId,
    /// The record of the message.
    pub message: InteractionId,
    /// What has become of it.
    pub status: MessageStatus,
}

/// A message whose fate is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Awaited {
    message: InteractionId,
    client: ClientId,
    event_id: i64,
    is_delivered: bool,
}

impl Awaited {
    fn news(&self, status: MessageStatus) -> StatusNews {
        StatusNews { client: self.client.clone(), message: self.message, status }
    }
}

/// The messages of one conversation whose fate is waited for, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Receipts(Vec<Awaited>);

impl Receipts {
    /// Whether nothing is waited for, as in most conversations.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody waits to hear that the customer's side has taken the activity of this `eventId`.
    pub fn awaits(&self, event_id: i64) -> bool {
        self.0.iter().any(|one| one.event_id == event_id && !one.is_delivered)
    }

    /// The `eventId`s of the first and the last message that the customer's side has not taken; none when there is
    /// none.
    pub fn untaken(&self) -> Option<(i64, i64)> {
        let mut untaken = self.0.iter().filter(|one| !one.is_delivered).map(|one| one.event_id);
        let first = untaken.next()?;
        Some((first, untaken.next_back().unwrap_or(first)))
    }

    /// The fate of a message is waited for from now on; it is sent. Of the oldest of more than `most` nothing further
    /// is told: a customer who never reads does not let its conversation grow.
    pub fn sent(
        &mut self,
        client: ClientId,
        message: InteractionId,
        event_id: i64,
        most: NonZeroUsize,
    ) -> StatusNews {
        let excess = (self.0.len() + 1).saturating_sub(most.get());
        self.0.drain(..excess);
        let awaited = Awaited { message, client, event_id, is_delivered: false };
        let news = awaited.news(MessageStatus::Sent);
        self.0.push(awaited);
        news
    }

    /// The customer's side has taken the activity of this `eventId`. Whatever was told before it may still come.
    pub fn taken(&mut self, event_id: i64) -> Option<StatusNews> {
        let awaited = self.0.iter_mut().find(|one| one.event_id == event_id && !one.is_delivered)?;
        awaited.is_delivered = true;
        Some(awaited.news(MessageStatus::Delivered))
    }

    /// The customer has seen everything up to this `eventId`, and so its side has taken it.
    pub fn seen(&mut self, event_id: i64) -> Vec<StatusNews> {
        let mut news = Vec::new();
        self.0.retain(|one| {
            if one.event_id > event_id {
                return true;
            }
            if !one.is_delivered {
                news.push(one.news(MessageStatus::Delivered));
            }
            news.push(one.news(MessageStatus::Read));
            false
        });
        news
    }

    /// The activity of this `eventId` was given up: unless the customer has it otherwise, it never will.
    pub fn failed(&mut self, event_id: i64) -> Option<StatusNews> {
        let place = self.0.iter().position(|one| one.event_id == event_id && !one.is_delivered)?;
        Some(self.0.remove(place).news(MessageStatus::Failed))
    }

    /// The conversation was closed: what nobody has taken is taken by nobody any more.
    pub fn closed(&mut self) -> Vec<StatusNews> {
        let awaited = std::mem::take(&mut self.0).into_iter().filter(|one| !one.is_delivered);
        awaited.map(|one| one.news(MessageStatus::Deleted)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::MessageStatus::{Deleted, Delivered, Failed, Read, Sent};
    use super::*;

    const MOST: NonZeroUsize = NonZeroUsize::new(50).unwrap();

    fn sent(receipts: &mut Receipts, event_id: i64) -> InteractionId {
        let message = InteractionId::new();
        assert_eq!(receipts.sent("app".into(), message, event_id, MOST).status, Sent);
        message
    }

    fn statuses(news: impl IntoIterator<Item = StatusNews>) -> Vec<MessageStatus> {
        news.into_iter().map(|news| news.status).collect()
    }

    #[test]
    fn a_message_is_delivered_once_and_then_read() {
        let mut receipts = Receipts::default();
        let message = sent(&mut receipts, 5);
        let news = receipts.taken(5).unwrap();
        assert_eq!((news.message, news.status), (message, Delivered));
        assert_eq!(receipts.taken(5), None);
        assert_eq!(statuses(receipts.seen(7)), [Read]);
        assert_eq!((receipts.taken(5), receipts.seen(9)), (None, vec![]));
        assert!(receipts.is_empty());
    }

    #[test]
    fn what_is_seen_was_delivered_and_what_came_after_it_is_not_seen() {
        let mut receipts = Receipts::default();
        sent(&mut receipts, 5);
        sent(&mut receipts, 6);
        sent(&mut receipts, 9);
        assert_eq!(statuses(receipts.seen(6)), [Delivered, Read, Delivered, Read]);
        assert_eq!(statuses(receipts.taken(9)), [Delivered]);
    }

    #[test]
    fn what_was_delivered_neither_fails_nor_is_deleted() {
        let mut receipts = Receipts::default();
        for event_id in [1, 2, 3] {
            sent(&mut receipts, event_id);
        }
        receipts.taken(1);
        assert_eq!(receipts.failed(1), None);
        assert_eq!(statuses(receipts.failed(2)), [Failed]);
        assert_eq!(statuses(receipts.closed()), [Deleted]);
        assert!(receipts.is_empty());
    }

    #[test]
    fn as_many_as_may_are_waited_for_and_of_one_more_the_oldest_is_forgotten() {
        let mut receipts = Receipts::default();
        let most = MOST.get() as i64;
        for event_id in 1..=most {
            sent(&mut receipts, event_id);
        }
        assert!(receipts.awaits(1) && receipts.awaits(most));
        sent(&mut receipts, most + 1);
        assert_eq!(receipts.taken(1), None);
        assert!(receipts.awaits(2) && receipts.awaits(most + 1));
    }

    #[test]
    fn what_is_over_a_bound_that_was_lowered_is_forgotten_with_the_next_message() {
        let mut receipts = Receipts::default();
        for event_id in 1..=3 {
            sent(&mut receipts, event_id);
        }
        receipts.sent("app".into(), InteractionId::new(), 4, NonZeroUsize::new(2).unwrap());
        let awaited: Vec<_> = (1..=4).filter(|event_id| receipts.awaits(*event_id)).collect();
        assert_eq!(awaited, [3, 4]);
    }

    #[test]
    fn what_nobody_has_taken_lies_between_its_first_and_its_last() {
        let mut receipts = Receipts::default();
        assert_eq!(receipts.untaken(), None);
        for event_id in 1..=4 {
            sent(&mut receipts, event_id);
        }
        for (taken, left) in [(1, Some((2, 4))), (3, Some((2, 4))), (4, Some((2, 2))), (2, None)] {
            receipts.taken(taken);
            assert_eq!(receipts.untaken(), left);
        }
    }

    #[test]
    fn what_is_waited_for_reads_back() {
        let mut receipts = Receipts::default();
        sent(&mut receipts, 5);
        receipts.taken(5);
        let text = serde_json::to_string(&receipts).unwrap();
        assert_eq!(serde_json::from_str::<Receipts>(&text).unwrap(), receipts);
    }

    proptest! {
        #[test]
        fn each_status_comes_at_most_once_and_in_order(steps in prop::collection::vec((0..5_u8, 0..6_i64), 0..40)) {
            let mut receipts = Receipts::default();
            let mut told: HashMap<InteractionId, Vec<MessageStatus>> = HashMap::new();
            for (place, (step, number)) in steps.into_iter().enumerate() {
                let event_id = number + place as i64 / 2;
                let news = match step {
                    0 => vec![receipts.sent("app".into(), InteractionId::new(), place as i64, MOST)],
                    1 => receipts.taken(event_id).into_iter().collect(),
                    2 => receipts.seen(event_id),
                    3 => receipts.failed(event_id).into_iter().collect(),
                    _ => receipts.closed(),
                };
                for StatusNews { message, status, .. } in news {
                    told.entry(message).or_default().push(status);
                }
            }
            for statuses in told.values() {
                let good: [&[MessageStatus]; 5] =
                    [&[Sent], &[Sent, Delivered], &[Sent, Delivered, Read], &[Sent, Failed], &[Sent, Deleted]];
                prop_assert!(good.contains(&statuses.as_slice()), "{statuses:?}");
            }
        }
    }
}

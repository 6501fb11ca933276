//! A channel: one topic with its followers, spread over shards.
//! It must not know the registry that finds it.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::shard::{Duty, SHARD, Shard};
use super::slots::{Moment, Outcome, SlotKey};
use crate::broker::{Batch, Stats, Subscriber, Topic};

/// One topic and its followers.
pub(super) struct Channel {
    topic: Topic,
    /// Guards who belongs to which shard and the order of moments; held for moments only, and never while a shard's
    /// followers are locked.
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    now: Moment,
    /// Never fewer than there were: a key names a shard by its place.
    shards: Vec<Sharded>,
    taken: usize,
    /// Set when the last follower leaves. A closed channel stays empty and is on its way out of the registry.
    closed: bool,
}

/// A shard and how many are seated in it.
struct Sharded {
    shard: Arc<Shard>,
    taken: usize,
}

/// A follower's place in a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    shard: u32,
    slot: SlotKey,
}

/// Whether a channel still has followers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has.
    Open,
    /// The last one has left; the channel is over.
    Closed,
}

/// What has to be done when a round is over: counting, and forgetting a channel that closed.
pub(super) trait Steward: Send + Sync + 'static {
    /// What is counted into.
    fn stats(&self) -> &Stats;
    /// The channel has no followers any more.
    fn forget(&self, closed: &Arc<Channel>);
}

impl Channel {
    pub(super) fn new(topic: Topic) -> Arc<Self> {
        Arc::new(Self { topic, members: Mutex::default() })
    }

    pub(super) fn topic(&self) -> &Topic {
        &self.topic
    }

    /// How many follow.
    pub(super) fn followers(&self) -> usize {
        self.members.lock().taken
    }

    /// Seats a subscriber; `None` when the channel is closed.
    pub(super) fn join(&self, subscriber: &Arc<dyn Subscriber>) -> Option<Place> {
        let (joined, index, shard) = self.members.lock().admit()?;
        // Without the lock of the channel, because a shard's may be held for a round.
        let slot = shard.insert(joined, Arc::clone(subscriber));
        Some(Place { shard: u32::try_from(index).expect("shards are fewer than followers"), slot })
    }

    /// Frees a place, if its holder still has it.
    pub(super) fn leave(&self, place: Place) -> State {
        let shard = {
            let members = self.members.lock();
            Arc::clone(&members.shards[place.shard as usize].shard)
        };
        // The subscriber is dropped without a lock: its own drop may well detach something.
        let subscriber = shard.remove(place.slot);
        let state = self.members.lock().release(place.shard as usize, usize::from(subscriber.is_some()));
        drop(subscriber);
        state
    }

    /// Brings `batch` to all followers, in the order of the calls, and tells how many there are. The only shard of a
    /// small topic is served before the return, so that its followers are told in the same breath. The shards of a
    /// large one are shared out among the workers, and between two of them a worker turns to whatever else there is:
    /// other topics go on, and what is published meanwhile joins what the later shards have yet to be told.
    pub(super) fn publish(self: &Arc<Self>, batch: &Arc<Batch>, steward: &Arc<impl Steward>) -> usize {
        let (due, followers) = self.offer(batch);
        match Handle::try_current() {
            Ok(runtime) if due.len() > 1 => {
                for share in shares(due, runtime.metrics().num_workers()) {
                    runtime.spawn(Arc::clone(self).serve_in_turns(share, Arc::clone(steward)));
                }
            }
            // Little, or nobody to share the work with.
            _ => due.iter().for_each(|due| self.serve(due, &**steward)),
        }
        followers
    }

    /// Brings `batch` to all followers before the return.
    pub(super) fn publish_at_once(self: &Arc<Self>, batch: &Arc<Batch>, steward: &impl Steward) {
        self.offer(batch).0.iter().for_each(|due| self.serve(due, steward));
    }

    /// Lets the batch wait at all shards that have followers. Answers those that have to be served for it, and how many
    /// followers there are.
    fn offer(&self, batch: &Arc<Batch>) -> (Vec<Due>, usize) {
        let mut members = self.members.lock();
        let published = members.now.advance();
        let followed = members.shards.iter().enumerate().filter(|(_, sharded)| sharded.taken > 0);
        let due = followed.filter(|(_, sharded)| sharded.shard.offer(published, batch) == Duty::Serve);
        let due = due.map(|(index, sharded)| Due { shard: Arc::clone(&sharded.shard), index }).collect();
        (due, members.taken)
    }

    async fn serve_in_turns(self: Arc<Self>, share: Vec<Due>, steward: Arc<impl Steward>) {
        // A round at each before the next at any: under a constant stream the last shard is not told later than the
        // first.
        let mut share = VecDeque::from(share);
        while let Some(due) = share.pop_front() {
            if self.serve_round(&due, &*steward) == Turn::Served {
                share.push_back(due);
                yield_now().await;
            }
        }
    }

    fn serve(self: &Arc<Self>, due: &Due, steward: &impl Steward) {
        while self.serve_round(due, steward) == Turn::Served {}
    }

    fn serve_round(self: &Arc<Self>, due: &Due, steward: &impl Steward) -> Turn {
        let Some(Outcome { taken, refused }) = due.shard.serve() else { return Turn::Idle };
        let stats = steward.stats();
        stats.delivered.add(taken);
        if !refused.is_empty() {
            stats.refused.add(refused.len());
            if self.members.lock().release(due.index, refused.len()) == State::Closed {
                steward.forget(self);
            }
        }
        Turn::Served
    }
}

/// A shard that has to be served.
struct Due {
    shard: Arc<Shard>,
    index: usize,
}

/// Shares the shards out among `workers`.
fn shares(due: Vec<Due>, workers: usize) -> Vec<Vec<Due>> {
    let count = workers.clamp(1, due.len().max(1));
    let mut shares: Vec<Vec<Due>> = (0..count).map(|_| Vec::new()).collect();
    for (number, due) in due.into_iter().enumerate() {
        shares[number % count].push(due);
    }
    shares
}

/// What a turn at a shard came to.
#[derive(PartialEq, Eq)]
enum Turn {
    /// What waited was served; more may have come.
    Served,
    /// Nothing waited, and the duty is over.
    Idle,
}

impl Members {
    /// A place in a shard, from a moment on; `None` when the channel is closed.
    fn admit(&mut self) -> Option<(Moment, usize, Arc<Shard>)> {
        if self.closed {
            return None;
        }
        self.taken += 1;
        let joined = self.now.advance();
        let index = self.shard_with_room();
        let sharded = &mut self.shards[index];
        sharded.taken += 1;
        Some((joined, index, Arc::clone(&sharded.shard)))
    }

    /// The place of the first shard that has room, which may be a new one.
    fn shard_with_room(&mut self) -> usize {
        if let Some(index) = self.shards.iter().position(|sharded| sharded.taken < SHARD) {
            return index;
        }
        if self.shards.is_empty() {
            // Most topics stay with one.
            self.shards.reserve_exact(1);
        }
        self.shards.push(Sharded { shard: Arc::default(), taken: 0 });
        self.shards.len() - 1
    }

    fn release(&mut self, shard: usize, count: usize) -> State {
        self.shards[shard].taken -= count;
        self.taken -= count;
        self.closed = self.taken == 0;
        if self.closed { State::Closed } else { State::Open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Held;
    use crate::broker::testing::{Inbox, event};
    use crate::domain::ids::TenantId;

    struct Counting(Stats);

    impl Steward for Counting {
        fn stats(&self) -> &Stats {
            &self.0
        }

        fn forget(&self, _: &Arc<Channel>) {}
    }

    /// A channel with one follower.
    fn followed() -> (Arc<Channel>, Arc<Inbox>) {
        let (channel, inbox) = (Channel::new(Topic::Organization(TenantId::new())), Inbox::new(100));
        channel.join(&(inbox.clone() as _)).unwrap();
        (channel, inbox)
    }

    #[test]
    fn a_follower_hears_nothing_that_was_published_before_it_joined() {
        let (channel, early) = followed();
        let (due, _) = channel.offer(&Batch::new(vec![event(1)], vec![]));
        let late = Inbox::new(100);
        channel.join(&(late.clone() as _)).unwrap();
        assert!(channel.offer(&Batch::new(vec![event(2)], vec![])).0.is_empty(), "somebody serves already");
        due.iter().for_each(|due| channel.serve(due, &Counting(Stats::default())));
        assert_eq!((early.take(), late.take()), (Ok(vec![1, 2]), Ok(vec![2])));
    }

    #[test]
    fn what_a_batch_holds_is_let_go_of_when_everybody_was_told() {
        let (channel, _inbox) = followed();
        let held: Held = Arc::new(());
        let (due, _) = channel.offer(&Batch::new(vec![event(1)], vec![held.clone()]));
        assert_eq!(Arc::strong_count(&held), 2);
        due.iter().for_each(|due| channel.serve(due, &Counting(Stats::default())));
        assert_eq!(Arc::strong_count(&held), 1);
    }
}

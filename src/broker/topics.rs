//! The registry of topics: who follows what, and the way from a publication to all of them.
//! It must not know what subscribers do with a publication, nor what a topic stands for.

use std::sync::Arc;

use dashmap::DashMap;
use parking_lot::Mutex;

use super::{Delivery, Publication, Stats, Subscriber, Topic};

/// The registry. Clones share it.
///
/// A topic exists while somebody follows it. Sharded by topic: work on one topic does not hold up another,
/// not even during a long fan-out, because the map is only asked for the topic's channel and let go.
#[derive(Clone)]
pub struct Topics(Arc<Registry>);

struct Registry {
    channels: DashMap<Topic, Arc<Channel>>,
    stats: Arc<Stats>,
}

/// One topic and its followers.
struct Channel {
    topic: Topic,
    /// Guards membership, and is held for the length of a fan-out: that is what keeps two batches from
    /// overtaking each other, and nobody who detaches from hearing a thing after that. A plain mutex, since
    /// nothing under it waits.
    slots: Mutex<Slots>,
}

impl Topics {
    /// An empty registry that counts into `stats`.
    pub fn new(stats: Arc<Stats>) -> Self {
        Self(Arc::new(Registry { channels: DashMap::new(), stats }))
    }

    /// Lets `subscriber` follow `topics` until the attachment is dropped. A topic named twice is followed
    /// once. Every publish that begins after the return is heard, none that ended before the call.
    pub fn attach(&self, topics: &[Topic], subscriber: Arc<dyn Subscriber>) -> Attachment {
        let mut attachment =
            Attachment { registry: Arc::clone(&self.0), seats: Vec::with_capacity(topics.len()) };
        for (index, topic) in topics.iter().enumerate() {
            if !topics[..index].contains(topic) {
                attachment.seats.push(self.0.join(topic, &subscriber));
            }
        }
        attachment
    }

    /// Delivers `batch` to everyone who follows `topic`, in order. Followers that refuse are detached from it.
    ///
    /// Topics may be published to in parallel. Whoever publishes to one topic from several threads decides the
    /// order by serialising the calls; here they only exclude each other. With no follower this is one lookup.
    pub fn publish(&self, topic: &Topic, batch: &[Arc<Publication>]) {
        if batch.is_empty() {
            return;
        }
        self.0.stats.published.add(batch.len());
        // The guard of the map ends with this statement: the fan-out must not hold up the shard.
        let found = self.0.channels.get(topic).map(|channel| Arc::clone(&channel));
        let Some(channel) = found else { return };
        let outcome = channel.slots.lock().deliver(batch);
        self.0.stats.delivered.add(outcome.taken * batch.len());
        self.0.stats.refused.add(outcome.refused.len());
        if outcome.closed {
            self.0.forget(&channel);
        }
    }

    /// How many follow `topic`.
    pub fn subscriber_count(&self, topic: &Topic) -> usize {
        let found = self.0.channels.get(topic).map(|channel| Arc::clone(&channel));
        found.map_or(0, |channel| channel.slots.lock().taken)
    }

    /// How many topics are followed by anybody.
    pub fn topic_count(&self) -> usize {
        self.0.channels.len()
    }
}

impl Registry {
    /// Seats `subscriber` in the topic's channel, opening one where there is none.
    fn join(&self, topic: &Topic, subscriber: &Arc<dyn Subscriber>) -> Seat {
        loop {
            let channel = self.channel(topic);
            let key = channel.slots.lock().insert(subscriber);
            match key {
                Some(key) => return Seat { channel, key },
                // Its last follower left between our look-up and our lock; take part in clearing it away.
                None => self.forget(&channel),
            }
        }
    }

    fn channel(&self, topic: &Topic) -> Arc<Channel> {
        if let Some(channel) = self.channels.get(topic) {
            return Arc::clone(&channel);
        }
        let open = || Arc::new(Channel { topic: topic.clone(), slots: Mutex::default() });
        Arc::clone(&self.channels.entry(topic.clone()).or_insert_with(open))
    }

    /// Removes a closed channel, unless a new one already stands in its place.
    fn forget(&self, closed: &Arc<Channel>) {
        self.channels.remove_if(&closed.topic, |_, channel| Arc::ptr_eq(channel, closed));
    }

    fn leave(&self, seat: &Seat) {
        // The subscriber is dropped after the lock: its own drop may well detach something.
        let (subscriber, closed) = {
            let mut slots = seat.channel.slots.lock();
            let subscriber = slots.remove(seat.key);
            (subscriber, slots.close_if_empty())
        };
        if closed {
            self.forget(&seat.channel);
        }
        drop(subscriber);
    }
}

/// A subscriber's hold on its topics; dropping it detaches. Nothing is delivered after the drop returns.
#[must_use = "dropping the attachment detaches the subscriber"]
pub struct Attachment {
    registry: Arc<Registry>,
    seats: Vec<Seat>,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        for seat in &self.seats {
            self.registry.leave(seat);
        }
    }
}

/// A place in a channel.
struct Seat {
    channel: Arc<Channel>,
    key: SlotKey,
}

/// Names a slot and the one who sat there: a slot is used again after a refusal has freed it, and the
/// attachment that had it before must not remove the next one.
#[derive(Clone, Copy)]
struct SlotKey {
    index: usize,
    ticket: u64,
}

enum Slot {
    Taken { ticket: u64, subscriber: Arc<dyn Subscriber> },
    Free { next: Option<usize> },
}

/// The followers of one topic: a slab, so that coming and going cost the same however many there are.
#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    first_free: Option<usize>,
    taken: usize,
    next_ticket: u64,
    /// Set when the last follower leaves. A closed channel stays empty and is on its way out of the map.
    closed: bool,
}

/// What a fan-out led to.
struct FanOut {
    taken: usize,
    /// The subscribers let go, for the caller to drop without the lock.
    refused: Vec<Arc<dyn Subscriber>>,
    closed: bool,
}

impl Slots {
    /// Seats a subscriber; `None` when the channel is closed.
    fn insert(&mut self, subscriber: &Arc<dyn Subscriber>) -> Option<SlotKey> {
        if self.closed {
            return None;
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.taken += 1;
        let slot = Slot::Taken { ticket, subscriber: Arc::clone(subscriber) };
        let index = match self.first_free {
            Some(index) => {
                if let Slot::Free { next } = std::mem::replace(&mut self.slots[index], slot) {
                    self.first_free = next;
                }
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() - 1
            }
        };
        Some(SlotKey { index, ticket })
    }

    /// Frees the slot if the holder of `key` still has it.
    fn remove(&mut self, key: SlotKey) -> Option<Arc<dyn Subscriber>> {
        match self.slots.get(key.index) {
            Some(Slot::Taken { ticket, .. }) if *ticket == key.ticket => self.free(key.index),
            _ => None,
        }
    }

    fn free(&mut self, index: usize) -> Option<Arc<dyn Subscriber>> {
        let free = Slot::Free { next: self.first_free };
        match std::mem::replace(&mut self.slots[index], free) {
            Slot::Taken { subscriber, .. } => {
                self.first_free = Some(index);
                self.taken -= 1;
                Some(subscriber)
            }
            Slot::Free { next } => {
                self.slots[index] = Slot::Free { next };
                None
            }
        }
    }

    fn deliver(&mut self, batch: &[Arc<Publication>]) -> FanOut {
        let mut refused = Vec::new();
        for index in 0..self.slots.len() {
            let Slot::Taken { subscriber, .. } = &self.slots[index] else { continue };
            match subscriber.deliver(batch) {
                Delivery::Taken => {}
                Delivery::Refused => refused.extend(self.free(index)),
            }
        }
        FanOut { taken: self.taken, refused, closed: self.close_if_empty() }
    }

    fn close_if_empty(&mut self) -> bool {
        self.closed = self.taken == 0;
        self.closed
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

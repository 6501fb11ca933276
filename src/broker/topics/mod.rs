//! The registry of topics: who follows what, and the way from a publication to all of them.
//! It must not know what subscribers do with a publication, nor what a topic stands for.

mod channel;
mod round;
mod shard;
mod slots;

use std::collections::HashSet;
use std::sync::Arc;

use dashmap::DashMap;

use super::{Batch, Publication, Stats, Subscriber, Topic};
use channel::{Channel, Place, State, Steward};

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

impl Topics {
    /// An empty registry that counts into `stats`.
    pub fn new(stats: Arc<Stats>) -> Self {
        Self(Arc::new(Registry { channels: DashMap::new(), stats }))
    }

    /// Lets `subscriber` follow `topics` until the attachment is dropped. A topic named twice is followed
    /// once. Every publish that begins after the return is heard, none that began before the call.
    pub fn attach(&self, topics: &[Topic], subscriber: Arc<dyn Subscriber>) -> Attachment {
        let mut attachment =
            Attachment { registry: Arc::clone(&self.0), seats: Vec::with_capacity(topics.len()) };
        let mut known = HashSet::with_capacity(topics.len());
        for topic in topics.iter().filter(|topic| known.insert(*topic)) {
            attachment.seats.push(self.0.join(topic, &subscriber));
        }
        attachment
    }

    /// Brings `publications` to everyone who follows `topic`: [`followed`](Self::followed) and
    /// [`publish`](Followed::publish) in one. With no follower this is one lookup.
    pub fn publish(&self, topic: &Topic, publications: &[Arc<Publication>]) {
        if publications.is_empty() {
            return;
        }
        self.count_published(publications.len());
        if let Some(followed) = self.followed(topic) {
            followed.publish(&Batch::new(publications.to_vec(), Vec::new()));
        }
    }

    /// The way to the followers of `topic`; `None` when there are none at the moment, and nothing needs to be made for
    /// them. Whoever attaches after this hears what is published on it or not.
    pub fn followed(&self, topic: &Topic) -> Option<Followed> {
        // The guard of the map ends with this statement: a fan-out must not hold up the shard.
        let channel = self.0.channels.get(topic).map(|channel| Arc::clone(&channel))?;
        Some(Followed { registry: Arc::clone(&self.0), channel })
    }

    /// Counts publications, heard or not, for whoever publishes on [`Followed`] topics.
    pub fn count_published(&self, publications: usize) {
        self.0.stats.published.add(publications);
    }

    /// How many follow `topic`.
    pub fn subscriber_count(&self, topic: &Topic) -> usize {
        let found = self.0.channels.get(topic).map(|channel| Arc::clone(&channel));
        found.map_or(0, |channel| channel.followers())
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
            match channel.join(subscriber) {
                Some(place) => return Seat { channel, place },
                // Its last follower left between our look-up and our lock; take part in clearing it away.
                None => self.forget(&channel),
            }
        }
    }

    fn channel(&self, topic: &Topic) -> Arc<Channel> {
        if let Some(channel) = self.channels.get(topic) {
            return Arc::clone(&channel);
        }
        Arc::clone(&self.channels.entry(topic.clone()).or_insert_with(|| Channel::new(topic.clone())))
    }

    fn leave(&self, seat: &Seat) {
        if seat.channel.leave(seat.place) == State::Closed {
            self.forget(&seat.channel);
        }
    }
}

impl Steward for Registry {
    fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Removes a closed channel, unless a new one already stands in its place.
    fn forget(&self, closed: &Arc<Channel>) {
        self.channels.remove_if(closed.topic(), |_, channel| Arc::ptr_eq(channel, closed));
    }
}

/// Tells followed topics apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FollowedKey(usize);

/// A topic that is followed, or was when it was looked up.
///
/// Topics may be published to in parallel. Whoever publishes to one topic from several threads decides the order by
/// serialising the calls; here they only exclude each other.
pub struct Followed {
    registry: Arc<Registry>,
    channel: Arc<Channel>,
}

impl Followed {
    /// Brings `batch` to all followers, in the order of the calls, and tells how many there are. Those that refuse are
    /// detached.
    ///
    /// Up to 256 followers are served before the return. More are served by tasks of the runtime, 256 at a time, in
    /// turns with everything else that goes on. What is published to them meanwhile waits, and reaches each as one
    /// batch. What `batch` holds is let go of when the last follower has it.
    pub fn publish(&self, batch: &Arc<Batch>) -> usize {
        self.channel.publish(batch, &self.registry)
    }

    /// The same for every look-up of one topic, as long as one of them is kept.
    pub fn key(&self) -> FollowedKey {
        FollowedKey(Arc::as_ptr(&self.channel) as usize)
    }

    /// As [`publish`](Self::publish), but all followers are served before the return, however many there are: for
    /// followers of several topics, who hear these in the order of the calls.
    pub fn publish_at_once(&self, batch: &Arc<Batch>) {
        self.channel.publish_at_once(batch, &*self.registry);
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
    place: Place,
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

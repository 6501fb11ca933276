//! What the broker counts, for others to show as metrics.
//! It must not know a metrics library, nor what the numbers are used for.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A number that only grows. Relaxed throughout: nothing is concluded from the order of two counts.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts so many more.
    pub fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// A number that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// The level now; may be off by what is in motion on other threads.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn rise(&self, count: usize) {
        self.0.fetch_add(count as i64, Ordering::Relaxed);
    }

    pub(super) fn fall(&self, count: usize) {
        self.0.fetch_sub(count as i64, Ordering::Relaxed);
    }

    /// Rises by one until what is returned is dropped.
    pub(super) fn hold(&self) -> Held<'_> {
        self.rise(1);
        Held(self)
    }
}

/// One in a [`Gauge`], for as long as it lasts.
pub(super) struct Held<'a>(&'a Gauge);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fall(1);
    }
}

/// The broker's counts since it started.
#[derive(Debug, Default)]
pub struct Stats {
    /// Publications given to a topic, once per topic, heard or not.
    pub published: Counter,
    /// Publications taken by subscribers, once per subscriber.
    pub delivered: Counter,
    /// Subscribers that a topic let go because they refused a delivery.
    pub refused: Counter,
    /// Outboxes that outgrew their limits.
    pub outboxes_overrun: Counter,
    /// Events now waiting in outboxes, all together.
    pub outbox_events: Gauge,
    /// Polls now waiting for an event.
    pub polls_waiting: Gauge,
    /// Streaming sessions created; restored ones are not counted again.
    pub sessions_created: Counter,
    /// Streaming sessions ended by inactivity.
    pub sessions_expired: Counter,
    /// Streaming sessions that outgrew their limits.
    pub sessions_overrun: Counter,
}

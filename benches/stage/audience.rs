//! An audience: readers of one topic, all of which keep up, and what is published to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use switchboard::broker::{
    Attachment, Batch, Delivery, Encode, Publication, Stamp, Stats, Subscriber, Topic, Topics, WireFormat,
};
use switchboard::domain::ids::TenantId;
use switchboard::domain::order::Position;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{self, error::TryRecvError};

/// Bytes of an event: about what an activity with a body of 512 bytes has on a websocket.
const EVENT_BYTES: usize = 1300;

/// Readers up to which a publish has served all of them when it returns (`Followed::publish`).
const SERVED_AT_ONCE: usize = 256;

/// A topic with readers.
pub(crate) struct Audience {
    /// One thread, on which readers that are too many to be served at once have their turns.
    worker: Option<Runtime>,
    topics: Topics,
    topic: Topic,
    bytes: Bytes,
    _seats: Vec<Attachment>,
}

impl Audience {
    /// So many readers.
    pub(crate) fn of(readers: usize) -> Self {
        let topics = Topics::new(Arc::new(Stats::default()));
        let topic = Topic::Organization(TenantId::new());
        let seat = |_| topics.attach(std::slice::from_ref(&topic), Arc::new(Reader::default()));
        let worker =
            || Builder::new_current_thread().build().expect("a runtime without drivers opens nothing");
        Self {
            worker: (readers > SERVED_AT_ONCE).then(worker),
            _seats: (0..readers).map(seat).collect(),
            bytes: Bytes::from(vec![b'.'; EVENT_BYTES]),
            topics,
            topic,
        }
    }

    /// Publishes so many events at once, as the recorder does after a commit, until every reader has them.
    pub(crate) fn publish(&self, events: usize) {
        // Nothing is ever sent: the channel ends when the batch and what it holds are dropped.
        let ended = match &self.worker {
            Some(worker) => worker.block_on(async { self.hand_over(events).await }).is_err(),
            None => self.hand_over(events).try_recv() == Err(TryRecvError::Closed),
        };
        assert!(ended, "every reader has the events");
    }

    /// Answers what is closed once every reader has the events.
    fn hand_over(&self, events: usize) -> oneshot::Receiver<()> {
        let (held, let_go) = oneshot::channel();
        if let Some(followed) = self.topics.followed(&self.topic) {
            let events = (0..events).map(|_| self.event()).collect();
            followed.publish(&Batch::new(events, vec![Arc::new(held)]));
        }
        let_go
    }

    fn event(&self) -> Arc<Publication> {
        let stamp = Stamp::Activity { position: Position(1) };
        Publication::new(stamp, Box::new(Written(self.bytes.clone())))
    }
}

/// An event whose bytes are made already: making them is measured by itself.
struct Written(Bytes);

impl Encode for Written {
    fn encode(&self, _: WireFormat) -> Bytes {
        self.0.clone()
    }
}

/// Takes everything at once, as a socket does that keeps up; what is left to measure is the broker's.
#[derive(Default)]
struct Reader {
    bytes: AtomicUsize,
}

impl Subscriber for Reader {
    fn deliver(&self, batch: &Batch) -> Delivery {
        batch.chunks(WireFormat::Direct).iter().for_each(|chunk| self.write(&chunk.bytes));
        Delivery::Taken
    }
}

impl Reader {
    /// As a write to a socket, a call: what becomes of a loop without one is the compiler's whim, and would be counted.
    #[inline(never)]
    fn write(&self, bytes: &Bytes) {
        self.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
    }
}

//! The broker: who follows what, and what waits for them. Topics fan publications out to subscribers; an
//! outbox holds what a socket did not take at once; a streaming session holds what its next poll will take.
//! It must not know HTTP, JSON, sockets or the store: it handles bytes that others make, and ids.
//!
//! In the order an event meets them:
//!
//! - [`Publication`]: one event, serialised once per [`WireFormat`] however many hear it.
//! - [`Topic`] and [`Topics`]: the registry that brings publications to every [`Subscriber`], in shards where there are many.
//! - [`Batch`]: what reaches the followers of a topic together, joined once for all of them.
//! - [`Outbox`]: what a socket has yet to write, within limits.
//! - [`Sessions`]: streaming sessions, with polls, hand-overs, acknowledgement and expiry.
//! - [`SubscriptionCount`]: how many subscriptions let sessions hear more than their own events.
//! - [`Stats`]: what all of them count.
//!
//! Locks are taken in one order only: a topic, its shard, what a subscription brought last, then the line or session
//! that hears it, then the deadlines.
//! Nothing here waits for a reader; a reader that falls behind its limits is let go, and counted.

mod batch;
mod handover;
mod hearing;
mod live_session;
mod outbox;
mod per_format;
mod places;
mod publication;
mod queue;
mod session;
mod sessions;
mod stats;
mod subscriber;
mod topic;
mod topics;
mod watching;

#[cfg(test)]
mod testing;

pub use batch::{Batch, Chunk, Held};
pub use handover::{Handover, Outcome};
pub use hearing::{Ears, HearTaken};
pub use outbox::{Outbox, TakenOut, Weight};
pub use places::{Place, TooManySessions};
pub use publication::{Encode, Publication, Stamp, WireFormat};
pub use queue::{Overrun, QueueLimits};
pub use session::{Acknowledged, Acknowledgement, NotRequired, SessionHead, SessionSpec};
pub use sessions::{
    AcknowledgeError, Ending, ExpiredSession, PollError, PollRequest, SessionGone, Sessions, Sweep,
};
pub use stats::{Counter, Gauge, Stats};
pub use subscriber::{Delivery, Subscriber};
pub use topic::{Side, Topic};
pub use topics::{Attachment, Followed, FollowedKey, Topics};
pub use watching::SubscriptionCount;

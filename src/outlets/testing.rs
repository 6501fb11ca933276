//! Events that are digits, and a streaming session to attach to whose events are such.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;

use super::Attached;
use crate::broker::{
    Acknowledgement, Encode, Handover, PollRequest, Publication, QueueLimits, SessionSpec, Sessions, Stamp,
    Stats, Topic, Topics, WireFormat,
};
use crate::domain::clock::{Millis, SystemClock};
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::{EventId, Position};

const FORMAT: WireFormat = WireFormat::StreamV3;

/// An event that is a digit so many times, in whatever format.
pub(super) struct Digits(pub(super) u8, pub(super) usize);

impl Digits {
    /// An activity whose position is its digit.
    pub(super) fn activity(digit: u8, count: usize) -> Arc<Publication> {
        let stamp = Stamp::Activity { position: Position(digit.into()) };
        Publication::new(stamp, Box::new(Self(digit, count)))
    }
}

impl Encode for Digits {
    fn encode(&self, _: WireFormat) -> Bytes {
        vec![b'0' + self.0; self.1].into()
    }
}

/// A session without acknowledgement, and its organization.
pub(super) struct SessionBench {
    pub(super) sessions: Sessions,
    topics: Topics,
    tenant: TenantId,
    id: SessionId,
}

impl SessionBench {
    pub(super) fn new() -> Self {
        let stats = Arc::<Stats>::default();
        let topics = Topics::new(stats.clone());
        let sessions = Sessions::new(topics.clone(), Arc::new(SystemClock), stats);
        let (tenant, id) = (TenantId::new(), SessionId::new());
        sessions.create(SessionSpec {
            id,
            tenant,
            user: UserId::from("ann"),
            format: FORMAT,
            inactivity: Duration::from_secs(60),
            acknowledgement: Acknowledgement::NotRequired,
            created: Millis(0),
            limits: QueueLimits { events: 100, bytes: 1 << 30 },
        });
        Self { sessions, topics, tenant, id }
    }

    /// Publishes an event: its number is its digit and its id.
    pub(super) fn publish(&self, number: u8, digits: usize) {
        let stamp = Stamp::Event(EventId { ms: number.into(), n: 0 });
        let event = Publication::new(stamp, Box::new(Digits(number, digits)));
        self.topics.publish(&Topic::Organization(self.tenant), &[event]);
    }

    pub(super) fn attach(&self) -> Attached {
        Attached::new(self.poll(0), FORMAT, None)
    }

    pub(super) fn end(&self) {
        self.sessions.end(self.tenant, &self.id).expect("the session lives");
    }

    /// The numbers of the events that wait for the next poll, which leaves them where they are.
    pub(super) fn waiting(&self) -> Vec<i64> {
        let number = |event: &Arc<Publication>| event.stamp().event_id().map_or(-1, |id| id.ms);
        self.poll(100).events().iter().map(number).collect()
    }

    fn poll(&self, max: usize) -> Handover {
        let wait = Duration::ZERO;
        let request =
            PollRequest { tenant: self.tenant, id: self.id, format: FORMAT, max, wait, after: None };
        let polled = self.sessions.poll(request).now_or_never().expect("a poll without wait does not wait");
        polled.expect("the session lives")
    }
}

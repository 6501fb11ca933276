//! A desk: streaming sessions of one organization, each of a user of its own.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use switchboard::broker::{
    Acknowledgement, Encode, ExpiredSession, Handover, PollRequest, Publication, QueueLimits, SessionSpec,
    Sessions, Stamp, Stats, Topic, Topics, WireFormat,
};
use switchboard::domain::clock::{ManualClock, Millis};
use switchboard::domain::ids::{SessionId, TenantId, UserId};
use switchboard::domain::order::EventId;
use tokio::runtime::{Builder, Runtime};

/// When all of it happens; no session's time is up until a bench says so.
const NOW: Millis = Millis(1_800_000_000_000);

/// The longest that a session may last without a poll.
const INACTIVITY: Duration = Duration::from_secs(600);

/// As many events as a poll may ask for.
const MAX_EVENTS: usize = 200;

/// Bytes of an event: about what one has that tells of a text message.
const EVENT_BYTES: usize = 800;

/// Sessions and the topics that they hear.
pub(crate) struct Desk {
    /// For the timers of polls that wait.
    runtime: Runtime,
    tenant: TenantId,
    topics: Topics,
    sessions: Sessions,
    event: Bytes,
    last: Cell<EventId>,
}

impl Desk {
    /// No sessions yet.
    pub(crate) fn new() -> Self {
        let stats = Arc::new(Stats::default());
        let topics = Topics::new(Arc::clone(&stats));
        let sessions = Sessions::new(topics.clone(), Arc::new(ManualClock::at(NOW)), stats);
        Self {
            runtime: Builder::new_current_thread().enable_time().build().expect("a timer opens nothing"),
            tenant: TenantId::new(),
            topics,
            sessions,
            event: Bytes::from(vec![b'.'; EVENT_BYTES]),
            last: Cell::default(),
        }
    }

    /// A session in which so many events wait.
    pub(crate) fn session(&self, acknowledgement: Acknowledgement, events: usize) -> Session<'_> {
        let id = self.open(acknowledgement);
        let session = Session { desk: self, id };
        if events > 0 {
            session.publish(events);
        }
        session
    }

    /// Sessions that nobody ends but their inactivity, until there are so many in all.
    pub(crate) fn fill(&self, count: usize) {
        while self.sessions.count() < count {
            self.open(Acknowledgement::NotRequired);
        }
    }

    /// Ends at most so many sessions, at a time when that of all of them is up.
    pub(crate) fn expire(&self, limit: usize) -> Vec<ExpiredSession> {
        self.sessions.expire(NOW.plus(INACTIVITY), limit).ended
    }

    fn open(&self, acknowledgement: Acknowledgement) -> SessionId {
        let id = SessionId::new();
        self.sessions.create(SessionSpec {
            id,
            tenant: self.tenant,
            user: user_of(id),
            format: WireFormat::StreamV3,
            inactivity: INACTIVITY,
            acknowledgement,
            created: NOW,
            limits: QueueLimits { events: 1000, bytes: 4 << 20 },
        });
        id
    }

    fn next_event(&self) -> Arc<Publication> {
        let id = self.last.get().after(NOW.0);
        self.last.set(id);
        Publication::new(Stamp::Event(id), Box::new(Written(self.event.clone())))
    }
}

fn user_of(session: SessionId) -> UserId {
    session.to_string().into()
}

/// A session, which ends when it is dropped.
pub(crate) struct Session<'a> {
    desk: &'a Desk,
    id: SessionId,
}

impl Session<'_> {
    /// Publishes so many events to the session's user, one batch.
    pub(crate) fn publish(&self, events: usize) {
        let events: Vec<_> = (0..events).map(|_| self.desk.next_event()).collect();
        self.desk.topics.publish(&Topic::User(self.desk.tenant, user_of(self.id)), &events);
    }

    /// Polls what waits.
    pub(crate) fn poll(&self) -> Handover {
        let handover = self.desk.sessions.poll(self.request(Duration::ZERO)).now_or_never();
        handover.expect("with no time to wait a poll is over at once").expect("the session lives")
    }

    /// Polls before anything is there, and is woken by an event.
    pub(crate) fn poll_and_be_woken(&self) -> Handover {
        // Looked at by hand: running tasks is not what is measured.
        let _timers = self.desk.runtime.enter();
        let mut poll = pin!(self.desk.sessions.poll(self.request(Duration::from_secs(15))));
        assert!(poll.as_mut().now_or_never().is_none(), "nothing waits yet");
        self.publish(1);
        poll.now_or_never().expect("there is an event").expect("the session lives")
    }

    /// Polls what waits, which then has to be acknowledged.
    pub(crate) fn receive(&self) -> Vec<EventId> {
        let handover = self.poll();
        let ids = handover.events().iter().filter_map(|event| event.stamp().event_id()).collect();
        handover.complete();
        ids
    }

    /// Acknowledges events, all of which have been delivered.
    pub(crate) fn acknowledge(&self, ids: &[EventId]) {
        let answer = self.desk.sessions.acknowledge(self.desk.tenant, &self.id, ids);
        assert_eq!(answer.map(|answer| answer.acknowledged.len()), Ok(ids.len()));
    }

    fn request(&self, wait: Duration) -> PollRequest {
        PollRequest {
            tenant: self.desk.tenant,
            id: self.id,
            format: WireFormat::StreamV3,
            max: MAX_EVENTS,
            wait,
            after: None,
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let ended = self.desk.sessions.end(self.desk.tenant, &self.id);
        debug_assert_eq!(ended, Ok(()));
    }
}

/// An event whose bytes are made already: making them is measured by itself.
struct Written(Bytes);

impl Encode for Written {
    fn encode(&self, _: WireFormat) -> Bytes {
        self.0.clone()
    }
}

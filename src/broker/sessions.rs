//! The registry of streaming sessions: making, finding, polling and ending them.
//! It must not know where durable sessions are stored; it reports every end that its owner did not ask for.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use parking_lot::Mutex;

use super::live_session::{LiveSession, Surroundings};
use super::places::{Place, Places};
use super::watching::{SubscriptionCounts, Watching};
use super::{
    Acknowledged, Attachment, Handover, NotRequired, Publication, SessionHead, SessionSpec, Stats,
    TooManySessions, Topic, Topics, WireFormat,
};
use crate::domain::clock::{Clock, Millis};
use crate::domain::ids::{SessionId, TenantId};
use crate::domain::order::EventId;

/// The session is unknown, of another tenant, or over. Which of these is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid or expired session")]
pub struct SessionGone;

/// Why a poll was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// There is no such session, or no longer; also when it ends under a waiting poll.
    #[error(transparent)]
    Gone(#[from] SessionGone),
    /// The session was made with the other version of the streaming API.
    #[error("the session belongs to another version of the streaming API")]
    OtherVersion,
}

/// Why an acknowledgement was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgeError {
    /// There is no such session, or no longer.
    #[error(transparent)]
    Gone(#[from] SessionGone),
    /// The session does not take acknowledgements.
    #[error(transparent)]
    NotRequired(#[from] NotRequired),
}

/// One poll.
#[derive(Clone, Copy, Debug)]
pub struct PollRequest {
    /// The organization of the caller.
    pub tenant: TenantId,
    /// The session.
    pub id: SessionId,
    /// The version of the API that is called.
    pub format: WireFormat,
    /// The most events to give; with zero the poll only waits.
    pub max: usize,
    /// How long to wait for the first event.
    pub wait: Duration,
    /// The last event that the reader has; `None` starts at the front. A stream names it so as not to get
    /// again what it has not acknowledged yet, or what it received just before its connection broke. Only
    /// events delivered before are passed over.
    pub after: Option<EventId>,
}

/// Why a session ended without being asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nobody polled for its inactivity delay.
    Inactive,
    /// It outgrew its limits.
    Overrun,
}

/// A session that ended without being asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredSession {
    /// What it was; its owner deletes it from the store where it is durable.
    pub session: SessionHead,
    /// Why it ended.
    pub ending: Ending,
}

/// What a sweep has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// The sessions that have ended.
    pub ended: Vec<ExpiredSession>,
    /// The organization of the session that it looked at last, when it stopped at its limit: there may be more to look
    /// at.
    pub stopped_at: Option<TenantId>,
}

/// All streaming sessions of this process.
pub struct Sessions {
    topics: Topics,
    /// Sharded; a guard of it is never held while a session or a topic is locked.
    sessions: DashMap<SessionId, Registered>,
    places: Arc<Places>,
    subscribed: SubscriptionCounts,
    surroundings: Arc<Surroundings>,
}

struct Registered {
    session: Arc<LiveSession>,
    /// Kept beside the session and not in it, where it would keep its own topics alive in a circle.
    _attachment: Attachment,
    /// What it has subscribed to, which most sessions have not; kept here for the same reason.
    watching: Option<Box<Watching>>,
}

impl Sessions {
    /// An empty registry, whose sessions hear `topics` and read the time from `clock`.
    pub fn new(topics: Topics, clock: Arc<dyn Clock>, stats: Arc<Stats>) -> Self {
        let deadlines = Mutex::new(BTreeSet::new());
        let surroundings = Surroundings { clock, stats, deadlines, draining: AtomicBool::new(false) };
        let sessions = DashMap::new();
        let (places, subscribed) = (Arc::default(), SubscriptionCounts::default());
        Self { topics, sessions, places, subscribed, surroundings: Arc::new(surroundings) }
    }

    /// Keeps a place among the at most `most` sessions of its organization for a session that is about to be
    /// made; it is the session's until that ends. A session made without one is counted all the same, and the place of
    /// one that is not made after all is free again when it is dropped.
    pub fn reserve(
        &self,
        tenant: TenantId,
        id: SessionId,
        most: Option<NonZeroUsize>,
    ) -> Result<Place, TooManySessions> {
        Place::take(&self.places, tenant, id, most)
    }

    /// Makes a session. It hears everything that is published to its user and its organization from here on.
    pub fn create(&self, spec: SessionSpec) {
        self.register(&spec, LiveSession::new(&spec, Arc::clone(&self.surroundings)));
        self.surroundings.stats.sessions_created.add(1);
    }

    /// Brings a session back with the `events` that it held, oldest first, and a whole inactivity delay. The
    /// first `delivered` of them may be acknowledged; an owner that does not know says all of them, since a
    /// client may hold any. A session of the same id is replaced.
    pub fn restore(&self, spec: SessionSpec, events: Vec<Arc<Publication>>, delivered: usize) {
        let session = LiveSession::restored(&spec, events, delivered, Arc::clone(&self.surroundings));
        self.register(&spec, session);
    }

    /// Ends a session and wakes its polls. It is not reported by [`Sessions::expire`].
    pub fn end(&self, tenant: TenantId, id: &SessionId) -> Result<(), SessionGone> {
        let session = self.lookup(tenant, id)?;
        session.end()?;
        self.forget(&session);
        Ok(())
    }

    /// What a session is; `None` for what would be [`SessionGone`] elsewhere.
    pub fn find(&self, tenant: TenantId, id: &SessionId) -> Option<SessionHead> {
        let session = self.lookup(tenant, id).ok()?;
        session.check().ok()?;
        Some(*session.head())
    }

    /// Waits for events of a session and lends them to the caller.
    ///
    /// Comes back empty after `wait`, when a later poll takes over, or when the broker drains; fails at once
    /// when the session ends. While an earlier hand-over is out it waits as if nothing were there. Cancel
    /// safe: a poll dropped before it returns takes nothing.
    pub async fn poll(&self, request: PollRequest) -> Result<Handover, PollError> {
        let mut presence = self.lookup(request.tenant, &request.id)?.enter(request.format)?;
        let waiting = self.surroundings.stats.polls_waiting.hold();
        let (events, outcome) = presence.wait(request.max, request.after, request.wait).await?;
        drop(waiting);
        Ok(Handover::new(presence, events, outcome))
    }

    /// Removes delivered events from a session that requires acknowledgement. This is no activity: only polls
    /// keep a session alive.
    pub fn acknowledge(
        &self,
        tenant: TenantId,
        id: &SessionId,
        events: &[EventId],
    ) -> Result<Acknowledged, AcknowledgeError> {
        self.lookup(tenant, id)?.acknowledge(events)
    }

    /// The oldest event that a session holds; `None` when it holds none, and when there is no such session.
    pub fn oldest_held(&self, tenant: TenantId, id: &SessionId) -> Option<EventId> {
        self.lookup(tenant, id).ok()?.oldest_held()
    }

    /// Ends sessions whose time is up, and reports them together with those that were overrun since. Every session
    /// that was not ended by [`Sessions::end`] is reported once.
    ///
    /// It looks at no more than `limit` sessions. Those that were polled since they were due last come up as well, stay,
    /// and count: in a wave of them looking is all the work that there is.
    pub fn expire(&self, now: Millis, limit: usize) -> Sweep {
        let mut sweep = Sweep::default();
        let mut looks = 0;
        while let Some(id) = self.next_due(now) {
            // One that was ended meanwhile costs nothing.
            let Some(session) = self.session(&id) else { continue };
            looks += 1;
            if let Some(ending) = session.expire(now) {
                self.forget(&session);
                sweep.ended.push(ExpiredSession { session: *session.head(), ending });
            }
            if looks >= limit {
                sweep.stopped_at = Some(session.head().tenant);
                break;
            }
        }
        sweep
    }

    /// When [`Sessions::expire`] has something to look at next; in the past when something waits already.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.surroundings.deadlines.lock().first().map(|(due, _)| *due)
    }

    /// Lets nobody wait any more: polls come back with what is there, which for the waiting ones is nothing.
    pub fn drain(&self) {
        self.surroundings.draining.store(true, Ordering::SeqCst);
        self.all().iter().for_each(|session| session.wake());
    }

    /// How many events wait in all sessions together, delivered ones that were not acknowledged included. It looks at
    /// each session.
    pub fn queued(&self) -> usize {
        self.all().iter().map(|session| session.queued()).sum()
    }

    /// How many sessions there are, with those that are over and not reported yet.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// The order matters. Attached first, the session misses nothing once the caller knows of it; scheduled
    /// last, it cannot come up for a report that would not find it.
    fn register(&self, spec: &SessionSpec, session: Arc<LiveSession>) {
        let topics = [Topic::User(spec.tenant, spec.user.clone()), Topic::Organization(spec.tenant)];
        self.places.take(spec.tenant, spec.id);
        let attachment = self.topics.attach(&topics, Arc::clone(&session) as _);
        let registered =
            Registered { session: Arc::clone(&session), _attachment: attachment, watching: None };
        if let Some(former) = self.sessions.insert(spec.id, registered) {
            former.session.supersede();
            self.let_go(&former);
        }
        session.schedule();
    }

    /// All sessions, to be locked one by one when no guard is held any more.
    fn all(&self) -> Vec<Arc<LiveSession>> {
        self.sessions.iter().map(|registered| Arc::clone(&registered.session)).collect()
    }

    fn session(&self, id: &SessionId) -> Option<Arc<LiveSession>> {
        self.sessions.get(id).map(|registered| Arc::clone(&registered.session))
    }

    fn lookup(&self, tenant: TenantId, id: &SessionId) -> Result<Arc<LiveSession>, SessionGone> {
        self.session(id).filter(|session| session.head().tenant == tenant).ok_or(SessionGone)
    }

    fn next_due(&self, now: Millis) -> Option<SessionId> {
        let mut deadlines = self.surroundings.deadlines.lock();
        let (due, _) = deadlines.first()?;
        if *due > now {
            return None;
        }
        deadlines.pop_first().map(|(_, id)| id)
    }

    /// Takes a session that is over out of the registry, which detaches it.
    fn forget(&self, session: &Arc<LiveSession>) {
        let removed = self.sessions.remove_if(&session.head().id, |_, it| Arc::ptr_eq(&it.session, session));
        if let Some((_, registered)) = &removed {
            self.let_go(registered);
        }
        // Dropped out here, where no shard is locked: detaching locks topics.
        drop(removed);
    }

    /// Takes a session out of the counts.
    fn let_go(&self, registered: &Registered) {
        let head = registered.session.head();
        self.places.free(head.tenant);
        self.subscribed.fall(head, registered.watching.as_ref().map_or(0, |watching| watching.len()));
    }
}

mod subscriptions;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

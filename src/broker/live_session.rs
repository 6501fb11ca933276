//! A streaming session at work: its queue under a lock, the polls that wait for it, its end.
//! It must not know other sessions; [`super::Sessions`] finds and removes them.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::session::{Fate, SessionQueue};
use super::sessions::{AcknowledgeError, Ending, PollError, SessionGone};
use super::{
    Acknowledged, Batch, Delivery, Outcome, Publication, SessionSpec, Stats, Subscriber, WireFormat,
};
use crate::domain::clock::{Clock, Millis};
use crate::domain::ids::SessionId;
use crate::domain::order::EventId;

/// What all sessions of a registry share.
pub(super) struct Surroundings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stats: Arc<Stats>,
    /// Each session has one entry, never later than the moment it is due. A poll does not touch it: an entry
    /// that comes up early is put back. Guarded by itself, taken after a session's lock and never before.
    pub(super) deadlines: Mutex<BTreeSet<(Millis, SessionId)>>,
    /// Set once; a poll looks at it after it began to listen for being woken, so none sleeps through it.
    pub(super) draining: AtomicBool,
}

/// One session.
pub(super) struct LiveSession {
    spec: SessionSpec,
    surroundings: Arc<Surroundings>,
    /// Guards everything that changes; held for moments only, never across a wait.
    state: Mutex<State>,
    /// Wakes the polls that wait. It keeps no permit: a poll begins to listen before it looks.
    changed: Notify,
}

struct State {
    queue: SessionQueue,
    life: Life,
    /// Polls that wait and hand-overs that are out. While there are any the session cannot expire.
    present: usize,
    /// When the last of those left, or the session was made.
    idle_since: Millis,
    /// Counts polls; the one with the latest number is the one that gets events.
    turn: u64,
    /// Its entry in the deadlines; none until the registry knows the session.
    scheduled: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Live,
    /// Over for its client; the registry still has to report it.
    Over(Ending),
    /// Over and told.
    Removed,
}

/// What a poll found when it looked.
enum Look {
    Over(Vec<Arc<Publication>>, Outcome),
    NothingYet,
}

impl LiveSession {
    pub(super) fn new(spec: SessionSpec, queue: SessionQueue, surroundings: Arc<Surroundings>) -> Arc<Self> {
        let state = State {
            queue,
            life: Life::Live,
            present: 0,
            idle_since: surroundings.clock.now(),
            turn: 0,
            scheduled: None,
        };
        Arc::new(Self { spec, surroundings, state: Mutex::new(state), changed: Notify::new() })
    }

    pub(super) fn spec(&self) -> &SessionSpec {
        &self.spec
    }

    /// How many events it holds.
    pub(super) fn queued(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// Enters the session into the deadlines. Until then it cannot be reported, whatever happens to it.
    pub(super) fn schedule(&self) {
        let mut state = self.state.lock();
        let due = match state.life {
            Life::Live => state.due_at(&self.spec),
            Life::Over(_) => self.surroundings.clock.now(),
            Life::Removed => return,
        };
        state.scheduled = Some(due);
        self.surroundings.deadlines.lock().insert((due, self.spec.id));
    }

    /// Whether the session can still be used.
    pub(super) fn check(&self) -> Result<(), SessionGone> {
        self.live(&mut self.state.lock())
    }

    /// Ends the session at its client's wish.
    pub(super) fn end(&self) -> Result<(), SessionGone> {
        let mut state = self.state.lock();
        self.live(&mut state)?;
        self.remove(state);
        Ok(())
    }

    /// Ends the session without a report, whatever state it is in, because another takes its place.
    pub(super) fn supersede(&self) {
        self.remove(self.state.lock());
    }

    /// Called when the session's deadline came up: tells what it ended by, or puts the deadline back.
    pub(super) fn expire(&self, now: Millis) -> Option<Ending> {
        let mut state = self.state.lock();
        if state.life == Life::Live && state.is_due(&self.spec, now) {
            self.finish(&mut state, Ending::Inactive);
        }
        match state.life {
            Life::Live => {
                let from = if state.present > 0 { now } else { state.idle_since };
                // Never at or before `now`: the caller goes on until nothing is due.
                let due = from.plus(self.spec.inactivity).max(now.plus(Duration::from_millis(1)));
                state.scheduled = Some(due);
                self.surroundings.deadlines.lock().insert((due, self.spec.id));
                None
            }
            Life::Over(ending) => {
                state.life = Life::Removed;
                drop(state);
                self.changed.notify_waiters();
                Some(ending)
            }
            Life::Removed => None,
        }
    }

    /// Begins a poll. The one that waited before gives way.
    pub(super) fn enter(self: &Arc<Self>, format: WireFormat) -> Result<Presence, PollError> {
        let mut state = self.state.lock();
        self.live(&mut state)?;
        if format != self.spec.format {
            return Err(PollError::OtherVersion);
        }
        state.present += 1;
        state.turn += 1;
        let turn = state.turn;
        drop(state);
        self.changed.notify_waiters();
        Ok(Presence { session: Arc::clone(self), turn })
    }

    pub(super) fn acknowledge(&self, ids: &[EventId]) -> Result<Acknowledged, AcknowledgeError> {
        let mut state = self.state.lock();
        self.live(&mut state)?;
        Ok(state.queue.acknowledge(ids)?)
    }

    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    /// Refuses what came too late. A session whose time is up is over even before the registry looks at it.
    fn live(&self, state: &mut State) -> Result<(), SessionGone> {
        if state.life == Life::Live && state.is_due(&self.spec, self.surroundings.clock.now()) {
            self.finish(state, Ending::Inactive);
        }
        if state.life == Life::Live { Ok(()) } else { Err(SessionGone) }
    }

    /// Ends the session for its client and releases its events.
    fn finish(&self, state: &mut State, ending: Ending) {
        state.life = Life::Over(ending);
        state.queue.release();
        match ending {
            Ending::Inactive => self.surroundings.stats.sessions_expired.add(1),
            Ending::Overrun => self.surroundings.stats.sessions_overrun.add(1),
        }
    }

    /// Ends the session without anything left to report.
    fn remove(&self, mut state: parking_lot::MutexGuard<'_, State>) {
        state.life = Life::Removed;
        state.queue.release();
        if let Some(due) = state.scheduled.take() {
            self.surroundings.deadlines.lock().remove(&(due, self.spec.id));
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Ends the session because its reader is too slow, and moves its deadline to now so that the registry
    /// reports it. It cannot be detached here: a topic is locked.
    fn overrun(&self, state: &mut State) {
        self.finish(state, Ending::Overrun);
        if let Some(due) = state.scheduled.take() {
            let now = self.surroundings.clock.now();
            let mut deadlines = self.surroundings.deadlines.lock();
            deadlines.remove(&(due, self.spec.id));
            deadlines.insert((now, self.spec.id));
            state.scheduled = Some(now);
        }
    }
}

impl Subscriber for LiveSession {
    fn deliver(&self, batch: &Batch) -> Delivery {
        let batch = batch.publications();
        for publication in batch {
            publication.bytes(self.spec.format);
        }
        let delivery = {
            let mut state = self.state.lock();
            if state.life != Life::Live {
                return Delivery::Refused;
            }
            match state.queue.push(batch) {
                Ok(()) => Delivery::Taken,
                Err(_) => {
                    self.overrun(&mut state);
                    Delivery::Refused
                }
            }
        };
        self.changed.notify_waiters();
        delivery
    }
}

impl State {
    fn due_at(&self, spec: &SessionSpec) -> Millis {
        self.idle_since.plus(spec.inactivity)
    }

    fn is_due(&self, spec: &SessionSpec, now: Millis) -> bool {
        self.present == 0 && self.due_at(spec) <= now
    }
}

/// A poll's presence in its session, from its beginning until its response is handed over or given up.
pub(super) struct Presence {
    session: Arc<LiveSession>,
    turn: u64,
}

impl Presence {
    /// Waits until there are events for this poll, or nothing to wait for. Nothing is lent before the return,
    /// so a wait given up loses nothing.
    pub(super) async fn wait(
        &self,
        max: usize,
        after: Option<EventId>,
        wait: Duration,
    ) -> Result<(Vec<Arc<Publication>>, Outcome), SessionGone> {
        let mut timeout = pin!(tokio::time::sleep(wait));
        loop {
            // Made before the look, it hears of every change after it.
            let changed = self.session.changed.notified();
            if let Look::Over(events, outcome) = self.look(max, after)? {
                return Ok((events, outcome));
            }
            // Asked here because a timer needs at least a millisecond, even for no time at all.
            if wait.is_zero() {
                return Ok((Vec::new(), Outcome::TimedOut));
            }
            tokio::select! {
                biased;
                () = changed => {}
                () = &mut timeout => return Ok((Vec::new(), Outcome::TimedOut)),
            }
        }
    }

    /// Ends the loan that this poll was given.
    pub(super) fn settle(&self, fate: Fate) {
        self.session.state.lock().queue.settle(fate);
        self.session.changed.notify_waiters();
    }

    fn look(&self, max: usize, after: Option<EventId>) -> Result<Look, SessionGone> {
        let mut state = self.session.state.lock();
        if state.life != Life::Live {
            return Err(SessionGone);
        }
        if state.turn != self.turn {
            return Ok(Look::Over(Vec::new(), Outcome::TakenOver));
        }
        let events = state.queue.lend(max, after);
        if !events.is_empty() {
            return Ok(Look::Over(events, Outcome::Events));
        }
        if self.session.surroundings.draining.load(Ordering::SeqCst) {
            return Ok(Look::Over(events, Outcome::Draining));
        }
        Ok(Look::NothingYet)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let now = self.session.surroundings.clock.now();
        let mut state = self.session.state.lock();
        state.present -= 1;
        if state.present == 0 {
            state.idle_since = now;
        }
    }
}

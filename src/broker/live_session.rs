//! A streaming session at work: its queue under a lock, the polls that wait for it, its end.
//! It must not know other sessions; [`super::Sessions`] finds and removes them.

use std::collections::{BTreeSet, HashSet};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::session::{Fate, SessionQueue};
use super::sessions::{AcknowledgeError, Ending, PollError, SessionGone};
use super::{
    Acknowledged, Acknowledgement, Batch, Delivery, NotRequired, Outcome, Overrun, Publication, QueueLimits,
    SessionHead, SessionSpec, Stats, Subscriber, WireFormat,
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

/// One session. There are thousands that only wait, so it keeps little: what is rare is behind a pointer.
pub(super) struct LiveSession {
    head: SessionHead,
    /// How long it lives after its last poll, in milliseconds; 49 days at most.
    inactivity: u32,
    limits: QueueLimits,
    surroundings: Arc<Surroundings>,
    /// Guards everything that changes; held for moments only, never across a wait.
    state: Mutex<State>,
}

struct State {
    /// None while nothing waits and nothing is lent, which is most of the time.
    queue: Option<Box<SessionQueue>>,
    /// Wakes the poll that waits: the latest one, since those before it have given way.
    waiter: Option<Waker>,
    life: Life,
    /// Polls that wait and hand-overs that are out. While there are any the session cannot expire.
    present: u32,
    /// When the last of those left, or the session was made.
    idle_since: Millis,
    /// Counts polls, and begins again after four thousand million of them; the one with the latest number is the
    /// one that gets events.
    turn: u32,
    /// Its entry in the deadlines; none until the registry knows the session.
    scheduled: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Live,
    /// Over for its client; the registry still has to report it.
    Over(Ending),
    /// Over and reported.
    Reported(Ending),
    /// Over at its client's wish, or because another took its place.
    Removed,
}

/// What a poll found when it looked.
enum Look {
    Over(Vec<Arc<Publication>>, Outcome),
    NothingYet,
}

impl LiveSession {
    /// A session without events.
    pub(super) fn new(spec: &SessionSpec, surroundings: Arc<Surroundings>) -> Arc<Self> {
        Self::with_queue(spec, None, surroundings)
    }

    /// A session with what it held before, the first `delivered` of which may be acknowledged.
    pub(super) fn restored(
        spec: &SessionSpec,
        events: Vec<Arc<Publication>>,
        delivered: usize,
        surroundings: Arc<Surroundings>,
    ) -> Arc<Self> {
        let mut queue = SessionQueue::new(spec.format, spec.acknowledgement, spec.limits);
        queue.restore(events, delivered);
        let queue = (!queue.is_blank()).then(|| Box::new(queue));
        Self::with_queue(spec, queue, surroundings)
    }

    fn with_queue(
        spec: &SessionSpec,
        queue: Option<Box<SessionQueue>>,
        surroundings: Arc<Surroundings>,
    ) -> Arc<Self> {
        let state = State {
            queue,
            waiter: None,
            life: Life::Live,
            present: 0,
            idle_since: surroundings.clock.now(),
            turn: 0,
            scheduled: None,
        };
        let inactivity = u32::try_from(spec.inactivity.as_millis()).unwrap_or(u32::MAX);
        let (head, limits) = (spec.head(), spec.limits);
        Arc::new(Self { head, inactivity, limits, surroundings, state: Mutex::new(state) })
    }

    pub(super) fn head(&self) -> &SessionHead {
        &self.head
    }

    /// How many events it holds.
    pub(super) fn queued(&self) -> usize {
        self.state.lock().queue.as_ref().map_or(0, |queue| queue.len())
    }

    /// The oldest event that it holds.
    pub(super) fn oldest_held(&self) -> Option<EventId> {
        self.state.lock().queue.as_ref().and_then(|queue| queue.oldest())
    }

    /// Enters the session into the deadlines. Until then it cannot be reported, whatever happens to it.
    pub(super) fn schedule(&self) {
        let mut state = self.state.lock();
        let due = match state.life {
            Life::Live => self.due_at(&state),
            Life::Over(_) => self.surroundings.clock.now(),
            Life::Reported(_) | Life::Removed => return,
        };
        state.scheduled = Some(due);
        self.surroundings.deadlines.lock().insert((due, self.head.id));
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
        if state.life == Life::Live && self.is_due(&state, now) {
            self.finish(&mut state, Ending::Inactive);
        }
        match state.life {
            Life::Live => {
                let from = if state.present > 0 { now } else { state.idle_since };
                // Never at or before `now`: the caller goes on until nothing is due.
                let due = from.plus(self.inactivity()).max(now.plus(Duration::from_millis(1)));
                state.scheduled = Some(due);
                self.surroundings.deadlines.lock().insert((due, self.head.id));
                None
            }
            Life::Over(ending) => {
                state.life = Life::Reported(ending);
                wake(state);
                Some(ending)
            }
            Life::Reported(_) | Life::Removed => None,
        }
    }

    /// Begins a poll. The one that waited before gives way.
    pub(super) fn enter(self: &Arc<Self>, format: WireFormat) -> Result<Presence, PollError> {
        let mut state = self.state.lock();
        self.live(&mut state)?;
        if format != self.head.format {
            return Err(PollError::OtherVersion);
        }
        state.present += 1;
        state.turn = state.turn.wrapping_add(1);
        let turn = state.turn;
        wake(state);
        Ok(Presence { session: Arc::clone(self), turn, loan: None })
    }

    pub(super) fn acknowledge(&self, ids: &[EventId]) -> Result<Acknowledged, AcknowledgeError> {
        if self.head.acknowledgement == Acknowledgement::NotRequired {
            self.check()?;
            return Err(NotRequired.into());
        }
        let mut state = self.state.lock();
        self.live(&mut state)?;
        let Some(queue) = &mut state.queue else {
            let mut named = HashSet::new();
            let not_found = ids.iter().copied().filter(|id| named.insert(*id)).collect();
            return Ok(Acknowledged { not_found, ..Acknowledged::default() });
        };
        let answer = queue.acknowledge(ids)?;
        state.forget_blank_queue();
        Ok(answer)
    }

    /// Has the poll that waits look again.
    pub(super) fn wake(&self) {
        wake(self.state.lock());
    }

    /// Refuses what came too late. A session whose time is up is over even before the registry looks at it.
    fn live(&self, state: &mut State) -> Result<(), SessionGone> {
        // The clock is only asked when it matters: most sessions that are asked for have a poll.
        if state.life == Life::Live && state.present == 0 && self.is_due(state, self.surroundings.clock.now())
        {
            self.finish(state, Ending::Inactive);
        }
        if state.life == Life::Live { Ok(()) } else { Err(SessionGone) }
    }

    /// Ends the session for its client and releases its events.
    fn finish(&self, state: &mut State, ending: Ending) {
        state.life = Life::Over(ending);
        state.queue = None;
        match ending {
            Ending::Inactive => self.surroundings.stats.sessions_expired.add(1),
            Ending::Overrun => self.surroundings.stats.sessions_overrun.add(1),
        }
    }

    /// Ends the session without anything left to report.
    fn remove(&self, mut state: parking_lot::MutexGuard<'_, State>) {
        state.life = Life::Removed;
        state.queue = None;
        if let Some(due) = state.scheduled.take() {
            self.surroundings.deadlines.lock().remove(&(due, self.head.id));
        }
        wake(state);
    }

    fn inactivity(&self) -> Duration {
        Duration::from_millis(self.inactivity.into())
    }

    fn due_at(&self, state: &State) -> Millis {
        state.idle_since.plus(self.inactivity())
    }

    fn is_due(&self, state: &State, now: Millis) -> bool {
        state.present == 0 && self.due_at(state) <= now
    }

    /// Appends what was published; a queue is made when there is none.
    fn push(&self, state: &mut State, batch: &[Arc<Publication>]) -> Result<(), Overrun> {
        let SessionHead { format, acknowledgement, .. } = self.head;
        let blank = || Box::new(SessionQueue::new(format, acknowledgement, self.limits));
        let outcome = state.queue.get_or_insert_with(blank).push(batch);
        state.forget_blank_queue();
        outcome
    }

    /// Ends the session because its reader is too slow, and moves its deadline to now so that the registry
    /// reports it. It cannot be detached here: a topic is locked.
    fn overrun(&self, state: &mut State) {
        self.finish(state, Ending::Overrun);
        if let Some(due) = state.scheduled.take() {
            let now = self.surroundings.clock.now();
            let mut deadlines = self.surroundings.deadlines.lock();
            deadlines.remove(&(due, self.head.id));
            deadlines.insert((now, self.head.id));
            state.scheduled = Some(now);
        }
    }
}

impl LiveSession {
    /// Takes over events that were published.
    pub(super) fn take(&self, batch: &[Arc<Publication>]) -> Delivery {
        for publication in batch {
            publication.bytes(self.head.format);
        }
        let mut state = self.state.lock();
        if state.life != Life::Live {
            return Delivery::Refused;
        }
        let delivery = match self.push(&mut state, batch) {
            Ok(()) => Delivery::Taken,
            Err(Overrun) => {
                self.overrun(&mut state);
                Delivery::Refused
            }
        };
        // While events are lent the poll that waits gets nothing: it is woken when they are settled.
        if !state.queue.as_ref().is_some_and(|queue| queue.is_lent()) {
            wake(state);
        }
        delivery
    }
}

impl Subscriber for LiveSession {
    fn deliver(&self, batch: &Batch) -> Delivery {
        self.take(batch.publications())
    }
}

impl State {
    /// Lets go of a queue that a new one can stand in for.
    fn forget_blank_queue(&mut self) {
        if self.queue.as_ref().is_some_and(|queue| queue.is_blank()) {
            self.queue = None;
        }
    }
}

/// Wakes the poll that waits, if one does; without the lock, since it may look at once.
fn wake(mut state: MutexGuard<'_, State>) {
    let waiter = state.waiter.take();
    drop(state);
    if let Some(waiter) = waiter {
        waiter.wake();
    }
}

/// Ends a loan, and says whether there was one.
fn settle(loan: &mut Option<Fate>, state: &mut State) -> bool {
    let Some(fate) = loan.take() else { return false };
    if let Some(queue) = &mut state.queue {
        queue.settle(fate);
        state.forget_blank_queue();
    }
    true
}

/// A poll's presence in its session, from its beginning until its response is handed over or given up.
pub(super) struct Presence {
    session: Arc<LiveSession>,
    turn: u32,
    /// What becomes of the events that the poll was lent when it leaves; none when it was lent nothing.
    loan: Option<Fate>,
}

impl Presence {
    /// Waits until there are events for this poll, or nothing to wait for. Nothing is lent before the return,
    /// so a wait given up loses nothing.
    pub(super) async fn wait(
        &mut self,
        max: usize,
        after: Option<EventId>,
        wait: Duration,
    ) -> Result<(Vec<Arc<Publication>>, Outcome), SessionGone> {
        // What is there already needs no timer, and no time at all would take one a millisecond.
        if let Look::Over(events, outcome) = self.look(max, after, None)? {
            return Ok((events, outcome));
        }
        if wait.is_zero() {
            return Ok((Vec::new(), Outcome::TimedOut));
        }
        let mut timeout = pin!(tokio::time::sleep(wait));
        poll_fn(|context| match self.look(max, after, Some(context.waker())) {
            Ok(Look::Over(events, outcome)) => Poll::Ready(Ok((events, outcome))),
            Ok(Look::NothingYet) => {
                timeout.as_mut().poll(context).map(|()| Ok((Vec::new(), Outcome::TimedOut)))
            }
            Err(gone) => Poll::Ready(Err(gone)),
        })
        .await
    }

    /// Says what becomes of the events that the poll was lent when it leaves.
    pub(super) fn settle_as(&mut self, fate: Fate) {
        self.loan = self.loan.map(|_| fate);
    }

    /// The first `count` of the lent events were handed over. When none is left the loan is over, and a poll that
    /// waits behind it has its turn.
    pub(super) fn settle_first(&mut self, count: usize) {
        if self.loan.is_none() {
            return;
        }
        let mut state = self.session.state.lock();
        let is_over = state.queue.as_mut().is_none_or(|queue| {
            queue.settle_first(count);
            !queue.is_lent()
        });
        state.forget_blank_queue();
        if is_over {
            self.loan = None;
            if state.turn != self.turn {
                wake(state);
            }
        }
    }

    /// Gives back what is still lent, and goes on with the turn that it has: a poll that came meanwhile keeps it.
    pub(super) fn give_back(&mut self) {
        let mut state = self.session.state.lock();
        if settle(&mut self.loan, &mut state) && state.turn != self.turn {
            wake(state);
        }
    }

    /// Whether a later poll has the turn.
    pub(super) fn is_taken_over(&self) -> bool {
        self.session.state.lock().turn != self.turn
    }

    /// What the session ended by; `None` while it lives, and when it ended because it was asked to.
    pub(super) fn ending(&self) -> Option<Ending> {
        match self.session.state.lock().life {
            Life::Over(ending) | Life::Reported(ending) => Some(ending),
            Life::Live | Life::Removed => None,
        }
    }

    /// Looks for what ends the wait. When nothing does yet, `waiter` is woken when there is reason to look again.
    fn look(
        &mut self,
        max: usize,
        after: Option<EventId>,
        waiter: Option<&Waker>,
    ) -> Result<Look, SessionGone> {
        let mut state = self.session.state.lock();
        if state.life != Life::Live {
            return Err(SessionGone);
        }
        if state.turn != self.turn {
            return Ok(Look::Over(Vec::new(), Outcome::TakenOver));
        }
        let events = state.queue.as_mut().map_or_else(Vec::new, |queue| queue.lend(max, after));
        if !events.is_empty() {
            // It looks no more, and what comes now is not for it.
            state.waiter = None;
            self.loan = Some(Fate::Returned);
            return Ok(Look::Over(events, Outcome::Events));
        }
        // Naming what it has may have emptied the queue.
        state.forget_blank_queue();
        if self.session.surroundings.draining.load(Ordering::SeqCst) {
            return Ok(Look::Over(events, Outcome::Draining));
        }
        match (&mut state.waiter, waiter) {
            (Some(known), Some(waiter)) => known.clone_from(waiter),
            (unknown, waiter) => *unknown = waiter.cloned(),
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
        let had_loan = settle(&mut self.loan, &mut state);
        if state.turn == self.turn {
            // Nobody waits: this was the latest poll.
            state.waiter = None;
        } else if had_loan {
            wake(state);
        }
    }
}

//! Stopping in order: the state that every room can ask about, and the count of what is still open.
//! It knows neither signals nor sockets: somebody else decides when, and everybody ends their own work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

#[derive(Clone, Copy, Debug)]
enum State {
    Serving,
    Draining { deadline: Instant, open: usize },
}

#[derive(Debug)]
struct Shared {
    /// How long open work may take to end.
    window: Duration,
    /// A watch, so that rooms can wait.
    state: watch::Sender<State>,
    /// The same for those who only ask, with every request: a watch is a lock. It is set under that lock, so whoever
    /// sees either sees both.
    has_started: AtomicBool,
    /// How many holds there are; a watch, so that the end can be waited for.
    holds: watch::Sender<usize>,
}

/// A room's view of the drain; clones see the same one.
#[derive(Clone, Debug)]
pub struct Drain(Arc<Shared>);

/// The right to start the drain; whoever has it is the only one.
#[derive(Debug)]
pub struct DrainTrigger(Arc<Shared>);

/// What a drain came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Holds that were open when it started.
    pub open: usize,
    /// Holds that were still open at the deadline.
    pub cut: usize,
}

impl Drain {
    /// A drain that has not started, and the right to start it. `window` is how long open work may take to end.
    pub fn new(window: Duration) -> (DrainTrigger, Self) {
        let state = watch::Sender::new(State::Serving);
        let shared = Arc::new(Shared {
            window,
            state,
            has_started: AtomicBool::new(false),
            holds: watch::Sender::new(0),
        });
        (DrainTrigger(Arc::clone(&shared)), Self(shared))
    }

    /// How long open work may take to end, counted from the start of the drain.
    pub fn window(&self) -> Duration {
        self.0.window
    }

    /// Whether it has started.
    pub fn is_draining(&self) -> bool {
        self.0.has_started.load(Ordering::Acquire)
    }

    /// When what is still open is cut; `None` before the drain has started.
    pub fn deadline(&self) -> Option<Instant> {
        match *self.0.state.borrow() {
            State::Serving => None,
            State::Draining { deadline, .. } => Some(deadline),
        }
    }

    /// Waits for the start. Cancel safe; immediate when it has started.
    pub async fn started(&self) {
        self.start().await;
    }

    /// Waits for the start, and then until a part of the window is over. Cancel safe.
    pub async fn lingered(&self, part: f64) {
        let (deadline, _) = self.start().await;
        sleep_until(deadline - self.window().mul_f64(1.0 - part)).await;
    }

    /// Waits for the start; when the window ends, and how many holds there were then.
    async fn start(&self) -> (Instant, usize) {
        let mut states = self.0.state.subscribe();
        loop {
            if let State::Draining { deadline, open } = *states.borrow_and_update() {
                return (deadline, open);
            }
            states.changed().await.expect("the sender lives as long as self");
        }
    }

    /// Something that should end before the server does; it counts as open until it is dropped.
    pub fn hold(&self) -> DrainHold {
        self.0.holds.send_modify(|holds| *holds += 1);
        DrainHold(Arc::clone(&self.0))
    }

    /// How many holds there are.
    pub fn open(&self) -> usize {
        *self.0.holds.borrow()
    }

    /// Waits for the start, and then until nothing is held or the window is over, whichever is first.
    pub async fn finished(&self) -> Drained {
        let (deadline, open) = self.start().await;
        let mut holds = self.0.holds.subscribe();
        let ended = timeout_at(deadline, holds.wait_for(|holds| *holds == 0)).await.is_ok();
        Drained { open, cut: if ended { 0 } else { self.open() } }
    }
}

impl DrainTrigger {
    /// Starts the drain: its window is counted from now.
    pub fn start(self) {
        let deadline = Instant::now() + self.0.window;
        let open = *self.0.holds.borrow();
        self.0.state.send_modify(|state| {
            *state = State::Draining { deadline, open };
            self.0.has_started.store(true, Ordering::Release);
        });
    }
}

/// Open work; see [`Drain::hold`].
#[derive(Debug)]
pub struct DrainHold(Arc<Shared>);

impl Drop for DrainHold {
    fn drop(&mut self) {
        self.0.holds.send_modify(|holds| *holds -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn waits_for_the_last_hold() {
        let (trigger, drain) = Drain::new(LONG);
        let hold = drain.hold();
        assert!(!drain.is_draining());
        trigger.start();
        drain.started().await;
        assert!(drain.is_draining() && drain.deadline().is_some());
        let finished = drain.finished();
        tokio::pin!(finished);
        assert!(finished.as_mut().now_or_never().is_none());
        drop(hold);
        assert_eq!(finished.await, Drained { open: 1, cut: 0 });
    }

    #[tokio::test]
    async fn counts_what_outlasts_the_window() {
        let (trigger, drain) = Drain::new(Duration::ZERO);
        let (ended, _stays) = (drain.hold(), drain.hold());
        drop(ended);
        trigger.start();
        assert_eq!(drain.finished().await, Drained { open: 1, cut: 1 });
    }

    #[tokio::test]
    async fn does_not_finish_before_it_starts() {
        let (_trigger, drain) = Drain::new(LONG);
        let finished = drain.finished();
        tokio::pin!(finished);
        assert!(finished.as_mut().now_or_never().is_none());
        assert_eq!(drain.deadline(), None);
    }
}

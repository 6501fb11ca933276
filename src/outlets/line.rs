//! The line to one client: whoever publishes writes on it directly, and what the client does not take at once waits in
//! its outbox for the connection's task.
//! It must not know what is written, beyond which events the client was told of otherwise.
//!
//! Everything that is sent goes through here, so frames never mix: as long as something waits, all else waits behind
//! it. A client without a socket has a line too: everything waits on it until its requests pick it up.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use crate::broker::{
    Batch, Delivery, Ears, Outbox, Overrun, Publication, QueueLimits, Stamp, Stats, Subscriber, TakenOut,
    Weight, WireFormat,
};
use crate::domain::order::Position;
use crate::server::Socket;

/// What lines of one kind have in common.
pub struct LineKind {
    /// What is written on them.
    pub format: WireFormat,
    /// How much may wait for a client.
    pub limits: QueueLimits,
    /// What is counted into.
    pub stats: Arc<Stats>,
}

/// The sending half of a connection. A fan-out touches thousands of lines, one after the other, so what it needs of one
/// is little and lies together.
#[repr(C)]
pub struct Line {
    /// Guards the order of what is sent, from looking at the outbox to the write. The writes under it do not block.
    state: Mutex<State>,
    /// Set once the client's request is answered; until then everything waits.
    socket: OnceLock<Socket>,
    kind: Arc<LineKind>,
    /// Wakes the connection's task when something waits for the socket, or the line has ended.
    attention: AtomicWaker,
}

struct State {
    stage: Stage,
    /// What waits; none while nothing does.
    outbox: Option<Box<Outbox>>,
    /// How far what was published has been written; it follows the outbox only when that goes.
    written: Position,
    /// Whether anything was written since it was last asked.
    moved: bool,
}

enum Stage {
    /// The client is being told what it missed; what is published meanwhile is held.
    Holding(Box<Held>),
    /// What is published is sent. What is at or before `told` was told otherwise; 0 once that is past.
    Live { told: Position },
    /// Nothing published is taken any more.
    Over(LineEnd),
}

/// Publications that are held until it is known whether the client has been told of them otherwise.
#[derive(Default)]
struct Held {
    publications: Vec<Arc<Publication>>,
    bytes: usize,
}

/// Why a line takes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineEnd {
    /// The client fell behind the limits of its outbox.
    #[error("the reader fell behind")]
    Overrun,
    /// The client has gone away.
    #[error("the connection broke")]
    Gone,
    /// The broker ended it; what waits is still sent.
    #[error("the line was ended")]
    Finished,
}

impl Line {
    /// A line that holds what is published.
    pub fn new(kind: Arc<LineKind>) -> Arc<Self> {
        let state = State {
            stage: Stage::Holding(Box::default()),
            outbox: None,
            written: Position::default(),
            moved: true,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            socket: OnceLock::new(),
            kind,
            attention: AtomicWaker::new(),
        })
    }

    /// Gives the line its socket. It has one for life: a second is dropped.
    pub(super) fn connect(&self, socket: Socket) {
        drop(self.socket.set(socket));
    }

    /// The socket, for reading; none before [`connect`](Self::connect).
    pub(super) fn socket(&self) -> Option<&Socket> {
        self.socket.get()
    }

    /// Sends on another kind of line from now on.
    ///
    /// # Panics
    /// When somebody else has the line: one that a feed is attached to stays as it is.
    pub(super) fn change(self: &mut Arc<Self>, kind: Arc<LineKind>) {
        Arc::get_mut(self).expect("a line changes before a feed is attached to it").kind = kind;
    }

    /// Sends a frame, or lets it wait behind what waits already. A client that falls behind by this ends the line.
    pub(super) fn send(&self, frame: &Bytes, weight: Weight) {
        let mut state = self.state.lock();
        let sent = self.send_under(&mut state, frame, weight);
        self.settle(&mut state, sent);
    }

    /// Sends a frame that does not count against the limits, for a sender that lets the next follow when this one
    /// [was written](Self::flushed).
    ///
    /// # Errors
    /// When the line takes nothing more. Once a frame was taken, it is let go when it was written, or with the line.
    pub(super) fn offer(&self, frame: &Bytes) -> Result<(), LineEnd> {
        let mut state = self.state.lock();
        let sent = self.send_under(&mut state, frame, Weight::Nothing);
        self.settle(&mut state, sent);
        sent
    }

    /// Sends what the client missed. It does not count against the limits: the next step of a replay follows when this
    /// one [was written](Self::flushed). Nobody else hears these bytes, so they are not deflated: after a restart
    /// everybody comes back at once, and each would cost that much more.
    pub(super) fn replay(&self, missed: &Batch) {
        let mut state = self.state.lock();
        for chunk in missed.chunks(self.kind.format.not_deflated()) {
            let sent = self.send_under(&mut state, &chunk.bytes, Weight::Nothing);
            if sent.is_ok() {
                state.note_sent(chunk.reaches, &chunk.ears);
            }
            self.settle(&mut state, sent);
        }
    }

    /// The position of the newest that was published or replayed and that the client's socket has taken, and before
    /// it everything else that was sent; 0 when there is none.
    pub(super) fn written(&self) -> Position {
        let state = self.state.lock();
        let waiting = state.outbox.as_ref().map(|outbox| outbox.reached());
        state.written.max(waiting.unwrap_or_default())
    }

    /// Takes note that what was [picked up](Self::pick_up) has reached its client.
    pub(super) fn note_handed_over(&self, given: &TakenOut) {
        let mut state = self.state.lock();
        state.written = state.written.max(given.reaches);
        given.ears.taken();
    }

    /// The client has been told of everything up to `told`: sends what was held and is after that, and from now on
    /// whatever is published.
    pub(super) fn go_live(&self, told: Position) {
        let mut state = self.state.lock();
        let Stage::Holding(held) = &mut state.stage else { return };
        let held = std::mem::take(held);
        state.stage = Stage::Live { told };
        let news: Vec<_> = held.publications.into_iter().filter(|one| state.stage.is_news(one)).collect();
        if news.is_empty() {
            return;
        }
        let sent = self.send_batch(&mut state, &Batch::new(news, Vec::new()));
        self.settle(&mut state, sent);
    }

    /// Takes nothing that is published any more. What waits is still sent.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock();
        if !matches!(state.stage, Stage::Over(_)) {
            state.stage = Stage::Over(LineEnd::Finished);
        }
    }

    /// Whether the client has taken something since this was asked last, or had nothing to take.
    pub(super) fn has_moved(&self) -> bool {
        let mut state = self.state.lock();
        std::mem::take(&mut state.moved) || state.outbox.is_none()
    }

    /// Sends what waits whenever the client takes it, until the line ends. Cancel safe. For the connection's task, like
    /// [`flushed`](Self::flushed).
    pub(super) async fn attend(&self) -> LineEnd {
        poll_fn(|cx| match self.poll_flush(cx) {
            Poll::Ready(Err(end)) => Poll::Ready(end),
            Poll::Ready(Ok(())) | Poll::Pending => self.end().map_or(Poll::Pending, Poll::Ready),
        })
        .await
    }

    /// Waits until everything that waits has been sent. Cancel safe.
    ///
    /// # Errors
    /// When the client has gone away.
    pub(super) async fn flushed(&self) -> Result<(), LineEnd> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Takes what waits in front, as soon as something does; for lines without a socket. Cancel safe.
    pub(super) async fn picked_up(&self) -> TakenOut {
        poll_fn(|cx| {
            self.attention.register(cx.waker());
            self.pick_up().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Takes what waits in front, if something does. Whether it reaches the client is for the caller to
    /// [tell](Self::note_handed_over).
    pub(super) fn pick_up(&self) -> Option<TakenOut> {
        let mut state = self.state.lock();
        let outbox = state.outbox.as_mut()?;
        let front = outbox.pop();
        if outbox.front().is_none() {
            state.outbox = None;
        }
        state.moved = true;
        // Whoever waits for everything to be gone looks again.
        self.attention.wake();
        front
    }

    /// Whether nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.state.lock().outbox.is_none()
    }

    fn end(&self) -> Option<LineEnd> {
        match self.state.lock().stage {
            Stage::Over(end) => Some(end),
            Stage::Holding(_) | Stage::Live { .. } => None,
        }
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<Result<(), LineEnd>> {
        self.attention.register(cx.waker());
        let Some(socket) = self.socket.get() else {
            return if self.is_idle() { Poll::Ready(Ok(())) } else { Poll::Pending };
        };
        while self.write_waiting(socket)? == Written::Blocked {
            if ready!(socket.poll_write_ready(cx)).is_err() {
                return Poll::Ready(Err(self.end_under(&mut self.state.lock(), LineEnd::Gone)));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn write_waiting(&self, socket: &Socket) -> Result<Written, LineEnd> {
        let mut state = self.state.lock();
        while let Some(outbox) = &mut state.outbox {
            let Some(front) = outbox.front() else {
                let (reached, is_spent) = (outbox.reached(), outbox.is_spent());
                state.written = state.written.max(reached);
                if is_spent {
                    // An idle line costs no more than one on which nothing ever waited.
                    state.outbox = None;
                }
                break;
            };
            match socket.try_write(front) {
                Ok(written) => {
                    outbox.advance(written);
                    state.moved = true;
                }
                Err(error) if is_blocked(&error) => return Ok(Written::Blocked),
                Err(_) => return Err(self.end_under(&mut state, LineEnd::Gone)),
            }
        }
        Ok(Written::All)
    }

    fn send_batch(&self, state: &mut State, batch: &Batch) -> Result<(), LineEnd> {
        let mut chunks = batch.chunks(self.kind.format).iter();
        chunks.try_for_each(|chunk| {
            self.send_under(state, &chunk.bytes, Weight::Events(chunk.events))?;
            state.note_sent(chunk.reaches, &chunk.ears);
            Ok(())
        })
    }

    /// Writes at once what can be, when nothing else waits, and lets the rest wait.
    fn send_under(&self, state: &mut State, bytes: &Bytes, weight: Weight) -> Result<(), LineEnd> {
        let waits = state.outbox.as_ref().is_some_and(|outbox| outbox.front().is_some());
        let socket = match self.socket.get() {
            Some(socket) if !waits => socket,
            Some(_) => return Ok(self.outbox(state).push(bytes.clone(), weight)?),
            None => {
                self.attention.wake();
                return Ok(self.outbox(state).push(bytes.clone(), weight)?);
            }
        };
        let written = match socket.write_now(bytes) {
            Ok(written) => written,
            Err(error) if is_blocked(&error) => 0,
            Err(_) => return Err(LineEnd::Gone),
        };
        if written == bytes.len() {
            state.moved = true;
            return Ok(());
        }
        self.attention.wake();
        if written == 0 {
            return Ok(self.outbox(state).push(bytes.clone(), weight)?);
        }
        state.moved = true;
        self.outbox(state).push_rest(bytes.slice(written..), weight);
        Ok(())
    }

    fn outbox<'s>(&self, state: &'s mut State) -> &'s mut Outbox {
        let LineKind { limits, stats, .. } = &*self.kind;
        state.outbox.get_or_insert_with(|| Box::new(Outbox::new(*limits, stats.clone())))
    }

    /// Holds a batch until it is known whether the client was told of it otherwise.
    fn hold(&self, held: &mut Held, batch: &Batch) -> Result<(), Overrun> {
        let (publications, limits) = (batch.publications(), self.kind.limits);
        let bytes: usize = publications.iter().map(|one| one.bytes(self.kind.format).len()).sum();
        if held.publications.len() + publications.len() > limits.events || held.bytes + bytes > limits.bytes {
            return Err(Overrun);
        }
        held.bytes += bytes;
        held.publications.extend_from_slice(publications);
        Ok(())
    }

    /// Ends the line when something could not be sent.
    fn settle(&self, state: &mut State, sent: Result<(), LineEnd>) {
        if let Err(end) = sent {
            self.end_under(state, end);
            self.attention.wake();
        }
    }

    /// Ends the line, for good; the first reason stays, unless the client went away after it.
    fn end_under(&self, state: &mut State, end: LineEnd) -> LineEnd {
        let was_over = matches!(state.stage, Stage::Over(_));
        if !was_over || end == LineEnd::Gone {
            state.stage = Stage::Over(end);
        }
        match end {
            LineEnd::Overrun if !was_over => {
                self.kind.stats.outboxes_overrun.add(1);
                if let Some(outbox) = &mut state.outbox {
                    outbox.cut();
                }
            }
            LineEnd::Gone => {
                if let Some(outbox) = &mut state.outbox {
                    outbox.abandon();
                }
            }
            LineEnd::Overrun | LineEnd::Finished => {}
        }
        end
    }
}

impl Subscriber for Line {
    fn deliver(&self, batch: &Batch) -> Delivery {
        // Joined before the lock is taken: whoever comes first does it for all.
        let _joined = batch.chunks(self.kind.format);
        let mut state = self.state.lock();
        let taken = match &mut state.stage {
            Stage::Over(_) => return Delivery::Refused,
            Stage::Holding(held) => self.hold(held, batch).map_err(LineEnd::from),
            Stage::Live { told } if *told == Position(0) => self.send_batch(&mut state, batch),
            Stage::Live { told } if batch.first_position() > Some(*told) => {
                // Positions only grow, so this need not be asked again.
                *told = Position(0);
                self.send_batch(&mut state, batch)
            }
            Stage::Live { .. } => {
                let mut news = batch.publications().iter();
                news.try_for_each(|publication| {
                    if state.stage.is_news(publication) {
                        let bytes = publication.bytes(self.kind.format);
                        self.send_under(&mut state, bytes, Weight::Events(1))?;
                        let position = publication.stamp().position().unwrap_or_default();
                        state.note_sent(position, &publication.ears());
                    }
                    Ok(())
                })
            }
        };
        let delivery = if taken.is_ok() { Delivery::Taken } else { Delivery::Refused };
        self.settle(&mut state, taken);
        delivery
    }
}

/// How far writing came.
#[derive(PartialEq, Eq)]
enum Written {
    All,
    Blocked,
}

impl State {
    /// Takes note of the position that the client reaches with what was sent last, and lets whoever waits for that
    /// hear once it was written.
    fn note_sent(&mut self, position: Position, ears: &Ears) {
        match self.outbox.as_mut().filter(|outbox| outbox.front().is_some()) {
            Some(outbox) => outbox.reaches(position, ears.clone()),
            None => {
                self.written = self.written.max(position);
                ears.taken();
            }
        }
    }
}

impl Stage {
    fn is_news(&self, publication: &Publication) -> bool {
        match (self, publication.stamp()) {
            (Self::Live { told }, Stamp::Activity { position }) => position > *told,
            _ => true,
        }
    }
}

impl From<Overrun> for LineEnd {
    fn from(_: Overrun) -> Self {
        Self::Overrun
    }
}

fn is_blocked(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests;

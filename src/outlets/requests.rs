//! The transport of a client without a websocket: what it says comes in requests of their own, and what it hears goes
//! out as one answer that does not end, or as the answers to its polls.
//! It must not know HTTP: who answers requests is given bytes.
//!
//! Everything waits on a line without a socket, within its limits, until a request of the client picks it up.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::close::Close;
use super::line::{Line, LineKind};
use super::parting::CLOSE_PATIENCE;
use super::transport::Transport;
use super::written::{Fate, Written, patience_for};
use crate::broker::{TakenOut, Weight};
use crate::server::Lifeline;

/// Requests of one client that may wait for their turn; the next one waits to be taken.
const WAITING_REQUESTS: usize = 4;

/// Bytes after which an answer to a poll is complete, though more waits: as much as is written in one go.
const ANSWER_BYTES: usize = 256 * 1024;

/// The connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection has ended")]
pub struct Ended;

/// The connection's end of its client's requests.
pub struct Requests {
    line: Arc<Line>,
    inbox: mpsc::Receiver<Request>,
    /// What was said and comes before what waits in the inbox.
    put_back: Option<Bytes>,
    hearing: Hearing,
}

/// The requests' end. Clones reach the same connection.
#[derive(Clone)]
pub struct RequestSender(mpsc::Sender<Request>);

/// What a stream brings its client: bytes that were sent together. It ends with the connection.
pub type StreamBytes = mpsc::Receiver<Bytes>;

enum Request {
    Say(Bytes),
    Poll(WaitingPoll),
    End,
}

/// A request that waits to be answered.
struct WaitingPoll {
    answer: oneshot::Sender<Bytes>,
    /// The connection that the answer is written on.
    lifeline: Lifeline,
}

/// How the client hears.
enum Hearing {
    Stream(mpsc::Sender<Bytes>),
    Polls(Polls),
}

struct Polls {
    waiting: Option<WaitingPoll>,
    /// What a poll was to be answered with whose client went away: the next one gets it.
    returned: Option<TakenOut>,
    /// The last answer, until it is known that its client got it.
    answered: Option<Answered>,
    /// How long the client may stay away between two polls.
    patience: Duration,
    /// Runs while no poll waits.
    absence: Pin<Box<Sleep>>,
}

struct Answered {
    given: TakenOut,
    written: Arc<Written>,
    /// When the client is taken for dead. It is looked at when the next poll is there.
    deadline: Instant,
}

impl RequestSender {
    /// Brings what the client says; waits while the connection has not taken what came before.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn say(&self, bytes: Bytes) -> Result<(), Ended> {
        self.0.send(Request::Say(bytes)).await.map_err(|_| Ended)
    }

    /// Waits for what the client is to hear, to be written on the connection of `lifeline`; `None` when the hub's
    /// connection ends, or another poll takes the place of this one. When `lifeline` is cut before the bytes are
    /// written and let go, the next poll gets them.
    ///
    /// # Errors
    /// [`Ended`] when it had ended before.
    pub async fn poll(&self, lifeline: Lifeline) -> Result<Option<Bytes>, Ended> {
        let (answer, answered) = oneshot::channel();
        let poll = WaitingPoll { answer, lifeline };
        self.0.send(Request::Poll(poll)).await.map_err(|_| Ended)?;
        Ok(answered.await.ok())
    }

    /// Ends the connection for its client.
    ///
    /// # Errors
    /// [`Ended`] when it had ended before.
    pub async fn end(&self) -> Result<(), Ended> {
        self.0.send(Request::End).await.map_err(|_| Ended)
    }
}

impl Requests {
    /// A client that hears by one answer that does not end.
    pub fn streamed(line: Arc<Line>) -> (Self, RequestSender, StreamBytes) {
        // One at a time: what the client has not taken waits on the line, where it is counted.
        let (stream, bytes) = mpsc::channel(1);
        let (requests, sender) = Self::new(line, Hearing::Stream(stream));
        (requests, sender, bytes)
    }

    /// A client that polls, and may stay away for `patience` between two polls, and before the first.
    pub fn polled(line: Arc<Line>, patience: Duration) -> (Self, RequestSender) {
        let absence = Box::pin(sleep(patience));
        let polls = Polls { waiting: None, returned: None, answered: None, patience, absence };
        Self::new(line, Hearing::Polls(polls))
    }

    /// Whether the client polls.
    pub fn polls(&self) -> bool {
        matches!(self.hearing, Hearing::Polls(_))
    }

    fn new(line: Arc<Line>, hearing: Hearing) -> (Self, RequestSender) {
        let (sender, inbox) = mpsc::channel(WAITING_REQUESTS);
        (Self { line, inbox, put_back: None, hearing }, RequestSender(sender))
    }

    fn send(&self, message: Message, weight: Weight) {
        self.line.send(&message.into_data(), weight);
    }

    /// Goes on until the client has everything that waits for it, and knows that nothing follows; or has gone away.
    async fn see_off(&mut self) {
        while !self.is_done() {
            tokio::select! {
                request = self.inbox.recv() => match request {
                    Some(Request::Poll(poll)) => self.hearing.wait(poll),
                    Some(Request::Say(_)) => {}
                    Some(Request::End) | None => return,
                },
                delivered = self.hearing.deliver(&self.line) => {
                    if delivered.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Whether nothing waits any more. A poll that waits then is answered by the end.
    fn is_done(&self) -> bool {
        self.line.is_idle()
            && match &self.hearing {
                Hearing::Stream(_) => true,
                Hearing::Polls(polls) => polls.is_done(),
            }
    }
}

impl Transport for Requests {
    fn line(&self) -> &Arc<Line> {
        &self.line
    }

    fn change(&mut self, kind: Arc<LineKind>) {
        self.line.change(kind);
    }

    async fn next(&mut self) -> Option<Result<Message, WsError>> {
        if let Some(bytes) = self.put_back.take() {
            return Some(Ok(Message::Binary(bytes)));
        }
        loop {
            tokio::select! {
                request = self.inbox.recv() => return match request? {
                    Request::Say(bytes) => Some(Ok(Message::Binary(bytes))),
                    Request::Poll(poll) => {
                        self.hearing.wait(poll);
                        Some(Ok(Message::Pong(Bytes::new())))
                    }
                    Request::End => Some(Ok(Message::Close(None))),
                },
                delivered = self.hearing.deliver(&self.line) => delivered.ok()?,
            }
        }
    }

    fn put_back(&mut self, rest: Bytes) {
        self.put_back = Some(rest).filter(|rest| !rest.is_empty());
    }

    fn say(&self, message: Message) {
        self.send(message, Weight::Events(1));
    }

    fn say_beyond_limits(&self, message: Message) {
        self.send(message, Weight::Nothing);
    }

    fn is_attended(&self) -> bool {
        match &self.hearing {
            Hearing::Stream(_) => true,
            Hearing::Polls(polls) => polls.waiting.is_some(),
        }
    }

    async fn part(&mut self, farewell: Option<Message>, _close: Close) {
        self.line.finish();
        if let Some(farewell) = farewell {
            self.say_beyond_limits(farewell);
        }
        let patience = match &self.hearing {
            Hearing::Stream(_) => CLOSE_PATIENCE,
            // It may be away, and comes back to hear why.
            Hearing::Polls(polls) => CLOSE_PATIENCE + polls.patience,
        };
        drop(timeout(patience, self.see_off()).await);
    }

    async fn agree(&mut self) {
        self.line.finish();
    }
}

impl Drop for Requests {
    /// The last answer is looked at when the next poll is there; here none follows.
    fn drop(&mut self) {
        if let Hearing::Polls(polls) = &self.hearing
            && let Some(given) = polls.handed_over()
        {
            self.line.note_handed_over(given);
        }
    }
}

impl Hearing {
    /// A poll waits from now on; it takes the place of one that waited before.
    fn wait(&mut self, poll: WaitingPoll) {
        if let Self::Polls(polls) = self {
            polls.waiting = Some(poll);
        }
    }

    /// Hands the client the next of what waits for it, as soon as both are there. Cancel safe.
    ///
    /// # Errors
    /// When the client has gone away.
    async fn deliver(&mut self, line: &Line) -> Result<(), Ended> {
        match self {
            Self::Stream(stream) => {
                tokio::select! {
                    () = stream.closed() => Err(Ended),
                    delivered = stream_on(stream, line) => delivered,
                }
            }
            Self::Polls(polls) => polls.deliver(line).await,
        }
    }
}

async fn stream_on(stream: &mpsc::Sender<Bytes>, line: &Line) -> Result<(), Ended> {
    let place = stream.reserve().await.map_err(|_| Ended)?;
    let given = line.picked_up().await;
    place.send(given.bytes.clone());
    // Nothing tells how far a stream's bytes get: they are the connection's now, as those that a socket has taken.
    line.note_handed_over(&given);
    Ok(())
}

impl Polls {
    /// Does the next thing that there is to do for a poll: settles the last answer, or gives one.
    async fn deliver(&mut self, line: &Line) -> Result<(), Ended> {
        let Some(waiting) = &mut self.waiting else {
            self.absence.as_mut().await;
            return Err(Ended);
        };
        if let Some(answered) = &self.answered {
            let settled = timeout_at(answered.deadline, answered.written.settled()).await;
            let fate = settled.map_err(|_| Ended)?;
            match (self.answered.take(), fate) {
                (Some(answered), Fate::Written) => line.note_handed_over(&answered.given),
                (answered, _) => self.returned = answered.map(|answered| answered.given),
            }
            return Ok(());
        }
        if self.returned.is_none() {
            tokio::select! {
                () = waiting.answer.closed() => {
                    self.waiting = None;
                    self.begin_absence();
                    return Ok(());
                }
                first = line.picked_up() => self.returned = Some(gathered(first, line)),
            }
        }
        if let (Some(waiting), Some(given)) = (self.waiting.take(), self.returned.take()) {
            self.answer(waiting, given);
        }
        self.begin_absence();
        Ok(())
    }

    fn answer(&mut self, WaitingPoll { answer, lifeline }: WaitingPoll, given: TakenOut) {
        let (watched, written) = Written::watch_on(lifeline, given.bytes.clone());
        match answer.send(watched) {
            Ok(()) => {
                let deadline = Instant::now() + patience_for(given.bytes.len());
                self.answered = Some(Answered { given, written, deadline });
            }
            Err(_) => self.returned = Some(given),
        }
    }

    /// What the last answer brought its client, when it is known to have been written.
    fn handed_over(&self) -> Option<&TakenOut> {
        self.answered.as_ref().filter(|answered| answered.written.is_done()).map(|answered| &answered.given)
    }

    /// Whether a poll waits that is not needed any more.
    fn is_done(&self) -> bool {
        self.waiting.is_some() && self.answered.is_none() && self.returned.is_none()
    }

    fn begin_absence(&mut self) {
        self.absence.as_mut().reset(Instant::now() + self.patience);
    }
}

/// What waits behind `first` as well, up to the size of an answer.
fn gathered(first: TakenOut, line: &Line) -> TakenOut {
    if line.is_idle() {
        return first;
    }
    let TakenOut { bytes, mut reaches, mut ears } = first;
    let mut gathered = BytesMut::from(bytes);
    while gathered.len() < ANSWER_BYTES {
        let Some(more) = line.pick_up() else { break };
        gathered.extend_from_slice(&more.bytes);
        reaches = reaches.max(more.reaches);
        ears = ears.and(&more.ears);
    }
    TakenOut { bytes: gathered.freeze(), reaches, ears }
}

#[cfg(test)]
mod tests;

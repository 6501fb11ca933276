//! The life of one websocket: opening, messages in, heartbeat, and an end with a reason. Events go out beside it, written by
//! whoever publishes; it takes over only what the client does not take at once.
//! It must not know what is said on it; the [`Dialect`] does.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use super::close::Close;
use super::dialect::{Dialect, Opening, Reaction};
use super::ending::Ending;
use super::feed::{Feed, FeedEnd};
use super::line::LineEnd;
use super::parting::part;
use super::websocket::WebSocket;
use crate::domain::clock::Clock;
use crate::server::Drain;

/// After so many heartbeats without a sign of life, or in which it takes nothing of what is written, the peer is taken
/// for dead.
const UNANSWERED_HEARTBEATS: u32 = 2;

/// What a connection lives by.
pub struct ConnectionSettings {
    /// The time between heartbeats.
    pub heartbeat: Duration,
    /// Tells when to stop.
    pub drain: Drain,
    /// Moves when a right to listen may have ended.
    pub rights: watch::Receiver<u64>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// One websocket with everything it needs.
pub struct Connection<D> {
    socket: WebSocket,
    feed: Feed,
    dialect: D,
    ending: Ending,
    heartbeat: Duration,
    unanswered: u32,
    unmoved: u32,
}

/// How the peer is left.
enum End {
    /// It is told why.
    Tell(Close),
    /// It is gone, or closed by itself.
    Gone,
}

/// What a turn of the loop is about.
enum Turn {
    Heard(Option<Result<Message, WsError>>),
    CaughtUp(Result<(), FeedEnd>),
    Beat,
    LineEnded(LineEnd),
    Ended(Close),
}

impl<D: Dialect> Connection<D> {
    /// A connection that has not said anything yet. `feed` is on the line of `socket`.
    pub fn new(socket: WebSocket, feed: Feed, dialect: D, settings: ConnectionSettings) -> Self {
        let heartbeat = settings.heartbeat;
        let ending = Ending::new(settings);
        Self { socket, feed, dialect, ending, heartbeat, unanswered: 0, unmoved: 0 }
    }

    /// Lives until one side ends it.
    pub async fn run(mut self, opening: Opening) {
        let end = match self.live(opening).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        match end {
            End::Gone => tracing::debug!("websocket gone"),
            End::Tell(close) => {
                tracing::debug!(?close, "websocket closed");
                let farewell = self.dialect.farewell(close, self.ending.come_back_after());
                part(&mut self.socket, farewell, close).await;
            }
        }
    }

    async fn live(&mut self, opening: Opening) -> Result<Infallible, End> {
        // The right may have ended between the request and the moment from which changes are noticed.
        self.dialect.entitlement().map_err(End::Tell)?;
        for message in self.dialect.open(opening) {
            self.socket.say_beyond_limits(message);
        }
        self.feed.begin();
        let mut heartbeat = beating(self.heartbeat);
        let line = Arc::clone(self.socket.line());
        loop {
            let turn = tokio::select! {
                heard = self.socket.next() => Turn::Heard(heard),
                end = line.attend() => Turn::LineEnded(end),
                _ = heartbeat.tick() => Turn::Beat,
                close = self.ending.come(&self.dialect) => Turn::Ended(close),
                caught_up = self.feed.catch_up(), if self.feed.is_behind() => Turn::CaughtUp(caught_up),
            };
            match turn {
                Turn::Heard(message) => self.hear(message).await?,
                Turn::CaughtUp(outcome) => outcome.map_err(|end| end_of_feed(&end))?,
                Turn::Beat => self.beat()?,
                Turn::LineEnded(end) => return Err(end_of_line(end)),
                Turn::Ended(close) => return Err(End::Tell(close)),
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, WsError>>) -> Result<(), End> {
        self.unanswered = 0;
        match message {
            None | Some(Ok(Message::Close(_))) => Err(End::Gone),
            Some(Ok(Message::Text(text))) => match self.react(text).await? {
                Reaction::Say(messages) => {
                    self.say(messages);
                    Ok(())
                }
                Reaction::Part(messages, close) => {
                    self.say(messages);
                    Err(End::Tell(close))
                }
            },
            Some(Ok(Message::Binary(_))) => Err(End::Tell(Close::BinaryData)),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(error)) => Err(Close::after(&error).map_or(End::Gone, End::Tell)),
        }
    }

    /// What the client began is not cut by the drain before there is no more time for it.
    async fn react(&mut self, text: Utf8Bytes) -> Result<Reaction, End> {
        let line = self.socket.line();
        let attended = async {
            line.attend().await;
            // Whoever hears it next is told of the line's end; what was begun is finished first.
            pending::<Infallible>().await
        };
        tokio::select! {
            biased;
            reaction = self.dialect.hear(text) => Ok(reaction),
            () = self.ending.last_call() => Err(End::Tell(Close::Restarting)),
            never = attended => match never {},
        }
    }

    fn beat(&mut self) -> Result<(), End> {
        self.unmoved = if self.socket.line().has_moved() { 0 } else { self.unmoved + 1 };
        if self.unanswered >= UNANSWERED_HEARTBEATS || self.unmoved >= UNANSWERED_HEARTBEATS {
            return Err(End::Gone);
        }
        self.unanswered += 1;
        self.socket.say(self.dialect.heartbeat());
        Ok(())
    }

    fn say(&self, messages: Vec<Message>) {
        for message in messages {
            self.socket.say(message);
        }
    }
}

fn beating(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// How the end of the line ends the connection.
fn end_of_line(end: LineEnd) -> End {
    match end {
        LineEnd::Overrun => End::Tell(Close::FellBehind),
        LineEnd::Gone | LineEnd::Finished => End::Gone,
    }
}

/// How a replay that cannot go on ends the connection.
fn end_of_feed(end: &FeedEnd) -> End {
    match end {
        FeedEnd::Line(end) => end_of_line(*end),
        FeedEnd::Removed => End::Tell(Close::FellBehind),
        FeedEnd::Engine(error) => {
            tracing::error!(%error, "replay failed");
            End::Tell(Close::Failed)
        }
    }
}

#[cfg(test)]
mod tests;

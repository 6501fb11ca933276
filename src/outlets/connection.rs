//! The life of one connection: opening, messages in, heartbeat, and an end with a reason. Events come from its
//! [`Source`], or go out beside it, written by whoever publishes; then it takes over only what the client does not take
//! at once. It must not know what is said on it; the [`Dialect`] does.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::close::Close;
use super::dialect::{Dialect, Opening, Reaction};
use super::ending::Ending;
use super::feed::Feed;
use super::line::LineEnd;
use super::source::Source;
use super::transport::Transport;
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

/// One connection with everything it needs; over a websocket, unless another transport is named.
pub struct Connection<D, S = Feed, T = WebSocket> {
    transport: T,
    source: S,
    dialect: D,
    ending: Ending,
    heartbeat: Interval,
    unanswered: u32,
    unmoved: u32,
}

/// How the peer is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is told why.
    Tell(Close),
    /// It has closed by itself.
    Agreed,
    /// It is gone.
    Gone,
}

/// What a turn of the loop is about.
enum Turn {
    Heard(Option<Result<Message, WsError>>),
    Beat,
    LineEnded(LineEnd),
    Ended(Close),
}

impl<D: Dialect, S: Source, T: Transport> Connection<D, S, T> {
    /// A connection that has not said anything yet. `source` is on the line of `transport`. It is boxed because it is what
    /// remains of an idle client: a future would hold it twice over, as what it was made of and as what it became.
    pub fn new(transport: T, source: S, dialect: D, settings: ConnectionSettings) -> Box<Self> {
        let heartbeat = beating(settings.heartbeat);
        let ending = Ending::new(settings);
        Box::new(Self { transport, source, dialect, ending, heartbeat, unanswered: 0, unmoved: 0 })
    }

    /// Opens, and lives until one side ends it.
    pub async fn run(self: Box<Self>, opening: Opening) {
        self.run_after(Some(opening)).await;
    }

    /// Lives until one side ends it, on a face that says nothing at the opening.
    pub async fn run_unannounced(self: Box<Self>) {
        self.run_after(None).await;
    }

    async fn run_after(mut self: Box<Self>, opening: Option<Opening>) {
        let end = match self.live(opening).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        match end {
            End::Gone => tracing::debug!("connection gone"),
            End::Agreed => {
                tracing::debug!("connection closed by its client");
                Box::pin(self.transport.agree()).await;
            }
            End::Tell(close) => {
                tracing::debug!(?close, "connection closed");
                let farewell = self.dialect.farewell(close, self.ending.come_back_after());
                // What is done once is boxed, here and below: no idle connection keeps room for it.
                Box::pin(self.transport.part(farewell, close)).await;
            }
        }
    }

    async fn live(&mut self, opening: Option<Opening>) -> Result<Infallible, End> {
        // The right may have ended between the request and the moment from which changes are noticed.
        self.dialect.entitlement().map_err(End::Tell)?;
        let greeting = opening.map_or_else(Vec::new, |opening| self.dialect.open(opening));
        for message in greeting {
            self.transport.say_beyond_limits(message);
        }
        self.source.begin();
        if self.source.is_behind() {
            Box::pin(self.catch_up()).await?;
        }
        loop {
            let Self { transport, dialect, ending, heartbeat, .. } = self;
            let turn = turn(transport, dialect, ending, heartbeat).await;
            self.take(turn).await?;
        }
    }

    /// Lives until the source has nothing more to send by itself.
    async fn catch_up(&mut self) -> Result<(), End> {
        while self.source.is_behind() {
            let Self { transport, source, dialect, ending, heartbeat, .. } = self;
            tokio::select! {
                caught_up = source.catch_up() => caught_up?,
                turn = turn(transport, dialect, ending, heartbeat) => self.take(turn).await?,
            }
        }
        Ok(())
    }

    async fn take(&mut self, turn: Turn) -> Result<(), End> {
        match turn {
            Turn::Heard(message) => {
                self.unanswered = 0;
                match message {
                    None => Err(End::Gone),
                    Some(Ok(Message::Close(_))) => Err(End::Agreed),
                    Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                        Box::pin(self.answer(message)).await
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
                    Some(Err(error)) => Err(Close::after(&error).map_or(End::Gone, End::Tell)),
                }
            }
            Turn::Beat => self.beat(),
            Turn::LineEnded(end) => Err(end.into()),
            Turn::Ended(close) => Err(End::Tell(close)),
        }
    }

    async fn answer(&mut self, said: Message) -> Result<(), End> {
        let (answers, outcome) = match self.react(said).await? {
            Reaction::Say(answers) => (answers, Ok(())),
            Reaction::Part(answers, close) => (answers, Err(End::Tell(close))),
        };
        for answer in answers {
            self.transport.say(answer);
        }
        outcome
    }

    /// What the client began is not cut by the drain before there is no more time for it. Its heart goes on beating,
    /// since it may have to wait; what it answers is heard later, so no beat counts as unanswered.
    async fn react(&mut self, said: Message) -> Result<Reaction, End> {
        let Self { transport, dialect, ending, heartbeat, .. } = self;
        let beat = dialect.heartbeat();
        let hearing = match said {
            Message::Text(text) => dialect.hear(text),
            said => dialect.hear_binary(said.into_data()),
        };
        let line = Arc::clone(transport.line());
        let attended = async {
            line.attend().await;
            // Whoever hears it next is told of the line's end; what was begun is finished first.
            pending::<Infallible>().await
        };
        tokio::select! {
            biased;
            reaction = hearing => Ok(reaction),
            () = ending.last_call() => Err(End::Tell(Close::Restarting)),
            never = attended => match never {},
            never = keep_beating(transport, heartbeat, beat) => match never {},
        }
    }

    fn beat(&mut self) -> Result<(), End> {
        if !self.transport.is_attended() {
            return Ok(());
        }
        self.unmoved = if self.transport.line().has_moved() { 0 } else { self.unmoved + 1 };
        if self.unanswered >= UNANSWERED_HEARTBEATS || self.unmoved >= UNANSWERED_HEARTBEATS {
            return Err(End::Gone);
        }
        self.unanswered += 1;
        self.transport.say(self.dialect.heartbeat());
        Ok(())
    }
}

/// Waits for the next thing that concerns a connection, while what waits for its client is sent. Cancel safe.
async fn turn(
    transport: &mut impl Transport,
    dialect: &impl Dialect,
    ending: &mut Ending,
    heartbeat: &mut Interval,
) -> Turn {
    let line = Arc::clone(transport.line());
    tokio::select! {
        heard = transport.next() => Turn::Heard(heard),
        end = line.attend() => Turn::LineEnded(end),
        _ = heartbeat.tick() => Turn::Beat,
        close = ending.come(dialect) => Turn::Ended(close),
    }
}

/// Says `beat` at each beat, to whom that can reach. Cancel safe.
async fn keep_beating(transport: &mut impl Transport, heartbeat: &mut Interval, beat: Message) -> Infallible {
    loop {
        heartbeat.tick().await;
        if transport.is_attended() {
            transport.say(beat.clone());
        }
    }
}

fn beating(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests;

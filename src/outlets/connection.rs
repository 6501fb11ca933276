//! The life of one websocket: opening, events out, messages in, heartbeat, and an end with a reason.
//! It must not know what is said on it; the [`Dialect`] does.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::close::Close;
use super::dialect::{Dialect, Opening, Reaction};
use super::ending::Ending;
use super::feed::{Feed, FeedEnd};
use super::parting::part;
use crate::broker::Publication;
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

/// One websocket, over a stream of the kind `S`, with everything it needs.
pub struct Connection<S, D> {
    socket: WebSocketStream<S>,
    feed: Feed,
    dialect: D,
    ending: Ending,
    heartbeat: Duration,
    unanswered: u32,
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
    Fed(Result<(), FeedEnd>),
    Beat,
    Ended(Close),
}

impl<S: AsyncRead + AsyncWrite + Unpin, D: Dialect> Connection<S, D> {
    /// A connection that has not said anything yet.
    pub fn new(socket: WebSocketStream<S>, feed: Feed, dialect: D, settings: ConnectionSettings) -> Self {
        let heartbeat = settings.heartbeat;
        Self { socket, feed, dialect, ending: Ending::new(settings), heartbeat, unanswered: 0 }
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
        let greeting = self.dialect.open(opening);
        self.say(greeting).await?;
        let mut heartbeat = beating(self.heartbeat);
        let mut batch: Vec<Arc<Publication>> = Vec::new();
        loop {
            let turn = tokio::select! {
                heard = self.socket.next() => Turn::Heard(heard),
                fed = self.feed.next(&mut batch) => Turn::Fed(fed),
                _ = heartbeat.tick() => Turn::Beat,
                close = self.ending.come(&self.dialect) => Turn::Ended(close),
            };
            match turn {
                Turn::Heard(message) => self.hear(message).await?,
                Turn::Fed(outcome) => self.pass_on(outcome, &mut batch).await?,
                Turn::Beat => self.beat().await?,
                Turn::Ended(close) => return Err(End::Tell(close)),
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, WsError>>) -> Result<(), End> {
        self.unanswered = 0;
        match message {
            None | Some(Ok(Message::Close(_))) => Err(End::Gone),
            Some(Ok(Message::Text(text))) => match self.react(text).await? {
                Reaction::Say(messages) => self.say(messages).await,
                Reaction::Part(messages, close) => {
                    self.say(messages).await?;
                    Err(End::Tell(close))
                }
            },
            Some(Ok(Message::Binary(_))) => Err(End::Tell(Close::BinaryData)),
            // Reading queues the pong to a ping; it leaves with the next flush.
            Some(Ok(Message::Ping(_))) => self.say(Vec::new()).await,
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(error)) => Err(end_of(&error)),
        }
    }

    /// What the client began is not cut by the drain before there is no more time for it.
    async fn react(&mut self, text: Utf8Bytes) -> Result<Reaction, End> {
        tokio::select! {
            biased;
            reaction = self.dialect.hear(text) => Ok(reaction),
            () = self.ending.last_call() => Err(End::Tell(Close::Restarting)),
        }
    }

    async fn pass_on(
        &mut self,
        outcome: Result<(), FeedEnd>,
        batch: &mut Vec<Arc<Publication>>,
    ) -> Result<(), End> {
        match outcome {
            Ok(()) => {}
            Err(FeedEnd::Overrun | FeedEnd::Removed) => return Err(End::Tell(Close::FellBehind)),
            Err(FeedEnd::Engine(error)) => {
                tracing::error!(%error, "replay failed");
                return Err(End::Tell(Close::Failed));
            }
        }
        let format = self.feed.format();
        let messages = batch.drain(..).filter_map(|publication| {
            let bytes = publication.bytes(format).clone();
            Utf8Bytes::try_from(bytes).ok().map(Message::Text)
        });
        let messages: Vec<_> = messages.collect();
        self.say(messages).await
    }

    async fn beat(&mut self) -> Result<(), End> {
        if self.unanswered >= UNANSWERED_HEARTBEATS {
            return Err(End::Gone);
        }
        self.unanswered += 1;
        let heartbeat = self.dialect.heartbeat();
        self.say(vec![heartbeat]).await
    }

    /// Writes messages and whatever else waits. Ended by whatever ends the connection, and by a peer that has fallen
    /// behind or takes nothing.
    async fn say(&mut self, messages: Vec<Message>) -> Result<(), End> {
        let patience = self.heartbeat * UNANSWERED_HEARTBEATS;
        let Self { socket, feed, dialect, ending, .. } = self;
        let write = async {
            for message in messages {
                timeout(patience, socket.feed(message)).await.map_err(gone)?.map_err(gone)?;
            }
            timeout(patience, socket.flush()).await.map_err(gone)?.map_err(gone)
        };
        tokio::select! {
            biased;
            written = write => written,
            () = feed.overrun() => Err(End::Tell(Close::FellBehind)),
            close = ending.come(dialect) => Err(End::Tell(close)),
        }
    }
}

fn gone<E>(_: E) -> End {
    End::Gone
}

fn beating(period: Duration) -> Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// How a failed read ends the connection.
fn end_of(error: &WsError) -> End {
    match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => End::Tell(Close::TooLarge),
        WsError::Utf8(_) => End::Tell(Close::NotUtf8),
        WsError::Protocol(_) => End::Tell(Close::Protocol),
        _ => End::Gone,
    }
}

#[cfg(test)]
mod tests;

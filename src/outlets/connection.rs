//! The life of one websocket: opening, events out, messages in, heartbeat, and an end with a reason.
//! It must not know what is said on it; the [`Dialect`] does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::close::Close;
use super::dialect::{Dialect, Opening, Reaction};
use super::feed::{Feed, FeedEnd};
use super::upgrade::WebSocket;
use crate::broker::Publication;
use crate::domain::clock::Clock;
use crate::server::Drain;

/// How long a closing handshake may take: a peer that is there answers within this, and a stuck one never does.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// After so many heartbeats without a sign of life the peer is taken for dead.
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
    settings: ConnectionSettings,
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
    Draining,
    RightsMoved,
    Expired,
}

impl<D: Dialect> Connection<D> {
    /// A connection that has not said anything yet.
    pub fn new(socket: WebSocket, feed: Feed, dialect: D, settings: ConnectionSettings) -> Self {
        Self { socket, feed, dialect, settings, unanswered: 0 }
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
                self.part(close).await;
            }
        }
    }

    async fn live(&mut self, opening: Opening) -> Result<std::convert::Infallible, End> {
        let greeting = self.dialect.open(opening);
        self.say(greeting).await?;
        let mut heartbeat = beating(self.settings.heartbeat);
        let mut batch: Vec<Arc<Publication>> = Vec::new();
        loop {
            let expiry = self.expiry();
            let turn = tokio::select! {
                heard = self.socket.next() => Turn::Heard(heard),
                fed = self.feed.next(&mut batch) => Turn::Fed(fed),
                _ = heartbeat.tick() => Turn::Beat,
                () = self.settings.drain.started() => Turn::Draining,
                Ok(()) = self.settings.rights.changed() => Turn::RightsMoved,
                () = sleep_until(expiry) => Turn::Expired,
            };
            match turn {
                Turn::Heard(message) => self.hear(message).await?,
                Turn::Fed(outcome) => self.pass_on(outcome, &mut batch).await?,
                Turn::Beat => self.beat().await?,
                Turn::Draining => return Err(End::Tell(Close::Restarting)),
                Turn::RightsMoved if self.dialect.is_entitled() => {}
                Turn::RightsMoved => return Err(End::Tell(Close::NoLongerEntitled)),
                Turn::Expired if self.dialect.entitled_until() > self.settings.clock.now() => {}
                Turn::Expired => return Err(End::Tell(Close::NoLongerEntitled)),
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, WsError>>) -> Result<(), End> {
        self.unanswered = 0;
        match message {
            None | Some(Ok(Message::Close(_))) => Err(End::Gone),
            Some(Ok(Message::Text(text))) => match self.dialect.hear(text).await {
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

    /// Writes messages and whatever else waits. A reader that takes nothing until it has fallen behind ends this.
    async fn say(&mut self, messages: Vec<Message>) -> Result<(), End> {
        let Self { socket, feed, .. } = self;
        let write = async {
            for message in messages {
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            biased;
            written = write => written.map_err(|_| End::Gone),
            () = feed.overrun() => Err(End::Tell(Close::FellBehind)),
        }
    }

    async fn part(&mut self, close: Close) {
        let farewell = self.dialect.farewell(close, self.come_back_after());
        let goodbye = async {
            if let Some(farewell) = farewell {
                self.socket.send(farewell).await?;
            }
            self.socket.close(Some(close.frame())).await?;
            // The peer's own close frame, or its end, completes the handshake.
            while let Some(Ok(_)) = self.socket.next().await {}
            Ok::<_, WsError>(())
        };
        // Whether the peer waited to hear it is its own affair.
        drop(timeout(CLOSE_PATIENCE, goodbye).await);
    }

    /// Spread over the drain window, so that a restarted broker does not meet everybody at once.
    fn come_back_after(&self) -> Duration {
        let random = uuid::Uuid::new_v4();
        let fraction = f64::from(random.as_bytes()[0]) / 255.0;
        self.settings.drain.window().mul_f64(fraction)
    }

    fn expiry(&self) -> Instant {
        let left = self.dialect.entitled_until().since(self.settings.clock.now());
        Instant::now() + left.min(FAR)
    }
}

/// Far enough to be looked at again, near enough for the timer.
const FAR: Duration = Duration::from_secs(24 * 60 * 60);

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

//! The events of a streaming session as a `text/event-stream` (HTML standard, server-sent events).
//! It must not know addresses, nor what an event says: only that it is one line of text, as JSON without line breaks is.
//!
//! Every event is of the default type: its own stands in its data, and a page that listens for types by name would never
//! hear of one that it does not know.
//!
//! The connection is never given more than it keeps at once. So the stream is asked again while the client reads slowly,
//! can tell a dead one, and holds no more than a few pieces, while all else waits in the session, within its limits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::time::timeout;

use super::attached::{Attached, News};
use super::close::Close;
use super::connection::ConnectionSettings;
use super::dialect::Entitled;
use super::ending::Ending;
use super::written::{Written, patience_for};
use crate::broker::{Publication, WireFormat};
use crate::server::Lifeline;

/// After how long a client comes back when its stream ended, in milliseconds: as browsers do by themselves. It is said
/// because a client that was told otherwise by a broker that restarted would stay with that.
const RETRY: u64 = 3000;

/// What keeps a connection from falling silent: a comment, which clients pass over.
const HEARTBEAT: &[u8] = b":\n\n";

/// The most bytes of a piece, and the most bytes and pieces that the connection has at a time; it would keep 64 KiB and
/// 16 pieces before it stops asking.
const PIECE: usize = 16 * 1024;
const BYTES_UNDER_WAY: usize = 32 * 1024;
const PIECES_UNDER_WAY: usize = 12;

/// The client takes what it is sent so slowly that nobody can be reading. The response ends in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client does not take its events")]
pub struct TooSlow;

/// One client's stream.
pub struct EventStream<E> {
    attached: Attached,
    format: WireFormat,
    client: E,
    ending: Ending,
    heartbeat: Duration,
    lifeline: Lifeline,
    /// What is left of what is said now, with what its end completes.
    saying: Option<(Bytes, Completes)>,
    /// What the connection has and has not written yet, oldest first.
    under_way: VecDeque<Piece>,
    bytes_under_way: usize,
    stage: Stage,
}

/// What a piece is the end of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Completes {
    Event,
    Nothing,
}

struct Piece {
    written: Arc<Written>,
    bytes: usize,
    completes: Completes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// Nothing follows what was said.
    Over,
}

impl<E: Entitled + Send + Sync> EventStream<E> {
    /// A stream on the connection of `lifeline`, which lives by `settings`. It ends when the right of `client` does, whom
    /// it keeps until then.
    pub fn new(attached: Attached, client: E, lifeline: Lifeline, settings: ConnectionSettings) -> Self {
        let (format, heartbeat) = (attached.format(), settings.heartbeat);
        let opening = Bytes::from(format!("retry: {RETRY}\n\n"));
        Self {
            attached,
            format,
            client,
            ending: Ending::new(settings),
            heartbeat,
            lifeline,
            saying: Some((opening, Completes::Nothing)),
            under_way: VecDeque::new(),
            bytes_under_way: 0,
            stage: Stage::Open,
        }
    }

    /// The pieces of the body. Dropped, it settles what was written.
    pub fn pieces(self) -> impl Stream<Item = Result<Bytes, TooSlow>> + Send {
        unfold(self, |mut stream| async move { stream.next().await.map(|piece| (piece, stream)) })
    }

    async fn next(&mut self) -> Option<Result<Bytes, TooSlow>> {
        loop {
            self.note_written();
            if let Some(piece) = self.next_piece() {
                return Some(Ok(piece));
            }
            if let Some(first) = self.under_way.front() {
                if timeout(patience_for(first.bytes), first.written.done()).await.is_err() {
                    tracing::info!("a client did not take its events in time");
                    return Some(Err(TooSlow));
                }
            } else if self.stage == Stage::Over {
                return None;
            } else {
                self.wait().await;
            }
        }
    }

    /// Waits for what there is to say next, or for the end.
    async fn wait(&mut self) {
        // Entitled or not is asked first: a client that has lost its right gets no event more.
        let end = tokio::select! {
            biased;
            close = self.ending.come(&self.client) => close,
            news = self.attached.renew(self.heartbeat) => match news {
                Ok(News::Events) => return,
                Ok(News::None) => return self.say(Bytes::from_static(HEARTBEAT)),
                Err(detached) => detached.into(),
            },
        };
        tracing::debug!(?end, "event stream ended");
        self.stage = Stage::Over;
        if end == Close::Restarting {
            let delay = self.ending.come_back_after().as_millis();
            self.say(Bytes::from(format!("retry: {delay}\n\n")));
        }
    }

    fn say(&mut self, text: Bytes) {
        self.saying = Some((text, Completes::Nothing));
    }

    /// The next piece for the connection, unless it has enough.
    fn next_piece(&mut self) -> Option<Bytes> {
        if self.under_way.len() >= PIECES_UNDER_WAY || self.bytes_under_way + PIECE > BYTES_UNDER_WAY {
            return None;
        }
        let (mut text, completes) = match self.saying.take() {
            Some(saying) => saying,
            None => {
                let event = self.attached.next()?;
                (event_text(&event, self.format), Completes::Event)
            }
        };
        let piece = text.split_to(text.len().min(PIECE));
        let completes = if text.is_empty() {
            completes
        } else {
            self.saying = Some((text, completes));
            Completes::Nothing
        };
        let bytes = piece.len();
        let (piece, written) = Written::watch_on(self.lifeline.clone(), piece);
        self.bytes_under_way += bytes;
        self.under_way.push_back(Piece { written, bytes, completes });
        Some(piece)
    }
}

impl<E> EventStream<E> {
    fn note_written(&mut self) {
        while let Some(first) = self.under_way.pop_front_if(|first| first.written.is_done()) {
            self.bytes_under_way -= first.bytes;
            if first.completes == Completes::Event {
                self.attached.written();
            }
        }
    }
}

impl<E> Drop for EventStream<E> {
    fn drop(&mut self) {
        self.note_written();
    }
}

/// An event with its id, which a client names when it comes back.
fn event_text(event: &Publication, format: WireFormat) -> Bytes {
    const AROUND_THE_DATA: usize = 64;
    let data = event.bytes(format);
    let mut text = Vec::with_capacity(data.len() + AROUND_THE_DATA);
    if let Some(id) = event.stamp().event_id() {
        text.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    text.extend_from_slice(b"data: ");
    text.extend_from_slice(data);
    text.extend_from_slice(b"\n\n");
    text.into()
}

#[cfg(test)]
mod tests;

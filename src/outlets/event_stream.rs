//! The events of a streaming session as a `text/event-stream` (HTML standard, server-sent events).
//! It must not know addresses, nor what an event says: only that it is one line of text, as JSON without line breaks is.
//!
//! Every event is of the default type: its own stands in its data, and a page that listens for types by name would never
//! hear of one that it does not know.
//!
//! What the connection has not taken yet stands in few pieces ([`Pieces`]); all else waits in the session, within its
//! limits.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{FutureExt, Stream};

use super::attached::{Attached, News};
use super::close::Close;
use super::connection::ConnectionSettings;
use super::dialect::Entitled;
use super::ending::Ending;
use super::pieces::{Pieces, TooSlow};
use crate::broker::{Publication, WireFormat};
use crate::server::Lifeline;

/// After how long a client comes back when its stream ended, in milliseconds: as browsers do by themselves. It is said
/// because a client that was told otherwise by a broker that restarted would stay with that.
const RETRY: u64 = 3000;

/// What keeps a connection from falling silent: a comment, which clients pass over.
const HEARTBEAT: &[u8] = b":\n\n";

/// One client's stream.
pub struct EventStream<E> {
    attached: Attached,
    format: WireFormat,
    client: E,
    ending: Ending,
    heartbeat: Duration,
    /// What is left of what is said now.
    saying: Bytes,
    /// The event that it is, unless it is none.
    event: Option<Event>,
    pieces: Pieces<Event>,
    stage: Stage,
}

/// An event whose last piece is to be written.
struct Event;

enum Stage {
    Open,
    /// No event begins any more; this is said when the last one is complete.
    Over(Bytes),
}

impl<E: Entitled + Send + Sync> EventStream<E> {
    /// A stream on the connection of `lifeline`, which lives by `settings`. It ends when the right of `client` does, whom
    /// it keeps until then.
    pub fn new(attached: Attached, client: E, lifeline: Lifeline, mut settings: ConnectionSettings) -> Self {
        // The right may have ended between the request and the moment from which changes are noticed.
        settings.rights.mark_changed();
        let (format, heartbeat) = (attached.format(), settings.heartbeat);
        let opening = Bytes::from(format!("retry: {RETRY}\n\n"));
        Self {
            attached,
            format,
            client,
            ending: Ending::new(settings),
            heartbeat,
            saying: opening,
            event: None,
            pieces: Pieces::new(lifeline),
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
            if let Some(close) = self.end_that_has_come() {
                self.end(close);
            }
            if let Some(piece) = self.next_piece() {
                return Some(Ok(piece));
            }
            if self.pieces.is_empty() {
                match self.stage {
                    Stage::Open => self.wait().await,
                    Stage::Over(_) => return None,
                }
            } else if let Err(slow) = self.wait_for_room().await {
                return Some(Err(slow));
            }
        }
    }

    /// Asked before every event: a client that has lost its right gets none more, however many there are.
    fn end_that_has_come(&mut self) -> Option<Close> {
        match self.stage {
            Stage::Open => self.ending.come(&self.client).now_or_never(),
            Stage::Over(_) => None,
        }
    }

    /// Waits for what there is to say next, or for the end.
    async fn wait(&mut self) {
        let end = tokio::select! {
            biased;
            close = self.ending.come(&self.client) => close,
            news = self.attached.renew(self.heartbeat) => match news {
                Ok(News::Events) => return,
                Ok(News::None) => {
                    self.saying = Bytes::from_static(HEARTBEAT);
                    return;
                }
                Err(detached) => detached.into(),
            },
        };
        self.end(end);
    }

    /// Waits until the connection has written something, or for the end.
    async fn wait_for_room(&mut self) -> Result<(), TooSlow> {
        let may_end = matches!(self.stage, Stage::Open);
        let close = tokio::select! {
            biased;
            close = self.ending.come(&self.client), if may_end => close,
            written = self.pieces.first_written() => return written,
        };
        self.end(close);
        Ok(())
    }

    fn end(&mut self, close: Close) {
        tracing::debug!(?close, "event stream ended");
        let farewell = match close {
            Close::Restarting => format!("retry: {}\n\n", self.ending.come_back_after().as_millis()),
            _ => String::new(),
        };
        self.stage = Stage::Over(farewell.into());
    }

    /// The next piece for the connection, unless it has enough.
    fn next_piece(&mut self) -> Option<Bytes> {
        if !self.pieces.has_room() {
            return None;
        }
        if self.saying.is_empty() {
            match &mut self.stage {
                Stage::Over(farewell) if farewell.is_empty() => return None,
                Stage::Over(farewell) => self.saying = std::mem::take(farewell),
                Stage::Open => {
                    let event = self.attached.next()?;
                    self.saying = event_text(&event, self.format);
                    self.event = Some(Event);
                }
            }
        }
        Some(self.pieces.give(&mut self.saying, &mut self.event))
    }
}

impl<E> EventStream<E> {
    fn note_written(&mut self) {
        for Event in self.pieces.take_written() {
            self.attached.written();
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

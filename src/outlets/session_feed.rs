//! The events of a streaming session on a websocket: one after the other, each a text frame.
//! It must not know what clients say in between.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::attached::Attached;
use super::close::Close;
use super::connection::End;
use super::line::{Line, LineEnd};
use super::source::Source;
use super::upgrade::Compression;
use super::websocket::text_frame;
use super::written::{Written, patience_for};
use crate::broker::{Publication, WireFormat};

/// How long to wait for events at a time. Anything will do: the connection's own heart beats beside.
const WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a session holds, on its way to one websocket. An event follows when the one before was written, so that no more
/// waits for the socket than one, and what waits for the reader stands in the session, within its limits.
pub struct SessionFeed {
    attached: Attached,
    line: Arc<Line>,
    compression: Compression,
    under_way: Option<UnderWay>,
}

/// The event that the line has.
struct UnderWay {
    written: Arc<Written>,
    /// When the client is taken for dead. It is not left to the heartbeat: a later reader waits for this event.
    deadline: Instant,
}

impl SessionFeed {
    /// Brings what a session of version 3 holds to a line, carried as was agreed on for its websocket.
    pub fn new(attached: Attached, line: Arc<Line>, compression: Compression) -> Self {
        Self { attached, line, compression, under_way: None }
    }

    /// The frame of an event. A plain one is made here, of the bytes that polls are given too; a deflated one is the
    /// same for all and was dear to make, so it is shared.
    fn frame(&self, event: &Publication) -> Bytes {
        match self.compression {
            Compression::Off => text_frame(event.bytes(self.attached.format())),
            Compression::Deflate => event.bytes(WireFormat::StreamV3Deflated).clone(),
        }
    }

    fn send(&mut self, event: &Publication) -> Result<(), LineEnd> {
        let (frame, written) = Written::watch(self.frame(event));
        let deadline = Instant::now() + patience_for(frame.len());
        self.line.offer(&frame)?;
        self.under_way = Some(UnderWay { written, deadline });
        Ok(())
    }

    /// Waits until the event that is under way has been written.
    async fn arrive(&mut self) -> Result<(), LineEnd> {
        if let Some(UnderWay { deadline, .. }) = self.under_way {
            timeout_at(deadline, self.line.flushed()).await.map_err(|_| LineEnd::Gone)??;
            self.under_way = None;
            self.attached.written();
        }
        Ok(())
    }
}

impl Source for SessionFeed {
    /// Sends nothing: the connection asks at once.
    fn begin(&mut self) {}

    /// Always: nobody else writes the events of a session.
    fn is_behind(&self) -> bool {
        true
    }

    async fn catch_up(&mut self) -> Result<(), End> {
        self.arrive().await?;
        while let Some(event) = self.attached.next() {
            self.send(&event)?;
            self.arrive().await?;
        }
        match self.attached.renew(WAIT).await {
            Ok(_) => Ok(()),
            Err(detached) => Err(End::Tell(Close::from(detached))),
        }
    }
}

impl Drop for SessionFeed {
    /// What was under way may have been written beside something else, such as the goodbye.
    fn drop(&mut self) {
        if self.under_way.as_ref().is_some_and(|event| event.written.is_done()) {
            self.attached.written();
        }
    }
}

#[cfg(test)]
mod tests;

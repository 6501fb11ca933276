//! Whether bytes that were given away to be written have been written: whoever writes them lets go of them then.
//! It must not know who writes, nor what.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::task::AtomicWaker;

use crate::server::Lifeline;

/// How long the bytes of a connection that is alive may take, beside the time for themselves.
const GRACE: Duration = Duration::from_secs(10);

/// Bytes per second below which a connection is taken for dead.
const SLOWEST: usize = 32 * 1024;

/// How long writing so many bytes may take before the connection is taken for dead.
pub fn patience_for(bytes: usize) -> Duration {
    GRACE + Duration::from_secs((bytes / SLOWEST) as u64)
}

/// Whether bytes have been written: set when whoever writes them lets go of the last reference to them.
#[derive(Debug, Default)]
pub struct Written {
    /// 0 while somebody has the bytes, then a [`Fate`].
    fate: AtomicU8,
    waker: AtomicWaker,
}

/// What became of bytes that nobody has any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They were written.
    Written = 1,
    /// Their connection ended first.
    Lost = 2,
}

/// Bytes that say when they are let go.
struct Watched {
    bytes: Bytes,
    written: Arc<Written>,
    /// The connection that they are written on, where its end lets go of them as well.
    lifeline: Option<Lifeline>,
}

impl Written {
    /// Watches bytes whose writer never lets go of them unwritten, or tells by other means that it did.
    pub fn watch(bytes: Bytes) -> (Bytes, Arc<Self>) {
        Self::watch_with(bytes, None)
    }

    /// Watches bytes that are written on a connection, and are not written when it is cut before it lets go of them.
    pub fn watch_on(lifeline: Lifeline, bytes: Bytes) -> (Bytes, Arc<Self>) {
        Self::watch_with(bytes, Some(lifeline))
    }

    fn watch_with(bytes: Bytes, lifeline: Option<Lifeline>) -> (Bytes, Arc<Self>) {
        let written = Arc::<Self>::default();
        let watched = Watched { bytes, written: Arc::clone(&written), lifeline };
        (Bytes::from_owner(watched), written)
    }

    /// Whether they have been written.
    pub fn is_done(&self) -> bool {
        self.fate() == Some(Fate::Written)
    }

    /// Waits until they have been written; for one task at a time. Cancel safe.
    pub async fn done(&self) {
        poll_fn(|context| self.poll_done(context)).await;
    }

    /// As [`done`](Self::done), for those who poll.
    pub fn poll_done(&self, context: &Context<'_>) -> Poll<()> {
        match self.poll_fate(context) {
            Poll::Ready(Fate::Written) => Poll::Ready(()),
            Poll::Ready(Fate::Lost) | Poll::Pending => Poll::Pending,
        }
    }

    /// Waits until it is known what became of them; for one task at a time. Cancel safe.
    pub(super) async fn settled(&self) -> Fate {
        poll_fn(|context| self.poll_fate(context)).await
    }

    fn poll_fate(&self, context: &Context<'_>) -> Poll<Fate> {
        if let Some(fate) = self.fate() {
            return Poll::Ready(fate);
        }
        // Registered before the second look, or the change between the two would wake nobody.
        self.waker.register(context.waker());
        self.fate().map_or(Poll::Pending, Poll::Ready)
    }

    fn fate(&self) -> Option<Fate> {
        let fates = [Fate::Written, Fate::Lost];
        let known = self.fate.load(Ordering::Acquire);
        fates.into_iter().find(|fate| *fate as u8 == known)
    }
}

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let is_lost = self.lifeline.as_ref().is_some_and(Lifeline::is_cut);
        let fate = if is_lost { Fate::Lost } else { Fate::Written };
        self.written.fate.store(fate as u8, Ordering::Release);
        self.written.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::server::Socket;

    #[tokio::test]
    async fn bytes_are_written_when_the_last_of_their_parts_is_let_go() {
        let (mut rest, written) = Written::watch(Bytes::from_static(b"abc"));
        let front = rest.split_to(1);
        drop(rest);
        assert!(written.done().now_or_never().is_none());
        drop(front);
        assert!(written.done().now_or_never().is_some());
    }

    #[tokio::test]
    async fn bytes_that_a_connection_lets_go_by_its_end_are_not_written() {
        let (socket, _client) = Socket::pair().await;
        let (first, written) = Written::watch_on(socket.lifeline(), Bytes::from_static(b"abc"));
        let (second, unwritten) = Written::watch_on(socket.lifeline(), Bytes::from_static(b"abc"));
        drop(first);
        drop(socket);
        drop(second);
        assert!(written.is_done());
        assert!(!unwritten.is_done());
        assert_eq!((written.settled().await, unwritten.settled().await), (Fate::Written, Fate::Lost));
    }
}

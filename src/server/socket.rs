//! A client's connection with what it holds: its place under the limit and its part in the drain.
//! Both go when the socket goes, also when an outlet has taken it over by an upgrade; nobody has to remember them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::drain::DrainHold;

/// How many connections there may be, and how many of these places are free.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Semaphore>);

/// A connection's place; free again when dropped.
pub(super) type Place = OwnedSemaphorePermit;

impl Places {
    /// As many as `count`, all free.
    pub(super) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// A place, unless all are taken.
    pub(super) fn take(&self) -> Option<Place> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// An accepted connection. After an upgrade it is what `hyper::upgrade::Upgraded` carries inside.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    _place: Place,
    _hold: DrainHold,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, place: Place, hold: DrainHold) -> Self {
        Self { stream, _place: place, _hold: hold }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

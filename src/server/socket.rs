//! A client's connection with what it holds: its place under the limit and its part in the drain.
//! Both go when the socket goes, also when an outlet has taken it over by an upgrade; nobody has to remember them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::drain::DrainHold;
use super::wire::Wire;

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

/// Whether a connection still exists. Hyper lets go of its socket before it lets go of what it has yet to write, so
/// what is let go while the lifeline holds has been written.
#[derive(Clone, Debug)]
pub struct Lifeline(Weak<()>);

impl Lifeline {
    /// Whether the connection is no more.
    pub fn is_cut(&self) -> bool {
        self.0.strong_count() == 0
    }
}

/// An accepted connection. After an upgrade it is what `hyper::upgrade::Upgraded` carries inside.
#[derive(Debug)]
pub struct Socket {
    wire: Wire,
    alive: Arc<()>,
    _place: Place,
    _hold: DrainHold,
}

impl Socket {
    pub(super) fn new(wire: Wire, place: Place, hold: DrainHold) -> Self {
        Self { wire, alive: Arc::new(()), _place: place, _hold: hold }
    }

    /// Tells whether this still exists.
    pub fn lifeline(&self) -> Lifeline {
        Lifeline(Arc::downgrade(&self.alive))
    }

    /// Bounds what the system keeps of what was written and not taken yet; without this it may be megabytes for a peer
    /// that has stopped reading. The system takes some part for itself.
    ///
    /// # Errors
    /// When the system refuses; the connection is as good as before.
    pub fn bound_unsent(&self, bytes: usize) -> io::Result<()> {
        Ok(set_socket_send_buffer_size(self.wire.tcp(), bytes)?)
    }

    /// Reads what is there, without waiting. Needs no exclusive hold, as none of the following do: after an upgrade one
    /// task reads while whoever publishes writes.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is there; then [`poll_read_ready`](Self::poll_read_ready) tells when to try again.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.wire.try_read(into)
    }

    /// Writes as much as the peer's window and the system's buffer take, without waiting. What they do not take has to
    /// come again, in front of all else: over TLS it may have been encrypted already.
    ///
    /// # Errors
    /// `WouldBlock` when that is nothing; then [`poll_write_ready`](Self::poll_write_ready) tells when to try again.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.wire.try_write(bytes)
    }

    /// As [`try_write`](Self::try_write), but asks the system straight away and leaves what the runtime believes of
    /// the socket as it is: for sockets that nearly always take what they are given, of which there may be thousands
    /// in a row.
    ///
    /// # Errors
    /// `WouldBlock` when the system takes nothing; then `try_write` once more before waiting.
    pub fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        self.wire.write_now(bytes)
    }

    /// Waits until reading is worth a try. One task at a time can wait.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.poll_read_ready(cx)
    }

    /// Waits until writing is worth a try. One task at a time can wait.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.poll_write_ready(cx)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

#[cfg(test)]
impl Socket {
    /// A connection that holds little of what is not read yet, and its client's end. Not next to nothing: below some
    /// tens of kilobytes the system waits for more before it tells the other end what was read, by the real clock.
    pub(crate) async fn pair() -> (Self, tokio::net::TcpStream) {
        let (accepted, client) = pair_of_streams().await;
        (Self::of(Wire::Plain(accepted)), client)
    }

    /// A connection that nothing else depends on.
    pub(super) fn of(wire: Wire) -> Self {
        let place = Places::new(1).take().unwrap();
        let hold = super::Drain::new(std::time::Duration::ZERO).1.hold();
        Self::new(wire, place, hold)
    }
}

/// An accepted connection and its client's end, with little room between them.
#[cfg(test)]
pub(super) async fn pair_of_streams() -> (tokio::net::TcpStream, tokio::net::TcpStream) {
    const LITTLE: u32 = 64 * 1024;
    let (listening, calling) =
        (tokio::net::TcpSocket::new_v4().unwrap(), tokio::net::TcpSocket::new_v4().unwrap());
    listening.set_send_buffer_size(LITTLE).unwrap();
    calling.set_recv_buffer_size(LITTLE).unwrap();
    listening.bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = listening.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let (client, accepted) = tokio::join!(calling.connect(address), listener.accept());
    (accepted.unwrap().0, client.unwrap())
}

//! A connection over TLS, read and written without waiting and by whoever has it, as a plain one is.
//! It must not know what is carried over it.
//!
//! A byte counts as written when the system has it, here too: what waits then waits where its limits are, and whoever
//! is told that something was written can believe it. But what was encrypted has to be sent, so a writer is told of
//! all that was encrypted except the last byte. That one is reported when the system has everything, by the call that
//! brings it again. So of writers more is asked than by a plain connection: what was not reported comes again, in
//! front. Everybody who writes here has a queue of bytes, and takes away from its front what was written.

use std::future::poll_fn;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use rustix::net::SendFlags;
use rustls::{ServerConfig, ServerConnection};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Bytes that are encrypted at once, and so at most wait beside the writer's queue: a full record.
const RECORD_BYTES: usize = 16 * 1024;

/// One connection.
#[derive(Debug)]
pub(in crate::server) struct TlsStream {
    tcp: TcpStream,
    /// Guards the order of records, either way; a publisher writes while the connection's task reads. Nothing under it
    /// blocks, and a reader holds it for what one read brings.
    session: Mutex<Session>,
}

#[derive(Debug)]
struct Session {
    rustls: ServerConnection,
    /// Whether the last byte that was encrypted is still to be reported.
    owes_a_byte: bool,
    /// Decrypted bytes that were not read yet.
    unread: usize,
    /// Whether the peer has said that nothing follows.
    is_over: bool,
}

/// How the system is given bytes.
#[derive(Clone, Copy)]
pub(in crate::server) enum Giving {
    /// As the runtime believes the socket to be.
    Remembered,
    /// By asking the system, whatever the runtime believes.
    AtOnce,
}

impl TlsStream {
    /// Shakes hands, as the server; what the client sends is looked at in one of the `turns`.
    pub(super) async fn accept(
        tcp: TcpStream,
        config: Arc<ServerConfig>,
        turns: &Semaphore,
    ) -> io::Result<Self> {
        let mut rustls = ServerConnection::new(config).map_err(io::Error::other)?;
        rustls.set_buffer_limit(Some(RECORD_BYTES));
        let session = Session { rustls, owes_a_byte: false, unread: 0, is_over: false };
        let mut stream = Self { tcp, session: Mutex::new(session) };
        loop {
            poll_fn(|cx| stream.poll_flush(cx)).await?;
            let session = stream.session.get_mut();
            if !session.rustls.is_handshaking() {
                return Ok(stream);
            }
            stream.tcp.readable().await?;
            // Never held across a wait for the client: whoever says little, or nothing more, holds up nobody.
            let turn = turns.acquire().await.expect("nobody closes the semaphore");
            let received = session.receive(&stream.tcp);
            drop(turn);
            match received {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if is_blocked(&error) => {}
                received => drop(received?),
            }
        }
    }

    /// The connection beneath, for its settings.
    pub(in crate::server) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Reads what is there; 0 at the end, whether the peer has announced it or not: what is spoken inside says itself
    /// where it ends.
    pub(in crate::server) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        let mut session = self.session.lock();
        loop {
            match session.rustls.reader().read(into) {
                Ok(read) => {
                    session.unread = session.unread.saturating_sub(read);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if is_blocked(&error) => drop(session.receive(&self.tcp)?),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes as much as the system takes.
    pub(in crate::server) fn try_write(&self, bytes: &[u8], giving: Giving) -> io::Result<usize> {
        self.session.lock().write(&self.tcp, &mut [IoSlice::new(bytes)], giving)
    }

    /// Waits until reading is worth a try.
    pub(in crate::server) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let session = self.session.lock();
        if session.unread > 0 || session.is_over {
            return Poll::Ready(Ok(()));
        }
        drop(session);
        self.tcp.poll_read_ready(cx)
    }

    /// Waits until writing is worth a try.
    pub(in crate::server) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.poll_write_ready(cx)
    }

    /// Reads, and waits until something is there.
    pub(in crate::server) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.try_read(into) {
                Err(error) if is_blocked(&error) => ready!(self.poll_read_ready(cx))?,
                read => return Poll::Ready(read),
            }
        }
    }

    /// Writes, and waits until the system takes something.
    pub(in crate::server) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &mut [IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            let written = self.session.lock().write(&self.tcp, bytes, Giving::Remembered);
            match written {
                Err(error) if is_blocked(&error) => ready!(self.poll_write_ready(cx))?,
                written => return Poll::Ready(written),
            }
        }
    }

    /// Waits until the system has everything that was encrypted.
    pub(in crate::server) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let flushed = self.session.lock().flush(&self.tcp, Giving::Remembered);
            match flushed {
                Err(error) if is_blocked(&error) => ready!(self.poll_write_ready(cx))?,
                flushed => return Poll::Ready(flushed),
            }
        }
    }

    /// Says that nothing follows, and ends the sending half.
    pub(in crate::server) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Said once, however often it is asked for.
        self.session.get_mut().rustls.send_close_notify();
        ready!(self.poll_flush(cx))?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl Drop for TlsStream {
    /// Says that nothing follows, if the system takes it at once.
    fn drop(&mut self) {
        let session = self.session.get_mut();
        session.rustls.send_close_notify();
        drop(session.flush(&self.tcp, Giving::AtOnce));
    }
}

impl Session {
    /// Takes what the peer has sent; the bytes, as they came, 0 at the end.
    fn receive(&mut self, tcp: &TcpStream) -> io::Result<usize> {
        let received = self.rustls.read_tls(&mut Beneath { tcp, giving: Giving::Remembered })?;
        let processed = self.rustls.process_new_packets();
        // Answers of the protocol itself, and what is wrong where something is. What does not go now goes with the next
        // write.
        drop(self.flush(tcp, Giving::Remembered));
        let state = processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.unread = state.plaintext_bytes_to_read();
        self.is_over = state.peer_has_closed();
        Ok(received)
    }

    /// Gives the system everything that was encrypted.
    fn flush(&mut self, tcp: &TcpStream, giving: Giving) -> io::Result<()> {
        while self.rustls.wants_write() {
            if self.rustls.write_tls(&mut Beneath { tcp, giving })? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Encrypts and sends as much as the system takes; how far that came, see above.
    fn write(&mut self, tcp: &TcpStream, bytes: &mut [IoSlice<'_>], giving: Giving) -> io::Result<usize> {
        let mut rest = bytes;
        let mut left: usize = rest.iter().map(|slice| slice.len()).sum();
        if left == 0 {
            return Ok(0);
        }
        // Nothing is encrypted while something waits.
        self.flush(tcp, giving)?;
        let mut written = 0;
        if std::mem::take(&mut self.owes_a_byte) {
            IoSlice::advance_slices(&mut rest, 1);
            (written, left) = (1, left - 1);
        }
        while left > 0 {
            let encrypted = self.rustls.writer().write_vectored(rest)?;
            if encrypted == 0 && !self.rustls.wants_write() {
                // Nothing more can be said after the goodbye.
                return Err(io::ErrorKind::WriteZero.into());
            }
            match self.flush(tcp, giving) {
                Ok(()) => {
                    IoSlice::advance_slices(&mut rest, encrypted);
                    (written, left) = (written + encrypted, left - encrypted);
                }
                Err(error) if is_blocked(&error) => {
                    self.owes_a_byte = encrypted > 0;
                    written += encrypted.saturating_sub(1);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if written == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(written) }
    }
}

/// The connection as rustls sees it.
struct Beneath<'a> {
    tcp: &'a TcpStream,
    giving: Giving,
}

impl Read for Beneath<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.try_read(into)
    }
}

impl Write for Beneath<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.giving {
            Giving::Remembered => self.tcp.try_write(bytes),
            Giving::AtOnce => Ok(rustix::net::send(self.tcp, bytes, SendFlags::DONTWAIT)?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_blocked(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests;

//! A connection that never blocks: what was not read to an end, and what could not be written yet.
//! It must not know what is said on it.
//!
//! Everything that comes is read into one buffer that all connections share. A link keeps nothing but the part of a
//! frame or an answer that the next read will complete, so a connection that waits costs next to no memory.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream as StdStream};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::ended::Ended;

/// Bytes that are read at once, where what is kept leaves room for them.
const READ_BYTES: usize = 256 * 1024;
/// Room that a link keeps for what is incomplete, in bytes; more is given back when it is complete.
const KEPT_ROOM: usize = 4 * 1024;

/// The buffer into which all connections read.
pub(super) struct Scratch(Vec<u8>);

impl Scratch {
    /// Room for one read.
    pub(super) fn new() -> Self {
        Self(vec![0; READ_BYTES])
    }
}

/// A connection.
pub(super) struct Link {
    stream: TcpStream,
    state: State,
    /// The beginning of something that is not complete.
    rest: Vec<u8>,
    unsent: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Connected,
}

impl Link {
    /// Begins to connect, from the given address if there is one.
    pub(super) fn open(
        to: SocketAddr,
        from: Option<SocketAddr>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(from) = from {
            socket.bind(&SockAddr::from(from))?;
        }
        match socket.connect(&SockAddr::from(to)) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(IN_PROGRESS) => {}
            Err(error) => return Err(error),
        }
        let mut stream = TcpStream::from_std(StdStream::from(socket));
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, state: State::Connecting, rest: Vec::new(), unsent: Vec::new() })
    }

    /// Takes an event that says the link can be written. Answers whether it has connected just now.
    pub(super) fn writable(&mut self) -> Result<bool, Ended> {
        if self.state == State::Connected {
            self.flush()?;
            return Ok(false);
        }
        if let Some(error) = self.stream.take_error()? {
            return Err(error.into());
        }
        if self.stream.peer_addr().is_err_and(|error| error.kind() == ErrorKind::NotConnected) {
            return Ok(false);
        }
        self.state = State::Connected;
        self.flush()?;
        Ok(true)
    }

    /// Sends, now or as soon as there is room.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if self.state == State::Connecting || !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let written = write(&mut self.stream, bytes)?;
        self.unsent.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Ended> {
        if !self.unsent.is_empty() {
            let written = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..written);
            if self.unsent.is_empty() {
                self.unsent = Vec::new();
            }
        }
        Ok(())
    }

    /// Reads all there is. `take` is given what is there and answers how much of it was complete.
    ///
    /// # Errors
    /// When the connection ended, or `take` says so.
    pub(super) fn receive(
        &mut self,
        scratch: &mut Scratch,
        event: &Event,
        mut take: impl FnMut(&[u8]) -> Result<usize, Ended>,
    ) -> Result<(), Ended> {
        let scratch = &mut scratch.0;
        loop {
            let kept = self.rest.len();
            if scratch.len() < kept + READ_BYTES / 2 {
                scratch.resize(kept + READ_BYTES, 0);
            }
            let read = match self.stream.read(&mut scratch[kept..]) {
                Ok(0) => return Err(Ended::HungUp),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            scratch[..kept].copy_from_slice(&self.rest);
            let filled = kept + read;
            let taken = take(&scratch[..filled])?;
            self.keep(&scratch[taken..filled]);
            // Less than there was room for is all there was, unless the end comes after it.
            if filled < scratch.len() && !event.is_read_closed() {
                return Ok(());
            }
        }
    }

    fn keep(&mut self, rest: &[u8]) {
        self.rest.clear();
        if rest.is_empty() && self.rest.capacity() > KEPT_ROOM {
            self.rest = Vec::new();
        }
        self.rest.extend_from_slice(rest);
    }

    /// Stops hearing of the connection, which stays open.
    pub(super) fn ignore(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut self.stream)
    }

    /// Hears of the connection again.
    pub(super) fn heed(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.stream, token, Interest::READABLE | Interest::WRITABLE)
    }
}

/// What a system answers when a connection is on its way.
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();

fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<usize, Ended> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(0) => return Err(Ended::HungUp),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}

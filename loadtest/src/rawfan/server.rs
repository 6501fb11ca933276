//! The loop itself: one epoll over the listening socket and all connections, and one buffer to read into.

use std::io;
use std::net::{SocketAddr, TcpListener};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net;

use super::error::RawfanError;
use super::fan::Fan;

/// Connections that the kernel may hold for the loop to accept; it takes the smaller of this and its own bound.
const BACKLOG: i32 = 4096;
/// Connections that one turn serves.
const EVENTS: usize = 1024;
/// Bytes that are read from a connection at once.
const INBOX_BYTES: usize = 64 * 1024;
/// Marks the listening socket; every smaller number is a connection's slot.
const LISTENER: u64 = u64::MAX;

/// A listening socket, what is connected to it, and the epoll over both.
pub(super) struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    events: Vec<Event>,
    inbox: Box<[u8]>,
    fan: Fan,
}

impl Server {
    /// Listens; whoever connects from now on is served by the turns to come.
    pub(super) fn bind(address: SocketAddr, fan: Fan) -> Result<Self, RawfanError> {
        let listener = listen(address).map_err(|source| RawfanError::Listen { address, source })?;
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(cannot("make an epoll"))?;
        epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)
            .map_err(cannot("wait for connections"))?;
        let inbox = vec![0; INBOX_BYTES].into_boxed_slice();
        Ok(Self { epoll, listener, events: Vec::with_capacity(EVENTS), inbox, fan })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Result<SocketAddr, RawfanError> {
        self.listener.local_addr().map_err(cannot("tell the address"))
    }

    /// Waits until something is ready, and serves all that is.
    pub(super) fn turn(&mut self) -> Result<(), RawfanError> {
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(cannot("wait")(error)),
        }
        for index in 0..self.events.len() {
            match self.events[index].data.u64() {
                LISTENER => self.accept()?,
                slot => self.fan.read(slot as usize, &mut self.inbox),
            }
        }
        self.events.clear();
        Ok(())
    }

    fn accept(&mut self) -> Result<(), RawfanError> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // It went away again while it waited.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(cannot("accept")(error)),
            };
            stream.set_nonblocking(true).map_err(cannot("make a connection non-blocking"))?;
            stream.set_nodelay(true).map_err(cannot("let a connection send at once"))?;
            let Some((slot, stream)) = self.fan.welcome(stream) else { continue };
            epoll::add(&self.epoll, stream, EventData::new_u64(slot as u64), EventFlags::IN)
                .map_err(cannot("wait for a connection"))?;
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    // Once more, for the standard library's backlog is too short for a thousand who come at once.
    net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

fn cannot<E: Into<io::Error>>(doing: &'static str) -> impl FnOnce(E) -> RawfanError {
    move |error| RawfanError::System { doing, source: error.into() }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use super::super::frame::FrameMaker;
    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn server() -> Server {
        Server::bind("127.0.0.1:0".parse().unwrap(), Fan::new(8, FrameMaker::padding_to(0))).unwrap()
    }

    fn connect(server: &mut Server) -> TcpStream {
        let client = TcpStream::connect(server.address().unwrap()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        server.turn().unwrap();
        client
    }

    fn subscribe(server: &mut Server, path: &str) -> TcpStream {
        let mut client = connect(server);
        write!(client, "GET {path} HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {KEY}\r\n\r\n")
            .unwrap();
        server.turn().unwrap();
        assert!(receive(&mut client).starts_with(b"HTTP/1.1 101 "));
        client
    }

    fn publish(server: &mut Server, client: &mut TcpStream, path: &str, body: &str) {
        let length = body.len();
        let request = format!("POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}");
        client.write_all(request.as_bytes()).unwrap();
        server.turn().unwrap();
        assert!(receive(client).starts_with(b"HTTP/1.1 200 "));
    }

    fn receive(client: &mut TcpStream) -> Vec<u8> {
        let mut buffer = [0; 1024];
        let length = client.read(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }

    #[test]
    fn whoever_subscribed_to_the_path_hears_what_is_published_there() {
        let mut server = server();
        let mut here = [subscribe(&mut server, "/here"), subscribe(&mut server, "/here")];
        let mut there = subscribe(&mut server, "/there");
        let mut publisher = connect(&mut server);

        publish(&mut server, &mut publisher, "/here", "one");
        publish(&mut server, &mut publisher, "/there", "two");
        publish(&mut server, &mut publisher, "/nowhere", "three");

        for client in &mut here {
            assert_eq!(receive(client), b"\x81\x03one");
        }
        assert_eq!(receive(&mut there), b"\x81\x03two");
    }

    #[test]
    fn a_request_may_come_in_pieces_and_two_may_come_at_once() {
        let mut server = server();
        let mut subscriber = subscribe(&mut server, "/");
        let mut publisher = connect(&mut server);
        let request = "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na";
        for piece in [&request[..9], &request[9..30], &[&request[30..], request].concat()] {
            publisher.write_all(piece.as_bytes()).unwrap();
            server.turn().unwrap();
        }
        let mut both = [0; 6];
        subscriber.read_exact(&mut both).unwrap();
        assert_eq!(both, *b"\x81\x01a\x81\x01a");
    }

    #[test]
    fn who_would_block_is_closed_and_the_others_go_on() {
        let mut server = server();
        let mut stuck = subscribe(&mut server, "/");
        let mut reader = subscribe(&mut server, "/");
        let mut publisher = connect(&mut server);
        let body = "x".repeat(8_000);
        // The kernel's buffers between two sockets hold 10 MB at most where nobody changed its settings.
        for _ in 0..2_000 {
            publish(&mut server, &mut publisher, "/", &body);
            reader.read_exact(&mut vec![0; 4 + body.len()]).unwrap();
        }
        assert_eq!(server.fan.subscribers("/"), 1);
        let heard = io::copy(&mut stuck, &mut io::sink()).unwrap_or_default();
        assert!(heard < 2_000 * 8_000, "{heard} bytes");
    }

    #[test]
    fn nobody_is_written_to_who_has_gone() {
        let mut server = server();
        drop(subscribe(&mut server, "/"));
        server.turn().unwrap();
        assert_eq!(server.fan.subscribers("/"), 0);
    }

    #[test]
    fn one_more_than_there_is_room_for_is_closed() {
        let mut server =
            Server::bind("127.0.0.1:0".parse().unwrap(), Fan::new(1, FrameMaker::padding_to(0))).unwrap();
        let _first = connect(&mut server);
        let mut second = connect(&mut server);
        assert_eq!(second.read(&mut [0; 1]).unwrap(), 0);
    }
}

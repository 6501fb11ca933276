//! Who is connected, who listens to which path, and the writing of a frame to all of them. It waits for nothing.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::TcpStream;
use std::rc::Rc;

use slab::Slab;

use super::frame::FrameMaker;
use super::request::{PUBLISHED, Request, Unknown, switching};

/// The place of a connection; a place is given again when its connection is gone.
pub(super) type Slot = usize;

/// What a connection is to the loop.
enum Role {
    /// Asks over HTTP; with what came of a request that is not whole yet.
    Caller { unread: Vec<u8> },
    /// Hears what is published to a path.
    Subscriber { path: Rc<str> },
}

struct Connection {
    stream: TcpStream,
    role: Role,
}

/// All connections, and who listens to what.
pub(super) struct Fan {
    connections: Slab<Connection>,
    topics: HashMap<Rc<str>, Vec<Slot>>,
    most: usize,
    frames: FrameMaker,
}

/// A connection that has to be closed: it ended, asked for the unknown, or would block.
#[derive(Debug)]
struct Over;

impl From<Unknown> for Over {
    fn from(_: Unknown) -> Self {
        Self
    }
}

impl Fan {
    /// Nobody yet; later at most so many connections.
    pub(super) fn new(most: usize, frames: FrameMaker) -> Self {
        Self { connections: Slab::new(), topics: HashMap::new(), most, frames }
    }

    /// Takes in a connection, whose stream must be non-blocking; `None` when there is no place for it.
    pub(super) fn welcome(&mut self, stream: TcpStream) -> Option<(Slot, &TcpStream)> {
        if self.connections.len() >= self.most {
            return None;
        }
        let slot = self.connections.insert(Connection { stream, role: Role::Caller { unread: Vec::new() } });
        Some((slot, &self.connections[slot].stream))
    }

    /// Reads once from a connection and does what is asked. The inbox is lent: nothing stays in it.
    pub(super) fn read(&mut self, slot: Slot, inbox: &mut [u8]) {
        // It may be gone since it was ready, with the rest of the same turn.
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let heard = match connection.stream.read(inbox) {
            Ok(0) => Err(Over),
            Ok(length) => self.hear(slot, &inbox[..length]),
            Err(error) if is_passing(&error) => Ok(()),
            Err(_) => Err(Over),
        };
        if let Err(Over) = heard {
            self.close(slot);
        }
    }

    fn hear(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Over> {
        let Some(Connection { role: Role::Caller { unread }, .. }) = self.connections.get_mut(slot) else {
            return Ok(());
        };
        let mut earlier = mem::take(unread);
        let mut rest = if earlier.is_empty() {
            bytes
        } else {
            earlier.extend_from_slice(bytes);
            &earlier
        };
        while let Some((request, length)) = Request::parse(rest)? {
            match request {
                Request::Subscribe { path, key } => return self.subscribe(slot, path, key),
                Request::Publish { path, body } => {
                    self.publish(path, body);
                    self.send(slot, PUBLISHED)?;
                }
            }
            rest = &rest[length..];
        }
        if let Some(Connection { role: Role::Caller { unread }, .. }) = self.connections.get_mut(slot) {
            *unread = rest.to_vec();
        }
        Ok(())
    }

    fn subscribe(&mut self, slot: Slot, path: &str, key: &str) -> Result<(), Over> {
        self.send(slot, switching(key).as_bytes())?;
        let path = match self.topics.get_key_value(path) {
            Some((path, _)) => path.clone(),
            None => Rc::from(path),
        };
        self.connections[slot].role = Role::Subscriber { path: path.clone() };
        self.topics.entry(path).or_default().push(slot);
        Ok(())
    }

    /// The whole purpose: one frame, one `send` for each subscriber. Who would block is closed.
    fn publish(&mut self, path: &str, body: &[u8]) {
        let Some(subscribers) = self.topics.get(path) else { return };
        let frame = self.frames.make(body);
        let mut stuck = Vec::new();
        for &slot in subscribers {
            if self.connections[slot].send(frame).is_err() {
                stuck.push(slot);
            }
        }
        for slot in stuck {
            self.close(slot);
        }
    }

    /// How many listen to a path.
    #[cfg(test)]
    pub(super) fn subscribers(&self, path: &str) -> usize {
        self.topics.get(path).map_or(0, Vec::len)
    }

    fn send(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Over> {
        self.connections[slot].send(bytes)
    }

    fn close(&mut self, slot: Slot) {
        let Role::Subscriber { path } = self.connections.remove(slot).role else { return };
        let Some(subscribers) = self.topics.get_mut(&path) else { return };
        subscribers.retain(|&other| other != slot);
        if subscribers.is_empty() {
            self.topics.remove(&path);
        }
    }
}

impl Connection {
    /// Writes all or fails: there is no queue for a rest.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Over> {
        match self.stream.write(bytes) {
            Ok(length) if length == bytes.len() => Ok(()),
            _ => Err(Over),
        }
    }
}

/// Whether a read may succeed at another time.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

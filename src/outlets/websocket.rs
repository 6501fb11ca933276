//! A websocket of the server's side: messages in, and frames out over its [`Line`]. It must not know who speaks on
//! it. The protocol itself is tungstenite's, which is given bytes and keeps none when the client is silent.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::deflate::Inflow;
use super::line::{Line, LineEnd};
use super::upgrade::{Compression, Upgraded};
use crate::broker::Weight;
use crate::pipeline::deflate::deflated;

/// What is read at once. One buffer for each thread that serves: a connection needs it only while it is being read.
const READ_BYTES: usize = 16 * 1024;

/// What tungstenite reserves for a connection, in bytes: what it gets comes from the buffer above, a piece at a time.
const RESERVED_BYTES: usize = 64;

/// What the system may keep of what a client has not taken, in bytes: enough for a line of 10 Mbit/s to the other
/// side of the world, and a sixteenth of what it would keep for a client that has stopped reading. What is beyond
/// waits in the outbox, where all clients share it.
const UNSENT_BYTES: usize = 256 * 1024;

/// Reads after which what a parting client still sends is left unread: as much as the system keeps for it, about.
const DISCARDED_READS: usize = 256;

/// What is said to one client is deflated from so many bytes on: a snapshot is, and signs of life are not worth it.
const DEFLATED_FROM_BYTES: usize = 256;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// One websocket.
pub struct WebSocket {
    line: Arc<Line>,
    context: WebSocketContext,
    /// Comes before `context` where messages may be deflated.
    inflow: Option<Box<Inflow>>,
    /// Messages that came together with the one before them.
    heard: VecDeque<Result<Message, WsError>>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    /// Nothing more can be read.
    Over,
}

impl WebSocket {
    /// The websocket of an upgraded connection, which sends on `line`. Messages larger than `max_message_bytes` are
    /// refused.
    pub fn new(line: Arc<Line>, upgraded: Upgraded, max_message_bytes: usize) -> Self {
        let Upgraded { socket, early, compression } = upgraded;
        if let Err(error) = socket.bound_unsent(UNSENT_BYTES) {
            tracing::debug!(%error, "the system's buffer stays as it is");
        }
        line.connect(socket);
        let config = WebSocketConfig::default()
            .read_buffer_size(RESERVED_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        let context = WebSocketContext::new(Role::Server, Some(config));
        let inflow = match compression {
            Compression::Off => None,
            Compression::Deflate => Some(Box::new(Inflow::new(max_message_bytes))),
        };
        let mut websocket = Self { line, context, inflow, heard: VecDeque::new(), stage: Stage::Open };
        if !early.is_empty() {
            websocket.digest(&early);
        }
        websocket
    }

    /// The line that it sends on.
    pub fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// The line that it sends on, to change it.
    pub(super) fn line_mut(&mut self) -> &mut Arc<Line> {
        &mut self.line
    }

    /// The client's next message; `None` after its end. Pings and close frames are answered by this. Cancel safe.
    ///
    /// # Errors
    /// When the connection broke or the client broke the protocol; nothing follows.
    pub async fn next(&mut self) -> Option<Result<Message, WsError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Lets a part of a message that was read too early come next, as a message.
    pub(super) fn put_back(&mut self, rest: Bytes) {
        if !rest.is_empty() {
            self.heard.push_front(Ok(Message::Binary(rest)));
        }
    }

    /// Sends a message; what the client does not take at once waits, and counts against the limits of its line.
    pub fn say(&self, message: Message) {
        self.line.send(&self.frame_of(message), Weight::Events(1));
    }

    /// Sends a message that does not count against the limits.
    pub fn say_beyond_limits(&self, message: Message) {
        self.line.send(&self.frame_of(message), Weight::Nothing);
    }

    /// A message as one frame, deflated where that was agreed on and is worth it.
    fn frame_of(&self, message: Message) -> Bytes {
        let frame = match message {
            Message::Text(text) => self.data_frame(text.into(), Data::Text),
            Message::Binary(bytes) => self.data_frame(bytes, Data::Binary),
            Message::Ping(bytes) => Frame::ping(bytes),
            Message::Pong(bytes) => Frame::pong(bytes),
            Message::Close(reason) => Frame::close(reason),
            Message::Frame(frame) => frame,
        };
        bytes_of(frame)
    }

    fn data_frame(&self, message: Bytes, kind: Data) -> Frame {
        let is_worth_it = self.inflow.is_some() && message.len() >= DEFLATED_FROM_BYTES;
        let Some(smaller) = is_worth_it.then(|| deflated(&message)).flatten() else {
            return Frame::message(message, OpCode::Data(kind), true);
        };
        let mut frame = Frame::message(smaller, OpCode::Data(kind), true);
        frame.header_mut().rsv1 = true;
        frame
    }

    /// Begins the closing handshake; [`next`](Self::next) goes on to its end.
    pub fn close(&mut self, reason: CloseFrame) {
        let mut wire = Wire { unread: &[], line: &self.line, weight: Weight::Nothing };
        // Fails when the handshake is over already, and then there is nothing to do.
        drop(self.context.close(&mut wire, Some(reason)));
    }

    /// Waits until everything was sent. Cancel safe.
    ///
    /// # Errors
    /// When the client has gone away.
    pub async fn flushed(&self) -> Result<(), LineEnd> {
        self.line.flushed().await
    }

    /// Takes what the client has sent and nobody will read: a connection that is dropped with something unread is
    /// reset, and the client might lose the last words.
    pub(super) fn discard_unread(&self) {
        let Some(socket) = self.line.socket() else { return };
        READ.with_borrow_mut(|buffer| {
            // A client that goes on sending is not waited for.
            (0..DISCARDED_READS).all(|_| socket.try_read(buffer).is_ok_and(|read| read > 0))
        });
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, WsError>>> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                if self.heard.is_empty() {
                    // A silent client costs no memory for what it said once.
                    self.heard = VecDeque::new();
                }
                if matches!(message, Ok(Message::Close(_))) {
                    // Answers it, after what was said before it.
                    self.digest_plain(&[]);
                }
                return Poll::Ready(Some(message));
            }
            if self.stage == Stage::Over {
                return Poll::Ready(None);
            }
            if let Some(later) = self.inflow.as_mut().and_then(|inflow| inflow.take_later()) {
                self.digest(&later);
                continue;
            }
            ready!(READ.with_borrow_mut(|buffer| self.poll_hear(cx, buffer)));
        }
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<()> {
        match ready!(self.poll_read(cx, buffer)) {
            Ok(0) => self.stage = Stage::Over,
            Ok(read) => self.digest(&buffer[..read]),
            Err(error) => {
                self.stage = Stage::Over;
                self.heard.push_back(Err(error.into()));
            }
        }
        Poll::Ready(())
    }

    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let Some(socket) = self.line.socket() else { return Poll::Ready(Ok(0)) };
        loop {
            ready!(socket.poll_read_ready(cx))?;
            match socket.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
        }
    }

    /// Reads what `bytes` complete.
    fn digest(&mut self, bytes: &[u8]) {
        let Some(inflow) = &mut self.inflow else { return self.digest_plain(bytes) };
        let mut plain = Vec::new();
        let inflated = inflow.read(bytes, &mut plain);
        self.digest_plain(&plain);
        // What was refused already needs no second reason.
        if let (Err(error), Stage::Open) = (inflated, self.stage) {
            self.stage = Stage::Over;
            self.heard.push_back(Err(error));
        }
    }

    fn digest_plain(&mut self, bytes: &[u8]) {
        let mut wire = Wire { unread: bytes, line: &self.line, weight: Weight::Events(1) };
        loop {
            match self.context.read(&mut wire) {
                Ok(message) => {
                    let ends = message.is_close();
                    self.heard.push_back(Ok(message));
                    if ends {
                        return;
                    }
                }
                Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    self.stage = Stage::Over;
                    self.heard.push_back(Err(error));
                    return;
                }
            }
        }
    }
}

/// What is text already as one frame, as it is.
pub(super) fn text_frame(text: &Bytes) -> Bytes {
    bytes_of(Frame::message(text.clone(), OpCode::Data(Data::Text), true))
}

fn bytes_of(frame: Frame) -> Bytes {
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("a vector takes everything");
    bytes.into()
}

/// The connection as tungstenite sees it: what was read is there, nothing else is, and everything can be written.
struct Wire<'a> {
    unread: &'a [u8],
    line: &'a Line,
    weight: Weight,
}

impl Read for Wire<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.unread.read(into)
    }
}

impl Write for Wire<'_> {
    /// Control frames: answers to pings and close frames.
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.line.send(&Bytes::copy_from_slice(frame), self.weight);
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! A server on a real port that answers every call in one way, well or badly, and remembers what came.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// How a call is answered.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// With these bytes, whole.
    Whole(String),
    /// With a body that goes on as long as somebody reads it.
    Endless,
    /// With a head of so many bytes.
    LongHead(usize),
    /// The first call of each connection with these bytes; the second one closes the connection.
    Once(String),
    /// Not at all: the connection is reset once the call is there.
    Reset,
    /// Not at all: this side of the connection is closed, and the other is read.
    HalfClosed,
}

impl Reply {
    /// 200 with a text.
    pub(super) fn text(text: &str) -> Self {
        Self::Whole(ok(text))
    }

    /// The first call of each connection is answered with 200.
    pub(super) fn once() -> Self {
        Self::Once(ok("{}"))
    }

    /// A redirect.
    pub(super) fn redirect(status: u16, location: &str) -> Self {
        Self::Whole(format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
    }
}

fn ok(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len())
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    left: Notify,
}

/// The server, which ends when this is dropped.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    serving: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// Answers each call with the same.
    pub(super) async fn answering(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let serving = tokio::spawn(serve(listener, reply, seen.clone())).abort_handle();
        Self { address, seen, serving }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The calls as they came, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().clone()
    }

    /// Waits until a client has gone away.
    pub(super) async fn was_left(&self) {
        self.seen.left.notified().await;
    }
}

async fn serve(listener: TcpListener, reply: Reply, seen: Arc<Seen>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let (reply, seen) = (reply.clone(), seen.clone());
        tokio::spawn(async move {
            converse(stream, reply, &seen).await;
            seen.left.notify_one();
        });
    }
}

async fn converse(mut stream: TcpStream, reply: Reply, seen: &Seen) {
    for turn in 0.. {
        let Some(request) = request(&mut stream).await else { return };
        seen.requests.lock().push(request);
        let answer = match &reply {
            Reply::Whole(answer) => answer.clone(),
            Reply::Once(answer) if turn == 0 => answer.clone(),
            Reply::Once(_) => return,
            Reply::LongHead(bytes) => format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "x".repeat(*bytes)),
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    sent = stream.write_all(&[b'x'; 4096]).await;
                }
                return;
            }
            Reply::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Reply::HalfClosed => {
                stream.shutdown().await.unwrap();
                let _gone = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The first byte of a client's greeting over TLS.
const HANDSHAKE: u8 = 22;

/// The next call, as text; none when the client has gone. A greeting over TLS is taken for a call, too.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if bytes.first() == Some(&HANDSHAKE) {
            return Some(text);
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

//! A server as simple as a peer can be: what is posted goes to every websocket, and to whoever polls. It may be told to
//! make a mistake now and then.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// What the server does with the 50th message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// What it should.
    None,
    /// It does not hand it on.
    Loses,
    /// It hands it on twice.
    Doubles,
    /// It hands it on after the next one.
    Swaps,
    /// It closes all websockets instead.
    Closes,
    /// It refuses it.
    Refuses,
}

/// The number of the message that something happens to.
const UNLUCKY: usize = 50;
/// How long a poll waits.
const POLL_WAIT: Duration = Duration::from_millis(300);

/// A running server, until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    _runtime: Runtime,
}

struct Shared {
    mistake: Mistake,
    posted: Mutex<Posted>,
    /// What is handed on, in its order. Readers know where they are in it.
    log: watch::Sender<Vec<String>>,
}

/// What was posted so far.
#[derive(Default)]
struct Posted {
    count: usize,
    /// Handed on after the next.
    late: Option<String>,
}

impl Server {
    pub(crate) fn start(mistake: Mistake) -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared =
            Arc::new(Shared { mistake, posted: Mutex::default(), log: watch::Sender::new(Vec::new()) });
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, _runtime: runtime }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/topic", self.address)
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut begin = [0; 4];
    while stream.peek(&mut begin).await.is_ok_and(|read| (1..4).contains(&read)) {
        tokio::task::yield_now().await;
    }
    let mut peeked = [0; 1024];
    let read = stream.peek(&mut peeked).await.unwrap_or(0);
    if String::from_utf8_lossy(&peeked[..read]).contains("Upgrade: websocket") {
        hand_on(stream, &shared).await;
    } else {
        answer_all(stream, &shared).await;
    }
}

/// Hands on to a websocket what is posted from now on.
async fn hand_on(stream: TcpStream, shared: &Shared) {
    let mut log = shared.log.subscribe();
    let mut heard = log.borrow_and_update().len();
    let mut socket = accept_async(stream).await.expect("the client opens a websocket");
    while log.changed().await.is_ok() {
        let new = log.borrow_and_update()[heard..].to_vec();
        heard += new.len();
        for message in new {
            if message.is_empty() {
                let _gone = socket.close(None).await;
                return;
            }
            if socket.send(Message::text(message)).await.is_err() {
                return;
            }
        }
    }
}

/// Answers posts and polls until the client hangs up.
async fn answer_all(stream: TcpStream, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    let mut log = shared.log.subscribe();
    while let Some((head, body)) = request(&mut stream).await {
        let answer = if head.starts_with("POST") {
            let status = if shared.take(body) { "200 OK" } else { "503 Busy" };
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
        } else {
            // The tag says how much of the log its reader has heard.
            let tag = head.lines().find_map(|line| line.strip_prefix("If-None-Match: "));
            let known = tag.and_then(|tag| tag.parse().ok()).unwrap_or(0);
            match timeout(POLL_WAIT, log.wait_for(|log| log.len() > known)).await {
                Ok(Ok(log)) => {
                    let (body, tag, length) = (&log[known], known + 1, log[known].len());
                    format!("HTTP/1.1 200 OK\r\nEtag: {tag}\r\nContent-Length: {length}\r\n\r\n{body}")
                }
                _ => "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(),
            }
        };
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A request, its head and its body; `None` when the client has hung up.
pub(crate) async fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        if name.eq_ignore_ascii_case("content-length") { value.parse().ok() } else { None }
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

impl Shared {
    /// Takes a message, unless that is the mistake.
    fn take(&self, message: String) -> bool {
        let mut posted = self.posted.lock().expect("nobody panicked with it");
        posted.count += 1;
        let mistake = if posted.count == UNLUCKY { self.mistake } else { Mistake::None };
        let late = posted.late.take();
        if mistake == Mistake::Swaps {
            posted.late = Some(message.clone());
        }
        self.log.send_modify(|log| match mistake {
            Mistake::None => log.extend([message].into_iter().chain(late)),
            Mistake::Doubles => log.extend([message.clone(), message]),
            Mistake::Closes => log.push(String::new()),
            Mistake::Loses | Mistake::Swaps | Mistake::Refuses => {}
        });
        mistake != Mistake::Refuses
    }
}

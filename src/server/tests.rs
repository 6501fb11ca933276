//! Over real sockets, with a client that writes bytes: what a proper client library would hide is what is tested.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::routing::get;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(5);
const GET: &str = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";

struct Running {
    address: SocketAddr,
    trigger: DrainTrigger,
    drain: Drain,
    metrics: Metrics,
    server: JoinHandle<Drained>,
}

fn limits() -> Limits {
    Limits { connections: 100, header_bytes: 8192, header_timeout: Duration::from_secs(30) }
}

async fn start(router: Router, limits: Limits, window: Duration) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (trigger, drain) = Drain::new(window);
    let metrics = Metrics::new();
    let server = Server::new(router, limits, drain.clone(), metrics.clone());
    Running { address, trigger, drain, metrics, server: tokio::spawn(server.serve(listener)) }
}

impl Running {
    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    async fn drained(self) -> Drained {
        self.trigger.start();
        timeout(SOON, self.server).await.expect("the server should stop").unwrap()
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// What arrives up to and including `end`.
    async fn read_to(&mut self, end: &str) -> String {
        let mut received = Vec::new();
        while !received.ends_with(end.as_bytes()) {
            let byte = timeout(SOON, self.0.read_u8()).await.expect("an answer");
            received.push(byte.unwrap_or_else(|error| panic!("{error} after {received:?}")));
        }
        String::from_utf8(received).unwrap()
    }

    /// What arrives until the server closes.
    async fn read_to_end(&mut self) -> String {
        let mut received = String::new();
        timeout(SOON, self.0.read_to_string(&mut received)).await.expect("the server should close").unwrap();
        received
    }
}

fn greeting() -> Router {
    Router::new()
        .route("/", get(|ConnectInfo(peer): ConnectInfo<Peer>| async move { format!("{}!", peer.address) }))
}

/// Switches protocols and keeps the socket until `end` is notified.
fn upgrading(end: Arc<Notify>) -> Router {
    let upgrade = |request: Request| async move {
        tokio::spawn(async move {
            let _socket = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
            end.notified().await;
        });
        (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "test")], Body::empty())
    };
    Router::new().route("/", get(upgrade))
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n";

#[tokio::test]
async fn requests_carry_the_peers_address() {
    let running = start(greeting(), limits(), SOON).await;
    let mut client = running.connect().await;
    client.send(GET).await;
    let own = client.0.local_addr().unwrap();
    assert!(client.read_to("!").await.ends_with(&format!("\r\n\r\n{own}!")));
    assert!(running.metrics.render().contains("connections{kind=\"http\"} 1\n"));
}

#[tokio::test]
async fn connections_beyond_the_limit_get_503_until_a_place_is_free() {
    let running = start(greeting(), Limits { connections: 1, ..limits() }, SOON).await;
    let mut first = running.connect().await;
    first.send(GET).await;
    first.read_to("!").await;

    let mut second = running.connect().await;
    second.send(GET).await;
    let answer = second.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(running.metrics.render().contains("connections_refused_total 1\n"));

    first.send("GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
    first.read_to_end().await;
    assert!(is_let_in_again(&running).await);
}

/// The place is given back a moment after the client sees the end, so a connection may still come too early.
async fn is_let_in_again(running: &Running) -> bool {
    for _ in 0..100 {
        let mut client = running.connect().await;
        client.send(GET).await;
        if client.read_to("\r\n").await.starts_with("HTTP/1.1 200 ") {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn an_upgraded_socket_keeps_its_place() {
    let end = Arc::new(Notify::new());
    let running = start(upgrading(Arc::clone(&end)), Limits { connections: 1, ..limits() }, SOON).await;
    let mut first = running.connect().await;
    first.send(UPGRADE).await;
    assert!(first.read_to("\r\n\r\n").await.starts_with("HTTP/1.1 101 "));
    let mut second = running.connect().await;
    assert!(second.read_to_end().await.starts_with("HTTP/1.1 503 "));
    end.notify_one();
    assert_eq!(first.read_to_end().await, "");
    assert_eq!(running.drained().await.cut, 0);
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_answered_431() {
    let running = start(greeting(), limits(), SOON).await;
    for (filling, status) in [(8000, "200"), (8192, "431")] {
        let mut client = running.connect().await;
        client.send(&format!("GET / HTTP/1.1\r\nhost: test\r\nx: {}\r\n\r\n", "x".repeat(filling))).await;
        let answer = client.read_to("\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{filling}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_cut_off() {
    let limits = Limits { header_timeout: Duration::from_millis(50), ..limits() };
    let running = start(greeting(), limits, SOON).await;
    let mut client = running.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: te").await;
    assert_eq!(client.read_to_end().await, "");
}

#[tokio::test]
async fn a_drain_lets_requests_end_closes_idle_connections_and_lets_nobody_in() {
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asking, answering) = (Arc::clone(&asked), Arc::clone(&answer));
    let wait = move || async move {
        asking.notify_one();
        answering.notified().await;
        "done!"
    };
    let running = start(greeting().route("/wait", get(wait)), limits(), SOON).await;
    let mut idle = running.connect().await;
    idle.send(GET).await;
    idle.read_to("!").await;
    let mut busy = running.connect().await;
    busy.send("GET /wait HTTP/1.1\r\nhost: test\r\n\r\n").await;
    asked.notified().await;

    let Running { address, trigger, drain, server, .. } = running;
    trigger.start();
    assert_eq!(idle.read_to_end().await, "");
    assert!(drain.is_draining() && !server.is_finished());
    assert!(TcpStream::connect(address).await.is_err(), "the port should be closed");
    answer.notify_one();
    let text = busy.read_to_end().await;
    assert!(text.contains("\r\nconnection: close\r\n") && text.ends_with("done!"), "{text}");
    let drained = timeout(SOON, server).await.expect("the server should stop").unwrap();
    assert_eq!(drained, Drained { open: 2, cut: 0 });
}

#[tokio::test]
async fn what_outlasts_the_window_is_cut_and_counted() {
    let router = upgrading(Arc::default()).route("/stuck", get(std::future::pending::<()>));
    let running = start(router, limits(), Duration::from_millis(50)).await;
    let mut socket = running.connect().await;
    socket.send(UPGRADE).await;
    socket.read_to("\r\n\r\n").await;
    let mut request = running.connect().await;
    request.send("GET /stuck HTTP/1.1\r\nhost: test\r\n\r\n").await;
    while running.drain.open() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(running.drained().await.cut, 2);
    assert_eq!(request.read_to_end().await, "");
}

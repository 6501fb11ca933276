//! A server over TLS, with clients that are each somewhat special.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::testing::{LIMITS, SelfSigned, call};
use super::*;
use crate::server::{Drain, DrainTrigger, Drained, Limits, Server};
use crate::telemetry::Metrics;

const SOON: Duration = Duration::from_secs(20);
const GET: &str = "GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";

struct Running {
    address: SocketAddr,
    signed: SelfSigned,
    trigger: DrainTrigger,
    metrics: Metrics,
    server: JoinHandle<Drained>,
}

async fn start(handshakes: HandshakeLimits) -> Running {
    start_with(handshakes, 100).await
}

async fn start_with(handshakes: HandshakeLimits, connections: usize) -> Running {
    let signed = SelfSigned::new();
    let tls = signed.tls(handshakes);
    start_over(tls, signed, connections).await
}

async fn start_over(tls: Tls, signed: SelfSigned, connections: usize) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (trigger, drain) = Drain::new(SOON);
    let metrics = Metrics::new();
    let limits = Limits { connections, header_bytes: 8192, header_timeout: SOON };
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::new(router, limits, drain, metrics.clone()).over(tls);
    Running { address, signed, trigger, metrics, server: tokio::spawn(server.serve(listener)) }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn call(&self, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
        timeout(SOON, call(config, self.connect().await)).await.expect("a handshake")
    }

    /// Waits until so many handshakes have failed.
    async fn has_failed(&self, handshakes: usize) {
        let line = format!("tls_handshakes_failed_total {handshakes}\n");
        let counted = async {
            while !self.metrics.render().contains(&line) {
                tokio::task::yield_now().await;
            }
        };
        timeout(SOON, counted).await.unwrap_or_else(|_| panic!("{}", self.metrics.render()));
    }
}

async fn answer(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin)) -> String {
    stream.write_all(GET.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(SOON, stream.read_to_string(&mut answer)).await.expect("an end").unwrap();
    answer
}

fn speaking(
    signed: &SelfSigned,
    protocols: &[&str],
    version: &'static SupportedProtocolVersion,
) -> ClientConfig {
    let mut config = signed.client_of(&[version]);
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

#[tokio::test]
async fn both_versions_are_spoken_and_http_1_1_agreed_on() {
    let running = start(LIMITS).await;
    for (version, protocol) in
        [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)]
    {
        let config = speaking(&running.signed, &["h2", "http/1.1"], version);
        let mut stream = running.call(config).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(protocol));
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
        assert!(answer(&mut stream).await.ends_with("hello"));
    }
}

#[tokio::test]
async fn a_client_that_asks_for_no_protocol_is_served_and_one_that_asks_for_another_is_not() {
    let running = start(LIMITS).await;
    let mut silent = running.call(speaking(&running.signed, &[], &version::TLS13)).await.unwrap();
    assert!(answer(&mut silent).await.ends_with("hello"));
    let other = running.call(speaking(&running.signed, &["h2"], &version::TLS13)).await;
    assert!(other.unwrap_err().to_string().contains("NoApplicationProtocol"));
    running.has_failed(1).await;
}

#[tokio::test]
async fn a_session_resumes_in_either_version() {
    let running = start(LIMITS).await;
    for version in [&version::TLS12, &version::TLS13] {
        let config = speaking(&running.signed, &[], version);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut stream = running.call(config.clone()).await.unwrap();
            // Tickets come with the answer.
            answer(&mut stream).await;
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(kind), "{version:?}");
        }
    }
}

#[tokio::test]
async fn plain_http_is_answered_in_plain_words_and_closed() {
    let running = start(LIMITS).await;
    let answer = answer(&mut running.connect().await).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 ") && head.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(head.contains(&format!("content-length: {}", body.len())) && body.contains("https"), "{answer}");
    running.has_failed(1).await;
}

#[tokio::test]
async fn a_client_that_never_finishes_its_handshake_is_cut_off() {
    let running = start(HandshakeLimits { timeout: Duration::from_millis(50), ..LIMITS }).await;
    for beginning in [b"".as_slice(), &[22, 3, 1]] {
        let mut client = running.connect().await;
        client.write_all(beginning).await.unwrap();
        let mut end = Vec::new();
        // Reset, or closed: what it had begun was not read.
        drop(timeout(SOON, client.read_to_end(&mut end)).await.expect("an end"));
    }
    running.has_failed(2).await;
}

#[tokio::test]
async fn clients_that_stop_in_their_handshake_hold_up_nobody() {
    let running = start(HandshakeLimits { at_once: 1, ..LIMITS }).await;
    let mut stopped = Vec::new();
    for beginning in [b"".as_slice(), &[22, 3, 1]] {
        let mut client = running.connect().await;
        client.write_all(beginning).await.unwrap();
        stopped.push(client);
    }
    let mut silent = running.connect().await;
    say_hello(&running.signed, &mut silent).await;
    // The server has answered the greeting, and waits.
    silent.read_u8().await.unwrap();
    assert!(answer(&mut running.call(running.signed.client()).await.unwrap()).await.ends_with("hello"));
}

/// Sends a whole first message, and nothing that would have to follow.
async fn say_hello(signed: &SelfSigned, stream: &mut TcpStream) {
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(signed.client()), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    stream.write_all(&hello).await.unwrap();
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_closed_without_an_answer_and_counted() {
    let running = start_with(LIMITS, 1).await;
    let _first = running.call(running.signed.client()).await.unwrap();
    let mut second = running.connect().await;
    let mut end = Vec::new();
    assert_eq!(timeout(SOON, second.read_to_end(&mut end)).await.expect("an end").unwrap(), 0);
    assert!(running.metrics.render().contains("connections_refused_total 1\n"));
}

#[tokio::test]
async fn a_drain_lets_go_of_handshakes_under_way() {
    let running = start(LIMITS).await;
    let mut begun = running.connect().await;
    begun.write_all(&[22, 3, 1]).await.unwrap();
    let mut idle = running.call(running.signed.client()).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut head = [0; 16];
    idle.read_exact(&mut head).await.unwrap();
    running.trigger.start();
    let drained = timeout(SOON, running.server).await.expect("the server should stop").unwrap();
    assert_eq!(drained, Drained { open: 2, cut: 0 });
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_new_connections_and_open_ones_stay() {
    let (old, new) = (SelfSigned::new(), SelfSigned::new());
    let folder = tempfile::tempdir().unwrap();
    let certificate = Arc::new(Certificate::load(old.write(folder.path())).unwrap());
    let tls = Tls::new(certificate.clone(), LIMITS).unwrap();
    let running = start_over(tls, old, 100).await;
    let old = &running.signed;

    let mut open = running.call(old.client()).await.unwrap();
    new.write(folder.path());
    assert_eq!(certificate.look().unwrap(), Look::Renewed);
    assert!(answer(&mut running.call(new.client()).await.unwrap()).await.ends_with("hello"));
    assert!(running.call(old.client()).await.is_err(), "the old one is not shown any more");
    assert!(answer(&mut open).await.ends_with("hello"));
}

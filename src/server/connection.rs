//! One HTTP/1.1 connection from its first byte to its last, or to its upgrade.
//! It knows no path and no answer: requests go to the router as they are, with the peer's address.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::Service;

use super::drain::{Drain, DrainHold};
use super::socket::{Lifeline, Place, Socket};
use super::wire::Wire;
use super::{Limits, Tls};
use crate::telemetry::{ConnectionKind, Metrics};

/// The least that hyper's connection buffer may grow to, in bytes; bodies are read through it in such pieces.
const BUFFER: usize = 64 * 1024;

/// The part of the drain's window for which connections without a request are still listened to. A request that is
/// sent at the moment of the end would be lost with its connection, and not every one can be sent twice.
const LINGER: f64 = 0.1;

/// How connections speak HTTP. A request head beyond the limit is answered 431; one that takes too long, and a
/// kept-alive connection that is silent for as long, is closed.
pub(super) fn protocol(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_header_size(limits.header_bytes)
        // A head that is not complete yet is only bounded by the buffer.
        .max_buf_size(limits.header_bytes.max(BUFFER));
    builder
}

/// Who is at the other end of a connection; every request has it as its [`ConnectInfo`].
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether it is still connected.
    pub lifeline: Lifeline,
}

/// What every connection is served with.
pub(super) struct Attendant {
    pub(super) protocol: http1::Builder,
    pub(super) router: Router,
    pub(super) drain: Drain,
    pub(super) metrics: Metrics,
}

impl Attendant {
    /// Makes a connection secure and serves it. One that is not secure when the drain starts is let go.
    pub(super) async fn attend_over(
        self: Arc<Self>,
        tls: Arc<Tls>,
        tcp: TcpStream,
        peer: SocketAddr,
        place: Place,
        hold: DrainHold,
    ) {
        let secured = tokio::select! {
            secured = tls.secure(tcp) => secured,
            () = self.drain.started() => return,
        };
        match secured {
            Ok(stream) => self.attend(Socket::new(Wire::Tls(Box::new(stream)), place, hold), peer).await,
            Err(error) => {
                self.metrics.handshake_failed();
                tracing::debug!(%peer, %error, "no secure connection");
            }
        }
    }

    /// Serves `socket` until either side ends it. Once the drain has started and [`LINGER`] is over, the request under
    /// way is answered with `connection: close` and no other is taken.
    pub(super) async fn attend(self: Arc<Self>, socket: Socket, peer: SocketAddr) {
        let _counted = self.metrics.connected(ConnectionKind::Http);
        let info = ConnectInfo(Peer { address: peer, lifeline: socket.lifeline() });
        let router = self.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(info.clone());
            router.clone().call(request)
        });
        let serving = self.protocol.serve_connection(TokioIo::new(socket), service);
        let mut connection = pin!(serving.with_upgrades());
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = self.drain.lingered(LINGER) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%peer, %error, "connection ended early");
        }
    }
}

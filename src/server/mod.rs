//! Sockets: accepting, bounding and draining connections, and the log line of every request.
//! It knows no path and no store: a router comes in, and answers go out.

mod backoff;
mod connection;
pub mod descriptors;
mod drain;
mod refusal;
mod request_log;
mod socket;
#[cfg(test)]
mod tests;
mod tls;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};

use crate::telemetry::Metrics;

use backoff::Backoff;
use connection::Attendant;
use socket::Places;
use wire::Wire;

pub use connection::Peer;
pub use drain::{Drain, DrainHold, DrainTrigger, Drained};
pub use request_log::{Caller, CallerSlot, RequestLog};
pub use socket::{Lifeline, Socket};
pub use tls::{Certificate, CertificateError, CertificateFiles, HandshakeLimits, Look, Tls};

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once, upgraded ones included; further ones are answered 503, or closed where TLS is spoken.
    pub connections: usize,
    /// Bytes of a request line with its headers.
    pub header_bytes: usize,
    /// How long a request's headers may take, and how long a kept-alive connection may be silent.
    pub header_timeout: Duration,
}

/// Everything that serving takes beside the listener.
pub struct Server {
    attendant: Arc<Attendant>,
    tls: Option<Arc<Tls>>,
    places: Places,
    refusals: Places,
}

impl Server {
    /// A server of `router` that stops when `drain` starts.
    pub fn new(router: Router, limits: Limits, drain: Drain, metrics: Metrics) -> Self {
        let protocol = connection::protocol(&limits);
        Self {
            attendant: Arc::new(Attendant { protocol, router, drain, metrics }),
            tls: None,
            places: Places::new(limits.connections),
            refusals: Places::new(refusal::AT_ONCE),
        }
    }

    /// The same over TLS.
    #[must_use]
    pub fn over(self, tls: Tls) -> Self {
        Self { tls: Some(Arc::new(tls)), ..self }
    }

    /// Serves until the drain has started and is over: first nobody new is let in (the port is closed), then open
    /// connections end, then what is left when the window is over is cut.
    ///
    /// An upgraded socket belongs to its outlet, which has to end it when the drain starts; one that it does not end
    /// is counted as cut, and goes with the runtime.
    pub async fn serve(self, listener: TcpListener) -> Drained {
        // The set owns the connections: dropping it, or this future, ends them.
        let mut connections = JoinSet::new();
        self.accept(listener, &mut connections).await;
        let drain = &self.attendant.drain;
        tracing::info!(open = drain.open(), window = ?drain.window(), "draining");
        let drained = drain.finished().await;
        connections.shutdown().await;
        if drained.cut > 0 {
            tracing::warn!(cut = drained.cut, "connections did not end in time");
        }
        drained
    }

    async fn accept(&self, listener: TcpListener, connections: &mut JoinSet<()>) {
        let mut backoff = Backoff::new();
        loop {
            tokio::select! {
                () = self.attendant.drain.started() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        backoff.succeeded();
                        self.admit(stream, peer, connections);
                    }
                    Err(error) => {
                        let wait = backoff.after(&error);
                        tracing::warn!(%error, ?wait, "cannot accept a connection");
                        tokio::time::sleep(wait).await;
                    }
                },
                Some(ended) = connections.join_next() => report(ended),
            }
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr, connections: &mut JoinSet<()>) {
        let Some(place) = self.places.take() else { return self.refuse(stream, connections) };
        // Frames and answers are written whole: holding them back for more only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "connection without nodelay");
        }
        let (attendant, hold) = (self.attendant.clone(), self.attendant.drain.hold());
        match self.tls.clone() {
            None => connections.spawn(attendant.attend(Socket::new(Wire::Plain(stream), place, hold), peer)),
            Some(tls) => connections.spawn(attendant.attend_over(tls, stream, peer, place, hold)),
        };
    }

    /// A client that waits for a handshake understands no other answer than none.
    fn refuse(&self, stream: TcpStream, connections: &mut JoinSet<()>) {
        self.attendant.metrics.connection_refused();
        let place = if self.tls.is_none() { self.refusals.take() } else { None };
        if let Some(place) = place {
            connections.spawn(refusal::refuse(stream, place));
        }
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task panicked");
    }
}

//! From an accepted connection to one over TLS, within a time, and without taking every processor from those who are
//! connected.
//! It must not know which certificate is shown, nor what follows.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Certificate, TlsStream};
use crate::server::refusal;

/// What is spoken inside, as the handshake names it.
const PROTOCOL: &[u8] = b"http/1.1";

/// What handshakes may take.
#[derive(Clone, Copy, Debug)]
pub struct HandshakeLimits {
    /// How long one may take, from the connection on, and the wait for its turn included.
    pub timeout: Duration,
    /// How many are computed at once, which is what a processor is needed for; others wait for their turn. It is no
    /// bound on those that wait for their client: the connections are bounded as a whole.
    pub at_once: usize,
}

/// How connections become secure.
#[derive(Debug)]
pub struct Tls {
    certificate: Arc<Certificate>,
    pub(super) config: Arc<ServerConfig>,
    limits: HandshakeLimits,
    turns: Semaphore,
}

/// Why there is no secure connection.
#[derive(Debug, thiserror::Error)]
pub(in crate::server) enum HandshakeError {
    #[error("the handshake took too long")]
    TimedOut,
    #[error("the client speaks plain HTTP")]
    PlainHttp,
    #[error("the handshake failed: {0}")]
    Failed(#[from] io::Error),
}

impl Tls {
    /// TLS 1.2 and 1.3 that shows `certificate`. Sessions resume by tickets, so nothing is kept of clients that have
    /// left, and a renewed certificate does not end their sessions.
    ///
    /// # Errors
    /// When the system gives no random bytes for the key of the tickets.
    pub fn new(certificate: Arc<Certificate>, limits: HandshakeLimits) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificate.clone());
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        let turns = Semaphore::new(limits.at_once.min(Semaphore::MAX_PERMITS));
        Ok(Self { certificate, config: Arc::new(config), limits, turns })
    }

    /// The certificate that is shown.
    pub fn certificate(&self) -> Arc<Certificate> {
        self.certificate.clone()
    }

    /// Makes a connection secure. A client that speaks plain HTTP is told so, and its connection closed.
    pub(in crate::server) async fn secure(&self, tcp: TcpStream) -> Result<TlsStream, HandshakeError> {
        let handshake = Box::pin(self.shake_hands(tcp));
        timeout(self.limits.timeout, handshake).await.unwrap_or(Err(HandshakeError::TimedOut))
    }

    async fn shake_hands(&self, tcp: TcpStream) -> Result<TlsStream, HandshakeError> {
        let mut first = [0];
        tcp.peek(&mut first).await?;
        if first[0].is_ascii_uppercase() {
            refusal::answer(tcp, refusal::NOT_TLS).await;
            return Err(HandshakeError::PlainHttp);
        }
        Ok(TlsStream::accept(tcp, self.config.clone(), &self.turns).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{LIMITS, SelfSigned, call};
    use super::*;
    use crate::server::socket::pair_of_streams;

    /// As long as a negative is watched for. A slow machine cannot make it fail.
    const A_WHILE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn as_many_handshakes_are_computed_at_once_as_may_be_and_one_more_waits() {
        let signed = SelfSigned::new();
        let tls = signed.tls(HandshakeLimits { at_once: 2, ..LIMITS });
        let one = tls.turns.acquire().await.unwrap();
        let (ours, theirs) = pair_of_streams().await;
        let (secured, called) = tokio::join!(tls.secure(ours), call(signed.client(), theirs));
        assert!(secured.is_ok() && called.is_ok(), "beside one there is room for another");

        let _another = tls.turns.acquire().await.unwrap();
        let (ours, theirs) = pair_of_streams().await;
        let both = async { tokio::join!(tls.secure(ours), call(signed.client(), theirs)) };
        tokio::pin!(both);
        assert!(timeout(A_WHILE, &mut both).await.is_err(), "two are under way");
        drop(one);
        let (secured, called) = both.await;
        assert!(secured.is_ok() && called.is_ok());
    }
}

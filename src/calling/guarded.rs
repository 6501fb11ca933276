//! Calling addresses that tenants choose: only those that may be called are connected to, whatever a name stands for.
//! It must not know what is called for.
//!
//! A name is looked up once for a connection, and it is the addresses found that are judged and connected to: there is
//! no second look-up for which the name could mean something else. Redirects are not followed. A connection is kept
//! for a while, since whoever is called here is called for each activity.

mod look_ups;
mod reach;

use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, USER_AGENT};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::Service;

use super::{AGENT, Answer, Authorities, CallError};

use look_ups::LookUps;

pub use reach::{Reach, Unreachable};

/// How long a connection is kept for the next call.
const KEPT: Duration = Duration::from_secs(30);

/// How many of them are kept for one host.
const KEPT_PER_HOST: usize = 16;

type Connector = HttpsConnector<Guarded>;

/// A client that calls addresses within its reach and no others. It is made when it is first needed.
pub struct GuardedClient {
    guarded: Guarded,
    trusted: Authorities,
    client: OnceLock<Client<Connector, Full<Bytes>>>,
}

impl GuardedClient {
    /// A client that has called nobody yet. Over TLS it calls those for whom `trusted` vouch. So many names are looked
    /// up at the same time, and no more.
    pub fn new(reach: Reach, trusted: Authorities, look_ups_at_once: NonZeroUsize) -> Self {
        let guarded = Guarded { reach, look_ups: LookUps::up_to(look_ups_at_once) };
        Self { guarded, trusted, client: OnceLock::new() }
    }

    /// Sends a JSON text to an absolute address, under `headers` of the caller's own. The answer may have so many
    /// bytes.
    ///
    /// # Errors
    /// [`CallError`], whatever the status of an answer that came.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        max_answer: usize,
    ) -> Result<Answer, CallError> {
        let mut request = Request::builder().method(Method::POST).uri(url).body(Full::new(body))?;
        *request.headers_mut() = headers;
        let own = [(CONTENT_TYPE, "application/json"), (ACCEPT, "application/json"), (USER_AGENT, AGENT)];
        for (name, value) in own {
            request.headers_mut().insert(name, hyper::header::HeaderValue::from_static(value));
        }
        let response = self.client().request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), max_answer).collect().await;
        let bytes = body.map_err(CallError::Answer)?.to_bytes();
        Ok(Answer { status, bytes })
    }

    fn client(&self) -> &Client<Connector, Full<Bytes>> {
        self.client.get_or_init(|| {
            let connector = HttpsConnectorBuilder::new().with_tls_config(self.trusted.client_config());
            let connector = connector.https_or_http().enable_http1().wrap_connector(self.guarded.clone());
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(KEPT)
                .pool_max_idle_per_host(KEPT_PER_HOST)
                .build(connector)
        })
    }
}

/// Connects to what is within reach.
#[derive(Clone)]
struct Guarded {
    reach: Reach,
    look_ups: LookUps,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("the address names no host")]
    NoHost,
    #[error("the name stands for no address")]
    NoAddress,
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let guarded = self.clone();
        Box::pin(async move { Ok(TokioIo::new(guarded.connect(&uri).await?)) })
    }
}

impl Guarded {
    async fn connect(&self, uri: &Uri) -> Result<TcpStream, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_plain = uri.scheme_str() != Some("https");
        let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
        let mut why_not = ConnectError::NoAddress;
        for address in self.look_ups.addresses(host, port).await? {
            let judged =
                if is_plain { self.reach.plain(address.ip()) } else { self.reach.encrypted(address.ip()) };
            let connected = match judged {
                Ok(()) => TcpStream::connect(address).await.map_err(ConnectError::from),
                Err(unreachable) => Err(unreachable.into()),
            };
            match connected {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => why_not = error,
            }
        }
        Err(why_not)
    }
}

#[cfg(test)]
mod tests;

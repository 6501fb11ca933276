//! Calling addresses that tenants choose: only those that may be called are connected to, whatever a name stands for.
//! It must not know what is called for.
//!
//! A name is looked up once for a connection, and it is the addresses found that are judged and connected to: there
//! is no second look-up for which the name could mean something else. A connection is kept for a while, since whoever
//! is called here is called for each activity; over TLS it speaks HTTP/2 where the other side does, and then carries
//! many calls at once.

mod connect;
mod look_ups;
mod reach;
mod reason;
mod redirects;

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{AGENT, Answer, Authorities, CallError};
use crate::domain::ids::TenantId;

use connect::{Connect, Proven, on_behalf_of};
use look_ups::LookUps;

pub use reach::{Reach, Unreachable};

/// How long a connection is kept for the next call: shorter than most servers keep one.
const KEPT: Duration = Duration::from_secs(30);

/// Silence of an HTTP/2 connection with calls under way after which it is asked whether it still lives, and how long
/// that may take. Together well below the time that one call usually has, so that a second one can be made in it.
const PROBED: Duration = Duration::from_secs(3);

/// Bytes of an answer's status line and headers; what arrives together with the last of them does not count.
const MAX_HEAD: usize = 64 * 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How calls are made.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// Which addresses may be called.
    pub reach: Reach,
    /// Who vouches for those that are called over TLS.
    pub trusted: Authorities,
    /// Names that are looked up at the same time, and no more.
    pub look_ups_at_once: NonZeroUsize,
    /// Connections that are kept for one host while nobody is called on them.
    pub kept_per_host: usize,
    /// Redirects that one call follows.
    pub redirects: usize,
}

/// A client that calls addresses within its reach and no others. It is made when it is first needed.
pub struct GuardedClient {
    connect: Connect,
    settings: CallSettings,
    client: OnceLock<Client<HttpsConnector<Connect>, Full<Bytes>>>,
}

impl GuardedClient {
    /// A client that has called nobody yet.
    pub fn new(settings: CallSettings) -> Self {
        let look_ups = LookUps::up_to(settings.look_ups_at_once);
        Self { connect: Connect::new(settings.reach, look_ups), settings, client: OnceLock::new() }
    }

    /// Sends a JSON text to an absolute address, under `headers` of the caller's own, and waits for the beginning of
    /// the answer. What `tenant` is charged for is the look-up of names.
    ///
    /// A header whose value is marked as sensitive is for this address alone: where a redirect leads to another host
    /// it is left out.
    ///
    /// A connection that has carried an answer before may have been closed at the other end just when it is used
    /// again. Then the call is made once more, on another: what is called must be able to tell a repeated call by its
    /// headers.
    ///
    /// # Errors
    /// [`CallError`], whatever the status of an answer that came.
    pub async fn send(
        &self,
        tenant: TenantId,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answering, CallError> {
        let uri = url.parse().map_err(hyper::http::Error::from)?;
        on_behalf_of(tenant, self.follow(uri, headers, body)).await
    }

    async fn follow(
        &self,
        mut uri: Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answering, CallError> {
        for _ in 0..self.settings.redirects {
            let answer = self.call(uri.clone(), headers.clone(), body.clone()).await?;
            match redirects::target(&uri, &answer.0) {
                Some(target) => {
                    redirects::keep_secrets(&mut headers, &uri, &target);
                    uri = target;
                }
                None => return Ok(answer),
            }
        }
        self.call(uri, headers, body).await
    }

    /// As [`send`](Self::send); the answer is JSON, and may have so many bytes.
    ///
    /// # Errors
    /// [`CallError`], whatever the status of an answer that came.
    pub async fn post(
        &self,
        tenant: TenantId,
        url: &str,
        mut headers: HeaderMap,
        body: Bytes,
        max_answer: usize,
    ) -> Result<Answer, CallError> {
        headers.insert(ACCEPT, JSON);
        self.send(tenant, url, headers, body).await?.whole(max_answer).await
    }

    async fn call(&self, uri: Uri, headers: HeaderMap, body: Bytes) -> Result<Answering, CallError> {
        let request = |uri, mut headers: HeaderMap, body| {
            headers.insert(CONTENT_TYPE, JSON);
            headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
            let mut request = Request::new(Full::new(body));
            (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) =
                (Method::POST, uri, headers);
            request
        };
        let again = (uri.clone(), headers.clone(), body.clone());
        let answer = match self.client().request(request(uri, headers, body)).await {
            Err(error) if Proven::of_failed(&error) => {
                let (uri, headers, body) = again;
                self.client().request(request(uri, headers, body)).await?
            }
            answer => answer?,
        };
        Proven::by(&answer);
        Ok(Answering(answer))
    }

    fn client(&self) -> &Client<HttpsConnector<Connect>, Full<Bytes>> {
        self.client.get_or_init(|| {
            let connector =
                HttpsConnectorBuilder::new().with_tls_config(self.settings.trusted.client_config());
            let connector =
                connector.https_or_http().enable_all_versions().wrap_connector(self.connect.clone());
            Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(KEPT)
                .pool_max_idle_per_host(self.settings.kept_per_host)
                .http1_max_buf_size(MAX_HEAD)
                .http2_keep_alive_interval(PROBED)
                .http2_keep_alive_timeout(PROBED)
                .build(connector)
        })
    }
}

/// An answer of which the status and the headers are there.
pub struct Answering(Response<Incoming>);

impl Answering {
    /// What the call came to.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// What stands above the body.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The answer with its body, which may have so many bytes.
    ///
    /// # Errors
    /// [`CallError::Answer`] when it is longer, or breaks off.
    pub async fn whole(self, max_bytes: usize) -> Result<Answer, CallError> {
        let status = self.status();
        let body = Limited::new(self.0.into_body(), max_bytes).collect().await;
        let bytes = body.map_err(CallError::Answer)?.to_bytes();
        Ok(Answer { status, bytes })
    }

    /// Reads the body and keeps nothing of it, so that the connection can carry the next call. When it is longer than
    /// so many bytes, or breaks off, the connection is closed instead.
    pub async fn pass_over(self, max_bytes: usize) {
        let mut body = Limited::new(self.0.into_body(), max_bytes);
        while let Some(Ok(_)) = body.frame().await {}
    }
}

#[cfg(test)]
mod tests;

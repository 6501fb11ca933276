//! Calling a provider's API: HTTPS with the system's certificates, small JSON answers. It must not know any provider.
//!
//! A connection is made for each call. Calls are rare, and a connection kept for the next one would mostly be found
//! closed by then.

use std::error::Error;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

/// Bytes of an answer: those that are asked for have a few hundred.
const MAX_ANSWER: usize = 1024 * 1024;

/// Who we say we are.
const AGENT: &str = concat!("switchboard/", env!("CARGO_PKG_VERSION"));

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address cannot be called.
    #[error("the address cannot be called")]
    Address(#[from] hyper::http::Error),
    /// There is no connection, or not for long enough.
    #[error("no answer came")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off, or is too large.
    #[error("the answer did not arrive")]
    Answer(#[source] Box<dyn Error + Send + Sync>),
    /// The answer is no JSON.
    #[error("the answer with status {status} is not JSON")]
    NotJson {
        /// The answer's status.
        status: StatusCode,
    },
}

/// The one client of the process. It is made when it is first needed: reading the system's certificates takes a
/// while, and most brokers ask no provider.
#[derive(Default)]
pub(super) struct HttpClient(OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

impl HttpClient {
    fn get(&self) -> &Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
        self.0.get_or_init(|| {
            let connector = HttpsConnectorBuilder::new();
            let connector = match connector.with_provider_and_native_roots(aws_lc_rs::default_provider()) {
                Ok(connector) => connector,
                Err(error) => {
                    tracing::warn!(%error, "the system has no certificates: no provider can be trusted");
                    HttpsConnectorBuilder::new().with_tls_config(trusting_nobody())
                }
            };
            let connector = connector.https_or_http().enable_http1().build();
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
        })
    }
}

fn trusting_nobody() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the ciphers of both versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

/// Where a provider's API is.
pub(super) struct Address {
    client: Arc<HttpClient>,
    base_url: String,
}

/// How a call says who calls.
pub(super) enum Authorization<'a> {
    /// In what it says otherwise.
    None,
    /// With a name and a password (RFC 7617).
    Basic(&'a str, &'a str),
    /// With a token (RFC 6750).
    Bearer(&'a str),
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Reply {
    /// The text at a JSON pointer; none when it is absent, empty or no text.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl Address {
    pub(super) fn new(client: Arc<HttpClient>, base_url: &str) -> Self {
        Self { client, base_url: base_url.to_owned() }
    }

    /// Reads what is at a path, which begins with a slash.
    pub(super) async fn get(&self, path: &str, caller: Authorization<'_>) -> Result<Reply, CallError> {
        let request = Request::get(format!("{}{path}", self.base_url));
        self.call(request, caller, Bytes::new()).await
    }

    /// Sends a form.
    pub(super) async fn post(
        &self,
        path: &str,
        caller: Authorization<'_>,
        form: &[(&str, &str)],
    ) -> Result<Reply, CallError> {
        let request = Request::post(format!("{}{path}", self.base_url))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        self.call(request, caller, form.into()).await
    }

    async fn call(
        &self,
        request: hyper::http::request::Builder,
        caller: Authorization<'_>,
        body: Bytes,
    ) -> Result<Reply, CallError> {
        let request = request.header(ACCEPT, "application/json").header(USER_AGENT, AGENT);
        let request = match caller {
            Authorization::None => request,
            Authorization::Basic(name, password) => {
                let pair = STANDARD.encode(format!("{name}:{password}"));
                request.header(AUTHORIZATION, format!("Basic {pair}"))
            }
            Authorization::Bearer(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        };
        let response = self.client.get().request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let bytes = body.map_err(CallError::Answer)?.to_bytes();
        let body = serde_json::from_slice(&bytes).map_err(|_| CallError::NotJson { status })?;
        Ok(Reply { status, body })
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests;

//! Calling other people's HTTP APIs: over TLS, JSON answers of a bounded size. It must not know whose API is called,
//! nor what the answers mean.
//!
//! Addresses that tenants choose are called through [`GuardedClient`]. For all others a connection is made for each
//! call: calls are rare, and a connection kept for the next one would mostly be found closed by then.

mod authorities;
mod guarded;
pub mod signature;

use std::error::Error;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

pub use authorities::{Authorities, AuthoritiesError};
pub use guarded::{Answering, CallSettings, GuardedClient, Reach, Unreachable};

/// Bytes of an answer, when the caller does not say: a description of one thing has a few hundred.
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
/// while, and most brokers call nobody.
#[derive(Default)]
pub struct HttpClient(OnceLock<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

impl HttpClient {
    fn get(&self) -> &Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
        self.0.get_or_init(|| {
            let trusted = Authorities::default().client_config();
            let connector = HttpsConnectorBuilder::new().with_tls_config(trusted);
            let connector = connector.https_or_http().enable_http1().build();
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
        })
    }
}

/// Where an API is.
pub struct Address {
    client: Arc<HttpClient>,
    base_url: String,
    max_answer: usize,
}

/// How a call says who calls.
pub enum Authorization<'a> {
    /// In what it says otherwise.
    None,
    /// With a name and a password (RFC 7617).
    Basic(&'a str, &'a str),
    /// With a token (RFC 6750).
    Bearer(&'a str),
}

/// What a call carries.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// Nothing.
    None,
    /// Names and values, as a page's form sends them.
    Form(&'a [(&'a str, &'a str)]),
    /// One JSON text.
    Json(&'a str),
}

impl Content<'_> {
    fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
            Self::Json(_) => Some("application/json"),
        }
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::Form(pairs) => Serializer::new(String::new()).extend_pairs(*pairs).finish().into(),
            Self::Json(text) => Bytes::copy_from_slice(text.as_bytes()),
        }
    }
}

/// An answer as it came.
pub struct Answer {
    /// What the call came to.
    pub status: StatusCode,
    /// The body, possibly empty.
    pub bytes: Bytes,
}

impl Answer {
    /// The answer with its JSON read.
    ///
    /// # Errors
    /// [`CallError::NotJson`], also when the body is empty.
    pub fn json(&self) -> Result<Reply, CallError> {
        let status = self.status;
        let body = serde_json::from_slice(&self.bytes).map_err(|_| CallError::NotJson { status })?;
        Ok(Reply { status, body })
    }
}

/// An answer in JSON.
pub struct Reply {
    /// What the call came to.
    pub status: StatusCode,
    /// What it says.
    pub body: Value,
}

impl Reply {
    /// The text at a JSON pointer; none when it is absent, empty or no text.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl Address {
    /// The API at `base_url`, which does not end in a slash. Its answers have at most a megabyte.
    pub fn new(client: Arc<HttpClient>, base_url: &str) -> Self {
        Self { client, base_url: base_url.to_owned(), max_answer: MAX_ANSWER }
    }

    /// The same API, whose answers may have so many bytes.
    #[must_use]
    pub fn with_answers_up_to(self, bytes: usize) -> Self {
        Self { max_answer: bytes, ..self }
    }

    /// Reads what is at a path, which begins with a slash.
    ///
    /// # Errors
    /// [`CallError`], whatever the status of an answer that came.
    pub async fn get(&self, path: &str, caller: Authorization<'_>) -> Result<Reply, CallError> {
        self.send(Method::GET, path, caller, Content::None).await?.json()
    }

    /// Sends a form.
    ///
    /// # Errors
    /// [`CallError`], whatever the status of an answer that came.
    pub async fn post(
        &self,
        path: &str,
        caller: Authorization<'_>,
        form: &[(&str, &str)],
    ) -> Result<Reply, CallError> {
        self.send(Method::POST, path, caller, Content::Form(form)).await?.json()
    }

    /// Calls a path in any other way.
    ///
    /// # Errors
    /// [`CallError`], but for an answer that is no JSON, which is the caller's to judge.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        caller: Authorization<'_>,
        content: Content<'_>,
    ) -> Result<Answer, CallError> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base_url));
        let request = request.header(ACCEPT, "application/json").header(USER_AGENT, AGENT);
        let request = match content.media_type() {
            Some(media_type) => request.header(CONTENT_TYPE, media_type),
            None => request,
        };
        let request = match caller {
            Authorization::None => request,
            Authorization::Basic(name, password) => {
                let pair = STANDARD.encode(format!("{name}:{password}"));
                request.header(AUTHORIZATION, format!("Basic {pair}"))
            }
            Authorization::Bearer(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        };
        let response = self.client.get().request(request.body(Full::new(content.bytes()))?).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), self.max_answer).collect().await;
        let bytes = body.map_err(CallError::Answer)?.to_bytes();
        Ok(Answer { status, bytes })
    }
}

/// A text as one segment of a path.
pub fn segment(text: &str) -> String {
    // A form writes a blank as a plus sign, and a plus sign of the text in another way.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests;

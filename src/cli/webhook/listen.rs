//! `switchboard webhook listen`: a receiver on a port of this machine that prints what arrives.

use std::fs;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use clap::{Args, value_parser};
use tokio::net::TcpListener;

use super::arrival::{Arrival, Judge};
use crate::calling::signature::Verifier;
use crate::cli::{Failure, console};
use crate::domain::clock::{Clock, SystemClock};

/// Bytes that may arrive at once: more than a sender puts together.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// Arguments of `webhook listen`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Listen {
    /// Port of 127.0.0.1 to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 9000)]
    pub port: u16,
    /// An integration's privateSigningKey to verify with, which may be given several times
    #[arg(long = "key", value_name = "PRIVATE_KEY", env = "WEBHOOK_KEY", hide_env_values = true)]
    pub keys: Vec<String>,
    /// File with such a key and nothing else, which may be given several times
    #[arg(long = "key-file", value_name = "PATH")]
    pub key_files: Vec<PathBuf>,
    /// A key as libraries for Standard Webhooks take it: whsec_ and the key in base64; may be given several times
    #[arg(long = "secret", value_name = "SECRET", env = "WEBHOOK_SECRET", hide_env_values = true)]
    pub secrets: Vec<String>,
    /// Status of the answers, 200 to 599
    #[arg(long, value_name = "STATUS", default_value_t = 200, value_parser = value_parser!(u16).range(200..600))]
    pub status: u16,
    /// Body of the answers, such as the JSON that an app answers about a contact
    #[arg(long, value_name = "BODY", default_value = "")]
    pub answer: String,
    /// Print each arrival as JSON on one line, for scripts
    #[arg(long)]
    pub json: bool,
}

/// Why nothing is listened for.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The flag for where the broker listens was given.
    #[error("webhook listen takes --port and no --listen: it listens on 127.0.0.1 alone")]
    TakesPort,
    /// The file of a key cannot be read.
    #[error("cannot read {}", path.display())]
    KeyFile {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file of a key has none.
    #[error("there is no key in {}", path.display())]
    NoKey {
        /// Which one.
        path: PathBuf,
    },
    /// A key that was given as it is has nothing in it: anybody can sign with that.
    #[error("a key of --key or WEBHOOK_KEY is empty")]
    EmptyKey,
    /// What was given as a secret is none. The text stays untold: it may be a key in another form.
    #[error("a secret of --secret or WEBHOOK_SECRET is not whsec_ and a key in base64")]
    NoSecret,
    /// The address is not to be had.
    #[error("cannot listen on {address}")]
    Address {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// The key in a file, without the end of its line.
fn key_of(path: &Path) -> Result<String, ListenError> {
    let path = || path.to_owned();
    let text = fs::read_to_string(path()).map_err(|source| ListenError::KeyFile { path: path(), source })?;
    let key = text.trim();
    if key.is_empty() { Err(ListenError::NoKey { path: path() }) } else { Ok(key.to_owned()) }
}

struct Receiver {
    listen: Listen,
    judge: Judge,
}

impl Listen {
    /// Prints what arrives until it is told to stop.
    ///
    /// # Errors
    /// When a key or a secret is none, or the port cannot be listened on.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Failure> {
        let judge = self.judge().map_err(|error| Failure::Usage(error.into()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |source| Failure::runtime(ListenError::Address { address, source });
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(Failure::runtime)?;
        let greeting = format!("Listening on http://{address}");
        // Scripts read arrivals on standard output, and nothing else.
        if self.json {
            console::complain(greeting);
        } else {
            console::say(greeting);
        }
        let receiver = Arc::new(Receiver { judge, listen: self });
        let router =
            Router::new().fallback(receive).layer(DefaultBodyLimit::max(MAX_BODY)).with_state(receiver);
        axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(Failure::runtime)
    }

    fn judge(&self) -> Result<Judge, ListenError> {
        if self.keys.iter().any(|key| key.trim().is_empty()) {
            return Err(ListenError::EmptyKey);
        }
        let in_files = self.key_files.iter().map(|path| key_of(path)).collect::<Result<Vec<_>, _>>()?;
        // Not while the command line is read: what is refused there is printed.
        let by_secret = |secret: &String| Verifier::of_secret(secret).ok_or(ListenError::NoSecret);
        let secrets = self.secrets.iter().map(by_secret).collect::<Result<Vec<_>, _>>()?;
        let keys = self.keys.iter().chain(&in_files).map(|key| Verifier::of_private_key(key));
        Ok(Judge::with(keys.chain(secrets)))
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let arrival = Arrival { at: SystemClock.now(), method, uri, headers, body };
    let judgement = receiver.judge.judge(&arrival);
    console::say(if receiver.listen.json { arrival.line(&judgement) } else { arrival.page(&judgement) });
    let status = StatusCode::from_u16(receiver.listen.status);
    let status = status.expect("the command line lets only statuses through");
    let json = [(CONTENT_TYPE, "application/json")];
    match receiver.listen.answer.clone() {
        answer if answer.is_empty() => status.into_response(),
        answer => (status, json, answer).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(key: Option<&str>, secret: Option<&str>) -> Listen {
        let several = |one: Option<&str>| one.map(str::to_owned).into_iter().collect();
        let (keys, secrets) = (several(key), several(secret));
        Listen {
            port: 0,
            keys,
            key_files: Vec::new(),
            secrets,
            status: 200,
            answer: String::new(),
            json: false,
        }
    }

    #[test]
    fn an_empty_key_is_refused() {
        for empty in ["", " "] {
            let refused = listen(Some(empty), None).judge().err();
            assert!(matches!(refused, Some(ListenError::EmptyKey)), "{refused:?}");
        }
        assert!(listen(Some("k"), None).judge().is_ok());
    }

    #[test]
    fn a_secret_that_is_none_is_refused_and_not_told() {
        for text in ["QQ==", "whsec_!private!", "whsec_"] {
            let refused = listen(None, Some(text)).judge().err().expect(text);
            assert!(matches!(refused, ListenError::NoSecret), "{refused:?}");
            assert!(!refused.to_string().contains("QQ==") && !refused.to_string().contains("private"));
        }
        assert!(listen(None, Some("whsec_QQ==")).judge().is_ok());
    }
}

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
use axum::http::{HeaderMap, Method, StatusCode, Uri};
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
    #[arg(long = "secret", value_name = "SECRET", env = "WEBHOOK_SECRET", hide_env_values = true, value_parser = secret)]
    pub secrets: Vec<String>,
    /// Status of the answers, 200 to 599
    #[arg(long, value_name = "STATUS", default_value_t = 200, value_parser = value_parser!(u16).range(200..600))]
    pub status: u16,
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
    /// The address is not to be had.
    #[error("cannot listen on {address}")]
    Address {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

fn secret(text: &str) -> Result<String, String> {
    let is_good = Verifier::of_secret(text).is_some();
    if is_good { Ok(text.to_owned()) } else { Err("it is not whsec_ and base64".to_owned()) }
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
    /// When there is no key in a file of one, or the port cannot be listened on.
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
        let in_files = self.key_files.iter().map(|path| key_of(path)).collect::<Result<Vec<_>, _>>()?;
        let keys = self.keys.iter().chain(&in_files).map(|key| Verifier::of_private_key(key));
        Ok(Judge::with(keys.chain(self.secrets.iter().filter_map(|secret| Verifier::of_secret(secret)))))
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let arrival = Arrival { at: SystemClock.now(), method, uri, headers, body };
    let judgement = receiver.judge.judge(&arrival);
    console::say(if receiver.listen.json { arrival.line(&judgement) } else { arrival.page(&judgement) });
    StatusCode::from_u16(receiver.listen.status).expect("the command line lets only statuses through")
}

//! Why a run could not be made. What a run finds out about the broker is a report, not an error.

use std::io;
use std::path::PathBuf;

use reqwest::StatusCode;
use tokio_tungstenite::tungstenite;

use crate::rawfan::RawfanError;

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no credentials file, or it may not be read.
    #[error("cannot read the credentials in {}", path.display())]
    CredentialsFile {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} is not a credentials file", path.display())]
    CredentialsShape {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The broker could not be asked.
    #[error("cannot {doing}")]
    Call {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
        /// What went wrong on the way.
        source: reqwest::Error,
    },
    /// A call was made of parts that are gone when it has to be made again.
    #[error("cannot {doing} a second time")]
    OnlyOnce {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
    },
    /// The broker said no.
    #[error("cannot {doing}: {status} {body}")]
    Refused {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
        /// The answer's status.
        status: StatusCode,
        /// The answer's body.
        body: String,
    },
    /// A websocket could not be opened, or broke.
    #[error("the websocket failed")]
    Socket(#[source] Box<tungstenite::Error>),
    /// The broker closed a websocket that had more to hear.
    #[error("the websocket was closed: {0}")]
    Closed(String),
    /// Nobody can be called at an address: it does not start as it should (there is no TLS here), or its host is not
    /// known.
    #[error("'{0}' is not an address that can be called")]
    Address(String),
    /// The bare loop cannot go on.
    #[error("the bare loop ended")]
    BareLoop(#[from] RawfanError),
    /// Labels cannot tell so many sequences of messages apart.
    #[error("{0} conversations, users or publishers are more than messages can be labelled for")]
    TooManyStreams(usize),
    /// Sessions of the first wave would end before the last is open.
    #[error("{0} waves are more than can be opened before the first is due")]
    TooManyWaves(u32),
    /// The file has no client of the control plane.
    #[error("the credentials name no client of the control plane")]
    NoPortal,
    /// A publisher cannot go on.
    #[error("a publisher was stopped: {0}")]
    Publisher(String),
    /// The system refused what the event loop needs.
    #[error("the system refused")]
    System(#[source] io::Error),
    /// The broker's page of metrics has no such number.
    #[error("the broker does not tell '{0}' at /metrics")]
    Metric(&'static str),
    /// The report could not be written.
    #[error("cannot write {}", path.display())]
    ReportFile {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing was heard for too long.
    #[error("nothing was heard for {0} seconds")]
    Silence(u64),
}

impl From<tungstenite::Error> for LoadError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Socket(Box::new(error))
    }
}

//! Why a connection ended.

use std::fmt;
use std::io;

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer said goodbye, with its reason.
    Closed(String),
    /// The peer hung up.
    HungUp,
    /// The system says so.
    Broken(io::ErrorKind),
    /// The peer refused, with the status and what it said.
    Refused(u16, String),
    /// The peer does not speak what was expected.
    Protocol(&'static str),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.kind())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(reason) => f.write_str(reason),
            Self::HungUp => f.write_str("the connection ended"),
            Self::Broken(kind) => write!(f, "{kind}"),
            Self::Refused(status, body) => write!(f, "{status} {body}"),
            Self::Protocol(what) => f.write_str(what),
        }
    }
}

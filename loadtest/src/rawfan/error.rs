//! Why the bare loop cannot go on. What a single connection does wrong ends that connection only.

use std::io;
use std::net::SocketAddr;

/// Why the bare loop cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RawfanError {
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where it should listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused a call without which there is no loop, such as accepting beyond the descriptor limit.
    #[error("cannot {doing}")]
    System {
        /// What was wanted, as in "cannot ...".
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

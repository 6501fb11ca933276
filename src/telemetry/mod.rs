//! What operators see: the log and the metrics.
//! It knows the names of the faces, and nothing of what they do.

mod face;
mod logs;
mod metrics;

pub use face::Face;
#[cfg(test)]
pub(crate) use logs::tests::Capture;
pub use logs::{LogError, log_subscriber, start_logs};
pub use metrics::{CONTENT_TYPE, Connected, ConnectionKind, Metrics};

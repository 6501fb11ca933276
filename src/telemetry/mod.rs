//! What operators see: the log and the metrics.
//! It knows the names of the faces, and nothing of what they do.

mod face;
mod line_writer;
mod logs;
mod metrics;
mod plain_fields;

pub use face::Face;
pub use line_writer::LogGuard;
#[cfg(test)]
pub(crate) use logs::tests::Capture;
pub use logs::{LogError, log_subscriber, start_logs};
pub use metrics::{CONTENT_TYPE, Connected, ConnectionKind, Counts, Metrics, Timer};

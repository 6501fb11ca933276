//! The log: lines of text or JSON on standard error.
//! It decides how lines look and which are written, never what is in them.

use std::io;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

use super::line_writer::{LineWriter, LogGuard};
use super::plain_fields::PlainFields;
use crate::config::{Log, LogFormat};

/// The log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The process has one already.
    #[error("the log has been started before")]
    Started(#[from] tracing::subscriber::SetGlobalDefaultError),
    /// There is no thread for it.
    #[error("the log's thread cannot be started: {0}")]
    Thread(#[from] io::Error),
}

/// Starts the process's log on standard error. The guard is to be dropped last: lines that wait are written then.
///
/// # Errors
/// When it has been started before, or has no thread.
pub fn start_logs(log: &Log) -> Result<LogGuard, LogError> {
    let (writer, guard) = LineWriter::start(io::stderr())?;
    tracing::subscriber::set_global_default(log_subscriber(log, writer))?;
    Ok(guard)
}

/// What writes the lines that `log` asks for to `writer`.
pub fn log_subscriber<W>(log: &Log, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filtered = tracing_subscriber::registry().with(EnvFilter::new(&log.filter));
    let lines = fmt::layer().with_writer(writer);
    match log.format {
        LogFormat::Text => Box::new(filtered.with(lines.with_ansi(false).fmt_fields(PlainFields))),
        LogFormat::Json => Box::new(filtered.with(lines.json())),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    /// Keeps what is written to the log; clones share it.
    #[derive(Clone, Default)]
    pub(crate) struct Capture(Arc<Mutex<Vec<u8>>>);

    impl Capture {
        /// Everything written so far.
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    impl io::Write for Capture {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Capture {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn written(format: LogFormat, filter: &str) -> String {
        let capture = Capture::default();
        let log = Log { format, filter: filter.into() };
        tracing::subscriber::with_default(log_subscriber(&log, capture.clone()), || {
            tracing::info!(seats = 3, "opened");
            tracing::debug!("looked around");
        });
        capture.text()
    }

    #[test]
    fn text_is_one_plain_line_for_each_event_that_the_filter_lets_through() {
        let text = written(LogFormat::Text, "info");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.ends_with(" INFO switchboard::telemetry::logs::tests: opened seats=3\n"), "{text}");
    }

    #[test]
    fn json_is_one_object_for_each_event_that_the_filter_lets_through() {
        let text = written(LogFormat::Json, "debug");
        let events: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 2, "{text}");
        assert_eq!(events[0]["fields"], serde_json::json!({"message": "opened", "seats": 3}));
    }
}

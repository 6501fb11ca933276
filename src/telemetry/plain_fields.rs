//! How the fields of a line read in the text format: the message, then `name=value` for each. As the library writes
//! them without colours, which it does at several times the cost. It must not know any field.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

/// The fields of a line, separated by blanks.
pub(super) struct PlainFields;

impl<'w> FormatFields<'w> for PlainFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut line = Line { writer, is_empty: true, outcome: Ok(()) };
        fields.record(&mut line);
        line.outcome
    }
}

/// A line under way, and the first failure to write it.
struct Line<'w> {
    writer: Writer<'w>,
    is_empty: bool,
    outcome: fmt::Result,
}

impl Line<'_> {
    fn put(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = self.begin(field).and_then(|()| write(&mut self.writer));
        }
    }

    /// Writes what comes before the value.
    fn begin(&mut self, field: &Field) -> fmt::Result {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.write_char(' ')?;
        }
        if field.name() == "message" {
            return Ok(());
        }
        self.writer.write_str(field.name())?;
        self.writer.write_char('=')
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" || !is_plain(value) {
            return self.record_debug(field, &format_args!("{value:?}"));
        }
        self.put(field, |writer| {
            writer.write_char('"')?;
            writer.write_str(value)?;
            writer.write_char('"')
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Free text: nothing in it may steer the terminal that shows it.
            let text = format!("{value:?}");
            return self.put(field, |writer| text.chars().try_for_each(|c| write_visibly(writer, c)));
        }
        self.put(field, |writer| write!(writer, "{value:?}"));
    }
}

fn write_visibly(writer: &mut Writer<'_>, c: char) -> fmt::Result {
    if c.is_control() { write!(writer, "{}", c.escape_default()) } else { writer.write_char(c) }
}

/// Whether a text is written between quotes as it is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::telemetry::Capture;

    fn written(log: impl FnOnce(), fields: impl for<'w> FormatFields<'w> + Send + Sync + 'static) -> String {
        let capture = Capture::default();
        let lines = tracing_subscriber::fmt::layer()
            .without_time()
            .with_ansi(false)
            .fmt_fields(fields)
            .with_writer(capture.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
        capture.text()
    }

    #[test]
    fn lines_read_as_the_library_writes_them() {
        let log = || {
            let error = std::io::Error::other("gone \"away\"");
            let (none, quoted) = (None::<u8>, "a\"b\nü");
            tracing::info!(n = 3, x = 1.5, yes = true, text = "plain", quoted, none, "said {}", "so");
            tracing::info!(%error, wait = ?std::time::Duration::from_millis(5), "failed");
            tracing::info!("nothing else");
            tracing::info!(alone = "no message");
        };
        let expected = written(log, tracing_subscriber::fmt::format::DefaultFields::new());
        assert_eq!(written(log, PlainFields), expected);
    }
}

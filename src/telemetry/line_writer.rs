//! The way of log lines out of the process: gathered in memory, and written many at once by a thread of their own, so
//! that who logs does not wait for a terminal, a pipe or a disk. It knows of a line only whether it is urgent.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long an ordinary line may wait for company: nobody who reads a log notices, and under load a write carries
/// hundreds. It is what the death of the process takes of the log.
const GATHER: Duration = Duration::from_millis(20);

/// Bytes that are written at once without waiting for more.
const FULL: usize = 64 * 1024;

/// Bytes that may wait. Beyond it whoever logs waits for the medium, as it would without this file: a line is late
/// then, but none is lost.
const MOST: usize = 4 * 1024 * 1024;

/// Takes lines for the writing thread; clones are the same.
#[derive(Clone)]
pub(super) struct LineWriter(Arc<Shared>);

/// Writes what is left when it is dropped, and ends the thread. Lines that come later are written by whoever logs.
#[must_use = "lines that wait are written when it is dropped"]
pub struct LogGuard {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    /// Tells the thread that something waits, that there is enough of it, or that no more will come.
    due: Condvar,
    /// Tells who logs that there is room again.
    room: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    is_urgent: bool,
    is_closed: bool,
}

impl Waiting {
    fn is_due(&self) -> bool {
        self.is_urgent || self.is_closed || self.lines.len() >= FULL
    }
}

impl LineWriter {
    /// Starts the thread that writes to `medium`.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(super) fn start(medium: impl Write + Send + 'static) -> io::Result<(Self, LogGuard)> {
        let shared =
            Arc::new(Shared { waiting: Mutex::default(), due: Condvar::new(), room: Condvar::new() });
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || of_thread.write_until_closed(medium))?;
        Ok((Self(shared.clone()), LogGuard { shared, thread: Some(thread) }))
    }
}

impl Shared {
    fn take(&self, line: &[u8], urgency: Urgency) {
        let mut waiting = self.waiting.lock();
        while waiting.lines.len() >= MOST && !waiting.is_closed {
            self.room.wait(&mut waiting);
        }
        if waiting.is_closed {
            // The thread is gone. Nobody is left to be told of a failure.
            drop(io::stderr().write_all(line));
            return;
        }
        let was_due = waiting.is_due();
        let is_first = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        waiting.is_urgent |= urgency == Urgency::AtOnce;
        if is_first || waiting.is_due() != was_due {
            self.due.notify_one();
        }
    }

    fn write_until_closed(&self, mut medium: impl Write) {
        let mut lines = Vec::new();
        while self.gather(&mut lines) {
            // A log that cannot be written can be told to nobody.
            drop(medium.write_all(&lines).and_then(|()| medium.flush()));
            lines.clear();
        }
    }

    /// Waits for lines and then for their company. `false` when there are none and no more will come.
    fn gather(&self, lines: &mut Vec<u8>) -> bool {
        let mut waiting = self.waiting.lock();
        while waiting.lines.is_empty() {
            if waiting.is_closed {
                return false;
            }
            self.due.wait(&mut waiting);
        }
        let until = Instant::now() + GATHER;
        while !waiting.is_due() && !self.due.wait_until(&mut waiting, until).timed_out() {}
        std::mem::swap(&mut waiting.lines, lines);
        waiting.is_urgent = false;
        self.room.notify_all();
        true
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        self.shared.waiting.lock().is_closed = true;
        self.shared.due.notify_one();
        self.shared.room.notify_all();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; a panic in it has been told by its message.
            drop(thread.join());
        }
    }
}

/// Whether a line may wait for company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    Ordinary,
    AtOnce,
}

/// One line on its way.
pub(super) struct Line<'w> {
    shared: &'w Shared,
    urgency: Urgency,
}

impl<'w> MakeWriter<'w> for LineWriter {
    type Writer = Line<'w>;

    fn make_writer(&'w self) -> Line<'w> {
        Line { shared: &self.0, urgency: Urgency::Ordinary }
    }

    /// Warnings and errors do not wait: what follows them may be the end.
    fn make_writer_for(&'w self, meta: &Metadata<'_>) -> Line<'w> {
        let urgency = if *meta.level() <= Level::WARN { Urgency::AtOnce } else { Urgency::Ordinary };
        Line { shared: &self.0, urgency }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shared.take(bytes, self.urgency);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Passes on every write.
    struct Medium(mpsc::Sender<Vec<u8>>);

    impl Write for Medium {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn start() -> (LineWriter, LogGuard, mpsc::Receiver<Vec<u8>>) {
        let (written, writes) = mpsc::channel();
        let (writer, guard) = LineWriter::start(Medium(written)).unwrap();
        (writer, guard, writes)
    }

    #[test]
    fn every_line_is_written_once_and_in_order_by_the_end() {
        let (writer, guard, writes) = start();
        let line = |n: u32| format!("line {n}\n");
        (0..50_000).for_each(|n| writer.make_writer().write_all(line(n).as_bytes()).unwrap());
        drop(guard);
        let written: Vec<u8> = writes.iter().flatten().collect();
        assert_eq!(String::from_utf8(written).unwrap(), (0..50_000).map(line).collect::<String>());
    }

    #[test]
    fn a_line_is_written_though_nothing_follows_it() {
        let (writer, _guard, writes) = start();
        writer.make_writer().write_all(b"alone\n").unwrap();
        assert_eq!(writes.recv().unwrap(), b"alone\n");
        writer.make_writer().write_all(b"again\n").unwrap();
        assert_eq!(writes.recv().unwrap(), b"again\n");
    }

    #[test]
    fn whoever_logs_waits_for_a_medium_that_is_too_slow_and_loses_nothing() {
        let (written, writes) = mpsc::sync_channel(0);
        struct Slow(mpsc::SyncSender<usize>);
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.send(bytes.len()).map_err(io::Error::other)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (writer, guard) = LineWriter::start(Slow(written)).unwrap();
        let line = vec![b'x'; FULL];
        let count = 3 * MOST / FULL;
        let logging = std::thread::spawn(move || {
            (0..count).for_each(|_| writer.make_writer().write_all(&line).unwrap());
            drop(guard);
        });
        let mut sizes = Vec::new();
        sizes.extend(writes.iter());
        logging.join().unwrap();
        assert_eq!(sizes.iter().sum::<usize>(), count * FULL);
        assert!(sizes.iter().all(|size| *size <= MOST + FULL), "{sizes:?}");
    }
}

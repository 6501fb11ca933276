//! Writes the log back into the database on a thread of its own, so that no commit waits for that.
//! Knows nothing of what is in it.
//!
//! SQLite would do it at the end of whichever commit finds the log too long, and whoever waits for that commit would
//! wait ten times as long as others. It may as well be done by another connection: commits go on meanwhile, and once
//! nothing is left to be written back, the next commit begins the log anew.

use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::errors::OpenError;
use super::open;

/// The log is written back when it has this many pages of 4 KiB. Larger than SQLite's own choice, because the same few
/// pages are changed by every commit and are then written back once.
const LOG_PAGES: c_int = 4_000;

/// When the log has so many, commits are faster than it is written back, and the next ones wait for that after all.
pub(super) const MOST_LOG_PAGES: c_int = 4 * LOG_PAGES;

/// The thread, for as long as the connection lives that commits.
pub(super) struct WriteBack {
    thread: JoinHandle<()>,
}

impl WriteBack {
    /// Starts to write back what `conn`, the connection that commits, leaves in the log of the database at `path`.
    pub(super) fn start(conn: &mut Connection, path: &Path) -> Result<Self, OpenError> {
        let other = Connection::open(path)?;
        open::tune(&other)?;
        let synchronous: i64 = conn.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        other.pragma_update(None, "synchronous", synchronous)?;
        // One that is due is enough: it writes back all that there is.
        let (due, whenever_due) = sync_channel(1);
        // Who writes back: SQLite refuses a second one, and does not wait.
        let turn = Arc::new(Mutex::new(()));
        let others = turn.clone();
        let thread = std::thread::Builder::new()
            .name("write-back".to_owned())
            .spawn(move || write_back(&other, &turn, &whenever_due))
            .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        conn.wal_hook(Some(move |log: &mut Wal, pages| {
            look_at(log, pages, &others, &due);
            // The commit is kept, whatever became of the log: an error here would say that it is not.
            Ok(())
        }))?;
        Ok(Self { thread })
    }

    /// Ends the thread. Its connection is closed then, so that `conn`'s may be the last one.
    pub(super) fn stop(self, conn: &mut Connection) {
        // The thread ends when the hook is gone, which has the only sender.
        let gone = conn.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>);
        if gone.is_ok() && self.thread.join().is_err() {
            tracing::error!("the thread that writes the log back panicked");
        }
    }
}

/// After each commit: how long the log is now.
fn look_at(log: &mut Wal, pages: c_int, turn: &Mutex<()>, due: &SyncSender<()>) {
    if pages >= MOST_LOG_PAGES {
        let _turn = turn.lock();
        if let Err(error) = log.checkpoint() {
            tracing::warn!(%error, pages, "a long log was not written back: it is tried again after the next commit");
        }
    } else if pages >= LOG_PAGES {
        // Full: it is due already. Closed: the thread has panicked, and the bound above holds.
        let _ = due.try_send(());
    }
}

fn write_back(conn: &Connection, turn: &Mutex<()>, whenever_due: &Receiver<()>) {
    while whenever_due.recv().is_ok() {
        let _turn = turn.lock();
        // Passive: it waits for no reader, and no commit waits for it.
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the log was not written back: it is tried again after the next commit");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_kept_though_its_long_log_cannot_be_written_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let mut conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        let write_back = WriteBack::start(&mut conn, &path).unwrap();
        conn.execute_batch("CREATE TABLE large (piece BLOB)").unwrap();
        let reader = Connection::open(&path).unwrap();
        // As long as it reads, what is behind its moment is not written back, and the log grows past its bound.
        reader.execute_batch("BEGIN; SELECT count(*) FROM large").unwrap();
        let most = i64::from(MOST_LOG_PAGES) * 4_096;
        for pieces in 1..=20 {
            conn.execute("INSERT INTO large VALUES (zeroblob(?1))", [most / 16]).unwrap();
            let kept: i64 = conn.query_row("SELECT count(*) FROM large", [], |row| row.get(0)).unwrap();
            assert_eq!(kept, pieces);
        }
        drop(reader);
        write_back.stop(&mut conn);
    }
}

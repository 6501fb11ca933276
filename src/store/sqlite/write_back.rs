//! Writes the log back into the database on a thread of its own, so that no commit waits for that.
//! Knows nothing of what is in it.
//!
//! SQLite would do it at the end of whichever commit finds the log too long, and whoever waits for that commit would
//! wait ten times as long as others. It may as well be done by another connection: commits go on meanwhile, and once
//! nothing is left to be written back, the next commit begins the log anew.

use std::ffi::c_int;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::errors::OpenError;
use super::open;

/// The log is written back when it has this many pages of 4 KiB. Larger than SQLite's own choice, because the same few
/// pages are changed by every commit and are then written back once.
const LOG_PAGES: c_int = 4_000;

/// When the log has so many, commits are faster than it is written back, and have to wait for that after all.
const MOST_LOG_PAGES: c_int = 4 * LOG_PAGES;

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
        let thread = std::thread::Builder::new()
            .name("write-back".to_owned())
            .spawn(move || write_back(&other, &whenever_due))
            .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        conn.wal_hook(Some(move |log: &mut Wal, pages| look_at(log, pages, &due)))?;
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
fn look_at(log: &mut Wal, pages: c_int, due: &SyncSender<()>) -> rusqlite::Result<()> {
    if pages >= MOST_LOG_PAGES {
        return log.checkpoint();
    }
    if pages >= LOG_PAGES {
        // Full: it is due already. Closed: the thread has panicked, and the bound above holds.
        let _ = due.try_send(());
    }
    Ok(())
}

fn write_back(conn: &Connection, whenever_due: &Receiver<()>) {
    while whenever_due.recv().is_ok() {
        // Passive: it waits for nobody, and nobody waits for it.
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the log was not written back: it is tried again after the next commit");
        }
    }
}

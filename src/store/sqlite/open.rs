//! How a database is opened: its directory, the lock, the settings of a connection, the check for damage.
//! Knows no table.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::errors::{OpenError, is_corruption};
use super::lock::{LastStop, ServerLock};
use super::{log, schema};

/// The database's file within the data directory.
pub const DATABASE: &str = "switchboard.db";

/// Who opens a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The server: alone on its directory. It also looks for damage.
    Server,
    /// A command beside it, which makes a few changes and goes.
    Tool,
}

/// When a written commit is synced to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    /// Before it is answered: it survives a power cut.
    EveryCommit,
    /// When the log is written back. What is written to it is the operating system's from then on, so a killed process
    /// loses nothing; the sync keeps a power cut from leaving a broken file.
    WriteBack,
}

impl Syncs {
    /// SQLite's word for it.
    fn synchronous(self) -> &'static str {
        match self {
            Self::EveryCommit => "FULL",
            Self::WriteBack => "NORMAL",
        }
    }
}

/// How long a writer waits for another process's transaction. A command's takes milliseconds.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 100;

/// Up to this size (bytes) the whole database is checked at every start: it takes well under a second. A larger
/// one is checked only when the last server could not close it.
const ALWAYS_CHECKED: u64 = 256 << 20;

/// The log's file is cut back to this size (bytes) after it has once been larger.
const LOG_BYTES: i64 = 64 << 20;

/// A database that is ready for its committer.
pub(super) struct Opened {
    /// The connection that writes.
    pub(super) conn: Connection,
    /// Where readers find the database.
    pub(super) path: PathBuf,
    /// What a server holds until it has closed the database.
    pub(super) lock: Option<ServerLock>,
}

/// Opens the database in `dir`, and makes it where there is none.
pub(super) fn open(dir: &Path, syncs: Syncs, access: Access) -> Result<Opened, OpenError> {
    std::fs::create_dir_all(dir).map_err(|source| OpenError::File { path: dir.to_owned(), source })?;
    let path = dir.join(DATABASE);
    let (lock, last) = match access {
        Access::Server => {
            let (lock, last) = ServerLock::take(dir)?;
            log::survey(&path);
            (Some(lock), last)
        }
        Access::Tool => (None, LastStop::Clean),
    };
    let size = make_private(&path)?;
    let conn = open_file(&path, syncs, access == Access::Server && must_check(size, last))
        .map_err(|error| name_damage(error, &path))?;
    Ok(Opened { conn, path, lock })
}

/// Makes the file where there is none, readable by its owner only (it holds what customers said, and SQLite gives
/// its companions the same mode), and tells its size in bytes.
fn make_private(path: &Path) -> Result<u64, OpenError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.metadata())
        .map(|metadata| metadata.len())
        .map_err(|source| OpenError::File { path: path.to_owned(), source })
}

fn must_check(size: u64, last: LastStop) -> bool {
    last == LastStop::Unclean || size <= ALWAYS_CHECKED
}

fn open_file(path: &Path, syncs: Syncs, check: bool) -> Result<Connection, OpenError> {
    let conn = Connection::open(path)?;
    tune(&conn)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", syncs.synchronous())?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    if check {
        look_for_damage(&conn, path)?;
    }
    schema::migrate(&conn)?;
    Ok(conn)
}

/// Settings that every connection has.
pub(super) fn tune(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Kibibytes when negative. No larger, because a commit that has moved pages of an index walks the whole cache,
    // which costs more than reading a page again that the system has in memory (docs/decisions/0007).
    conn.pragma_update(None, "cache_size", -4_096)
}

/// Walks every page and refuses the database when one is not as SQLite left it. What this cannot see, a changed
/// byte within a row, the rows' own checksums find when they are read.
fn look_for_damage(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let begun = std::time::Instant::now();
    let detail: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if detail != "ok" {
        tracing::error!(path = %path.display(), %detail, "the database is damaged");
        return Err(OpenError::Corrupt { path: path.to_owned(), detail });
    }
    tracing::debug!(took = ?begun.elapsed(), "the database was checked");
    Ok(())
}

/// Tells damage that SQLite stumbled over from other failures.
fn name_damage(error: OpenError, path: &Path) -> OpenError {
    match error {
        OpenError::Sqlite(error) if is_corruption(&error) => {
            tracing::error!(path = %path.display(), %error, "the database is damaged");
            OpenError::Corrupt { path: path.to_owned(), detail: error.to_string() }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mode_on_disk_leaves_the_order_of_writes_to_the_operating_system() {
        const NORMAL: i64 = 1;
        const FULL: i64 = 2;
        for (syncs, expected) in [(Syncs::WriteBack, NORMAL), (Syncs::EveryCommit, FULL)] {
            let dir = tempfile::tempdir().unwrap();
            let opened = open(dir.path(), syncs, Access::Server).unwrap();
            let synchronous: i64 = opened.conn.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
            assert_eq!(synchronous, expected, "{syncs:?}");
        }
    }

    #[test]
    fn a_large_database_is_checked_only_after_an_unclean_stop() {
        assert!(must_check(ALWAYS_CHECKED, LastStop::Clean));
        assert!(!must_check(ALWAYS_CHECKED + 1, LastStop::Clean));
        assert!(must_check(ALWAYS_CHECKED + 1, LastStop::Unclean));
    }
}

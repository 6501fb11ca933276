//! The readers: a few connections that only read, each used by one blocking task at a time.
//! Knows no statement.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::errors::failed;
use super::open;
use crate::store::StoreError;

/// Reads at the same time. They are short and mostly served from memory; more would only take processors from
/// the loops that serve sockets.
const CONNECTIONS: u32 = 4;

/// Connections are opened when they are first needed and kept.
pub(super) struct Readers {
    path: PathBuf,
    /// A permit stands for the right to hold one connection.
    permits: Arc<Semaphore>,
    /// Held only to take or give back a connection.
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Readers of the database at `path`.
    pub(super) fn new(path: PathBuf) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(CONNECTIONS as usize));
        Arc::new(Self { path, permits, idle: Mutex::default() })
    }

    /// Runs `read` on a connection of its own.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        what: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let answer = readers.with_connection(read);
            drop(permit);
            answer
        });
        match task.await {
            Ok(answer) => answer.map_err(|error| failed(what, &error)),
            Err(error) => Err(failed(what, &error)),
        }
    }

    fn with_connection<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.idle.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.connect()?,
        };
        let answer = read(&conn);
        self.idle.lock().push(conn);
        answer
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        open::tune(&conn)?;
        Ok(conn)
    }

    /// Waits for the reads that have begun, refuses new ones and closes the connections.
    pub(super) async fn close(&self) {
        // An error means that another call has closed them.
        if let Ok(all) = self.permits.acquire_many(CONNECTIONS).await {
            self.permits.close();
            drop(all);
            self.idle.lock().clear();
        }
    }
}

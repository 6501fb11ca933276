//! The committer's desk: its connection, and how a group of commits becomes one transaction.
//! Knows no thread and no channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::apply;
use super::errors::{Refusal, failed};
use super::tenants::TenantNumbers;
use super::write_back::WriteBack;
use crate::store::{StoreError, Write};

/// What the committer has done since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commits that were kept.
    pub commits: u64,
    /// Transactions that kept them: fewer than commits where commits waited at the same time.
    pub transactions: u64,
    /// Commits that were refused.
    pub refused: u64,
}

/// The living copy of [`Stats`]. Each counter is read for itself, so relaxed order is enough.
#[derive(Debug, Default)]
pub(super) struct Counters {
    commits: AtomicU64,
    transactions: AtomicU64,
    refused: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

/// The one connection that writes, with what must live as long as it.
pub(super) struct Desk {
    conn: Connection,
    /// Where the log is written back beside the commits.
    write_back: Option<WriteBack>,
    tenants: TenantNumbers,
    data_version: i64,
    counters: Arc<Counters>,
}

impl Desk {
    /// A desk over a connection whose schema is up to date.
    pub(super) fn new(
        conn: Connection,
        write_back: Option<WriteBack>,
        counters: Arc<Counters>,
    ) -> rusqlite::Result<Self> {
        let data_version = data_version(&conn)?;
        Ok(Self { conn, write_back, tenants: TenantNumbers::default(), data_version, counters })
    }

    /// The connection, for reads and for work that opens its own transaction.
    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Keeps a group of commits in one transaction, and answers for each of them.
    ///
    /// When the shared transaction fails, each commit is tried in one of its own: a bad one then fails alone.
    pub(super) fn keep_group(&mut self, group: &[&[Write]]) -> Vec<Result<(), StoreError>> {
        if group.len() > 1 {
            match self.keep(group) {
                Ok(()) => return vec![Ok(()); group.len()],
                Err((what, error)) => {
                    tracing::warn!(what, %error, commits = group.len(), "a shared transaction failed, each commit is tried alone");
                }
            }
        }
        group.iter().map(|writes| self.keep_alone(writes)).collect()
    }

    fn keep_alone(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        self.keep(&[writes]).map_err(|(what, error)| {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            failed(what, &error)
        })
    }

    fn keep(&mut self, group: &[&[Write]]) -> Result<(), (&'static str, Refusal)> {
        let kept = keep_all(&self.conn, &mut self.tenants, group);
        if kept.is_ok() {
            self.counters.transactions.fetch_add(1, Ordering::Relaxed);
            self.counters.commits.fetch_add(group.len() as u64, Ordering::Relaxed);
        } else {
            self.tenants.clear();
        }
        kept
    }

    /// Whether another connection has committed since this was last asked.
    pub(super) fn changed_elsewhere(&mut self) -> rusqlite::Result<bool> {
        let now = data_version(&self.conn)?;
        Ok(std::mem::replace(&mut self.data_version, now) != now)
    }

    /// Closes the connection; the last one to go writes the log back into the database.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        if let Some(write_back) = self.write_back.take() {
            write_back.stop(&mut self.conn);
        }
        self.conn.close().map_err(|(_, error)| failed("close", &error))
    }
}

/// Applies everything in one transaction, which is rolled back when it is dropped without a commit.
fn keep_all(
    conn: &Connection,
    tenants: &mut TenantNumbers,
    group: &[&[Write]],
) -> Result<(), (&'static str, Refusal)> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)
        .map_err(|error| ("begin", error.into()))?;
    for write in group.iter().copied().flatten() {
        apply::apply(&transaction, tenants, write).map_err(|refusal| (apply::name(write), refusal))?;
    }
    transaction.commit().map_err(|error| ("commit", error.into()))
}

/// Changes when a connection other than the one asked has committed.
fn data_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

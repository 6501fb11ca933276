//! Uploads of what bots answer from, and what became of them.
//! Does not know what an upload holds.

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::clock::Millis;
use crate::domain::faq::{NodeChanges, UploadOutcome};
use crate::domain::ids::{FaqUploadId, TenantId};
use crate::store::FaqUploadRecord;

const IN_PROGRESS: i64 = 0;
const SUCCEEDED: i64 = 1;
const FAILED: i64 = 2;

pub(super) fn put(conn: &Connection, tenant: TenantNo, upload: &FaqUploadRecord) -> Result<(), Refusal> {
    let FaqUploadRecord { id, tenant: _, bot, taken, outcome } = upload;
    let (state, changes, error) = match outcome {
        UploadOutcome::InProgress => (IN_PROGRESS, NodeChanges::default(), ""),
        UploadOutcome::Succeeded(changes) => (SUCCEEDED, *changes, ""),
        UploadOutcome::Failed(error) => (FAILED, NodeChanges::default(), error.as_str()),
    };
    let NodeChanges { created, updated, unchanged, removed } = changes;
    let [created, updated, unchanged, removed] = [created, updated, unchanged, removed].map(integer);
    let changed = conn
        .prepare_cached(
            "INSERT INTO faq_uploads
                 (id, tenant_no, integration, taken, state, created, updated, unchanged, removed, error)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET
                 state = excluded.state, created = excluded.created, updated = excluded.updated,
                 unchanged = excluded.unchanged, removed = excluded.removed, error = excluded.error
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![id, tenant.0, bot, taken, state, created, updated, unchanged, removed, error])?;
    own(changed)
}

pub(super) fn keep_newest(conn: &Connection, tenant: TenantNo, count: usize) -> Result<(), Refusal> {
    conn.prepare_cached(
        "DELETE FROM faq_uploads WHERE id IN
             (SELECT id FROM faq_uploads WHERE tenant_no = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![tenant.0, integer(count)])?;
    Ok(())
}

pub(super) fn find(
    conn: &Connection,
    tenant: TenantId,
    id: FaqUploadId,
) -> rusqlite::Result<Option<FaqUploadRecord>> {
    conn.prepare_cached(
        "SELECT integration, taken, state, created, updated, unchanged, removed, error FROM faq_uploads
         WHERE id = ?1 AND tenant_no = (SELECT no FROM tenants WHERE id = ?2)",
    )?
    .query_row(params![id, tenant], |row| {
        let count = |column| row.get::<_, i64>(column).map(|count| usize::try_from(count).unwrap_or(0));
        let outcome = match row.get(2)? {
            IN_PROGRESS => UploadOutcome::InProgress,
            SUCCEEDED => UploadOutcome::Succeeded(NodeChanges {
                created: count(3)?,
                updated: count(4)?,
                unchanged: count(5)?,
                removed: count(6)?,
            }),
            FAILED => UploadOutcome::Failed(row.get(7)?),
            other => return Err(FromSqlError::OutOfRange(other).into()),
        };
        Ok(FaqUploadRecord { id, tenant, bot: row.get(0)?, taken: row.get(1)?, outcome })
    })
    .optional()
}

/// Removes at most `limit` uploads that were taken before `before`.
pub(super) fn forget(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM faq_uploads WHERE id IN
             (SELECT id FROM faq_uploads WHERE taken < ?1 ORDER BY taken LIMIT ?2)",
    )?
    .execute(params![before, integer(limit)])
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

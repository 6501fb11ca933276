//! Answers kept for requests that may be repeated.
//! Does not know what a request or an answer holds.

use rusqlite::{Connection, OptionalExtension, params};

use super::errors::Refusal;
use super::place::TenantNo;
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::store::IdempotencyRecord;

pub(super) fn put(conn: &Connection, tenant: TenantNo, kept: &IdempotencyRecord) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO idempotent_answers (tenant_no, client, key, fingerprint, answer, created)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant_no, client, key) DO UPDATE SET
             fingerprint = excluded.fingerprint, answer = excluded.answer, created = excluded.created",
    )?
    .execute(params![tenant.0, kept.client, kept.key, kept.fingerprint, kept.answer, kept.created])?;
    Ok(())
}

pub(super) fn find(
    conn: &Connection,
    tenant: TenantId,
    client: &str,
    key: &str,
    not_before: Millis,
) -> rusqlite::Result<Option<IdempotencyRecord>> {
    conn.prepare_cached(
        "SELECT client, key, fingerprint, answer, created FROM idempotent_answers
         WHERE tenant_no = (SELECT no FROM tenants WHERE id = ?1) AND client = ?2 AND key = ?3 AND created >= ?4",
    )?
    .query_row(params![tenant, client, key, not_before], |row| {
        Ok(IdempotencyRecord {
            tenant,
            client: row.get(0)?,
            key: row.get(1)?,
            fingerprint: row.get(2)?,
            answer: row.get(3)?,
            created: row.get(4)?,
        })
    })
    .optional()
}

/// Removes at most `limit` answers that were made before `before`.
pub(super) fn prune(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM idempotent_answers WHERE rowid IN (
             SELECT rowid FROM idempotent_answers WHERE created < ?1 ORDER BY created LIMIT ?2)",
    )?
    .execute(params![before, i64::try_from(limit).unwrap_or(i64::MAX)])
}

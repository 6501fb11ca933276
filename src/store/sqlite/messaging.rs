//! What back ends message by.
//! Does not know what a document or a sealed token holds.

use rusqlite::{Connection, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::ids::MessagingId;
use crate::store::MessagingRecord;

pub(super) fn put(conn: &Connection, tenant: TenantNo, record: &MessagingRecord) -> Result<(), Refusal> {
    let MessagingRecord { id, tenant: _, kind, document, sealed } = record;
    let changed = conn
        .prepare_cached(
            "INSERT INTO messaging (id, tenant_no, kind, document, sealed) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET
                 kind = excluded.kind, document = excluded.document, sealed = excluded.sealed
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![id, tenant.0, kind, document, sealed])?;
    own(changed)
}

pub(super) fn delete(conn: &Connection, id: MessagingId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM messaging WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<MessagingRecord>> {
    conn.prepare_cached(
        "SELECT m.id, t.id, m.kind, m.document, m.sealed
         FROM messaging m JOIN tenants t ON t.no = m.tenant_no ORDER BY m.rowid",
    )?
    .query_map([], |row| {
        Ok(MessagingRecord {
            id: row.get(0)?,
            tenant: row.get(1)?,
            kind: row.get(2)?,
            document: row.get(3)?,
            sealed: row.get(4)?,
        })
    })?
    .collect()
}

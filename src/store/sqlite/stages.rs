//! The stages of hubs, and the activities that wait for one.
//! Does not know what a document, a sealed key or a held activity holds.

use rusqlite::{Connection, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::ids::{ConversationId, HubId};
use crate::store::{HeldRecord, PipelineRecord};

pub(super) fn put_pipeline(
    conn: &Connection,
    tenant: TenantNo,
    pipeline: &PipelineRecord,
) -> Result<(), Refusal> {
    let PipelineRecord { hub, tenant: _, stages, sealed_keys, modified } = pipeline;
    let changed = conn
        .prepare_cached(
            "INSERT INTO pipelines (hub, tenant_no, stages, sealed_keys, modified) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (hub) DO UPDATE SET
                 stages = excluded.stages, sealed_keys = excluded.sealed_keys, modified = excluded.modified
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![hub, tenant.0, stages, sealed_keys, modified])?;
    own(changed)
}

pub(super) fn delete_pipeline(conn: &Connection, hub: HubId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM pipelines WHERE hub = ?1")?.execute([hub])?;
    Ok(())
}

pub(super) fn pipelines(conn: &Connection) -> rusqlite::Result<Vec<PipelineRecord>> {
    conn.prepare_cached(
        "SELECT p.hub, t.id, p.stages, p.sealed_keys, p.modified
         FROM pipelines p JOIN tenants t ON t.no = p.tenant_no ORDER BY p.rowid",
    )?
    .query_map([], |row| {
        Ok(PipelineRecord {
            hub: row.get(0)?,
            tenant: row.get(1)?,
            stages: row.get(2)?,
            sealed_keys: row.get(3)?,
            modified: row.get(4)?,
        })
    })?
    .collect()
}

pub(super) fn hold(conn: &Connection, tenant: TenantNo, held: &HeldRecord) -> Result<(), Refusal> {
    conn.prepare_cached("INSERT INTO held (conversation, number, tenant_no, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![held.conversation, held.number, tenant.0, held.body])?;
    Ok(())
}

pub(super) fn release(conn: &Connection, conversation: ConversationId, number: i64) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM held WHERE conversation = ?1 AND number = ?2")?
        .execute(params![conversation, number])?;
    Ok(())
}

pub(super) fn release_all(conn: &Connection, conversation: ConversationId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM held WHERE conversation = ?1")?.execute(params![conversation])?;
    Ok(())
}

pub(super) fn held(conn: &Connection) -> rusqlite::Result<Vec<HeldRecord>> {
    conn.prepare_cached(
        "SELECT t.id, h.conversation, h.number, h.body
         FROM held h JOIN tenants t ON t.no = h.tenant_no ORDER BY h.conversation, h.number",
    )?
    .query_map([], |row| {
        Ok(HeldRecord {
            tenant: row.get(0)?,
            conversation: row.get(1)?,
            number: row.get(2)?,
            body: row.get(3)?,
        })
    })?
    .collect()
}

//! Commands of hubs.
//! Does not know what the document of an effect holds.

use rusqlite::{Connection, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::ids::CommandId;
use crate::store::CommandRecord;

pub(super) fn put(conn: &Connection, tenant: TenantNo, command: &CommandRecord) -> Result<(), Refusal> {
    let CommandRecord { id, tenant: _, hub, name, description, effect, created, modified } = command;
    let changed = conn
        .prepare_cached(
            "INSERT INTO commands (id, tenant_no, hub, name, description, effect, created, modified)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET
                 hub = excluded.hub, name = excluded.name, description = excluded.description,
                 effect = excluded.effect, created = excluded.created, modified = excluded.modified
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![id, tenant.0, hub, name, description, effect, created, modified])?;
    own(changed)
}

pub(super) fn delete(conn: &Connection, id: CommandId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM commands WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<CommandRecord>> {
    conn.prepare_cached(
        "SELECT c.id, t.id, c.hub, c.name, c.description, c.effect, c.created, c.modified
         FROM commands c JOIN tenants t ON t.no = c.tenant_no ORDER BY c.rowid",
    )?
    .query_map([], |row| {
        Ok(CommandRecord {
            id: row.get(0)?,
            tenant: row.get(1)?,
            hub: row.get(2)?,
            name: row.get(3)?,
            description: row.get(4)?,
            effect: row.get(5)?,
            created: row.get(6)?,
            modified: row.get(7)?,
        })
    })?
    .collect()
}

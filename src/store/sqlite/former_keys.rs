//! Key pairs of integrations from before, each with its end.
//! Does not know what a sealed pair holds.

use rusqlite::{Connection, params};

use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::ids::IntegrationId;
use crate::store::FormerKeyRecord;

pub(super) fn put(conn: &Connection, of: IntegrationId, keys: &[FormerKeyRecord]) -> Result<(), Refusal> {
    delete(conn, of)?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO former_keys (integration, place, ends, sealed) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (place, key) in (0_i64..).zip(keys) {
        insert.execute(params![of, place, key.ends, key.sealed])?;
    }
    Ok(())
}

pub(super) fn delete(conn: &Connection, of: IntegrationId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM former_keys WHERE integration = ?1")?.execute([of])?;
    Ok(())
}

pub(super) fn forget(conn: &Connection, ended: Millis) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM former_keys WHERE ends <= ?1")?.execute([ended])?;
    Ok(())
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<(IntegrationId, FormerKeyRecord)>> {
    conn.prepare_cached("SELECT integration, ends, sealed FROM former_keys ORDER BY integration, place")?
        .query_map([], |row| Ok((row.get(0)?, FormerKeyRecord { ends: row.get(1)?, sealed: row.get(2)? })))?
        .collect()
}

//! Tenants, their numbers within this store, and how far each of them has come.
//! Knows no other table than it must look into for that.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::errors::Refusal;
use super::place::{self, TenantNo};
use crate::domain::ids::TenantId;
use crate::domain::order::{EventId, Position};
use crate::domain::tenant::Tenant;
use crate::store::{Pruned, TenantOrder};

/// The numbers that the committer has looked up. A tenant keeps its number for ever, so an entry only goes
/// wrong when the transaction that made its tenant was rolled back: the owner clears it then.
#[derive(Default)]
pub(super) struct TenantNumbers(HashMap<TenantId, TenantNo>);

impl TenantNumbers {
    /// The number of a tenant that must exist.
    pub(super) fn of(&mut self, conn: &Connection, tenant: TenantId) -> Result<TenantNo, Refusal> {
        if let Some(known) = self.0.get(&tenant) {
            return Ok(*known);
        }
        let number = number(conn, tenant)?.ok_or(Refusal::NoTenant(tenant))?;
        self.0.insert(tenant, number);
        Ok(number)
    }

    /// Forgets everything that was looked up.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The number of a tenant, if it was ever kept.
pub(super) fn number(conn: &Connection, tenant: TenantId) -> rusqlite::Result<Option<TenantNo>> {
    conn.prepare_cached("SELECT no FROM tenants WHERE id = ?1")?
        .query_row([tenant], |row| row.get(0).map(TenantNo))
        .optional()
}

/// The numbers of all tenants.
pub(super) fn numbers(conn: &Connection) -> rusqlite::Result<Vec<TenantNo>> {
    conn.prepare_cached("SELECT no FROM tenants ORDER BY no")?
        .query_map([], |row| row.get(0).map(TenantNo))?
        .collect()
}

pub(super) fn put(conn: &Connection, tenant: &Tenant) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO tenants (id, org, name, created) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET org = excluded.org, name = excluded.name, created = excluded.created",
    )?
    .execute(params![tenant.id, tenant.org, tenant.name, tenant.created])?;
    Ok(())
}

pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Tenant>> {
    conn.prepare_cached("SELECT id, org, name, created FROM tenants ORDER BY no")?
        .query_map([], |row| {
            Ok(Tenant { id: row.get(0)?, org: row.get(1)?, name: row.get(2)?, created: row.get(3)? })
        })?
        .collect()
}

/// The highest number that a hub of each tenant was given; 0 where it had none.
pub(super) fn hubs_made(conn: &Connection) -> rusqlite::Result<Vec<(TenantId, i64)>> {
    conn.prepare_cached("SELECT id, hubs_made FROM tenants ORDER BY no")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Remembers that a hub of the tenant has a number.
pub(super) fn note_hub(conn: &Connection, tenant: TenantNo, number: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE tenants SET hubs_made = max(hubs_made, ?2) WHERE no = ?1")?
        .execute(params![tenant.0, number])?;
    Ok(())
}

/// What retention has removed of the tenant's activities: nothing of one that was never kept.
pub(super) fn pruned(conn: &Connection, tenant: TenantId) -> rusqlite::Result<Pruned> {
    conn.prepare_cached("SELECT pruned, pruned_event_id FROM tenants WHERE id = ?1")?
        .query_row([tenant], |row| {
            Ok(Pruned { position: Position(row.get::<_, i64>(0)?.cast_unsigned()), event_id: row.get(1)? })
        })
        .optional()
        .map(Option::unwrap_or_default)
}

/// Remembers what retention has just removed of the tenant's activities.
pub(super) fn mark_pruned(
    conn: &Connection,
    tenant: TenantNo,
    position: Position,
    event_id: i64,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE tenants SET pruned = max(pruned, ?2), pruned_event_id = max(pruned_event_id, ?3) WHERE no = ?1",
    )?
    .execute(params![tenant.0, position.0.cast_signed(), event_id])?;
    Ok(())
}

pub(super) fn orders(conn: &Connection) -> rusqlite::Result<Vec<TenantOrder>> {
    let heads: Vec<(TenantNo, TenantOrder)> = conn
        .prepare_cached(
            "SELECT no, id,
                    coalesce((SELECT max(number) FROM conversations WHERE tenant_no = no AND number IS NOT NULL), 0)
             FROM tenants ORDER BY no",
        )?
        .query_map([], head)?
        .collect::<rusqlite::Result<_>>()?;
    heads
        .into_iter()
        .map(|(no, order)| {
            Ok(TenantOrder { position: newest_position(conn, no)?, event: newest_event(conn, no)?, ..order })
        })
        .collect()
}

fn head(row: &Row<'_>) -> rusqlite::Result<(TenantNo, TenantOrder)> {
    let order = TenantOrder {
        tenant: row.get(1)?,
        position: Position::default(),
        event: EventId::default(),
        number: row.get(2)?,
    };
    Ok((TenantNo(row.get(0)?), order))
}

fn newest_position(conn: &Connection, tenant: TenantNo) -> rusqlite::Result<Position> {
    conn.prepare_cached("SELECT max(place) FROM activities WHERE place BETWEEN ?1 AND ?2")?
        .query_row([tenant.first(), tenant.last()], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.map_or(Position::default(), place::position))
        })
}

fn newest_event(conn: &Connection, tenant: TenantNo) -> rusqlite::Result<EventId> {
    conn.prepare_cached("SELECT ms, n FROM events WHERE tenant_no = ?1 ORDER BY ms DESC, n DESC LIMIT 1")?
        .query_row([tenant.0], |row| Ok(EventId { ms: row.get(0)?, n: row.get(1)? }))
        .optional()
        .map(Option::unwrap_or_default)
}

//! Customers, and what back ends have told of them.
//! Does not know how a customer is named on any face.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::Json;
use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::clock::Millis;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::ids::{IntegrationId, TenantId};

/// What stands for customers where the kinds of pushes are counted; those begin at 1.
const CUSTOMERS: i64 = 0;

/// The columns that [`push`] reads.
const COLUMNS: &str = "p.no, p.kind, p.name, p.id, p.data, p.links, p.at";

pub(super) fn put(conn: &Connection, tenant: TenantNo, customer: &Customer) -> Result<(), Refusal> {
    let Customer { integration, binding, lang, opted_out } = customer;
    let changed = conn
        .prepare_cached(
            "INSERT INTO customers (integration, binding, tenant_no, lang, opted_out) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (integration, binding) DO UPDATE SET lang = excluded.lang, opted_out = excluded.opted_out
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![integration, binding, tenant.0, lang, opted_out])?;
    own(changed)
}

/// Forgets the customers of an integration.
pub(super) fn forget(conn: &Connection, integration: IntegrationId) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM customers WHERE integration = ?1")?.execute([integration])?;
    Ok(())
}

pub(super) fn one(
    conn: &Connection,
    tenant: TenantId,
    integration: IntegrationId,
    binding: &str,
) -> rusqlite::Result<Option<Customer>> {
    conn.prepare_cached(
        "SELECT c.integration, c.binding, c.lang, c.opted_out FROM customers c JOIN tenants t ON t.no = c.tenant_no
         WHERE c.integration = ?1 AND c.binding = ?2 AND t.id = ?3",
    )?
    .query_row(params![integration, binding, tenant], |row| {
        Ok(Customer {
            integration: row.get(0)?,
            binding: row.get(1)?,
            lang: row.get(2)?,
            opted_out: row.get(3)?,
        })
    })
    .optional()
}

pub(super) fn put_push(conn: &Connection, tenant: TenantNo, push: &Push) -> Result<(), Refusal> {
    let Push { kind, name, id, data, links, at } = push;
    let no: i64 = conn
        .prepare_cached(
            "INSERT INTO pushes (tenant_no, kind, name, id, data, links, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (tenant_no, kind, name, id) DO UPDATE SET
                 data = excluded.data, links = excluded.links, at = excluded.at
             RETURNING no",
        )?
        .query_row(params![tenant.0, kind, name, id, Json(data), Json(links), at], |row| row.get(0))?;
    conn.prepare_cached("DELETE FROM push_links WHERE push = ?1")?.execute([no])?;
    let mut insert = conn.prepare_cached(
        "INSERT OR IGNORE INTO push_links (tenant_no, key, kind, at, push) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for link in links {
        insert.execute(params![tenant.0, Json(link), kind, at, no])?;
    }
    Ok(())
}

/// What was told under a name and an id.
pub(super) fn push_of(
    conn: &Connection,
    tenant: TenantId,
    kind: PushKind,
    name: &str,
    id: &str,
) -> rusqlite::Result<Option<Push>> {
    let found = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM pushes p JOIN tenants t ON t.no = p.tenant_no
             WHERE t.id = ?1 AND p.kind = ?2 AND p.name = ?3 AND p.id = ?4"
        ))?
        .query_row(params![tenant, kind, name, id], push)
        .optional()?;
    Ok(found.map(|(_, push)| push))
}

/// The newest of a kind that was told of a customer by any of its keys.
pub(super) fn pushes_of(
    conn: &Connection,
    tenant: TenantId,
    keys: &[CustomerKey],
    kind: PushKind,
    most: usize,
) -> rusqlite::Result<Vec<Push>> {
    let mut newest = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM push_links l JOIN tenants t ON t.no = l.tenant_no JOIN pushes p ON p.no = l.push
         WHERE t.id = ?1 AND l.key = ?2 AND l.kind = ?3 ORDER BY l.at DESC, l.push DESC LIMIT ?4"
    ))?;
    let mut found = Vec::new();
    for key in keys {
        let rows = newest.query_map(params![tenant, Json(key), kind, limit(most)], push)?;
        for row in rows {
            found.push(row?);
        }
    }
    // One that is linked in several ways is one.
    found.sort_by_key(|(no, push): &(i64, Push)| std::cmp::Reverse((push.at, *no)));
    found.dedup_by_key(|(no, _)| *no);
    found.truncate(most);
    Ok(found.into_iter().map(|(_, push)| push).collect())
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// How many customers are known.
pub(super) fn count(conn: &Connection, tenant: TenantId) -> rusqlite::Result<usize> {
    counted(conn, tenant, CUSTOMERS)
}

/// How much was told of a kind.
pub(super) fn count_pushes(conn: &Connection, tenant: TenantId, kind: PushKind) -> rusqlite::Result<usize> {
    counted(conn, tenant, kind.code())
}

/// Triggers keep count, so that this takes no longer the more there is.
fn counted(conn: &Connection, tenant: TenantId, kind: i64) -> rusqlite::Result<usize> {
    let count: Option<i64> = conn
        .prepare_cached(
            "SELECT count FROM told_counts WHERE kind = ?2 AND tenant_no = (SELECT no FROM tenants WHERE id = ?1)",
        )?
        .query_row(params![tenant, kind], |row| row.get(0))
        .optional()?;
    Ok(usize::try_from(count.unwrap_or_default()).unwrap_or_default())
}

/// Removes events that happened before a moment.
pub(super) fn prune_events(conn: &Connection, before: Millis, most: usize) -> rusqlite::Result<usize> {
    let old: Vec<i64> = conn
        .prepare_cached("SELECT no FROM pushes WHERE kind = ?1 AND at < ?2 LIMIT ?3")?
        .query_map(params![PushKind::Event, before, limit(most)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for no in &old {
        conn.prepare_cached("DELETE FROM push_links WHERE push = ?1")?.execute([no])?;
        conn.prepare_cached("DELETE FROM pushes WHERE no = ?1")?.execute([no])?;
    }
    Ok(old.len())
}

/// The tenants of which something was told.
pub(super) fn told_of(conn: &Connection) -> rusqlite::Result<Vec<TenantId>> {
    conn.prepare_cached(
        "SELECT t.id FROM tenants t WHERE EXISTS (SELECT 1 FROM pushes p WHERE p.tenant_no = t.no)",
    )?
    .query_map([], |row| row.get(0))?
    .collect()
}

fn push(row: &Row<'_>) -> rusqlite::Result<(i64, Push)> {
    let (Json(data), Json(links)) = (row.get(4)?, row.get(5)?);
    let push = Push { kind: row.get(1)?, name: row.get(2)?, id: row.get(3)?, data, links, at: row.get(6)? };
    Ok((row.get(0)?, push))
}

//! The audit log: rows in the order in which they were written.
//! Does not know what the entries are about.

use std::net::IpAddr;

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Row, ToSql, named_params, params};

use super::columns::{Json, saturated};
use super::errors::Refusal;
use super::place::TenantNo;
use crate::domain::audit::{Action, Actor, AuditEntry, AuditKind, Who};
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::store::{AuditPage, AuditQuery};

pub(super) fn put(conn: &Connection, tenant: TenantNo, entry: &AuditEntry) -> Result<(), Refusal> {
    let AuditEntry { by, at, action, kind, id, name, changed } = entry;
    let (client, secret) = match &by.who {
        Who::Operator => (None, None),
        Who::Client { client, secret } => (Some(client), *secret),
    };
    let address = by.address.map(|address| address.to_string());
    conn.prepare_cached(
        "INSERT INTO audit (tenant_no, client, secret, address, at, action, kind, id, name, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        tenant.0,
        client,
        secret,
        address,
        at,
        action.name(),
        kind.name(),
        id,
        name,
        Json(changed)
    ])?;
    Ok(())
}

/// What a query asks for, as conditions. One without a value lets everything pass.
const ASKED_FOR: &str = "tenant_no = (SELECT no FROM tenants WHERE id = :tenant)
    AND (:kind IS NULL OR kind = :kind) AND (:id IS NULL OR id = :id)
    AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)";

pub(super) fn read(conn: &Connection, query: &AuditQuery) -> rusqlite::Result<AuditPage> {
    let moment = conn.unchecked_transaction()?;
    let kind = query.kind.map(AuditKind::name);
    let asked_for: [(&str, &dyn ToSql); 5] = [
        (":tenant", &query.tenant),
        (":kind", &kind),
        (":id", &query.id),
        (":since", &query.since),
        (":until", &query.until),
    ];
    let total: i64 = moment
        .prepare_cached(&format!("SELECT count(*) FROM audit WHERE {ASKED_FOR}"))?
        .query_row(&asked_for[..], |row| row.get(0))?;
    let page = named_params! {":limit": saturated(query.limit), ":skip": saturated(query.skip)};
    let entries = moment
        .prepare_cached(&format!(
            "SELECT client, secret, address, at, action, kind, id, name, changed FROM audit WHERE {ASKED_FOR}
             ORDER BY no DESC LIMIT :limit OFFSET :skip"
        ))?
        .query_map(&[&asked_for[..], page].concat()[..], |row| entry(query.tenant, row))?
        .collect::<rusqlite::Result<_>>()?;
    moment.finish()?;
    Ok(AuditPage { entries, total: usize::try_from(total).unwrap_or(usize::MAX) })
}

fn entry(tenant: TenantId, row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let who = match row.get(0)? {
        None => Who::Operator,
        Some(client) => Who::Client { client, secret: row.get(1)? },
    };
    let address: Option<String> = row.get(2)?;
    let address = match address {
        None => None,
        Some(text) => Some(word(2, text, |text| text.parse::<IpAddr>().ok())?),
    };
    let Json(changed) = row.get(8)?;
    Ok(AuditEntry {
        by: Actor { tenant, who, address },
        at: row.get(3)?,
        action: word(4, row.get(4)?, Action::from_name)?,
        kind: word(5, row.get(5)?, AuditKind::from_name)?,
        id: row.get(6)?,
        name: row.get(7)?,
        changed,
    })
}

/// The value that stands in a column as a word.
fn word<T>(column: usize, text: String, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    read(&text).ok_or_else(|| {
        let unknown = FromSqlError::other(UnknownWord(text));
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(unknown))
    })
}

/// A word that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is no word of the audit log")]
struct UnknownWord(String);

/// Removes at most `limit` entries that were made before `before`.
pub(super) fn prune(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM audit WHERE no IN (SELECT no FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?
    .execute(params![before, saturated(limit)])
}

//! Notifications: rows in the order in which they were written.
//! Does not know who is told of them.

use async_trait::async_trait;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, named_params, params};

use super::columns::{Json, saturated};
use super::errors::Refusal;
use super::place::TenantNo;
use super::{SqliteStore, tenants};
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::domain::notification::{Notification, Reason};
use crate::store::{NotificationPage, NotificationQuery, NotificationStore, StoreError};

#[async_trait]
impl NotificationStore for SqliteStore {
    async fn notifications(&self, query: NotificationQuery) -> Result<NotificationPage, StoreError> {
        self.read("notifications", move |conn| list(conn, &query)).await
    }
}

pub(super) fn put(conn: &Connection, tenant: TenantNo, notification: &Notification) -> Result<(), Refusal> {
    let Notification { id, endpoint, conversation, deliveries, count, reason, last, at, .. } = notification;
    conn.prepare_cached(
        "INSERT INTO notifications (id, tenant_no, endpoint, conversation, deliveries, count, reason, last, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        id,
        tenant.0,
        endpoint,
        conversation,
        Json(deliveries),
        count.cast_signed(),
        reason,
        Json(last),
        at
    ])?;
    Ok(())
}

fn list(conn: &Connection, query: &NotificationQuery) -> rusqlite::Result<NotificationPage> {
    let moment = conn.unchecked_transaction()?;
    let Some(tenant) = tenants::number(&moment, query.tenant)? else {
        return Ok(NotificationPage::default());
    };
    // Written out, so that the index of one or the other is used.
    let of_endpoint = if query.endpoint.is_some() { "= :endpoint" } else { "IS NOT :endpoint" };
    let asked_for = format!("FROM notifications WHERE tenant_no = :tenant AND endpoint {of_endpoint}");
    let whose = named_params! {":tenant": tenant.0, ":endpoint": query.endpoint};
    let total: i64 =
        moment.prepare_cached(&format!("SELECT count(*) {asked_for}"))?.query_row(whose, |row| row.get(0))?;
    let page = named_params! {":limit": saturated(query.limit), ":skip": saturated(query.skip)};
    let notifications = moment
        .prepare_cached(&format!(
            "SELECT id, endpoint, conversation, deliveries, count, reason, last, at {asked_for}
             ORDER BY no DESC LIMIT :limit OFFSET :skip"
        ))?
        .query_map(&[whose, page].concat()[..], |row| notification(query.tenant, row))?
        .collect::<rusqlite::Result<_>>()?;
    moment.finish()?;
    Ok(NotificationPage { notifications, total: usize::try_from(total).unwrap_or(usize::MAX) })
}

/// Removes at most `limit` notifications that were made before `before`.
pub(super) fn prune(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM notifications WHERE no IN (SELECT no FROM notifications WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?
    .execute(params![before, saturated(limit)])
}

fn notification(tenant: TenantId, row: &Row<'_>) -> rusqlite::Result<Notification> {
    let (Json(deliveries), Json(last)) = (row.get(3)?, row.get(6)?);
    let count: i64 = row.get(4)?;
    Ok(Notification {
        id: row.get(0)?,
        tenant,
        endpoint: row.get(1)?,
        conversation: row.get(2)?,
        deliveries,
        count: count.cast_unsigned(),
        reason: row.get(5)?,
        last,
        at: row.get(7)?,
    })
}

impl ToSql for Reason {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for Reason {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::from_name(name).ok_or_else(|| FromSqlError::other(UnknownReason(name.to_owned())))
    }
}

/// A reason that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is no reason to give up deliveries")]
struct UnknownReason(String);

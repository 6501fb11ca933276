//! The versions of the subscriptions of sessions that require acknowledgement.
//! Does not know which event a filter lets through.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::columns::Json;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::ids::SessionId;
use crate::domain::order::EventId;
use crate::domain::subscription::{Subscription, SubscriptionId};
use crate::store::SubscriptionRecord;

/// Keeps a version. A session that has ended in the meantime has no subscriptions.
pub(super) fn put(conn: &Connection, session: SessionId, record: &SubscriptionRecord) -> Result<(), Refusal> {
    let SubscriptionRecord { subscription, after, until } = record;
    conn.prepare_cached(
        "INSERT INTO subscriptions
             (session_no, id, description, filter, created, modified, after_ms, after_n, until_ms, until_n)
         SELECT no, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM sessions WHERE id = ?1",
    )?
    .execute(params![
        session,
        subscription.id,
        subscription.description,
        Json(&subscription.filter),
        subscription.created,
        subscription.modified,
        after.ms,
        after.n,
        until.map(|until| until.ms),
        until.map(|until| until.n),
    ])?;
    Ok(())
}

/// Ends the version in force. It goes at once when nothing is kept that it may have let through.
pub(super) fn end(
    conn: &Connection,
    session: SessionId,
    id: &SubscriptionId,
    until: EventId,
) -> Result<(), Refusal> {
    conn.prepare_cached(
        "UPDATE subscriptions SET until_ms = ?3, until_n = ?4
         WHERE session_no = (SELECT no FROM sessions WHERE id = ?1) AND id = ?2 AND until_ms IS NULL",
    )?
    .execute(params![session, id, until.ms, until.n])?;
    conn.prepare_cached(
        "DELETE FROM subscriptions WHERE no IN (
             SELECT v.no FROM sessions s
             JOIN subscriptions v ON v.session_no = s.no AND v.id = ?2 AND (v.until_ms, v.until_n) = (?3, ?4)
             WHERE s.id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM events e INDEXED BY events_for_watchers
                 WHERE e.tenant_no = s.tenant_no AND substr(e.audience, 1, 1) = '{'
                     AND (e.ms, e.n) > (v.after_ms, v.after_n) AND (e.ms, e.n) <= (v.until_ms, v.until_n)))",
    )?
    .execute(params![session, id, until.ms, until.n])?;
    Ok(())
}

/// Removes the versions of a session that ended with `event` or before it.
pub(super) fn delete_ended(conn: &Connection, session: SessionId, event: EventId) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM subscriptions
         WHERE session_no = (SELECT no FROM sessions WHERE id = ?1) AND (until_ms, until_n) <= (?2, ?3)",
    )?
    .execute(params![session, event.ms, event.n])
}

/// Removes all versions of a session.
pub(super) fn delete(conn: &Connection, session: SessionId) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM subscriptions WHERE session_no = (SELECT no FROM sessions WHERE id = ?1)",
    )?
    .execute([session])
}

/// All versions, by the numbers of their sessions.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<HashMap<i64, Vec<SubscriptionRecord>>> {
    let mut statement = conn.prepare_cached(
        "SELECT session_no, id, description, filter, created, modified, after_ms, after_n, until_ms, until_n
         FROM subscriptions ORDER BY no",
    )?;
    let mut rows = statement.query([])?;
    let mut versions: HashMap<i64, Vec<SubscriptionRecord>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let Json(filter) = row.get(3)?;
        let until_ms: Option<i64> = row.get(8)?;
        let record = SubscriptionRecord {
            subscription: Subscription {
                id: row.get(1)?,
                description: row.get(2)?,
                filter,
                created: row.get(4)?,
                modified: row.get(5)?,
            },
            after: EventId { ms: row.get(6)?, n: row.get(7)? },
            until: match until_ms {
                Some(ms) => Some(EventId { ms, n: row.get(9)? }),
                None => None,
            },
        };
        versions.entry(row.get(0)?).or_default().push(record);
    }
    Ok(versions)
}

/// Removes at most `limit` versions that ended before `before` and let through no event that is still kept.
pub(super) fn prune(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM subscriptions WHERE no IN (
             SELECT v.no FROM subscriptions v JOIN sessions s ON s.no = v.session_no
             WHERE v.until_ms < ?1 AND NOT EXISTS (
                 SELECT 1 FROM events e INDEXED BY events_for_watchers
                 WHERE e.tenant_no = s.tenant_no AND substr(e.audience, 1, 1) = '{'
                     AND (e.ms, e.n) > (v.after_ms, v.after_n) AND (e.ms, e.n) <= (v.until_ms, v.until_n))
             LIMIT ?2)",
    )?
    .execute(params![before, i64::try_from(limit).unwrap_or(i64::MAX)])
}

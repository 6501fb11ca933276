//! Sessions that require acknowledgement, what they acknowledged, and the events kept for them.
//! Does not know which session hears which event.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::checksum::{self, Checksum};
use super::columns::Json;
use super::errors::{Refusal, own};
use super::place::TenantNo;
use super::{subscriptions, tenants};
use crate::domain::clock::Millis;
use crate::domain::engagement::Audience;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::domain::order::EventId;
use crate::domain::subscription::{Resource, Watched};
use crate::store::{EventRecord, Page, SessionRecord};

pub(super) fn put_session(
    conn: &Connection,
    tenant: TenantNo,
    session: &SessionRecord,
) -> Result<(), Refusal> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO sessions (id, tenant_no, user, version, inactivity_seconds, created, after_ms, after_n)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET
                 user = excluded.user, version = excluded.version,
                 inactivity_seconds = excluded.inactivity_seconds, created = excluded.created,
                 after_ms = excluded.after_ms, after_n = excluded.after_n
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![
            session.id,
            tenant.0,
            session.user,
            session.version,
            session.inactivity_seconds,
            session.created,
            session.after.ms,
            session.after.n,
        ])?;
    own(changed)?;
    delete_acknowledgements(conn, session.id)?;
    subscriptions::delete(conn, session.id)?;
    for record in &session.subscriptions {
        subscriptions::put(conn, session.id, record)?;
    }
    acknowledge(conn, session.id, &session.acknowledged)
}

pub(super) fn delete_session(conn: &Connection, id: SessionId) -> Result<(), Refusal> {
    delete_acknowledgements(conn, id)?;
    subscriptions::delete(conn, id)?;
    conn.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn delete_acknowledgements(conn: &Connection, session: SessionId) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM acknowledgements WHERE session_no = (SELECT no FROM sessions WHERE id = ?1)",
    )?
    .execute([session])
}

/// Marks events as acknowledged. A session that has ended in the meantime has nothing left to acknowledge, and
/// to acknowledge twice is to acknowledge once.
pub(super) fn acknowledge(conn: &Connection, session: SessionId, events: &[EventId]) -> Result<(), Refusal> {
    if events.is_empty() {
        return Ok(());
    }
    let number: Option<i64> = conn
        .prepare_cached("SELECT no FROM sessions WHERE id = ?1")?
        .query_row([session], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    let mut insert = conn.prepare_cached(
        "INSERT INTO acknowledgements (session_no, ms, n) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for event in events {
        insert.execute(params![number, event.ms, event.n])?;
    }
    Ok(())
}

/// Marks everything up to an event as acknowledged. A session that has come further, or has ended in the meantime, stays
/// as it is.
pub(super) fn acknowledge_up_to(
    conn: &Connection,
    session: SessionId,
    event: EventId,
) -> Result<(), Refusal> {
    let number: Option<i64> = conn
        .prepare_cached(
            "UPDATE sessions SET after_ms = ?2, after_n = ?3
             WHERE id = ?1 AND (after_ms, after_n) < (?2, ?3) RETURNING no",
        )?
        .query_row(params![session, event.ms, event.n], |row| row.get(0))
        .optional()?;
    let Some(number) = number else { return Ok(()) };
    conn.prepare_cached("DELETE FROM acknowledgements WHERE session_no = ?1 AND (ms, n) <= (?2, ?3)")?
        .execute(params![number, event.ms, event.n])?;
    subscriptions::delete_ended(conn, session, event)?;
    Ok(())
}

pub(super) fn sessions(conn: &Connection) -> rusqlite::Result<Vec<SessionRecord>> {
    let moment = conn.unchecked_transaction()?;
    let mut acknowledged = acknowledgements(&moment)?;
    let mut subscribed = subscriptions::all(&moment)?;
    let sessions = moment
        .prepare_cached(
            "SELECT s.no, s.id, t.id, s.user, s.version, s.inactivity_seconds, s.created, s.after_ms, s.after_n
             FROM sessions s JOIN tenants t ON t.no = s.tenant_no ORDER BY s.no",
        )?
        .query_map([], |row| {
            Ok(SessionRecord {
                acknowledged: acknowledged.remove(&row.get::<_, i64>(0)?).unwrap_or_default(),
                subscriptions: subscribed.remove(&row.get::<_, i64>(0)?).unwrap_or_default(),
                id: row.get(1)?,
                tenant: row.get(2)?,
                user: row.get(3)?,
                version: row.get(4)?,
                inactivity_seconds: row.get(5)?,
                created: row.get(6)?,
                after: EventId { ms: row.get(7)?, n: row.get(8)? },
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    moment.finish()?;
    Ok(sessions)
}

fn acknowledgements(conn: &Connection) -> rusqlite::Result<HashMap<i64, Vec<EventId>>> {
    let mut statement =
        conn.prepare_cached("SELECT session_no, ms, n FROM acknowledgements ORDER BY session_no, ms, n")?;
    let mut rows = statement.query([])?;
    let mut acknowledged: HashMap<i64, Vec<EventId>> = HashMap::new();
    while let Some(row) = rows.next()? {
        acknowledged.entry(row.get(0)?).or_default().push(EventId { ms: row.get(1)?, n: row.get(2)? });
    }
    Ok(acknowledged)
}

pub(super) fn put_event(conn: &Connection, tenant: TenantNo, event: &EventRecord) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO events (tenant_no, ms, n, audience, body, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant_no, ms, n) DO UPDATE SET
             audience = excluded.audience, body = excluded.body, checksum = excluded.checksum",
    )?
    .execute(params![
        tenant.0,
        event.id.ms,
        event.id.n,
        audience_column(&event.audience),
        event.body,
        sum(tenant, event).finish(),
    ])?;
    Ok(())
}

pub(super) fn events(
    conn: &Connection,
    tenant: TenantId,
    after: EventId,
    page: Page,
) -> rusqlite::Result<Vec<EventRecord>> {
    let Some(number) = tenants::number(conn, tenant)? else { return Ok(Vec::new()) };
    let mut statement = conn.prepare_cached(
        "SELECT ms, n, audience, body, checksum FROM events
         WHERE tenant_no = ?1 AND (ms, n) > (?2, ?3) ORDER BY ms, n LIMIT ?4",
    )?;
    let limit = i64::try_from(page.rows).unwrap_or(i64::MAX);
    let rows =
        statement.query_map(params![number.0, after.ms, after.n, limit], |row| event(row, tenant, number))?;
    page.fill(rows, |event| event.body.len())
}

fn event(row: &Row<'_>, tenant: TenantId, number: TenantNo) -> rusqlite::Result<EventRecord> {
    let audience: Option<Json<Addressed>> = row.get(2)?;
    let event = EventRecord {
        tenant,
        id: EventId { ms: row.get(0)?, n: row.get(1)? },
        audience: match audience {
            None => Audience::Organization,
            Some(Json(Addressed::Users(users))) => Audience::Users(users),
            Some(Json(Addressed::Watchers(watched))) => Audience::Watchers(watched),
        },
        body: row.get(3)?,
    };
    checksum::verify(row.get(4)?, sum(number, &event), 4)?;
    Ok(event)
}

fn sum(tenant: TenantNo, event: &EventRecord) -> Checksum {
    let start = Checksum::new()
        .integer(tenant.0)
        .integer(event.id.ms)
        .integer(event.id.n.into())
        .bytes(event.body.as_bytes());
    match &event.audience {
        Audience::Organization => start.integer(-1),
        Audience::Users(users) => users.iter().fold(start, |sum, user| sum.bytes(user.as_str().as_bytes())),
        Audience::Watchers(Watched { event, resource }) => {
            let start = start.integer(-2).bytes(event.event_type().as_bytes());
            match resource {
                None => start.integer(0),
                Some(Resource::User(user)) => start.integer(1).bytes(user.as_str().as_bytes()),
                Some(Resource::Team(team)) => start.integer(2).bytes(team.as_str().as_bytes()),
            }
        }
    }
}

/// An audience that is not everybody, as it stands in its column: a list of users, or an object.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Addressed {
    Users(Vec<UserId>),
    Watchers(Watched),
}

fn audience_column(audience: &Audience) -> Option<Json<Addressed>> {
    match audience {
        Audience::Organization => None,
        Audience::Users(users) => Some(Json(Addressed::Users(users.clone()))),
        Audience::Watchers(watched) => Some(Json(Addressed::Watchers(watched.clone()))),
    }
}

/// Removes at most `limit` of the tenant's events that were published before `before`, never its newest.
pub(super) fn prune_events(
    conn: &Connection,
    tenant: TenantNo,
    before: Millis,
    limit: usize,
) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM events WHERE no IN (
             SELECT no FROM events
             WHERE tenant_no = ?1 AND ms < ?2
               AND no <> (SELECT no FROM events WHERE tenant_no = ?1 ORDER BY ms DESC, n DESC LIMIT 1)
             ORDER BY ms, n LIMIT ?3)",
    )?
    .execute(params![tenant.0, before, i64::try_from(limit).unwrap_or(i64::MAX)])
}

/// Removes at most `limit` acknowledgements of events before `before` that are gone. One of an event that is
/// still kept stays: without it the event would be delivered again.
pub(super) fn prune_acknowledgements(
    conn: &Connection,
    before: Millis,
    limit: usize,
) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM acknowledgements WHERE (session_no, ms, n) IN (
             SELECT a.session_no, a.ms, a.n FROM sessions s
             JOIN acknowledgements a ON a.session_no = s.no AND a.ms < ?1
             WHERE NOT EXISTS (
                 SELECT 1 FROM events e WHERE e.tenant_no = s.tenant_no AND e.ms = a.ms AND e.n = a.n)
             LIMIT ?2)",
    )?
    .execute(params![before, i64::try_from(limit).unwrap_or(i64::MAX)])
}

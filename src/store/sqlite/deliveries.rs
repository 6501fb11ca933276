//! Deliveries to webhooks: what is to be sent, and what became of it.
//! Does not know when or how anything is sent, nor what a body says.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::checksum::{self, Checksum};
use super::columns::{Json, saturated};
use super::errors::Refusal;
use super::place::TenantNo;
use super::tenants;
use crate::domain::clock::Millis;
use crate::domain::delivery::{Delivery, DeliveryNo, DeliveryStatus, Endpoint, Progress};
use crate::domain::ids::{ClientId, DeliveryId, IntegrationId, TenantId};
use crate::store::{
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, LeftAlone, PendingQuery, PendingTotal,
    StoppedEndpoint, ToldFate, ToldQuery,
};

/// The columns that [`head`] reads, of `deliveries d`.
const HEAD: &str =
    "d.no, d.id, d.endpoint, d.conversation, d.created, d.status, d.tries, d.next_attempt, d.attempts";

/// What is to be sent to an endpoint: the partial index is walked from the reader's place on.
const PENDING: &str = "FROM deliveries d INDEXED BY deliveries_pending JOIN delivery_bodies b ON b.no = d.no
     WHERE d.status = 0 AND d.endpoint = ?1 AND d.no > ?2 AND d.tenant_no = ?3 ORDER BY d.no LIMIT ?4";

/// What is to be sent to an endpoint in one conversation, however much of others lies between.
const PENDING_IN_CONVERSATION: &str =
    "FROM deliveries d INDEXED BY deliveries_of_line JOIN delivery_bodies b ON b.no = d.no
     WHERE d.status = 0 AND d.endpoint = ?1 AND d.no > ?2 AND d.tenant_no = ?3 AND d.conversation = ?5
     ORDER BY d.no LIMIT ?4";

/// What an endpoint was told itself of a conversation, between two activities.
const TOLD: &str = "FROM deliveries d INDEXED BY deliveries_told
     WHERE d.endpoint = ?1 AND d.conversation = ?2 AND d.event_id BETWEEN ?3 AND ?4 AND d.tenant_no = ?5
     ORDER BY d.event_id";

/// Every endpoint to which something is to be sent: a step of the index each, however much is to be sent.
const PENDING_FOUND: &str = "WITH RECURSIVE found (endpoint) AS (
         SELECT (SELECT endpoint FROM deliveries INDEXED BY deliveries_pending
                 WHERE status = 0 ORDER BY endpoint LIMIT 1)
         UNION ALL
         SELECT (SELECT endpoint FROM deliveries INDEXED BY deliveries_pending
                 WHERE status = 0 AND endpoint > found.endpoint ORDER BY endpoint LIMIT 1)
         FROM found WHERE found.endpoint IS NOT NULL)";

/// Of these endpoints: whose they are.
const PENDING_ENDPOINTS: &str = "SELECT (SELECT t.id FROM deliveries d JOIN tenants t ON t.no = d.tenant_no
             WHERE d.status = 0 AND d.endpoint = found.endpoint LIMIT 1), found.endpoint
     FROM found WHERE found.endpoint IS NOT NULL";

/// Of these endpoints: how much is to be sent, counted in the index alone, and when the first of it was kept.
const PENDING_TOTAL: &str = "SELECT
         (SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE status = 0),
         min((SELECT created FROM deliveries INDEXED BY deliveries_pending
              WHERE status = 0 AND endpoint = found.endpoint ORDER BY tenant_no, no LIMIT 1))
     FROM found WHERE found.endpoint IS NOT NULL";

/// Every endpoint that is known from any delivery.
const KNOWN_ENDPOINTS: &str = "WITH RECURSIVE found (endpoint) AS (
         SELECT (SELECT endpoint FROM deliveries INDEXED BY deliveries_endpoint ORDER BY endpoint LIMIT 1)
         UNION ALL
         SELECT (SELECT endpoint FROM deliveries INDEXED BY deliveries_endpoint
                 WHERE endpoint > found.endpoint ORDER BY endpoint LIMIT 1)
         FROM found WHERE found.endpoint IS NOT NULL)
     SELECT endpoint FROM found WHERE endpoint IS NOT NULL";

/// Of endpoints: there is none like that any more.
const IS_GONE: &str =
    "endpoint NOT IN (SELECT id FROM integrations) AND endpoint NOT IN (SELECT id FROM clients)";

pub(super) fn put(conn: &Connection, tenant: TenantNo, record: &DeliveryRecord) -> Result<(), Refusal> {
    let DeliveryRecord { number, delivery, created, progress } = record;
    conn.prepare_cached(
        "INSERT INTO deliveries (no, id, tenant_no, endpoint, conversation, created, status, tries, next_attempt,
                                 attempts, event_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        number,
        delivery.id,
        tenant.0,
        delivery.endpoint,
        delivery.conversation,
        created,
        progress.status,
        progress.tries,
        progress.next_attempt,
        Json(&progress.attempts),
        delivery.event_id,
    ])?;
    conn.prepare_cached(
        "INSERT INTO delivery_bodies (no, hub, form, envelope, item, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        number,
        delivery.hub,
        delivery.form,
        delivery.envelope,
        delivery.item,
        sum(*number, delivery).finish(),
    ])?;
    Ok(())
}

pub(super) fn note(conn: &Connection, number: DeliveryNo, progress: &Progress) -> Result<(), Refusal> {
    conn.prepare_cached(
        "UPDATE deliveries SET status = ?2, tries = ?3, next_attempt = ?4, attempts = ?5 WHERE no = ?1",
    )?
    .execute(params![
        number,
        progress.status,
        progress.tries,
        progress.next_attempt,
        Json(&progress.attempts)
    ])?;
    Ok(())
}

pub(super) fn stop(
    conn: &Connection,
    tenant: TenantNo,
    endpoint: &Endpoint,
    configured: Millis,
) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO stopped_endpoints (endpoint, tenant_no, configured) VALUES (?1, ?2, ?3)
         ON CONFLICT (endpoint) DO UPDATE SET configured = excluded.configured",
    )?
    .execute(params![endpoint, tenant.0, configured])?;
    Ok(())
}

pub(super) fn leave_alone(
    conn: &Connection,
    tenant: TenantNo,
    endpoint: &Endpoint,
    until: Millis,
) -> Result<(), Refusal> {
    conn.prepare_cached(
        "INSERT INTO endpoints_left_alone (endpoint, tenant_no, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (endpoint) DO UPDATE SET until = max(until, excluded.until)",
    )?
    .execute(params![endpoint, tenant.0, until])?;
    Ok(())
}

pub(super) fn go_on(conn: &Connection, endpoint: &Endpoint) -> Result<(), Refusal> {
    conn.prepare_cached("DELETE FROM stopped_endpoints WHERE endpoint = ?1")?.execute([endpoint])?;
    Ok(())
}

pub(super) fn newest(conn: &Connection) -> rusqlite::Result<DeliveryNo> {
    conn.prepare_cached("SELECT coalesce(max(no), 0) FROM deliveries")?.query_row([], |row| row.get(0))
}

pub(super) fn pending_endpoints(conn: &Connection) -> rusqlite::Result<Vec<(TenantId, Endpoint)>> {
    conn.prepare_cached(&format!("{PENDING_FOUND} {PENDING_ENDPOINTS}"))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(super) fn pending_total(conn: &Connection) -> rusqlite::Result<PendingTotal> {
    conn.prepare_cached(&format!("{PENDING_FOUND} {PENDING_TOTAL}"))?.query_row([], |row| {
        let count: i64 = row.get(0)?;
        Ok(PendingTotal { count: u64::try_from(count).unwrap_or_default(), oldest: row.get(1)? })
    })
}

pub(super) fn pending(conn: &Connection, query: &PendingQuery) -> rusqlite::Result<Vec<DeliveryRecord>> {
    let PendingQuery { tenant, endpoint, conversation, after, page } = query;
    let Some(number) = tenants::number(conn, *tenant)? else { return Ok(Vec::new()) };
    let asked_for = conversation.map_or(PENDING, |_| PENDING_IN_CONVERSATION);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {HEAD}, b.hub, b.form, b.envelope, b.item, b.checksum, d.event_id {asked_for}"
    ))?;
    let limit = saturated(page.rows);
    let mut values: Vec<&dyn ToSql> = vec![endpoint, after, &number.0, &limit];
    values.extend(conversation.as_ref().map(|one| one as &dyn ToSql));
    let rows = statement.query_map(values.as_slice(), |row| record(row, *tenant))?;
    page.fill(rows, |record| record.delivery.bytes())
}

pub(super) fn list(conn: &Connection, query: &DeliveryQuery) -> rusqlite::Result<DeliveryPage> {
    let moment = conn.unchecked_transaction()?;
    let Some(tenant) = tenants::number(&moment, query.tenant)? else { return Ok(DeliveryPage::default()) };
    let total: i64 = moment
        .prepare_cached(&format!("SELECT count(*) {}", asked_for(query.status)))?
        .query_row(params![query.endpoint, tenant.0, query.since, query.before], |row| row.get(0))?;
    let deliveries = page(&moment, tenant, query)?;
    moment.finish()?;
    Ok(DeliveryPage { deliveries, total: usize::try_from(total).unwrap_or(usize::MAX) })
}

pub(super) fn heads(conn: &Connection, query: &DeliveryQuery) -> rusqlite::Result<Vec<DeliveryHead>> {
    match tenants::number(conn, query.tenant)? {
        Some(tenant) => page(conn, tenant, query),
        None => Ok(Vec::new()),
    }
}

fn page(conn: &Connection, tenant: TenantNo, query: &DeliveryQuery) -> rusqlite::Result<Vec<DeliveryHead>> {
    let DeliveryQuery { endpoint, since, before, .. } = query;
    let asked_for = asked_for(query.status);
    conn.prepare_cached(&format!("SELECT {HEAD} {asked_for} ORDER BY d.no DESC LIMIT ?5 OFFSET ?6"))?
        .query_map(
            params![endpoint, tenant.0, since, before, saturated(query.limit), saturated(query.skip)],
            |row| head(row, query.tenant),
        )?
        .collect()
}

/// The status is written out, so that its partial index is used where there is one.
fn asked_for(status: Option<DeliveryStatus>) -> String {
    let status = status.map_or(String::new(), |status| format!("AND d.status = {}", status.code()));
    format!(
        "FROM deliveries d WHERE d.endpoint = ?1 AND d.tenant_no = ?2 {status}
         AND (?3 IS NULL OR d.created >= ?3) AND (?4 IS NULL OR d.no < ?4)"
    )
}

pub(super) fn one(
    conn: &Connection,
    tenant: TenantId,
    id: DeliveryId,
) -> rusqlite::Result<Option<DeliveryHead>> {
    conn.prepare_cached(&format!(
        "SELECT {HEAD} FROM deliveries d JOIN tenants t ON t.no = d.tenant_no WHERE d.id = ?1 AND t.id = ?2"
    ))?
    .query_row(params![id, tenant], |row| head(row, tenant))
    .optional()
}

/// What became of what an endpoint was told itself.
pub(super) fn told(conn: &Connection, query: &ToldQuery) -> rusqlite::Result<Vec<ToldFate>> {
    let ToldQuery { tenant, endpoint, conversation, first, last } = query;
    let Some(tenant) = tenants::number(conn, *tenant)? else { return Ok(Vec::new()) };
    // Attempts say something only of what was replayed or is dead.
    conn.prepare_cached(&format!(
        "SELECT d.event_id, d.status, CASE d.status WHEN 1 THEN '[]' ELSE d.attempts END {TOLD}"
    ))?
    .query_map(params![endpoint, conversation, first, last, tenant.0], |row| {
        let Json(attempts) = row.get(2)?;
        let progress = Progress { status: row.get(1)?, attempts, ..Progress::default() };
        Ok(ToldFate::new(row.get(0)?, &progress))
    })?
    .collect()
}

pub(super) fn stopped(conn: &Connection) -> rusqlite::Result<Vec<StoppedEndpoint>> {
    conn.prepare_cached(
        "SELECT t.id, s.endpoint, s.configured FROM stopped_endpoints s JOIN tenants t ON t.no = s.tenant_no",
    )?
    .query_map([], |row| {
        Ok(StoppedEndpoint { tenant: row.get(0)?, endpoint: row.get(1)?, configured: row.get(2)? })
    })?
    .collect()
}

pub(super) fn left_alone(conn: &Connection) -> rusqlite::Result<Vec<LeftAlone>> {
    conn.prepare_cached(
        "SELECT t.id, l.endpoint, l.until FROM endpoints_left_alone l JOIN tenants t ON t.no = l.tenant_no",
    )?
    .query_map([], |row| Ok(LeftAlone { tenant: row.get(0)?, endpoint: row.get(1)?, until: row.get(2)? }))?
    .collect()
}

/// Removes at most `limit` deliveries that are settled and were kept before `before`.
pub(super) fn prune(conn: &Connection, before: Millis, limit: usize) -> rusqlite::Result<usize> {
    let old: Vec<DeliveryNo> = conn
        .prepare_cached(
            "SELECT no FROM deliveries INDEXED BY deliveries_settled
             WHERE status <> 0 AND created < ?1 ORDER BY created LIMIT ?2",
        )?
        .query_map(params![before, saturated(limit)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    remove(conn, &old)
}

/// Removes at most `limit` deliveries to an endpoint that is gone, whatever became of them; and that endpoints which
/// are gone are stopped or left alone, also where no delivery is left.
pub(super) fn prune_gone(conn: &Connection, limit: usize) -> rusqlite::Result<usize> {
    for noted in ["stopped_endpoints", "endpoints_left_alone"] {
        conn.prepare_cached(&format!("DELETE FROM {noted} WHERE {IS_GONE}"))?.execute([])?;
    }
    let gone: Option<Endpoint> = conn
        .prepare_cached(&format!("{KNOWN_ENDPOINTS} AND {IS_GONE} LIMIT 1"))?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(endpoint) = gone else { return Ok(0) };
    let some: Vec<DeliveryNo> = conn
        .prepare_cached("SELECT no FROM deliveries WHERE endpoint = ?1 LIMIT ?2")?
        .query_map(params![endpoint, saturated(limit)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    remove(conn, &some)
}

fn remove(conn: &Connection, numbers: &[DeliveryNo]) -> rusqlite::Result<usize> {
    let mut bodies = conn.prepare_cached("DELETE FROM delivery_bodies WHERE no = ?1")?;
    let mut heads = conn.prepare_cached("DELETE FROM deliveries WHERE no = ?1")?;
    for number in numbers {
        bodies.execute([number])?;
        heads.execute([number])?;
    }
    Ok(numbers.len())
}

fn head(row: &Row<'_>, tenant: TenantId) -> rusqlite::Result<DeliveryHead> {
    let Json(attempts) = row.get(8)?;
    Ok(DeliveryHead {
        number: row.get(0)?,
        id: row.get(1)?,
        tenant,
        endpoint: row.get(2)?,
        conversation: row.get(3)?,
        created: row.get(4)?,
        progress: Progress { status: row.get(5)?, tries: row.get(6)?, next_attempt: row.get(7)?, attempts },
    })
}

fn record(row: &Row<'_>, tenant: TenantId) -> rusqlite::Result<DeliveryRecord> {
    let DeliveryHead { number, id, endpoint, conversation, created, progress, .. } = head(row, tenant)?;
    let delivery = Delivery {
        id,
        tenant,
        endpoint,
        conversation,
        hub: row.get(9)?,
        form: row.get(10)?,
        event_id: row.get(14)?,
        envelope: row.get(11)?,
        item: row.get(12)?,
    };
    checksum::verify(row.get(13)?, sum(number, &delivery), 13)?;
    Ok(DeliveryRecord { number, delivery, created, progress })
}

fn sum(number: DeliveryNo, delivery: &Delivery) -> Checksum {
    let endpoint = match &delivery.endpoint {
        Endpoint::Integration(id) => id.as_bytes().as_slice(),
        Endpoint::App(client) => client.as_str().as_bytes(),
    };
    Checksum::new()
        .integer(number.0.cast_signed())
        .bytes(delivery.id.as_bytes())
        .bytes(endpoint)
        .bytes(delivery.conversation.as_bytes())
        .bytes(delivery.hub.as_bytes())
        .integer(delivery.form.code())
        .bytes(delivery.envelope.as_bytes())
        .bytes(delivery.item.as_bytes())
}

impl ToSql for DeliveryNo {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number =
            i64::try_from(self.0).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(number.into())
    }
}

impl FromSql for DeliveryNo {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl ToSql for Endpoint {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Integration(id) => id.to_sql(),
            Self::App(client) => client.to_sql(),
        }
    }
}

impl FromSql for Endpoint {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(_) => ClientId::column_result(value).map(Self::App),
            _ => IntegrationId::column_result(value).map(Self::Integration),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    fn plan(conn: &Connection, sql: &str) -> Vec<String> {
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn what_is_to_be_sent_is_read_in_order_without_sorting() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let plan = plan(&conn, &format!("SELECT {HEAD} {PENDING}"));
        assert!(plan[0].contains("deliveries_pending (endpoint=? AND tenant_no=? AND rowid>?)"), "{plan:#?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:#?}");
    }

    #[test]
    fn all_that_is_to_be_sent_is_counted_without_a_look_at_what_was_sent() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let plan = plan(&conn, &format!("{PENDING_FOUND} {PENDING_TOTAL}"));
        let reads: Vec<_> = plan.iter().filter(|step| step.contains(" deliveries")).collect();
        assert_eq!(reads.len(), 4, "{plan:#?}");
        assert!(reads.iter().all(|step| step.contains("INDEX deliveries_pending")), "{plan:#?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:#?}");
    }

    #[test]
    fn lists_are_read_and_counted_by_the_index_of_their_endpoint_tenant_and_status() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        for (status, index) in [
            (None, "deliveries_endpoint"),
            (Some(DeliveryStatus::Pending), "deliveries_pending"),
            (Some(DeliveryStatus::Dead), "deliveries_dead"),
        ] {
            let asked_for = asked_for(status);
            for sql in [
                format!("SELECT count(*) {asked_for}"),
                format!("SELECT {HEAD} {asked_for} ORDER BY d.no DESC"),
            ] {
                let plan = plan(&conn, &sql);
                assert!(plan[0].contains(&format!("{index} (endpoint=? AND tenant_no=?")), "{plan:#?}");
                assert_eq!(plan.len(), 1, "nothing is sorted: {plan:#?}");
            }
        }
    }

    #[test]
    fn what_is_to_be_sent_in_a_conversation_is_read_without_passing_over_others() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let plan = plan(&conn, &format!("SELECT {HEAD} {PENDING_IN_CONVERSATION}"));
        let walk = "deliveries_of_line (endpoint=? AND conversation=? AND rowid>?)";
        assert!(plan[0].contains(walk), "{plan:#?}");
        assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:#?}");
    }

    #[test]
    fn what_an_endpoint_was_told_is_found_by_its_activities_without_sorting() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let plan = plan(&conn, &format!("SELECT d.event_id {TOLD}"));
        let walk = "deliveries_told (endpoint=? AND conversation=? AND event_id>? AND event_id<?)";
        assert!(plan[0].contains(walk), "{plan:#?}");
        assert_eq!(plan.len(), 1, "nothing is sorted: {plan:#?}");
    }

    #[test]
    fn endpoints_are_found_without_walking_over_their_deliveries() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let pending = format!("{PENDING_FOUND} {PENDING_ENDPOINTS}");
        for sql in [pending, format!("{KNOWN_ENDPOINTS} AND {IS_GONE}")] {
            let plan = plan(&conn, &sql);
            assert!(plan.iter().any(|step| step.contains("(endpoint>?)")), "{plan:#?}");
            assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }
}

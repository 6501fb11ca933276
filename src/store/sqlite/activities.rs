//! Kept activities, and the three ways in which readers ask for them.
//! Does not know what a body says.

use rusqlite::{Connection, OptionalExtension, Row, Rows, ToSql, named_params, params};

use super::checksum::{self, Checksum};
use super::errors::Refusal;
use super::place::{self, TenantNo};
use super::tenants;
use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, TenantId};
use crate::domain::order::Position;
use crate::store::{ActivityRecord, HistoryQuery, LatestQuery, Page, Place, Replay, ReplayScope};

/// The columns that [`activity`] reads.
const COLUMNS: &str = "place, conversation, event_id, sender, sender_kind, recipient, recipient_kind, echo, \
                       taken, body, checksum";

/// Everything of an integration: what it was sent, and its echoes. Each half walks its own index from the
/// reader's place on and stops at the limit, so the cost is that of the answer.
const OF_INTEGRATION: &str = "SELECT place FROM (
         SELECT place FROM activities INDEXED BY activities_recipient
         WHERE recipient = :of AND place > :after AND place <= :last ORDER BY place LIMIT :limit)
     UNION
     SELECT place FROM (
         SELECT place FROM activities INDEXED BY activities_echo
         WHERE echo = :of AND place > :after AND place <= :last ORDER BY place LIMIT :limit)
     ORDER BY place LIMIT :limit";

/// Everything of a conversation. The index holds the row keys in `event_id` order, so they are sorted; an index
/// of its own would cost every insert what only a very long conversation would give back.
const OF_CONVERSATION: &str = "SELECT place FROM activities INDEXED BY activities_conversation
     WHERE conversation = :of AND place > :after AND place <= :last ORDER BY place LIMIT :limit";

/// The same for the customer's side (2 is
/// [`IntegrationType::Customer`](crate::domain::integration::IntegrationType)).
const OF_CUSTOMER_SIDE: &str = "SELECT place FROM activities INDEXED BY activities_conversation
     WHERE conversation = :of AND place > :after AND place <= :last AND (sender_kind = 2 OR recipient_kind = 2)
     ORDER BY place LIMIT :limit";

/// The newest of a party in a conversation: the index is walked from its end, over what is another's, until the page
/// is full.
const LATEST: &str = "FROM activities INDEXED BY activities_conversation
     WHERE conversation = :conversation AND event_id < :before AND place BETWEEN :first AND :last
       AND (sender_kind = :party OR recipient_kind = :party)
     ORDER BY event_id DESC LIMIT :limit";

pub(super) fn put(conn: &Connection, tenant: TenantNo, activity: &ActivityRecord) -> Result<(), Refusal> {
    let place = tenant.place(activity.position)?;
    conn.prepare_cached(
        "INSERT INTO activities (place, conversation, event_id, sender, sender_kind, recipient, recipient_kind,
                                 echo, taken, body, checksum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        place,
        activity.conversation,
        activity.event_id,
        activity.sender,
        activity.sender_kind,
        activity.recipient,
        activity.recipient_kind,
        activity.echo,
        activity.taken,
        activity.body,
        sum(place, activity).finish(),
    ])?;
    Ok(())
}

pub(super) fn history(conn: &Connection, query: &HistoryQuery) -> rusqlite::Result<Vec<ActivityRecord>> {
    let Some(tenant) = tenants::number(conn, query.tenant)? else { return Ok(Vec::new()) };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM activities INDEXED BY activities_conversation
         WHERE conversation = :conversation AND event_id > :after AND place BETWEEN :first AND :last
           AND (:party IS NULL OR sender_kind = :party OR recipient_kind = :party)
         ORDER BY event_id LIMIT :limit"
    ))?;
    let rows = statement.query(named_params! {
        ":conversation": query.conversation,
        ":after": query.after,
        ":first": tenant.first(),
        ":last": tenant.last(),
        ":party": query.party,
        ":limit": limit(query.page.rows),
    })?;
    page_of(rows, query.tenant, query.page)
}

pub(super) fn latest(conn: &Connection, query: &LatestQuery) -> rusqlite::Result<Vec<ActivityRecord>> {
    let Some(tenant) = tenants::number(conn, query.tenant)? else { return Ok(Vec::new()) };
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} {LATEST}"))?;
    let rows = statement.query(named_params! {
        ":conversation": query.conversation,
        ":first": tenant.first(),
        ":last": tenant.last(),
        ":party": query.party,
        ":before": query.before,
        ":limit": limit(query.page.rows),
    })?;
    page_of(rows, query.tenant, query.page)
}

/// Takes rows until the page is full.
fn page_of(rows: Rows<'_>, tenant: TenantId, page: Page) -> rusqlite::Result<Vec<ActivityRecord>> {
    page.fill(rows.mapped(|row| activity(row, tenant)), |activity| activity.body.len())
}

pub(super) fn replay(
    conn: &Connection,
    tenant: TenantId,
    scope: ReplayScope,
    after: Position,
    page: Page,
) -> rusqlite::Result<Replay> {
    // One transaction, one moment: retention removes and tells in one as well.
    let moment = conn.unchecked_transaction()?;
    let Some(number) = tenants::number(&moment, tenant)? else { return Ok(Replay::default()) };
    let pruned = tenants::pruned(&moment, tenant)?;
    let activities = missed(&moment, (tenant, number), scope, after, page)?;
    moment.finish()?;
    Ok(Replay { activities, pruned })
}

fn missed(
    conn: &Connection,
    (tenant, number): (TenantId, TenantNo),
    scope: ReplayScope,
    after: Position,
    page: Page,
) -> rusqlite::Result<Vec<ActivityRecord>> {
    let (places, of): (&str, &dyn ToSql) = match &scope {
        ReplayScope::Integration(integration) => (OF_INTEGRATION, integration),
        ReplayScope::Conversation(conversation) => (OF_CONVERSATION, conversation),
        ReplayScope::CustomerSide(conversation) => (OF_CUSTOMER_SIDE, conversation),
    };
    let mut statement = conn.prepare_cached(&at_places(places))?;
    let rows = statement.query(named_params! {
        ":of": of,
        ":after": number.place_or_last(after),
        ":last": number.last(),
        ":limit": limit(page.rows),
    })?;
    page_of(rows, tenant, page)
}

/// Reads the activities at the places that a query gives.
fn at_places(places: &str) -> String {
    format!("SELECT {COLUMNS} FROM activities WHERE place IN ({places}) ORDER BY place")
}

pub(super) fn position_at(
    conn: &Connection,
    tenant: TenantId,
    conversation: ConversationId,
    event_id: i64,
) -> rusqlite::Result<Place> {
    let moment = conn.unchecked_transaction()?;
    let Some(number) = tenants::number(&moment, tenant)? else { return Ok(Place::default()) };
    let pruned = tenants::pruned(&moment, tenant)?;
    let place = moment
        .prepare_cached(
            "SELECT place FROM activities INDEXED BY activities_conversation
             WHERE conversation = ?1 AND event_id <= ?2 AND place BETWEEN ?3 AND ?4
             ORDER BY event_id DESC LIMIT 1",
        )?
        .query_row(params![conversation, event_id, number.first(), number.last()], |row| row.get(0))
        .optional()?;
    moment.finish()?;
    Ok(Place { position: place.map_or(Position::default(), place::position), pruned })
}

/// What of the oldest activities one step of retention removes: those from the first on that were taken before
/// `before`, at most `most`, never the tenant's newest. Retention removes a prefix, so that one position tells
/// what is gone; an activity that was taken a moment earlier than its predecessor waits for it.
pub(super) fn prune(
    conn: &Connection,
    tenant: TenantNo,
    before: Millis,
    most: usize,
) -> rusqlite::Result<usize> {
    let oldest: Vec<(i64, i64, i64)> = conn
        .prepare_cached(
            "SELECT place, event_id, taken FROM activities WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3",
        )?
        .query_map(params![tenant.first(), tenant.last(), limit(most.saturating_add(1))], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    // The last one read stays: it is the tenant's newest, or it is beyond the limit.
    let (_, candidates) = oldest.split_last().unwrap_or((&(0, 0, 0), &[]));
    let old: Vec<_> = candidates.iter().take_while(|(_, _, taken)| *taken < before.0).collect();
    let Some((last, _, _)) = old.last() else { return Ok(0) };
    let newest_event_id = old.iter().map(|(_, event_id, _)| *event_id).max().unwrap_or(0);
    tenants::mark_pruned(conn, tenant, place::position(*last), newest_event_id.saturating_add(1))?;
    conn.prepare_cached("DELETE FROM activities WHERE place BETWEEN ?1 AND ?2")?
        .execute([tenant.first(), *last])
}

/// A number of rows as SQLite takes it.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn activity(row: &Row<'_>, tenant: TenantId) -> rusqlite::Result<ActivityRecord> {
    let place = row.get(0)?;
    let activity = ActivityRecord {
        tenant,
        position: place::position(place),
        conversation: row.get(1)?,
        event_id: row.get(2)?,
        sender: row.get(3)?,
        sender_kind: row.get(4)?,
        recipient: row.get(5)?,
        recipient_kind: row.get(6)?,
        echo: row.get(7)?,
        taken: row.get(8)?,
        body: row.get(9)?,
    };
    checksum::verify(row.get(10)?, sum(place, &activity), 10)?;
    Ok(activity)
}

fn sum(place: i64, activity: &ActivityRecord) -> Checksum {
    Checksum::new()
        .integer(place)
        .bytes(activity.conversation.as_bytes())
        .integer(activity.event_id)
        .bytes(activity.sender.as_bytes())
        .integer(activity.sender_kind.code())
        .optional(activity.recipient.as_ref().map(|id| id.as_bytes().as_slice()))
        .integer(activity.recipient_kind.map_or(0, |kind| kind.code()))
        .optional(activity.echo.as_ref().map(|id| id.as_bytes().as_slice()))
        .integer(activity.taken.0)
        .bytes(activity.body.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn a_replay_never_walks_the_whole_table() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        for places in [OF_INTEGRATION, OF_CONVERSATION] {
            let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", at_places(places))).unwrap();
            let plan: Vec<String> =
                explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
            assert!(plan.iter().all(|step| !step.starts_with("SCAN activities")), "{plan:#?}");
            assert!(plan.iter().any(|step| step.contains("INTEGER PRIMARY KEY (rowid=?)")), "{plan:#?}");
        }
    }

    #[test]
    fn the_latest_are_read_from_the_end_and_never_sorted() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} {LATEST}")).unwrap();
        let plan: Vec<String> =
            explain.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
        let expected =
            "SEARCH activities USING INDEX activities_conversation (conversation=? AND event_id<?)";
        assert_eq!(plan, [expected]);
    }
}

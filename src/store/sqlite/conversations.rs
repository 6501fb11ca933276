//! Heads of conversations.
//! Knows their activities only for the newest of each open one.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::Json;
use super::errors::{Refusal, own};
use super::place::{self, TenantNo};
use super::tenants;
use crate::domain::conversation::{Conversation, ScheduledHandover, SeenMarks, Wanted};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::receipt::Receipts;
use crate::store::{ConversationRecord, CustomerFound, CustomerQuery, Which};

/// The columns that [`conversation`] reads, of `conversations c` joined with `tenants t`.
const COLUMNS: &str = "c.id, t.id, c.hub, c.integration, c.binding, c.token, c.properties, c.opened, c.closed, \
                       c.destination, c.agent, c.number, c.seen_customer, c.seen_business, c.visitors, \
                       c.said, c.queued, c.wanted, c.taken, c.told_closed, c.scheduled, c.resolved, c.receipts, \
                       c.spoken";

pub(super) fn put(conn: &Connection, tenant: TenantNo, head: &Conversation) -> Result<(), Refusal> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO conversations
                 (id, tenant_no, hub, integration, binding, token, properties, opened, closed, destination,
                  agent, number, seen_customer, seen_business, visitors, said, queued, wanted, taken,
                  told_closed, scheduled, resolved, receipts, spoken)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                     ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
             ON CONFLICT (id) DO UPDATE SET
                 hub = excluded.hub, integration = excluded.integration, binding = excluded.binding,
                 token = excluded.token, properties = excluded.properties, opened = excluded.opened,
                 closed = excluded.closed, destination = excluded.destination, agent = excluded.agent,
                 number = excluded.number, seen_customer = excluded.seen_customer,
                 seen_business = excluded.seen_business, visitors = excluded.visitors,
                 said = excluded.said, queued = excluded.queued, wanted = excluded.wanted, taken = excluded.taken,
                 told_closed = excluded.told_closed, scheduled = excluded.scheduled,
                 resolved = excluded.resolved, receipts = excluded.receipts, spoken = excluded.spoken
             WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![
            head.id,
            tenant.0,
            head.hub,
            head.integration,
            head.binding,
            head.token,
            Json(&*head.properties),
            head.opened,
            head.closed,
            head.destination,
            head.agent,
            head.number,
            head.seen.customer,
            head.seen.business,
            Json(&head.visitors),
            head.said,
            head.queued,
            head.wanted.as_deref().map(Json),
            head.taken,
            head.told_closed,
            head.scheduled.as_deref().map(Json),
            head.resolved,
            (!head.receipts.is_empty()).then_some(Json(&head.receipts)),
            head.spoken,
        ])?;
    own(changed)
}

/// The newest that the customer was told is looked for from the end, where it mostly is.
pub(super) fn open(conn: &Connection) -> rusqlite::Result<Vec<ConversationRecord>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS}, coalesce((SELECT max(event_id) FROM activities a WHERE a.conversation = c.id), 0),
                (SELECT a.place FROM activities a INDEXED BY activities_conversation
                 WHERE a.conversation = c.id AND a.recipient_kind = ?1 ORDER BY a.event_id DESC LIMIT 1)
         FROM conversations c JOIN tenants t ON t.no = c.tenant_no WHERE c.closed IS NULL ORDER BY c.rowid"
    ))?
    .query_map([IntegrationType::Customer], |row| {
        let told: Option<i64> = row.get(25)?;
        Ok(ConversationRecord {
            conversation: conversation(row)?,
            last_event_id: row.get(24)?,
            told: told.map(place::position).unwrap_or_default(),
        })
    })?
    .collect()
}

pub(super) fn one(
    conn: &Connection,
    tenant: TenantId,
    id: ConversationId,
) -> rusqlite::Result<Option<Conversation>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM conversations c JOIN tenants t ON t.no = c.tenant_no WHERE c.id = ?1 AND t.id = ?2"
    ))?
    .query_row(params![id, tenant], conversation)
    .optional()
}

/// Each step walks the index of customers: it costs what the customer has, however many others there are.
pub(super) fn of_customer(conn: &Connection, query: &CustomerQuery) -> rusqlite::Result<CustomerFound> {
    // One transaction, one moment: the newest conversation tells on which integration all are looked for.
    let moment = conn.unchecked_transaction()?;
    let Some(tenant) = tenants::number(&moment, query.tenant)? else { return Ok(CustomerFound::Nowhere) };
    let newest: Option<IntegrationId> = moment
        .prepare_cached(
            "SELECT integration FROM conversations INDEXED BY conversations_customer
             WHERE tenant_no = ?1 AND binding = ?2 AND hub = ?3 ORDER BY opened DESC, id DESC LIMIT 1",
        )?
        .query_row(params![tenant.0, query.binding, query.hub], |row| row.get(0))
        .optional()?;
    let Some(integration) = newest else {
        let is_elsewhere = moment
            .prepare_cached(
                "SELECT 1 FROM conversations INDEXED BY conversations_customer
                 WHERE tenant_no = ?1 AND binding = ?2 LIMIT 1",
            )?
            .exists(params![tenant.0, query.binding])?;
        return Ok(if is_elsewhere { CustomerFound::Elsewhere } else { CustomerFound::Nowhere });
    };
    let (order, skipped) = match query.which {
        Which::Newest => ("DESC", 0),
        Which::Number(number) => ("ASC", i64::try_from(number.get() - 1).unwrap_or(i64::MAX)),
    };
    let found = moment
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM conversations c INDEXED BY conversations_customer
             JOIN tenants t ON t.no = c.tenant_no
             WHERE c.tenant_no = ?1 AND c.binding = ?2 AND c.hub = ?3 AND c.integration = ?4
             ORDER BY c.opened {order}, c.id {order} LIMIT 1 OFFSET ?5"
        ))?
        .query_row(params![tenant.0, query.binding, query.hub, integration, skipped], conversation)
        .optional()?;
    moment.finish()?;
    Ok(found.map_or(CustomerFound::NoSuchNumber, |head| CustomerFound::Conversation(Box::new(head))))
}

fn conversation(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let Json(properties) = row.get(6)?;
    let Json(visitors) = row.get(14)?;
    let wanted: Option<Json<Wanted>> = row.get(17)?;
    let scheduled: Option<Json<ScheduledHandover>> = row.get(20)?;
    let receipts: Option<Json<Receipts>> = row.get(22)?;
    Ok(Conversation {
        id: row.get(0)?,
        tenant: row.get(1)?,
        hub: row.get(2)?,
        integration: row.get(3)?,
        binding: row.get(4)?,
        token: row.get(5)?,
        properties: Arc::new(properties),
        opened: row.get(7)?,
        closed: row.get(8)?,
        said: row.get(15)?,
        spoken: row.get(23)?,
        told_closed: row.get(19)?,
        resolved: row.get(21)?,
        receipts: receipts.map(|Json(receipts)| receipts).unwrap_or_default(),
        destination: row.get(9)?,
        queued: row.get(16)?,
        wanted: wanted.map(|Json(wanted)| Arc::new(wanted)),
        scheduled: scheduled.map(|Json(scheduled)| Arc::new(scheduled)),
        agent: row.get(10)?,
        number: row.get(11)?,
        seen: SeenMarks { customer: row.get(12)?, business: row.get(13)? },
        taken: row.get(18)?,
        visitors,
    })
}

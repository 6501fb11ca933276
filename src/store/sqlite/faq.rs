//! What bots answer from: editions of nodes, of which one is in force for each bot.
//! Does not know how a node is found.

use std::io;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, params};

use super::errors::{Refusal, own};
use super::place::TenantNo;
use crate::domain::clock::Millis;
use crate::domain::faq::FaqNode;
use crate::domain::ids::{FaqEditionId, IntegrationId, TenantId};
use crate::store::{FaqEditionRecord, FaqPartRecord, Page};

pub(super) fn put_edition(
    conn: &Connection,
    tenant: TenantNo,
    edition: &FaqEditionRecord,
) -> Result<(), Refusal> {
    let FaqEditionRecord { id, tenant: _, bot, begun } = edition;
    let changed = conn
        .prepare_cached(
            "INSERT INTO faq_editions (id, tenant_no, integration, begun) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET begun = excluded.begun WHERE tenant_no = excluded.tenant_no",
        )?
        .execute(params![id, tenant.0, bot, begun])?;
    own(changed)
}

pub(super) fn put_part(conn: &Connection, part: &FaqPartRecord) -> rusqlite::Result<()> {
    let FaqPartRecord { edition, first, count, packed } = part;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO faq_parts (edition, first, count, packed) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![edition, integer(*first), integer(*count), &packed[..]])?;
    Ok(())
}

/// The edition before it is no longer in force: its nodes are left to retention.
pub(super) fn adopt(conn: &Connection, bot: IntegrationId, edition: FaqEditionId) -> Result<(), Refusal> {
    supersede(conn, bot)?;
    let changed = conn
        .prepare_cached("UPDATE faq_editions SET state = 1 WHERE id = ?1 AND integration = ?2 AND state = 0")?
        .execute(params![edition, bot])?;
    if changed == 0 { Err(Refusal::NoFaqEdition(edition)) } else { Ok(()) }
}

/// Takes what is in force for a bot out of force.
pub(super) fn supersede(conn: &Connection, bot: IntegrationId) -> Result<(), Refusal> {
    conn.prepare_cached("UPDATE faq_editions SET state = 2 WHERE integration = ?1 AND state = 1")?
        .execute([bot])?;
    Ok(())
}

pub(super) fn edition(
    conn: &Connection,
    tenant: TenantId,
    bot: IntegrationId,
) -> rusqlite::Result<Option<FaqEditionRecord>> {
    conn.prepare_cached(
        "SELECT id, begun FROM faq_editions
         WHERE integration = ?1 AND state = 1 AND tenant_no = (SELECT no FROM tenants WHERE id = ?2)",
    )?
    .query_row(params![bot, tenant], |row| {
        Ok(FaqEditionRecord { id: row.get(0)?, tenant, bot, begun: row.get(1)? })
    })
    .optional()
}

/// Only the parts are read that the page needs.
pub(super) fn nodes(
    conn: &Connection,
    edition: FaqEditionId,
    first: usize,
    page: Page,
) -> rusqlite::Result<Vec<FaqNode>> {
    let mut statement = conn.prepare_cached(
        "SELECT first, count, packed FROM faq_parts
         WHERE edition = ?1
             AND first >= (SELECT max(first) FROM faq_parts WHERE edition = ?1 AND first <= ?2)
         ORDER BY first",
    )?;
    let parts = statement.query_map(params![edition, integer(first)], |row| {
        let number = |column| row.get::<_, i64>(column).map(|number| usize::try_from(number).unwrap_or(0));
        let packed: Vec<u8> = row.get(2)?;
        Ok(FaqPartRecord { edition, first: number(0)?, count: number(1)?, packed: packed.into() })
    })?;
    let rows = parts.flat_map(|part| {
        let (part, failed) = match part {
            Ok(part) => (Some(part), None),
            Err(error) => (None, Some(Err(error))),
        };
        let nodes = part.into_iter().flat_map(move |part| part.nodes_from(first));
        nodes.map(|node| node.map_err(damaged)).chain(failed)
    });
    page.fill(rows, FaqNode::bytes)
}

fn damaged(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(2, Type::Blob, Box::new(error))
}

/// An edition that is not in force and will not be: it was superseded, or it was begun before a moment and never
/// finished.
const USELESS: &str = "SELECT id FROM faq_editions WHERE state = 2 OR (state = 0 AND begun < ?1) LIMIT 1";

/// Whether there is such an edition.
pub(super) fn has_useless(conn: &Connection, begun_before: Millis) -> rusqlite::Result<bool> {
    conn.prepare_cached(USELESS)?.exists([begun_before])
}

/// Removes at most `limit` parts of such an edition. It goes with its last part.
pub(super) fn forget_parts(conn: &Connection, begun_before: Millis, limit: usize) -> rusqlite::Result<()> {
    let useless: Option<FaqEditionId> =
        conn.prepare_cached(USELESS)?.query_row([begun_before], |row| row.get(0)).optional()?;
    let Some(edition) = useless else { return Ok(()) };
    let removed = conn
        .prepare_cached(
            "DELETE FROM faq_parts WHERE edition = ?1 AND first IN
                 (SELECT first FROM faq_parts WHERE edition = ?1 ORDER BY first LIMIT ?2)",
        )?
        .execute(params![edition, integer(limit)])?;
    if removed < limit {
        conn.prepare_cached("DELETE FROM faq_editions WHERE id = ?1")?.execute([edition])?;
    }
    Ok(())
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! Brings a database up to date whose editions have a row for each node: their nodes are packed.
//! Knows no other step from one version to the next.

use rusqlite::{Connection, params};

use super::columns::Json;
use super::faq;
use crate::domain::faq::FaqNode;
use crate::domain::ids::FaqEditionId;
use crate::store::Packing;

/// Packs the nodes of what is in force, and drops the table. What was superseded or never finished goes with it, and
/// is tidied up as an edition without nodes.
pub(super) fn pack_nodes(conn: &Connection) -> rusqlite::Result<()> {
    let editions: Vec<FaqEditionId> = conn
        .prepare("SELECT id FROM faq_editions WHERE state = 1")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for edition in editions {
        pack_edition(conn, edition)?;
    }
    conn.execute_batch("DROP TABLE faq_nodes")
}

fn pack_edition(conn: &Connection, edition: FaqEditionId) -> rusqlite::Result<()> {
    let mut nodes =
        conn.prepare("SELECT name, questions, answers FROM faq_nodes WHERE edition = ?1 ORDER BY place")?;
    let mut rows = nodes.query(params![edition])?;
    let mut packing = Packing::of(edition);
    while let Some(row) = rows.next()? {
        let (Json(questions), Json(answers)) = (row.get(1)?, row.get(2)?);
        if let Some(part) = packing.add(&FaqNode { name: row.get(0)?, questions, answers }) {
            faq::put_part(conn, &part)?;
        }
    }
    match packing.finish() {
        Some(part) => faq::put_part(conn, &part),
        None => Ok(()),
    }
}

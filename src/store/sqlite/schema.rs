//! The schema's versions and how a database gets from one to the next.
//! Does not know what the tables are for.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::errors::OpenError;
use super::repack;

/// Every step ever released, oldest first; step `n` makes version `n + 1`. A released step is never changed.
const MIGRATIONS: [&str; 26] = [
    include_str!("migrations/0001_configuration.sql"),
    include_str!("migrations/0002_conversations.sql"),
    include_str!("migrations/0003_streaming.sql"),
    include_str!("migrations/0004_subscriptions.sql"),
    include_str!("migrations/0005_directory.sql"),
    include_str!("migrations/0006_commands.sql"),
    include_str!("migrations/0007_watched_events.sql"),
    include_str!("migrations/0008_visitors.sql"),
    include_str!("migrations/0009_audit.sql"),
    include_str!("migrations/0010_last_said.sql"),
    include_str!("migrations/0011_routing.sql"),
    include_str!("migrations/0012_taken.sql"),
    include_str!("migrations/0013_faq.sql"),
    include_str!("migrations/0014_stages.sql"),
    include_str!("migrations/0015_deliveries.sql"),
    include_str!("migrations/0016_former_keys.sql"),
    include_str!("migrations/0017_notifications.sql"),
    include_str!("migrations/0018_messaging.sql"),
    include_str!("migrations/0019_receipts.sql"),
    include_str!("migrations/0020_handoff.sql"),
    include_str!("migrations/0021_faq_uploads.sql"),
    include_str!("migrations/0022_spoken.sql"),
    include_str!("migrations/0023_faq_parts.sql"),
    include_str!("migrations/0024_left_alone.sql"),
    include_str!("migrations/0025_told.sql"),
    include_str!("migrations/0026_hubs_made.sql"),
];

/// The step whose table is filled from an older one by more than statements.
const FAQ_PARTS: usize = 22;

/// The version that this program works with.
const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Brings the database to the version that this program knows, all steps or none.
pub(super) fn migrate(conn: &Connection) -> Result<(), OpenError> {
    if version(conn)? == KNOWN {
        return Ok(());
    }
    // Asked again within the transaction: another process may just have done it.
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > KNOWN {
        return Err(OpenError::Newer { found, known: KNOWN });
    }
    for (number, step) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        transaction.execute_batch(step)?;
        if number == FAQ_PARTS {
            repack::pack_nodes(&transaction)?;
        }
    }
    transaction.pragma_update(None, "user_version", KNOWN)?;
    transaction.commit()?;
    if found < KNOWN {
        tracing::info!(from = found, to = KNOWN, "the schema was brought up to date");
    }
    Ok(())
}

fn version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::domain::ids::FaqEditionId;
    use crate::store::Page;
    use crate::store::sqlite::faq;

    /// A database as the program left it that knew so many steps.
    fn of_version(steps: usize) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&MIGRATIONS[..steps].concat()).unwrap();
        conn.pragma_update(None, "user_version", steps as u32).unwrap();
        conn
    }

    #[test]
    fn a_database_is_migrated_once() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        migrate(&conn).unwrap();
        assert_eq!(version(&conn).unwrap(), KNOWN);
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "user_version", KNOWN + 1).unwrap();
        let error = migrate(&conn).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found, .. } if found == KNOWN + 1), "{error}");
    }

    #[test]
    fn an_older_database_keeps_its_rows_when_it_is_brought_up_to_date() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(MIGRATIONS[0]).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        let identity = |conn: &Connection| -> i64 {
            conn.query_row("SELECT value FROM meta WHERE key = 'identity'", [], |row| row.get(0)).unwrap()
        };
        let before = identity(&conn);
        migrate(&conn).unwrap();
        assert_eq!(identity(&conn), before);
        assert_eq!(version(&conn).unwrap(), KNOWN);
    }

    #[test]
    fn what_a_bot_knows_in_an_older_database_is_packed_and_reads_back() {
        let conn = of_version(FAQ_PARTS);
        let (in_force, superseded) = (FaqEditionId::new(), FaqEditionId::new());
        let put = "INSERT INTO faq_editions (id, tenant_no, integration, begun, state) VALUES (?1, 1, x'00', 1, ?2)";
        for (edition, state) in [(in_force, 1), (superseded, 2)] {
            conn.execute(put, params![edition, state]).unwrap();
            for place in 0..3 {
                conn.execute(
                    "INSERT INTO faq_nodes VALUES (?1, ?2, 'node ' || ?2, '[\"q\"]', '[\"a\",\"b\"]')",
                    params![edition, place],
                )
                .unwrap();
            }
        }
        migrate(&conn).unwrap();
        let all = Page { rows: 10, bytes: usize::MAX };
        let nodes = faq::nodes(&conn, in_force, 1, all).unwrap();
        let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["node 1", "node 2"]);
        assert_eq!((&nodes[0].questions[..], nodes[0].answers.len()), (&["q".to_owned()][..], 2));
        assert_eq!(faq::nodes(&conn, superseded, 0, all).unwrap(), []);
    }

    #[test]
    fn open_conversations_of_an_older_database_know_when_something_was_last_said() {
        let conn = of_version(2);
        conn.execute_batch(
            "INSERT INTO conversations (id, tenant_no, hub, integration, binding, token, properties, opened, closed,
                                        agent, seen_customer, seen_business)
             VALUES (x'01', 1, x'00', x'00', 'talk', '', '{}', 1, NULL, 0, 0, 0),
                    (x'02', 1, x'00', x'00', 'silence', '', '{}', 1, NULL, 0, 0, 0);
             INSERT INTO activities (place, conversation, event_id, sender, sender_kind, taken, body, checksum)
             VALUES (1, x'01', 17, x'00', 1, 17, '{}', 0), (2, x'01', 18, x'00', 1, 18, '{}', 0);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT said FROM conversations ORDER BY id").unwrap();
        let said: Vec<Option<i64>> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(said, [Some(18), None]);
    }

    #[test]
    fn conversations_of_an_older_database_know_whether_the_customer_has_spoken() {
        let conn = of_version(21);
        conn.execute_batch(
            "INSERT INTO conversations (id, tenant_no, hub, integration, binding, token, properties, opened, closed,
                                        agent, seen_customer, seen_business, said)
             VALUES (x'01', 1, x'00', x'00', 'talk', '', '{}', 1, 20, 0, 0, 0, 18),
                    (x'02', 1, x'00', x'00', 'told', '', '{}', 1, NULL, 0, 0, 0, 18),
                    (x'03', 1, x'00', x'00', 'gone', '', '{}', 1, NULL, 0, 0, 0, 18),
                    (x'04', 1, x'00', x'00', 'silence', '', '{}', 1, NULL, 0, 0, 0, NULL);
             INSERT INTO activities (place, conversation, event_id, sender, sender_kind, taken, body, checksum)
             VALUES (1, x'01', 17, x'00', 2, 17, '{}', 0), (2, x'01', 18, x'00', 1, 18, '{}', 0),
                    (3, x'02', 18, x'00', 1, 18, '{}', 0);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT spoken FROM conversations ORDER BY id").unwrap();
        let spoken: Vec<bool> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(spoken, [true, false, true, false]);
    }

    #[test]
    fn deliveries_of_an_older_database_know_which_activity_they_tell_their_endpoint_of() {
        let conn = of_version(22);
        for (no, form, item) in [
            (1, 1, r#"{"eventId":17}"#),
            (2, 1, r#"{"eventId":17,"isEcho":true}"#),
            (3, 1, r#"{"eventId":18,"isEcho":false}"#),
            (4, 2, r#"{"eventId":17}"#),
            (5, 1, r#"{"eventId":"#),
            (6, 1, r#"{"eventId":"17"}"#),
        ] {
            conn.execute(
                "INSERT INTO deliveries (no, id, tenant_no, endpoint, conversation, created, status, tries, attempts)
                 VALUES (?1, CAST(?1 AS BLOB), 1, x'05', x'01', 1, 0, 0, '[]')",
                [no],
            )
            .unwrap();
            conn.execute(
                "INSERT INTO delivery_bodies (no, hub, form, envelope, item, checksum) VALUES (?1, x'', ?2, '', ?3, 0)",
                rusqlite::params![no, form, item],
            )
            .unwrap();
        }
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT event_id FROM deliveries ORDER BY no").unwrap();
        let told: Vec<Option<i64>> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(told, [Some(17), None, Some(18), None, None, None]);
    }

    #[test]
    fn customers_of_an_older_database_and_what_was_told_of_them_are_counted() {
        let conn = of_version(22);
        conn.execute_batch(
            "INSERT INTO customers (integration, binding, tenant_no, lang, opted_out)
             VALUES (x'01', 'ada', 1, '', 1), (x'01', 'eve', 1, '', 1), (x'02', 'ada', 2, '', 1);
             INSERT INTO pushes (tenant_no, kind, name, id, data, links, at)
             VALUES (1, 1, 'ORDER', 'o1', '{}', '[]', 1), (1, 2, 'PAID', 'e1', '{}', '[]', 1);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        conn.execute_batch("DELETE FROM customers WHERE integration = x'01' AND binding = 'ada'").unwrap();
        let mut statement =
            conn.prepare("SELECT tenant_no, kind, count FROM told_counts ORDER BY tenant_no, kind").unwrap();
        let counts: Vec<(i64, i64, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(counts, [(1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 0, 1)]);
    }

    #[test]
    fn customers_of_an_older_database_are_told_nothing_twice() {
        let conn = of_version(2);
        conn.execute_batch(
            "INSERT INTO conversations (id, tenant_no, hub, integration, binding, token, properties, opened, closed,
                                        agent, seen_customer, seen_business)
             VALUES (x'01', 3, x'00', x'00', 'talk', '', '{}', 1, NULL, 0, 0, 0),
                    (x'02', 3, x'00', x'00', 'silence', '', '{}', 1, NULL, 0, 0, 0);
             INSERT INTO activities (place, conversation, event_id, sender, sender_kind, taken, body, checksum)
             VALUES ((3 << 40) | 5, x'01', 17, x'00', 3, 17, '{}', 0),
                    ((3 << 40) | 8, x'01', 18, x'00', 3, 18, '{}', 0);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT taken FROM conversations ORDER BY id").unwrap();
        let taken: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(taken, [8, 0]);
    }

    #[test]
    fn open_conversations_of_an_older_database_that_have_nobody_to_answer_wait() {
        let conn = of_version(10);
        conn.execute_batch(
            "INSERT INTO conversations (id, tenant_no, hub, integration, binding, token, properties, opened, closed,
                                        agent, seen_customer, seen_business, destination, said)
             VALUES (x'01', 1, x'00', x'00', 'waits', '', '{}', 1, NULL, 0, 0, 0, NULL, 7),
                    (x'02', 1, x'00', x'00', 'silent', '', '{}', 1, NULL, 0, 0, 0, NULL, NULL),
                    (x'03', 1, x'00', x'00', 'answered', '', '{}', 1, NULL, 0, 0, 0, x'05', 7),
                    (x'04', 1, x'00', x'00', 'closed', '', '{}', 1, 9, 0, 0, 0, NULL, 7);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT queued FROM conversations ORDER BY id").unwrap();
        let queued: Vec<Option<i64>> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(queued, [Some(7), None, None, None]);
    }

    #[test]
    fn people_of_an_older_database_are_available_and_its_teams_numbered_by_tenant() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(MIGRATIONS[0]).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        conn.execute_batch(
            "INSERT INTO users (tenant_no, id, number, name) VALUES (1, 'ada', 4, 'Ada');
             INSERT INTO teams (tenant_no, id, name, members)
             VALUES (1, 'z', 'z', '[]'), (2, 'a', 'a', '[]'), (1, 'b', 'b', '[]');",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let all = |sql: &str| -> Vec<String> {
            let mut statement = conn.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let users = all("SELECT id || number || email || skills || state FROM users");
        assert_eq!(users, ["ada4[]available"]);
        assert_eq!(all("SELECT id || number FROM teams ORDER BY rowid"), ["z1", "a1", "b2"]);
    }

    #[test]
    fn hubs_of_an_older_database_are_counted_by_their_highest_number() {
        let conn = of_version(25);
        conn.execute_batch(
            "INSERT INTO tenants (no, id, org, name, created) VALUES (1, x'01', 'a', '', 0), (2, x'02', 'b', '', 0);
             INSERT INTO hubs (id, tenant_no, number, name, description, close_dormant_days, status, created, modified)
             VALUES (x'01', 1, 5, '', '', 0, 1, 0, 0), (x'02', 1, 2, '', '', 0, 1, 0, 0);",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT hubs_made FROM tenants ORDER BY no").unwrap();
        let made: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(made, [5, 0]);
    }

    #[test]
    fn secrets_of_an_older_database_are_counted_by_their_highest_number() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(MIGRATIONS[0]).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        conn.execute_batch(
            "INSERT INTO clients (id, tenant_no, api, name, scopes) VALUES ('a', 1, '', '', ''), ('b', 1, '', '', '');
             INSERT INTO secrets (client, place, id, number, name, hash, hint)
             VALUES ('a', 0, x'01', 5, '', x'', ''), ('a', 1, x'02', 2, '', x'', '');",
        )
        .unwrap();
        migrate(&conn).unwrap();
        let mut statement = conn.prepare("SELECT secrets_made FROM clients ORDER BY id").unwrap();
        let made: Vec<u32> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(made, [5, 0]);
    }
}

//! A store that fails while the server runs: what has to be kept is refused with 500 and the error body of the face,
//! and all else goes on.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Server, Session, Version, idle, interactions};

/// The database of a server, opened beside it.
fn database(server: &Server) -> Connection {
    Connection::open(server.data().join("switchboard.db")).unwrap()
}

/// Everything that the database has of a kind.
fn names_of(database: &Connection, kind: &str) -> Vec<String> {
    let mut query = database
        .prepare("SELECT name FROM sqlite_master WHERE type = ?1 AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    query.query_map([kind], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// From now on no row is added, changed or removed.
fn break_store(database: &Connection) {
    for table in names_of(database, "table") {
        for change in ["INSERT", "UPDATE", "DELETE"] {
            let trigger = format!(
                "CREATE TRIGGER refuse_{change}_{table} BEFORE {change} ON {table}
                 BEGIN SELECT RAISE(ABORT, 'the disk under test'); END"
            );
            database.execute_batch(&trigger).unwrap();
        }
    }
}

fn mend_store(database: &Connection) {
    for trigger in names_of(database, "trigger") {
        database.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
}

/// Makes a call that has to keep something, in vain.
async fn fails(session: &Session, method: &str, path: &str, body: &Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let answer = session.send(method, path, Some("application/json"), text).await;
    let told = answer.streaming_refused(500);
    assert_eq!(told, json!({"code": 500, "message": "Internal server error", "errors": []}), "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer}");
}

#[tokio::test]
async fn a_call_that_cannot_be_kept_is_answered_500_in_the_error_body_and_the_rest_goes_on() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("u").await;
    let filter = json!({"catalogType": "changeNotification", "catalogTypeEvents": ["all"],
        "resources": {"resourceType": "*"}});
    let subscription = json!({"filterCriteria": filter});
    session.put_subscription("kept", &subscription).await.has_status(201);
    streaming.idle("u", 1).await;
    let heard = session.poll(1).await;

    let database = database(&server);
    break_store(&database);
    let path = |tail: &str| streaming.path(tail);
    fails(&session, "POST", &path("session"), &json!({"requireAcknowledgement": true})).await;
    for version in Version::ALL {
        let path = |tail: &str| streaming.speaking(version).path(tail);
        fails(&session, "POST", &path("subscriptions"), &subscription).await;
        fails(&session, "PUT", &path("subscriptions/new"), &subscription).await;
        fails(
            &session,
            "PUT",
            &path("subscriptions/kept"),
            &json!({"description": "d", "filterCriteria": filter}),
        )
        .await;
        fails(&session, "DELETE", &path("subscriptions/kept"), &Value::Null).await;
    }
    fails(&session, "POST", &path("publish"), &json!({"events": [idle("u", 2)]})).await;
    let named = json!({"events": [{"eventId": heard[0]["eventId"]}]});
    fails(&session, "POST", &path("acknowledge"), &named).await;

    let others = streaming.session("somebody else").await;
    assert!(others.poll(1).await.is_empty(), "what is not kept is served");
    let subscribed = session.subscribed().await;
    assert_eq!(subscribed.len(), 1, "{subscribed:#?}");
    assert_eq!(
        (&subscribed[0]["subscriptionId"], &subscribed[0]["description"]),
        (&json!("kept"), &json!(""))
    );

    mend_store(&database);
    streaming.idle("u", 3).await;
    let left = session.poll(200).await;
    let numbers = interactions(&left);
    assert!(
        numbers.ends_with(&[3]) && !numbers.contains(&2),
        "what was refused was not published: {numbers:?}"
    );
    assert_eq!(session.acknowledge_events(&left).await["eventIdsNotFound"], json!([]));
    break_store(&database);
    fails(&session, "DELETE", &path("session"), &Value::Null).await;
}

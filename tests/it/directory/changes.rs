//! What streaming sessions hear of the directory: each change once, in the order in which they were made. How a
//! change reads, and which filters let it through, is told among the tests of the streaming face.

use serde_json::{Value, json};

use super::{TEAMS, USERS, at, team, user};
use crate::harness::{Server, change_filter, changes, event_payload, together};

#[tokio::test]
async fn a_session_that_subscribed_hears_every_change_of_the_directory() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let session = streaming.session("watcher").await;
    session.subscribe(change_filter(&["all"], json!({"resourceType": "*"}))).await;
    let others = streaming.session("somebody else").await;
    let ada = json!({"userId": "ada", "name": "Ada", "email": "ada@mail.example", "skills": ["orders"],
        "state": "available"});
    portal.post(USERS, &ada).await.ok();
    portal.post(TEAMS, &team("t", "T", &["ada"])).await.ok();
    portal.put(&at(USERS, "ada"), &json!({"name": "Ada"})).await.ok();
    portal.put(&at(USERS, "ada"), &json!({"state": "away"})).await.ok();
    portal.put(&at(TEAMS, "t"), &json!({"name": "Team"})).await.ok();
    portal.delete(&at(USERS, "ada")).await.has_status(200);
    portal.delete(&at(TEAMS, "t")).await.has_status(200);
    let events = session.poll(200).await;
    let expected = [
        "created users ada",
        "created teams t",
        "updated users ada",
        "updated teams t",
        "updated teams t",
        "deleted users ada",
        "deleted teams t",
    ];
    assert_eq!(changes(&events), expected, "one each, and none for what changed nothing");
    let [first, second, ..] = &events[..] else { panic!("too few: {events:#?}") };
    assert_eq!(first["eventType"], "changeNotification.user");
    assert_eq!(second["eventType"], "changeNotification.team");
    assert!(events.iter().all(|event| event["kind"] == "via#changeNotificationEvent"), "{events:#?}");
    let told = json!({"action": "created", "resourceType": "users", "resourceId": "ada", "user": ada});
    assert_eq!(event_payload(first), told);
    let told = json!({"action": "created", "resourceType": "teams", "resourceId": "t",
        "team": team("t", "T", &["ada"])});
    assert_eq!(event_payload(second), told);
    let envelope: Value = serde_json::from_str(first["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&envelope["userId"], &envelope["ehubSessionIdRev"]), (&json!("ada"), &json!("3")));

    streaming.idle("somebody else", 1).await;
    assert_eq!(others.poll(200).await.len(), 1, "nothing but what is its own");
}

#[tokio::test]
async fn changes_that_were_not_acknowledged_come_again_after_a_crash() {
    let mut server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let session = streaming.durable_session("watcher").await;
    session.subscribe(change_filter(&["all"], json!({"resourceType": "users", "resourceIds": []}))).await;
    for id in ["ada", "bob"] {
        portal.post(USERS, &user(id, id)).await.ok();
    }
    let held = session.poll(200).await;
    assert_eq!(changes(&held), ["created users ada", "created users bob"]);
    session.acknowledge_events(&held[..1]).await;
    server.crash().await;
    assert_eq!(session.poll(200).await, held[1..]);
    portal.delete(&at(USERS, "ada")).await.has_status(200);
    assert_eq!(changes(&session.poll(200).await), ["created users bob", "deleted users ada"]);
}

#[tokio::test]
async fn changes_of_many_callers_are_heard_in_the_order_of_the_directory() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    portal.post(USERS, &user("ada", "n")).await.ok();
    let session = streaming.session("watcher").await;
    let resources = json!({"resourceType": "users", "resourceIds": ["ada"]});
    session.subscribe(change_filter(&["all"], resources)).await;
    together((0..50).map(|number| {
        let portal = portal.clone();
        async move { portal.put(&at(USERS, "ada"), &json!({"name": number.to_string()})).await.ok() }
    }))
    .await;
    let events = session.poll(200).await;
    assert_eq!(events.len(), 50, "each was another name");
    let last = event_payload(&events[49])["user"].clone();
    assert_eq!(portal.get(&at(USERS, "ada")).await.ok(), last);
}

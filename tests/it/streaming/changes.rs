//! What a session hears of the directory by its subscriptions: the form of a change in either version, and which
//! filter lets which change through.

use serde_json::json;

use super::assert_moment;
use crate::harness::{
    Portal, Server, Version, change_filter, changes, event_payload, event_types, interactions,
};

/// What [`live_and_die`] does to the directory, in its order.
const LIFE: [(&str, &str); 6] = [
    ("created", "users"),
    ("created", "teams"),
    ("updated", "users"),
    ("updated", "teams"),
    ("deleted", "teams"),
    ("deleted", "users"),
];

/// Makes a user and a team of its own, changes both and deletes both.
async fn live_and_die(portal: &Portal, id: &str) {
    let (user, team) = (format!("/api/v1/users/{id}"), format!("/api/v1/teams/{id}"));
    portal.post("/api/v1/users", &json!({"userId": id, "name": "new"})).await.ok();
    portal.post("/api/v1/teams", &json!({"teamId": id, "name": id})).await.ok();
    portal.put(&user, &json!({"name": "changed"})).await.ok();
    portal.put(&team, &json!({"members": [id]})).await.ok();
    portal.delete(&team).await.has_status(200);
    portal.delete(&user).await.has_status(200);
}

#[tokio::test]
async fn a_change_has_the_form_of_an_event_in_either_version() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let (old, new) = (streaming.speaking(Version::V2).session("u").await, streaming.session("u").await);
    for session in [&old, &new] {
        session.subscribe(change_filter(&["all"], json!({"resourceType": "*"}))).await;
    }
    live_and_die(&portal, "ann").await;
    let (old, new) = (old.collect(6).await, new.collect(6).await);
    let (user, team) = ("changeNotification.user", "changeNotification.team");
    let expected = [user, team, user, team, team, user];
    assert_eq!((event_types(&old), event_types(&new)), (expected.to_vec(), expected.to_vec()));
    for ((old, new), event_type) in old.iter().zip(&new).zip(expected) {
        assert_moment(&new["publishedTime"]);
        assert!(new["correlationId"].as_str().is_some_and(|id| !id.is_empty()), "{new:#}");
        let told = json!({"kind": "via#changeNotificationEvent", "eventId": new["eventId"],
            "correlationId": new["correlationId"], "eventType": event_type,
            "publishedTime": new["publishedTime"], "schemaVersion": "1", "payload": new["payload"]});
        assert_eq!(new, &told);
        let told = json!({"kind": "via#changeNotificationEvent", "id": new["eventId"], "type": event_type,
            "publishedTime": new["publishedTime"], "schemaVersion": "1", "payload": new["payload"]});
        assert_eq!(old, &told);
    }
    let actions: Vec<_> = new.iter().map(|event| event_payload(event)["action"].clone()).collect();
    assert_eq!(actions, ["created", "created", "updated", "updated", "deleted", "deleted"]);
}

#[tokio::test]
async fn a_session_hears_the_changes_that_its_filter_lets_through() {
    let server = Server::start().await;
    let (portal, streaming) = (server.portal().await, server.streaming().await);
    let any = || json!({"resourceType": "*"});
    let of = |kind: &str, ids: &[&str]| json!({"resourceType": kind, "resourceIds": ids});
    let all = ["users ann", "teams ann", "users bob", "teams bob"];
    let third_party = json!({"catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["all"],
        "resources": of("users", &["ann"])});
    for (number, (filter, expected)) in [
        (change_filter(&["all"], any()), &all[..]),
        (change_filter(&["user", "team"], any()), &all),
        (change_filter(&["user"], any()), &["users ann", "users bob"]),
        (change_filter(&["team"], any()), &["teams ann", "teams bob"]),
        (change_filter(&["all"], of("users", &[])), &["users ann", "users bob"]),
        (change_filter(&["all"], of("users", &["ann"])), &["users ann"]),
        (change_filter(&["user"], of("users", &["bob", "carl"])), &["users bob"]),
        (change_filter(&["all"], of("teams", &["*"])), &["teams ann", "teams bob"]),
        (change_filter(&["team"], of("teams", &["bob"])), &["teams bob"]),
        // Changes of users have no teams, and those of teams no users.
        (change_filter(&["user"], of("teams", &[])), &[]),
        (change_filter(&["team"], of("users", &["ann"])), &[]),
        (third_party, &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let user = format!("watcher {number}");
        let session = streaming.session(&user).await;
        session.subscribe(filter.clone()).await;
        for id in ["ann", "bob"] {
            live_and_die(&portal, id).await;
        }
        streaming.idle(&user, 1).await;
        let events = session.poll(200).await;
        let (own, told) = events.split_last().unwrap();
        assert_eq!(interactions(std::slice::from_ref(own)), [1], "{filter}");
        let life = |id| LIFE.map(|(action, kind)| format!("{action} {kind} {id}"));
        let through = |line: &String| expected.iter().any(|resource| line.ends_with(resource));
        let expected: Vec<_> = ["ann", "bob"].into_iter().flat_map(life).filter(through).collect();
        assert_eq!(changes(told), expected, "{filter}");
        session.end().await.has_status(204);
    }
}

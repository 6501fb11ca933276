//! What a session hears by its subscriptions of the events of others: which, and in which form. From when to when is
//! told in [`in_force`](super::in_force).

use serde_json::{Value, json};

use super::{idle, ids};
use crate::harness::{Server, Session, Streaming, Version, event_payload, event_types, interactions};

/// A filter for third-party events of users.
pub(super) fn of_users(events: &[&str], users: &[&str]) -> Value {
    json!({"catalogType": "engagementCenterThirdParty", "catalogTypeEvents": events,
        "resources": {"resourceType": "users", "resourceIds": users}})
}

/// A filter for third-party events of everybody.
pub(super) fn of_everybody(events: &[&str]) -> Value {
    json!({"catalogType": "engagementCenterThirdParty", "catalogTypeEvents": events,
        "resources": {"resourceType": "*"}})
}

/// An event of a user, or of the whole organization, told apart by its interaction.
fn event(event_type: &str, user: Option<&str>, interaction: i64) -> Value {
    let mut payload = json!({"interactionId": interaction, "interactionIdRev": interaction.to_string()});
    match event_type {
        "engagementCenter.MultiTaskingStatus" => {
            payload["multiTaskingStatusCode"] = json!({"ordinal": 1, "value": "Suspended"});
        }
        "messaging.EntitySendText" => {
            payload["entityType"] = 1.into();
            payload["entityName"] = "ann".into();
            payload["text"] = "hello".into();
        }
        _ => {}
    }
    match user {
        Some(user) => json!({"eventType": event_type, "userId": user, "payload": payload}),
        None => json!({"eventType": event_type, "payload": payload}),
    }
}

/// The third-party events that a session has heard before the next event of its own user, `watcher`.
pub(super) async fn heard(streaming: &Streaming, session: &Session) -> Vec<(String, i64)> {
    const MARK: i64 = 1_000_000;
    streaming.idle("watcher", MARK).await;
    let mut heard = Vec::new();
    loop {
        let events = session.take(200).await;
        for (event_type, interaction) in event_types(&events).into_iter().zip(interactions(&events)) {
            match event_type.strip_prefix("engagementCenterThirdParty.") {
                Some(name) => heard.push((name.to_owned(), interaction)),
                None if interaction == MARK => return heard,
                None => {}
            }
        }
    }
}

pub(super) fn numbers(heard: Vec<(String, i64)>) -> Vec<i64> {
    heard.into_iter().map(|(_, number)| number).collect()
}

#[tokio::test]
async fn a_third_party_event_is_its_event_in_a_form_of_its_own() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (ann, new) = (streaming.session("ann").await, streaming.session("watcher").await);
    let old = streaming.speaking(Version::V2).session("watcher").await;
    for session in [&new, &old] {
        session.subscribe(of_users(&["Idle"], &["ann"])).await;
    }
    let mut published = idle("ann", 7);
    published["correlationId"] = "my-correlation".into();
    streaming.publish(json!([published])).await.ok();
    let first = ann.collect(1).await.remove(0);
    let (third, old) = (new.collect(1).await.remove(0), old.collect(1).await.remove(0));
    assert_ne!(third["eventId"], first["eventId"], "an event of its own");
    let expected = json!({"kind": "via#engagementCenterThirdPartyEvent", "eventId": third["eventId"],
        "correlationId": "my-correlation", "eventType": "engagementCenterThirdParty.Idle",
        "publishedTime": first["publishedTime"], "schemaVersion": "1", "payload": first["payload"]});
    assert_eq!(third, expected);
    let expected = json!({"kind": "via#engagementCenterThirdPartyEvent", "id": third["eventId"],
        "type": "engagementCenterThirdParty.Idle", "publishedTime": first["publishedTime"],
        "schemaVersion": "1", "payload": first["payload"]});
    assert_eq!(old, expected);
}

#[tokio::test]
async fn a_session_hears_what_its_filter_lets_through_and_nothing_else() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (ann, bob) = (Some("ann"), Some("bob"));
    let published = json!([
        event("engagementCenter.Idle", ann, 1),
        event("engagementCenter.Wrap", ann, 2),
        event("engagementCenter.Idle", bob, 3),
        event("engagementCenter.Idle", None, 4),
        event("engagementCenter.MultiTaskingStatus", ann, 5),
        event("messaging.EntitySendText", ann, 6),
        event("engagementCenter.Held", bob, 7),
    ]);
    let changes = json!({"catalogType": "changeNotification", "catalogTypeEvents": ["all"],
        "resources": {"resourceType": "*"}});
    let (idle, wrap, held) = ("Idle", "Wrap", "Held");
    let all = [(idle, 1), (wrap, 2), (idle, 3), (idle, 4), (held, 7)];
    for (filters, expected) in [
        (vec![], &[][..]),
        (vec![of_users(&["Idle"], &["ann"])], &[(idle, 1)]),
        (vec![of_users(&["Idle", "Wrap"], &["ann"])], &[(idle, 1), (wrap, 2)]),
        (vec![of_users(&["all"], &["ann"])], &[(idle, 1), (wrap, 2)]),
        (vec![of_users(&["Idle"], &["ann", "bob"])], &[(idle, 1), (idle, 3)]),
        (vec![of_users(&["Idle"], &[])], &[(idle, 1), (idle, 3), (idle, 4)]),
        (vec![of_users(&["Idle"], &["*"])], &[(idle, 1), (idle, 3), (idle, 4)]),
        (vec![of_everybody(&["Held", "Wrap"])], &[(wrap, 2), (held, 7)]),
        (vec![of_everybody(&["all"])], &all),
        (vec![of_users(&["ScreenPop"], &["ann"])], &[]),
        (vec![of_users(&["all"], &["Ann", "an", "watcher"])], &[]),
        (vec![changes], &[]),
        (vec![of_users(&["Wrap"], &["ann"]), of_users(&["Held"], &["bob"])], &[(wrap, 2), (held, 7)]),
        // Those that overlap let each event through once.
        (vec![of_users(&["Idle"], &["ann"]), of_users(&["all"], &["ann"])], &[(idle, 1), (wrap, 2)]),
        (vec![of_everybody(&["all"]), of_users(&["all"], &[]), of_users(&["Idle"], &["bob"])], &all),
    ] {
        for kind in ["version 3", "with acknowledgement", "version 2"] {
            let session = match kind {
                "with acknowledgement" => streaming.durable_session("watcher").await,
                "version 2" => streaming.speaking(Version::V2).session("watcher").await,
                _ => streaming.session("watcher").await,
            };
            for filter in &filters {
                session.subscribe(filter.clone()).await;
            }
            streaming.publish(published.clone()).await.ok();
            let expected: Vec<_> =
                expected.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
            assert_eq!(heard(&streaming, &session).await, expected, "{kind}: {filters:?}");
            session.end().await.has_status(204);
        }
    }
}

#[tokio::test]
async fn a_user_who_watches_itself_hears_both_forms_in_order() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("ann").await;
    session.subscribe(of_users(&["all"], &["ann"])).await;
    streaming.publish(json!([idle("ann", 1), idle("ann", 2)])).await.ok();
    let events = session.collect(4).await;
    let (own, third) = ("engagementCenter.Idle", "engagementCenterThirdParty.Idle");
    assert_eq!(event_types(&events), [own, third, own, third]);
    assert_eq!(interactions(&events), [1, 1, 2, 2]);
}

#[tokio::test]
async fn what_a_conversation_raises_is_heard_by_those_who_watch_its_agent() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session("supervisor").await;
    session.subscribe(of_users(&["all"], &[&server.demo().user()])).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "good morning").await;
    let events = session.collect(2).await;
    let expected = ["engagementCenterThirdParty.ScreenPop", "engagementCenterThirdParty.Active"];
    assert_eq!(event_types(&events), expected);
    assert_eq!(event_payload(&events[0])["mediaType"], "InboundChat");
}

#[tokio::test]
async fn an_event_to_a_team_is_each_members_own() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let session = streaming.session("supervisor").await;
    session.subscribe(of_users(&["Idle"], &[&server.demo().user()])).await;
    let mut event = event("engagementCenter.Idle", None, 5);
    event["teamId"] = server.demo().get("/team/teamId").into();
    streaming.publish(json!([event])).await.ok();
    streaming.idle(&server.demo().user(), 6).await;
    assert_eq!(interactions(&session.collect(2).await), [5, 6], "the other members' are not asked for");
}

#[tokio::test]
async fn third_party_events_are_acknowledged_like_all_others() {
    let server = Server::with(&[("SWITCHBOARD_STREAMING__POLL_WAIT_SECONDS", "0")]).await;
    let streaming = server.streaming().await;
    let session = streaming.durable_session("watcher").await;
    session.subscribe(of_users(&["Idle"], &["ann"])).await;
    for number in 1..=3 {
        streaming.idle("ann", number).await;
    }
    let events = session.poll(200).await;
    assert_eq!(interactions(&events), [1, 2, 3]);
    let answer = session.acknowledge_events(&events[1..2]).await;
    assert_eq!(answer, json!({"eventIdsAcknowledged": [ids(&events)[1]], "eventIdsNotFound": []}));
    assert_eq!(interactions(&session.poll(200).await), [1, 3]);
}

#[tokio::test]
async fn nothing_of_another_organization_is_heard_whatever_is_asked_for() {
    let server = Server::start().await;
    let eve = server.another_tenant("eve").await;
    let (streaming, hers) = (server.streaming().await, eve.streaming().await);
    let session = hers.session("watcher").await;
    session.subscribe(of_everybody(&["all"])).await;
    session.subscribe(of_users(&["all"], &["ann", &server.demo().user()])).await;
    streaming.publish(json!([idle("ann", 1), event("engagementCenter.Idle", None, 2)])).await.ok();
    let conversation = server.engine().await.establish("ada").await;
    server.engine().await.say(&conversation, "hello").await;
    hers.idle("ann", 3).await;
    assert_eq!(heard(&hers, &session).await, [("Idle".to_owned(), 3)]);
}

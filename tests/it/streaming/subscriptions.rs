//! Subscriptions as resources of a session: making, reading, replacing and ending them, and what they may ask for.
//! What they let a session hear is told in [`third_party`](super::third_party).

use std::collections::HashSet;

use serde_json::{Value, json};

use super::assert_moment;
use crate::harness::{Server, Session, Version, together};

/// The filter of the reference's examples.
fn documented_filter() -> Value {
    json!({"catalogType": "engagementCenterThirdParty", "catalogTypeEvents": ["ScreenPop", "Idle", "NotReady"],
        "resources": {"resourceType": "users",
            "resourceIds": ["ef3084eba0ea470", "2d890d0d2a6ac46", "28f10d30ca6047e"]}})
}

fn filter(catalog: &str, events: Value, resources: Value) -> Value {
    json!({"catalogType": catalog, "catalogTypeEvents": events, "resources": resources})
}

fn resources(kind: &str, ids: Value) -> Value {
    json!({"resourceType": kind, "resourceIds": ids})
}

/// A body that is good but for one member of its filter.
fn with(member: &str, value: Value) -> Value {
    let mut filter = documented_filter();
    filter[member] = value;
    json!({"filterCriteria": filter})
}

/// Sessions that may subscribe: of either version, with and without acknowledgement.
async fn sessions(server: &Server) -> [Session; 3] {
    let streaming = server.streaming().await;
    [
        streaming.speaking(Version::V2).session("u").await,
        streaming.session("u").await,
        streaming.durable_session("u").await,
    ]
}

fn fault(scope: &str, reason: &str) -> Vec<(String, String)> {
    vec![(scope.to_owned(), reason.to_owned())]
}

#[tokio::test]
async fn a_subscription_has_the_documented_members_wherever_it_is_told() {
    let server = Server::start().await;
    for session in sessions(&server).await {
        let description = "Filter for users engagement center third party events";
        let body = json!({"description": description, "filterCriteria": documented_filter()});
        let made = session.try_subscribe(&body).await.ok();
        let id = made["subscriptionId"].as_str().unwrap();
        assert!(id.len() == 8 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{id}");
        assert_moment(&made["creationTime"]);
        assert_eq!(made["lastModifiedTime"], made["creationTime"]);
        let expected = json!({"kind": "via#subscription", "subscriptionId": id, "description": description,
            "filterCriteria": documented_filter(), "creationTime": made["creationTime"],
            "lastModifiedTime": made["creationTime"]});
        assert_eq!(made, expected);
        assert_eq!(session.get(&session.subscription(id)).await.ok(), expected);
        let all = session.get(&session.subscriptions()).await.ok();
        assert_eq!(all, json!({"kind": "via#subscriptionsCollection", "subscriptions": [expected]}));
    }
}

#[tokio::test]
async fn a_filter_is_told_as_it_was_asked_for_in_lists() {
    const THIRD_PARTY: &str = "engagementCenterThirdParty";
    const CHANGES: &str = "changeNotification";
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let all = json!(["all"]);
    let everybody = || resources("*", json!(["*"]));
    let longest = "ü".repeat(255);
    for (asked, told) in [
        (
            filter(THIRD_PARTY, json!(["Wrap", "Idle", "Wrap"]), resources("users", json!(["b", "a", "b"]))),
            filter(THIRD_PARTY, json!(["Wrap", "Idle"]), resources("users", json!(["b", "a"]))),
        ),
        (
            filter(THIRD_PARTY, json!(["Idle", "all"]), resources("users", json!("2d890d0d2a6ac46"))),
            filter(THIRD_PARTY, all.clone(), resources("users", json!(["2d890d0d2a6ac46"]))),
        ),
        (
            filter(THIRD_PARTY, all.clone(), resources("users", json!([]))),
            filter(THIRD_PARTY, all.clone(), resources("users", json!(["*"]))),
        ),
        (
            filter(THIRD_PARTY, all.clone(), resources("users", json!("*"))),
            filter(THIRD_PARTY, all.clone(), resources("users", json!(["*"]))),
        ),
        (
            filter(THIRD_PARTY, all.clone(), resources("users", json!([longest]))),
            filter(THIRD_PARTY, all.clone(), resources("users", json!([longest]))),
        ),
        (
            filter(THIRD_PARTY, all.clone(), json!({"resourceType": "*"})),
            filter(THIRD_PARTY, all.clone(), everybody()),
        ),
        (
            filter(CHANGES, json!(["team", "user"]), resources("*", json!(["skipped", 5]))),
            filter(CHANGES, json!(["team", "user"]), everybody()),
        ),
        (
            filter(CHANGES, json!(["user"]), resources("users", json!(["ann"]))),
            filter(CHANGES, json!(["user"]), resources("users", json!(["ann"]))),
        ),
        (
            filter(CHANGES, all.clone(), resources("teams", json!(["sales"]))),
            filter(CHANGES, all.clone(), resources("teams", json!(["sales"]))),
        ),
    ] {
        let made = session.try_subscribe(&json!({"filterCriteria": asked})).await.ok();
        assert_eq!((&made["filterCriteria"], &made["description"]), (&told, &json!("")), "{asked}");
    }
}

#[tokio::test]
async fn what_a_subscription_may_not_ask_for_is_refused_by_its_path() {
    const EVENTS: &str = "filterCriteria.catalogTypeEvents";
    const FIRST_EVENT: &str = "filterCriteria.catalogTypeEvents[0]";
    const KIND: &str = "filterCriteria.resources.resourceType";
    const IDS: &str = "filterCriteria.resources.resourceIds";
    const FIRST_ID: &str = "filterCriteria.resources.resourceIds[0]";
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let any = json!({"resourceType": "*"});
    let changes =
        |events: Value| json!({"filterCriteria": filter("changeNotification", events, any.clone())});
    let users = |ids: Value| with("resources", resources("users", ids));
    let described =
        |description: Value| json!({"description": description, "filterCriteria": documented_filter()});
    for (body, scope, reason) in [
        (json!([]), "body", "invalidType"),
        (json!("x"), "body", "invalidType"),
        (json!(null), "body", "invalidType"),
        (described(json!("ü".repeat(1025))), "description", "outOfRange"),
        (described(json!(5)), "description", "invalidType"),
        (json!({}), "filterCriteria", "required"),
        (json!({"filterCriteria": null}), "filterCriteria", "required"),
        (json!({"filterCriteria": []}), "filterCriteria", "invalidType"),
        (with("catalogType", json!(null)), "filterCriteria.catalogType", "required"),
        (with("catalogType", json!(1)), "filterCriteria.catalogType", "invalidType"),
        (with("catalogType", json!("engagementCenter")), "filterCriteria.catalogType", "invalidValue"),
        (with("catalogTypeEvents", json!(null)), EVENTS, "required"),
        (with("catalogTypeEvents", json!("Idle")), EVENTS, "invalidType"),
        (with("catalogTypeEvents", json!([])), EVENTS, "outOfRange"),
        (with("catalogTypeEvents", json!(vec!["Idle"; 101])), EVENTS, "outOfRange"),
        (with("catalogTypeEvents", json!([1])), FIRST_EVENT, "invalidType"),
        (with("catalogTypeEvents", json!(["idle"])), FIRST_EVENT, "invalidValue"),
        (with("catalogTypeEvents", json!(["user"])), FIRST_EVENT, "invalidValue"),
        (with("catalogTypeEvents", json!(["engagementCenter.Idle"])), FIRST_EVENT, "invalidValue"),
        (with("catalogTypeEvents", json!(["MultiTaskingStatus"])), FIRST_EVENT, "invalidValue"),
        (with("catalogTypeEvents", json!(["EntityAdded"])), FIRST_EVENT, "invalidValue"),
        (changes(json!(["Idle"])), FIRST_EVENT, "invalidValue"),
        (changes(json!(["users"])), FIRST_EVENT, "invalidValue"),
        (with("resources", json!(null)), "filterCriteria.resources", "required"),
        (with("resources", json!("*")), "filterCriteria.resources", "invalidType"),
        (with("resources", json!({"resourceIds": ["a"]})), KIND, "required"),
        (with("resources", resources("user", json!(["a"]))), KIND, "invalidValue"),
        (with("resources", resources("teams", json!(["a"]))), KIND, "invalidValue"),
        (with("resources", json!({"resourceType": 1, "resourceIds": ["a"]})), KIND, "invalidType"),
        (with("resources", json!({"resourceType": "users"})), IDS, "required"),
        (users(json!({"0": "a"})), IDS, "invalidType"),
        (users(json!([5])), FIRST_ID, "invalidType"),
        (users(json!([""])), FIRST_ID, "outOfRange"),
        (users(json!("")), FIRST_ID, "outOfRange"),
        (users(json!(["ü".repeat(256)])), FIRST_ID, "outOfRange"),
    ] {
        let made = session.try_subscribe(&body).await;
        assert_eq!(made.streaming_faults(), fault(scope, reason), "{body}");
        let put = session.put_subscription("mine", &body).await;
        assert_eq!(put.streaming_faults(), fault(scope, reason), "{body}");
    }
    assert!(session.subscribed().await.is_empty());
    for good in [described(json!("ü".repeat(1024))), with("catalogTypeEvents", json!(vec!["Idle"; 100]))] {
        session.try_subscribe(&good).await.ok();
    }
}

#[tokio::test]
async fn a_missing_body_is_told_as_such_and_several_faults_at_once() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let (all, one) = (session.subscriptions(), session.subscription("mine"));
    for (method, path) in [("POST", &all), ("PUT", &one)] {
        for content_type in [None, Some("application/json")] {
            let answer = session.send(method, path, content_type, "").await;
            assert_eq!(answer.streaming_faults(), fault("body", "required"));
        }
    }
    let body = json!({"description": 1, "filterCriteria": {"catalogType": "x", "resources": {}}});
    let faults = session.try_subscribe(&body).await.streaming_faults();
    let scopes: Vec<_> = faults.iter().map(|(scope, _)| scope.as_str()).collect();
    let expected = [
        "description",
        "filterCriteria.catalogType",
        "filterCriteria.catalogTypeEvents",
        "filterCriteria.resources.resourceType",
        "filterCriteria.resources.resourceIds",
    ];
    assert_eq!(scopes, expected);
}

#[tokio::test]
async fn a_put_makes_what_is_not_there_and_replaces_what_is() {
    let server = Server::start().await;
    for session in sessions(&server).await {
        let first = json!({"description": "first", "filterCriteria": documented_filter()});
        let answer = session.put_subscription("my own id", &first).await;
        let made = answer.has_status(201).json();
        assert_eq!((&made["subscriptionId"], &made["description"]), (&json!("my own id"), &json!("first")));
        let second = with("catalogTypeEvents", json!(["all"]));
        let replaced = session.put_subscription("my own id", &second).await.ok();
        assert_eq!(
            (&replaced["description"], &replaced["filterCriteria"]),
            (&json!(""), &second["filterCriteria"])
        );
        assert_eq!(replaced["creationTime"], made["creationTime"]);
        let moments = (made["lastModifiedTime"].as_str(), replaced["lastModifiedTime"].as_str());
        assert!(moments.0 < moments.1, "{moments:?}");
        assert_eq!(session.subscribed().await, [replaced]);
    }
}

#[tokio::test]
async fn subscriptions_are_listed_in_the_order_of_their_creation() {
    let server = Server::start().await;
    for session in sessions(&server).await {
        assert!(session.subscribed().await.is_empty());
        let body = json!({"filterCriteria": documented_filter()});
        let made = session.subscribe(documented_filter()).await;
        session.put_subscription("z", &body).await.has_status(201);
        session.put_subscription("a", &body).await.has_status(201);
        session.put_subscription("z", &body).await.has_status(200);
        let listed = session.subscribed().await;
        let ids: Vec<_> = listed.iter().map(|one| one["subscriptionId"].as_str().unwrap()).collect();
        assert_eq!(ids, [made.as_str(), "z", "a"]);
    }
}

#[tokio::test]
async fn a_subscription_that_was_deleted_is_not_found_and_the_others_stay() {
    let server = Server::start().await;
    for session in sessions(&server).await {
        let (gone, kept) =
            (session.subscribe(documented_filter()).await, session.subscribe(documented_filter()).await);
        let ended = session.unsubscribe(&gone).await;
        assert_eq!((ended.status, ended.text.as_str()), (204, ""));
        for answer in [session.unsubscribe(&gone).await, session.get(&session.subscription(&gone)).await] {
            let body = answer.streaming_refused(404);
            assert_eq!(body["errors"][0]["scope"], "subscriptionId", "{answer}");
        }
        assert_eq!(session.subscribed().await[0]["subscriptionId"], kept);
        let again = session.put_subscription(&gone, &json!({"filterCriteria": documented_filter()})).await;
        again.has_status(201);
    }
}

#[tokio::test]
async fn a_subscription_belongs_to_its_session() {
    let server = Server::start().await;
    let streaming = server.streaming().await;
    let (one, other) = (streaming.session("u").await, streaming.session("u").await);
    let id = one.subscribe(documented_filter()).await;
    other.get(&other.subscription(&id)).await.streaming_refused(404);
    other.unsubscribe(&id).await.streaming_refused(404);
    assert!(other.subscribed().await.is_empty());
    let body = json!({"description": "other", "filterCriteria": documented_filter()});
    other.put_subscription(&id, &body).await.has_status(201);
    assert_eq!(one.subscribed().await[0]["description"], "");
    one.end().await.has_status(204);
    assert_eq!(other.subscribed().await.len(), 1);
}

#[tokio::test]
async fn an_id_has_1_to_128_characters() {
    let server = Server::start().await;
    let session = server.streaming().await.session("u").await;
    let body = json!({"filterCriteria": documented_filter()});
    let (longest, longer) = ("%C3%BC".repeat(128), "%C3%BC".repeat(129));
    let made = session.put_subscription(&longest, &body).await.has_status(201).json();
    assert_eq!(made["subscriptionId"], "ü".repeat(128));
    session.get(&session.subscription(&longest)).await.ok();
    let refused = session.put_subscription(&longer, &body).await;
    assert_eq!(refused.streaming_faults(), fault("subscriptionId", "outOfRange"));
    session.get(&session.subscription(&longer)).await.streaming_refused(404);
    session.unsubscribe(&longer).await.streaming_refused(404);
    let slash = session.put_subscription("a%2Fb%20c", &body).await.has_status(201).json();
    assert_eq!(slash["subscriptionId"], "a/b c");
}

#[tokio::test]
async fn a_session_has_so_many_subscriptions() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__SUBSCRIPTIONS_PER_SESSION", "2")]).await;
    let body = json!({"filterCriteria": documented_filter()});
    for session in sessions(&server).await {
        let first = session.subscribe(documented_filter()).await;
        session.put_subscription("second", &body).await.has_status(201);
        for refused in [session.try_subscribe(&body).await, session.put_subscription("third", &body).await] {
            let reason = "subscriptionLimitExceeded";
            assert_eq!(refused.streaming_faults(), fault("via-client-sessionid", reason));
            assert_eq!(refused.header("retry-after"), None, "waiting makes no room: {refused}");
        }
        session.put_subscription("second", &body).await.has_status(200);
        session.unsubscribe(&first).await.has_status(204);
        session.try_subscribe(&body).await.ok();
    }
}

#[tokio::test]
async fn a_subscription_lists_so_many_resources() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__RESOURCES_PER_SUBSCRIPTION", "3")]).await;
    let session = server.streaming().await.session("u").await;
    let users = |ids: &[&str]| with("resources", resources("users", json!(ids)));
    session.try_subscribe(&users(&["a", "b", "c"])).await.ok();
    let refused = session.try_subscribe(&users(&["a", "b", "c", "d"])).await;
    assert_eq!(refused.streaming_faults(), fault("filterCriteria.resources.resourceIds", "outOfRange"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_that_are_made_at_once_are_all_made_and_each_once() {
    let server = Server::start().await;
    for session in sessions(&server).await {
        let made = together((0..20).map(|_| {
            let session = session.clone();
            async move { session.subscribe(documented_filter()).await }
        }))
        .await;
        let listed = session.subscribed().await;
        let ids: HashSet<_> = listed.iter().map(|one| one["subscriptionId"].as_str().unwrap()).collect();
        assert_eq!(ids, made.iter().map(String::as_str).collect());
        let puts = together((0..10).map(|_| {
            let session = session.clone();
            let body = json!({"filterCriteria": documented_filter()});
            async move { session.put_subscription("one", &body).await.status }
        }))
        .await;
        assert_eq!(puts.iter().filter(|status| **status == 201).count(), 1, "{puts:?}");
        assert_eq!(puts.iter().filter(|status| **status == 200).count(), 9, "{puts:?}");
    }
}

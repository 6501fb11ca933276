//! What back ends tell of customers: by which links it finds them, where it is shown, and who hears it.

use serde_json::{Value, json};

use super::hearing::BackEnd;
use super::sessions::EVENT;
use super::{contact_id, faults, members};
use crate::harness::{Engine, Hook, Server, event_payload};

fn links(kind: &str, value: &str) -> Value {
    json!([{"linkName": "customer", "linkType": kind, "linkValue": value}])
}

fn order(id: &str, total: i64, links: &Value) -> Value {
    json!({"type": "ORDER", "id": id, "data": {"total": total}, "links": links})
}

/// A conversation of a customer of whom everything is known by which it can be found.
async fn known_customer(engine: &Engine, binding: &str) -> String {
    let profile = json!({"phone": "+1 (416) 555-0001", "email": "Ada@Example.com", "profile id": "C34567"});
    let ask = json!({"integrationId": engine.customer(), "binding": binding, "channelType": "Direct",
        "properties": {"profile": profile}});
    let established = engine.post("/api/v1/conversations/establish", &ask).await.ok();
    established["conversationId"].as_str().unwrap().to_owned()
}

async fn additional(engine: &Engine, conversation: &str) -> Value {
    let found = engine.get(&format!("/api/v1/conversations/{conversation}")).await.ok();
    found["properties"]["additional"].clone()
}

#[tokio::test]
async fn a_customer_is_found_by_each_type_of_link_and_shown_what_was_told() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let conversation = known_customer(&engine, "ada").await;
    let other = engine.establish("bob").await;
    let by_contact = contact_id(&server, "ada");
    let mut expected = serde_json::Map::new();
    for (kind, value) in [
        ("CONTACT_ID", by_contact.as_str()),
        ("PHONE", "14165550001"),
        ("EMAIL", "ada@example.COM"),
        ("PROFILE_ID", "C34567"),
    ] {
        let body = order(kind, 1, &links(kind, value));
        let answer = messaging.send_to("data/push", &body).await;
        assert_eq!(answer.one(), body, "as it was told");
        assert_eq!(answer.json()["data"], body);
        expected.insert(kind.to_owned(), json!({"total": 1}));
        assert_eq!(additional(&engine, &conversation).await["data"]["ORDER"], Value::from(expected.clone()));
    }
    assert_eq!(additional(&engine, &other).await, json!({}));
}

#[tokio::test]
async fn events_are_shown_with_the_newest_first_and_happen_once() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let conversation = known_customer(&engine, "ada").await;
    let event = |id: i64| json!({"eventName": "PAID", "id": id, "links": links("PROFILE_ID", "C34567")});
    for id in [1, 2, 1] {
        let told = messaging.send_to("event/push", &event(id)).await.one();
        assert_eq!(members(&told), ["eventName", "id", "links"]);
        assert_eq!(told["id"], id.to_string());
    }
    let shown = additional(&engine, &conversation).await;
    let ids: Vec<_> = shown["events"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect();
    assert_eq!(ids, ["2", "1"]);
    assert_eq!(members(&shown["events"][0]), ["eventName", "id", "timestamp"]);
}

#[tokio::test]
async fn what_is_told_again_takes_its_own_place_and_what_is_linked_otherwise_leaves() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let conversation = known_customer(&engine, "ada").await;
    let bob = engine.establish("bob").await;
    messaging.send_to("data/push", &order("o1", 1, &links("PROFILE_ID", "C34567"))).await.one();
    messaging.send_to("data/push", &order("o1", 2, &links("PROFILE_ID", "C34567"))).await.one();
    assert_eq!(additional(&engine, &conversation).await["data"], json!({"ORDER": {"o1": {"total": 2}}}));
    let to_bob = links("CONTACT_ID", &contact_id(&server, "bob"));
    messaging.send_to("data/push", &order("o1", 3, &to_bob)).await.one();
    assert_eq!(additional(&engine, &conversation).await, json!({}));
    assert_eq!(additional(&engine, &bob).await["data"], json!({"ORDER": {"o1": {"total": 3}}}));
}

#[tokio::test]
async fn a_new_conversation_shows_what_was_told_before_through_a_crash() {
    let mut server = Server::start().await;
    let messaging = server.messaging();
    messaging
        .send_to("data/push", &order("o1", 1, &links("CONTACT_ID", &contact_id(&server, "ada"))))
        .await
        .one();
    let event =
        json!({"eventName": "CUSTOMER_CREATED", "id": "e1", "links": links("EMAIL", "ada@example.com")});
    messaging.send_to("event/push", &event).await.one();
    server.crash().await;
    let engine = server.engine().await;
    let conversation = known_customer(&engine, "ada").await;
    let shown = additional(&engine, &conversation).await;
    assert_eq!(shown["data"], json!({"ORDER": {"o1": {"total": 1}}}));
    assert_eq!(shown["events"][0]["eventName"], "CUSTOMER_CREATED");
    assert_eq!(additional(&engine, &engine.establish("bob").await).await, json!({}));
}

#[tokio::test]
async fn the_organization_s_sessions_and_whoever_has_the_conversation_hear_it() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let session = server.streaming().await.session("ann").await;
    let conversation = known_customer(&engine, "ada").await;
    engine.say(&conversation, "hello").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let by_phone = links("PHONE", "+14165550001");
    messaging.send_to("data/push", &order("o1", 7, &by_phone)).await.one();
    messaging.send_to("data/push", &order("o1", 7, &by_phone)).await.one();
    let event = json!({"eventName": "PAID", "id": "e1", "links": by_phone});
    messaging.send_to("event/push", &event).await.one();

    let expected_data = json!({"type": "ORDER", "id": "o1", "data": {"total": 7}, "links": by_phone,
        "conversationIds": [conversation]});
    let expected_event =
        json!({"eventName": "PAID", "id": "e1", "links": by_phone, "conversationIds": [conversation]});
    let heard = session.collect(2).await;
    for (event, event_type, expected) in [
        (&heard[0], "messaging.CustomerDataPushed", &expected_data),
        (&heard[1], "messaging.CustomerEventPushed", &expected_event),
    ] {
        assert_eq!(event["eventType"], event_type);
        assert_eq!(event_payload(event), *expected, "{event:#}");
    }
    for (payload_type, expected) in
        [("hubster.customer.data", &expected_data), ("hubster.customer.event", &expected_event)]
    {
        let told = agent.next_activity().await;
        assert_eq!(told["activity"]["event"]["payloadType"], payload_type);
        assert_eq!(told["activity"]["event"]["payload"], *expected);
        assert!(told["conversationProperties"]["additional"]["data"]["ORDER"]["o1"].is_object(), "{told:#}");
    }
}

#[tokio::test]
async fn whoever_is_linked_by_any_of_several_links_is_shown_it_and_numbers_are_good_as_texts() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let (ada, bob) = (known_customer(&engine, "ada").await, engine.establish("bob").await);
    let eve = engine.establish("eve").await;
    let both = json!([
        {"linkType": "PHONE", "linkValue": 14165550001_i64},
        {"linkName": "other", "linkType": "CONTACT_ID", "linkValue": contact_id(&server, "bob")},
    ]);
    let told = messaging.send_to("data/push", &order("o1", 1, &both)).await.one();
    assert_eq!(told["links"][0], json!({"linkName": "", "linkType": "PHONE", "linkValue": "14165550001"}));
    for (conversation, is_shown) in [(&ada, true), (&bob, true), (&eve, false)] {
        let shown = additional(&engine, conversation).await;
        assert_eq!(shown["data"]["ORDER"]["o1"] == json!({"total": 1}), is_shown, "{shown}");
    }
}

#[tokio::test]
async fn an_event_of_another_customer_is_no_repetition_and_is_refused() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let (ada, bob) = (engine.establish("ada").await, engine.establish("bob").await);
    let event = |links: Value| json!({"eventName": "PAID", "id": "e1", "links": links});
    let by_contact = |binding: &str| links("CONTACT_ID", &contact_id(&server, binding));
    messaging.send_to("event/push", &event(by_contact("ada"))).await.one();
    let refused = messaging.send_to("event/push", &event(by_contact("bob"))).await;
    assert_eq!(refused.field_faults(400), faults(&[("id", "CONFLICT")]));
    assert_eq!(additional(&engine, &bob).await, json!({}));
    // Known by one of its links it is the same customer.
    let mut known_better = by_contact("ada");
    known_better
        .as_array_mut()
        .unwrap()
        .extend(links("EMAIL", "ada@example.com").as_array().unwrap().clone());
    messaging.send_to("event/push", &event(known_better)).await.one();
    assert_eq!(additional(&engine, &ada).await["events"].as_array().unwrap().len(), 1);
    let of_bob = json!({"eventName": "PAID", "id": "e2", "links": by_contact("bob")});
    messaging.send_to("event/push", &of_bob).await.one();
    assert_eq!(additional(&engine, &bob).await["events"][0]["id"], "e2");
}

#[tokio::test]
async fn apps_hear_what_is_told_with_a_conversation_and_without() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, messaging) = (&back_end.engine, &back_end.messaging);
    let conversation = known_customer(engine, "ada").await;
    let eve = contact_id(&server, "eve");
    let mut expected = Vec::new();
    for (code, call, body, session, contact) in [
        (
            "CUSTOMER_DATA_PUSHED",
            "data/push",
            order("o1", 7, &links("PROFILE_ID", "C34567")),
            conversation.as_str(),
            contact_id(&server, "ada"),
        ),
        (
            "CUSTOMER_EVENT_PUSHED",
            "event/push",
            json!({"eventName": "PAID", "id": "e1", "links": links("PHONE", "14165550001")}),
            conversation.as_str(),
            contact_id(&server, "ada"),
        ),
        (
            "CUSTOMER_EVENT_PUSHED",
            "event/push",
            json!({"eventName": "PAID", "id": "e2", "links": links("CONTACT_ID", &eve)}),
            "",
            eve.clone(),
        ),
        (
            "CUSTOMER_DATA_PUSHED",
            "data/push",
            order("o2", 7, &links("EMAIL", "nobody@example.com")),
            "",
            String::new(),
        ),
    ] {
        // What is told again is no news.
        messaging.send_to(call, &body).await.one();
        messaging.send_to(call, &body).await.one();
        let mut told = body.clone();
        let conversations = if session.is_empty() { json!([]) } else { json!([session]) };
        told["conversationIds"] = conversations;
        expected.push((code, session.to_owned(), contact, told));
        // Those of different conversations may overtake each other.
        let events = back_end.hears("events", expected.len()).await;
        assert_eq!(events.len(), expected.len());
        for (event, (code, session, contact, told)) in events.iter().zip(&expected) {
            assert_eq!(members(event), EVENT);
            assert_eq!((&event["eventCode"], &event["sessionId"]), (&json!(code), &json!(session)));
            assert_eq!((&event["contactId"], &event["trace"]), (&json!(contact), &json!([told])));
            assert_eq!(event["session"] == json!({}), session.is_empty(), "{event:#}");
            assert_eq!(event["route"]["sendMode"], "AUTO");
        }
    }
}

#[tokio::test]
async fn whoever_listens_to_all_of_a_hub_hears_what_is_told_of_its_conversations() {
    let server = BackEnd::server().await;
    let (engine, messaging, portal) = (server.engine().await, server.messaging(), server.portal().await);
    let (all, customers) = (Hook::start().await, Hook::start().await);
    for (hook, events) in [(&all, "message"), (&customers, "message:customer")] {
        let body = json!({"channelId": "System", "name": events,
            "configuration": {"webhookUrl": hook.url(), "events": [events]}});
        portal.create_integration(&server.demo().hub(), &body).await.ok();
    }
    let conversation = known_customer(&engine, "ada").await;
    let event = json!({"eventName": "PAID", "id": "e1", "links": links("PROFILE_ID", "C34567")});
    messaging.send_to("event/push", &event).await.one();
    let heard = all.was_called(1).await.remove(0);
    let activity = heard.activities().remove(0);
    assert_eq!(heard.json()["conversationId"], conversation);
    assert_eq!(activity["event"]["payloadType"], "hubster.customer.event");
    assert_eq!(activity["event"]["payload"]["eventName"], "PAID");
    engine.say(&conversation, "hello").await;
    assert_eq!(customers.took(1).await, ["hello"], "it hears nothing else");
}

#[tokio::test]
async fn no_more_is_kept_shown_or_taken_than_there_may_be() {
    let limits = [
        ("SWITCHBOARD_MESSAGING__DATA_BYTES", "20"),
        ("SWITCHBOARD_MESSAGING__DATA_PER_TENANT", "3"),
        ("SWITCHBOARD_MESSAGING__DATA_SHOWN", "2"),
        ("SWITCHBOARD_MESSAGING__EVENTS_SHOWN", "1"),
    ];
    let server = Server::with(&limits).await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let conversation = known_customer(&engine, "ada").await;
    let ada = links("PROFILE_ID", "C34567");
    let sized = |id: &str, bytes: usize| {
        let data = json!({"a": "x".repeat(bytes - 8)});
        json!({"type": "T", "id": id, "data": data, "links": ada})
    };
    let refused = messaging.send_to("data/push", &sized("0", 21)).await;
    assert_eq!(refused.field_faults(400), faults(&[("data", "TOO_LONG")]));
    for id in ["1", "2", "3"] {
        messaging.send_to("data/push", &sized(id, 20)).await.one();
        let event = json!({"eventName": "E", "id": id, "links": ada});
        messaging.send_to("event/push", &event).await.one();
    }
    let shown = additional(&engine, &conversation).await;
    assert_eq!(members(&shown["data"]["T"]), ["2", "3"]);
    assert_eq!(shown["events"].as_array().unwrap().len(), 1);
    let refused = messaging.send_to("data/push", &sized("4", 20)).await;
    assert_eq!(refused.field_faults(400), faults(&[("", "LIMIT_REACHED")]));
    messaging.send_to("data/push", &sized("3", 10)).await.one();
}

#[tokio::test]
async fn a_tenant_s_customers_are_its_own() {
    let server = Server::start().await;
    let other = server.another_tenant("Other").await;
    let (engine, theirs) = (server.engine().await, other.engine().await);
    let (own, strange) = (known_customer(&engine, "ada").await, known_customer(&theirs, "ada").await);
    server.messaging().send_to("data/push", &order("o1", 1, &links("PROFILE_ID", "C34567"))).await.one();
    let refused = other
        .messaging()
        .send_to("data/push", &order("o1", 1, &links("CONTACT_ID", &contact_id(&server, "ada"))))
        .await;
    assert_eq!(refused.field_faults(400), faults(&[("links[0].linkValue", "NOT_FOUND")]));
    assert!(additional(&engine, &own).await["data"].is_object());
    assert_eq!(additional(&theirs, &strange).await, json!({}));
}

//! Response commands call by call (platform documentation §10.5).

use serde_json::{Value, json};

use super::{RESPONSES, at, create, id_of, of_hub, response, with};
use crate::harness::Server;

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn payload() -> Value {
    json!({"type": "payload", "payloadType": "type1", "payload": {"payload": "Hello"}})
}

#[tokio::test]
async fn a_response_is_created_read_listed_changed_and_deleted() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let caption = json!([{"type": "Webchat", "metadata": [{"key": "caption-show", "value": "true"}]}]);
    let full = json!({"name": "contact-eva.green", "category": "contacts", "description": "Eva's Contact",
        "integrationTypeId": "customer", "type": "message",
        "responses": [text("Below is my contact info"), with(text("Eva Green"), "channels", caption)]});
    let made = portal.post(&at(RESPONSES, &hub), &full).await.ok();
    let path = at(RESPONSES, id_of(&made));
    let mut present = with(with(full, "commandId", made["commandId"].clone()), "hubId", json!(hub));
    assert_eq!(made, present);
    assert_eq!(portal.get(&path).await.ok(), present);
    assert_eq!(portal.get(&of_hub(RESPONSES, &hub)).await.ok(), json!([present]), "a list without pages");
    for (name, value) in [
        ("name", json!("eva")),
        ("category", json!("Office contacts")),
        ("description", json!("Eva's Office Contact")),
        ("integrationTypeId", json!("agent")),
        ("responses", json!([text("One")])),
        ("category", json!("")),
    ] {
        present[name] = value.clone();
        assert_eq!(portal.put(&path, &json!({name: value})).await.ok(), present);
    }
    assert_eq!(portal.put(&path, &json!({})).await.ok(), present, "a change of nothing changes nothing");
    assert_eq!(portal.put(&path, &json!({"type": "message"})).await.ok(), present, "it has that type");
    assert_eq!(portal.put(&path, &present).await.ok(), present, "a whole body does as well");
    assert_eq!(portal.get(&path).await.ok(), present);
    portal.delete(&path).await.has_status(200);
    portal.get(&path).await.refused(404, "PRT000105");
    portal.delete(&path).await.refused(404, "PRT000105");
    portal.put(&path, &json!({"name": "x"})).await.refused(404, "PRT000105");
    assert_eq!(portal.get(&of_hub(RESPONSES, &hub)).await.ok(), json!([]));
}

#[tokio::test]
async fn the_documented_change_names_a_category_and_a_description() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let id = create(&portal, RESPONSES, &server.demo().hub(), &response("eva")).await;
    let before = portal.get(&at(RESPONSES, &id)).await.ok();
    let example = json!({"category": "Office contacts", "description": "Eva's Office Contact"});
    let after = portal.put(&at(RESPONSES, &id), &example).await.ok();
    let expected = with(before, "category", example["category"].clone());
    assert_eq!(after, with(expected, "description", example["description"].clone()));
}

#[tokio::test]
async fn events_can_be_said_as_well_as_messages() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let example = json!({"name": "Command-5", "category": "Command-5", "description": "Command-5",
        "integrationTypeId": "agent", "type": "event", "responses": [payload()]});
    let made = portal.post(&at(RESPONSES, &hub), &example).await.ok();
    for (name, value) in example.as_object().unwrap() {
        assert_eq!(&made[name], value, "{made:#}");
    }
    let path = at(RESPONSES, id_of(&made));
    portal.put(&path, &json!({"responses": [text("x")]})).await.refused(400, "PRT000303");
    portal.put(&path, &json!({"type": "message"})).await.refused(400, "PRT000301");
    let both = json!({"type": "MESSAGE", "responses": [text("x")]});
    let changed = portal.put(&path, &both).await.ok();
    assert_eq!((&changed["type"], &changed["responses"]), (&json!("message"), &json!([text("x")])));
}

#[tokio::test]
async fn names_of_types_and_properties_come_in_any_case_and_are_answered_in_the_documented_one() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    let sparse = json!({"NAME": "n", "integrationtypeid": "Customer", "Type": "MESSAGE",
        "Responses": [{"TYPE": "Text", "Text": "x", "mood": "good"}]});
    let made = portal.post(&at(RESPONSES, &hub), &sparse).await.ok();
    let expected = json!({"commandId": id_of(&made), "hubId": hub, "name": "n", "category": "",
        "description": "", "integrationTypeId": "customer", "type": "message",
        "responses": [{"type": "text", "text": "x", "mood": "good"}]});
    assert_eq!(made, expected);
}

#[tokio::test]
async fn each_mistake_in_a_new_response_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let path = at(RESPONSES, &server.demo().hub());
    portal.post(&path, &response("Taken")).await.ok();
    let but = |name: &str, value: Value| with(response("n"), name, value);
    let said = |list: Value| but("responses", list);
    let happened = |list: Value| with(said(list), "type", json!("event"));
    for (body, code) in [
        (json!({}), "PRT000301"),
        (json!([]), "PRT000302"),
        (but("name", Value::Null), "PRT000301"),
        (but("name", json!("")), "PRT000301"),
        (but("name", json!(5)), "PRT000302"),
        (but("name", json!("x".repeat(257))), "PRT000207"),
        (but("name", json!("tAKEN")), "PRT000600"),
        (but("category", json!(5)), "PRT000302"),
        (but("category", json!("x".repeat(257))), "PRT000207"),
        (but("description", json!(5)), "PRT000302"),
        (but("description", json!("x".repeat(1025))), "PRT000207"),
        (but("integrationTypeId", Value::Null), "PRT000301"),
        (but("integrationTypeId", json!(true)), "PRT000302"),
        (but("integrationTypeId", json!(4)), "PRT000303"),
        (but("integrationTypeId", json!("bot")), "PRT000303"),
        (but("type", Value::Null), "PRT000301"),
        (but("type", json!(1)), "PRT000302"),
        (but("type", json!("text")), "PRT000303"),
        (said(Value::Null), "PRT000301"),
        (said(json!("x")), "PRT000302"),
        (said(json!([])), "PRT000306"),
        (said(json!(vec![text("x"); 51])), "PRT000207"),
        (said(json!(["x"])), "PRT000302"),
        (said(json!([{}])), "PRT000301"),
        (said(json!([text("")])), "PRT000307"),
        (said(json!([{"type": "text", "text": 1}])), "PRT000302"),
        (said(json!([{"type": "text", "items": []}])), "PRT000306"),
        (said(json!([{"type": "hologram"}])), "PRT000303"),
        (said(json!([payload()])), "PRT000303"),
        (happened(json!([text("x")])), "PRT000303"),
        (happened(json!([{"type": "payload", "payloadType": "t"}])), "PRT000301"),
    ] {
        portal.post(&path, &body).await.refused(400, code);
    }
    portal.send("POST", &path, Some("application/json"), "").await.refused(400, "PRT000300");
    let fits = json!({"name": "x".repeat(256), "category": "x".repeat(256), "description": "x".repeat(1024),
        "integrationTypeId": "AGENT", "type": "Message", "responses": vec![text("x"); 50]});
    portal.post(&path, &fits).await.ok();
}

#[tokio::test]
async fn every_mistake_is_told_at_once_by_the_property_that_it_is_in() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let body = json!({"integrationTypeId": "nobody", "type": "message",
        "responses": [text("fine"), text(" "), {"type": "text", "text": 5}, 7]});
    let refused = portal.post(&at(RESPONSES, &server.demo().hub()), &body).await;
    let errors = refused.platform_errors(400);
    let told = |property: &str| {
        let quoted = format!("'{property}'");
        errors.iter().any(|error| error["description"].as_str().unwrap().contains(&quoted))
    };
    for property in ["name", "integrationTypeId", "responses[1].text", "responses[2].text", "responses[3]"] {
        assert!(told(property), "{property} in {refused}");
    }
    assert_eq!(errors.len(), 5, "{refused}");
}

#[tokio::test]
async fn each_mistake_in_a_changed_response_has_its_code() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = server.demo().hub();
    portal.post(&at(RESPONSES, &hub), &response("Taken")).await.ok();
    let path = at(RESPONSES, &create(&portal, RESPONSES, &hub, &response("Mine")).await);
    let before = portal.get(&path).await.ok();
    for (body, code) in [
        (json!({"name": "TAKEN"}), "PRT000600"),
        (json!({"name": " "}), "PRT000301"),
        (json!({"integrationTypeId": "system"}), "PRT000303"),
        (json!({"type": "event"}), "PRT000301"),
        (json!({"type": "text"}), "PRT000303"),
        (json!({"responses": []}), "PRT000306"),
        (json!({"responses": [payload()]}), "PRT000303"),
        (json!({"type": "event", "responses": [text("x")]}), "PRT000303"),
        (json!({"category": 1, "description": "new"}), "PRT000302"),
    ] {
        portal.put(&path, &body).await.refused(400, code);
    }
    assert_eq!(portal.get(&path).await.ok(), before);
    portal.put(&path, &json!({"name": "MINE"})).await.ok();
}

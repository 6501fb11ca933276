//! Each mistake in a message, and the code that tells it.

use serde_json::{Value, json};

use super::message;
use crate::harness::{Server, from};

#[tokio::test]
async fn each_mistake_in_a_message_has_its_code_at_both_doors() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Faults").await;
    let conversation = engine.establish_at(&customer, "ada").await;
    let item = |item: Value| json!({"type": "text", "items": [item]});
    let action = |action: Value| json!({"type": "text", "actions": [action]});
    for (bad, code) in [
        (json!({"type": "youtube"}), "ENG005001"),
        (json!({"type": "vimeo", "url": " "}), "ENG005001"),
        (json!({"type": "video", "url": 5}), "ENG005002"),
        (json!({"type": "audio", "label": "l"}), "ENG005001"),
        (json!({"type": "image", "alt": "a"}), "ENG005001"),
        (json!({"type": "attachment", "label": "l", "url": "u"}), "ENG005001"),
        (json!({"type": "attachment", "mimeType": "pdf", "url": "u"}), "ENG005001"),
        (json!({"type": "location"}), "ENG005024"),
        (json!({"type": "location", "latitude": 43.6}), "ENG005001"),
        (json!({"type": "location", "latitude": "north", "longitude": 1}), "ENG005021"),
        (json!({"type": "location", "latitude": 91, "longitude": 1}), "ENG005002"),
        (json!({"type": "contact", "subtitle": "s"}), "ENG005001"),
        (json!({"type": "contact", "title": "t", "properties": [{"value": "v"}]}), "ENG005001"),
        (json!({"type": "card"}), "ENG005023"),
        (json!({"type": "card", "url": "u"}), "ENG005001"),
        (json!({"type": "card", "url": "u", "urlType": "contact"}), "ENG005002"),
        (item(json!({"type": "text", "text": "x"})), "ENG005002"),
        (item(json!({"type": "location"})), "ENG005024"),
        (item(json!("x")), "ENG005002"),
        (action(json!({"type": "call", "title": "t"})), "ENG005002"),
        (action(json!({"type": "link", "title": "t"})), "ENG005001"),
        (action(json!({"type": "reply", "payload": "p"})), "ENG005001"),
        (json!({"type": "image", "url": "u", "channels": [{}]}), "ENG005001"),
    ] {
        let body = message(bad);
        engine.inbound(&conversation, &body).await.refused(400, code);
        engine.business(&conversation, &from(&agent, body)).await.refused(400, code);
    }
    for (bad, code) in [
        (json!({"type": "carousel"}), "ENG005001"),
        (json!({"type": "carousel", "items": []}), "ENG005015"),
        (json!({"type": "list", "items": []}), "ENG005015"),
        (json!({"type": "list", "items": [{"url": "u"}]}), "ENG005001"),
        (json!({"type": "list", "items": [{"type": "contact", "title": "t"}]}), "ENG005002"),
        (json!({"type": "list", "items": [{}]}), "ENG005023"),
    ] {
        engine.business(&conversation, &from(&agent, message(bad))).await.refused(400, code);
    }
    assert!(engine.history(&conversation, "type=customer").await.is_empty(), "nothing of it was kept");
}

#[tokio::test]
async fn every_mistake_is_told_in_one_answer_where_it_is() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let body = json!({"externalId": 5, "type": "message", "message": {"type": "text", "items": [
        {"type": "image"},
        {"type": "location", "latitude": "x", "longitude": 200},
        {"type": "card", "actions": [{"type": "link", "title": "t"}], "title": "t"},
    ]}});
    let answer = engine.inbound(&conversation, &body).await;
    let told: Value = serde_json::from_str(&answer.has_status(400).text).unwrap();
    let told: Vec<(i64, bool)> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .zip([
            "'externalId'",
            "'message.items[0].url'",
            "'message.items[1].latitude'",
            "'message.items[1].longitude'",
            "'message.items[2].actions[0].url'",
        ])
        .map(|(error, place)| {
            (error["code"].as_i64().unwrap(), error["description"].as_str().unwrap().contains(place))
        })
        .collect();
    assert_eq!(told, [5002, 5001, 5021, 5002, 5001].map(|code| (code, true)), "{}", answer.text);
}

#[tokio::test]
async fn responses_of_commands_are_checked_as_messages_are() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let path = format!("/api/v1/commands/responses/{}", server.demo().hub());
    for (number, (bad, code)) in [
        (json!({"type": "location"}), "PRT000308"),
        (json!({"type": "location", "latitude": "x", "longitude": 1}), "PRT000304"),
        (json!({"type": "carousel", "items": []}), "PRT000306"),
        (json!({"type": "card"}), "PRT000307"),
        (json!({"type": "contact"}), "PRT000301"),
        (json!({"type": "command", "title": "t"}), "PRT000303"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"name": number.to_string(), "integrationTypeId": "customer", "type": "message",
            "responses": [{"type": "list", "items": [{"title": "t"}]}, bad]});
        portal.post(&path, &body).await.refused(400, code);
    }
}

//! The examples of the documentation of conversations, interactions and the Direct calls (§11), as they stand there.

use serde_json::json;

use crate::harness::{Server, from};

#[tokio::test]
async fn the_properties_of_the_documentation_establish_a_conversation_that_shows_them() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let properties = json!({
        "profile": {"device": "Direct", "full name": "User name here", "phone": "416-555-0001",
            "some_custom1": "value1", "some_custom2": "value2"},
        "additional": {"some_custom1": "value1", "some_custom2": "value2"},
    });
    for channel in [json!("Direct"), json!(2000)] {
        let body = json!({"integrationId": engine.customer(), "binding": channel.to_string(),
            "channelType": channel, "properties": properties});
        let made = engine.post("/api/v1/conversations/establish", &body).await.ok();
        assert_eq!((&made["properties"], &made["isNew"]), (&properties, &json!(true)));
        let path = format!("/api/v1/conversations/{}", made["conversationId"].as_str().unwrap());
        let read = engine.get(&path).await.ok();
        assert_eq!(read["properties"], properties);
        assert_eq!(
            (&read["integration"]["integrationTypeId"], &read["integration"]["channelId"]),
            (&json!("Customer"), &json!("Direct"))
        );
        for moment in
            [&read["openedDateTime"], &read["integration"]["created"], &read["integration"]["hub"]["created"]]
        {
            let text = moment.as_str().unwrap();
            assert!(!text.ends_with('Z') && text.as_bytes()[10] == b'T', "a local moment: {text}");
        }
    }
}

#[tokio::test]
async fn the_message_and_the_event_of_the_documentation_are_taken_from_either_side() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let message = json!({"externalId": "some-external-id", "type": "message",
        "message": {"type": "text", "text": "Hi there!"}});
    let event = json!({"externalId": "some-external-id", "type": "event", "event": {
        "type": "payload", "payloadType": "my.payload.01",
        "payload": {"data1": "value1", "data2": "value2", "data3": "value3"}}});
    for sender in [engine.customer(), engine.agent()] {
        let answer = engine.inbound(&conversation, &from(&sender, message.clone())).await.ok();
        let members: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        let documented =
            ["status", "eventId", "externalId", "hubId", "conversationId", "integrationId", "interactionId"];
        assert!(documented.iter().all(|name| members.contains(name)), "{answer:#}");
        assert_eq!(
            (&answer["externalId"], &answer["integrationId"]),
            (&json!("some-external-id"), &json!(sender))
        );
        let answer = engine.inbound(&conversation, &from(&sender, event.clone())).await.ok();
        assert!(answer.get("interactionId").is_none(), "an event is no interaction: {answer:#}");
        assert_eq!(answer["externalId"], "some-external-id");
    }
    let history = engine.history(&conversation, "type=customer").await;
    let said: Vec<_> =
        history.iter().map(|one| (&one["type"], &one["eventTrigger"], &one["externalId"])).collect();
    let one = |kind: &str, party: &str| (json!(kind), json!(format!("{kind}:{party}")));
    let expected = [
        one("message", "customer"),
        one("event", "customer"),
        one("message", "agent"),
        one("event", "agent"),
    ];
    for ((kind, trigger, reference), (expected_kind, expected_trigger)) in said.into_iter().zip(&expected) {
        assert_eq!((kind, trigger, reference), (expected_kind, expected_trigger, &json!("some-external-id")));
    }
    assert_eq!(history[0]["message"], message["message"]);
    assert_eq!(history[1]["event"], event["event"]);
}

#[tokio::test]
async fn activities_are_told_from_the_start_unless_it_is_given_and_by_any_spelling_of_the_party() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let first = engine.say(&conversation, "Hi there!").await["eventId"].clone();
    engine.reply(&conversation, "Hello! How can I help you today?").await;
    for (query, expected) in [
        ("type=agent".to_owned(), 2),
        ("TYPE=Agent&LEID=0".to_owned(), 2),
        (format!("type=CUSTOMER&leid={first}"), 1),
        (format!("type=2&leid={first}"), 1),
        ("type=Bot".to_owned(), 0),
        ("type=4".to_owned(), 0),
        (format!("type=agent&leid={}", i64::MAX), 0),
    ] {
        assert_eq!(engine.history(&conversation, &query).await.len(), expected, "{query}");
    }
    let path = format!("/api/v1/interactions/activities/{conversation}");
    for (query, code) in
        [("type=agent&leid=-1", "ENG000209"), ("type=agent&leid=9223372036854775808", "ENG000210")]
    {
        engine.get(&format!("{path}?{query}")).await.refused(400, code);
    }
}

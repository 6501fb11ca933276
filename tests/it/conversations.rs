//! Establishing, finding and reading conversations (platform documentation §11.1 and §11.2; wire facts).

use serde_json::{Value, json};

use crate::harness::{Server, text, together};

fn ask(integration: &str, binding: &str) -> Value {
    json!({"integrationId": integration, "binding": binding, "channelType": "Direct"})
}

const ESTABLISH: &str = "/api/v1/conversations/establish";

#[tokio::test]
async fn establishing_answers_with_a_default_profile() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let made = engine.post(ESTABLISH, &ask(&engine.customer(), "ada")).await.ok();
    assert_eq!(made["tenantId"], server.demo().get("/tenant/tenantId"));
    assert_eq!(made["hubId"], server.demo().hub());
    assert_eq!(made["integrationId"], engine.customer());
    assert_eq!(made["isNew"], true);
    assert!(made["openedDateTime"].is_string() && made.get("closedDateTime").is_none(), "{made:#}");
    assert_eq!(made["properties"]["profile"]["device"], "Direct");
    assert!(made["properties"]["profile"]["full name"].as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(made["properties"]["additional"], json!({}));
    let token = made["tokenId"].as_str().unwrap();
    assert!(token.len() == 24 && token.ends_with("=="), "16 bytes in base64: {token}");
}

#[tokio::test]
async fn properties_are_kept_as_they_were_given() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let given = json!({"profile": {"full name": "Ada L.", "phone": "416-555-0001", "custom": "1"},
        "additional": {"key": "value"}, "order": {"number": 7}});
    let mut body = ask(&engine.customer(), "ada");
    body["Properties"] = given.clone();
    let made = engine.post(ESTABLISH, &body).await.ok();
    let mut expected = given;
    expected["profile"]["device"] = "Direct".into();
    assert_eq!(made["properties"], expected);
}

#[tokio::test]
async fn the_same_binding_finds_the_open_conversation() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let first = engine.post(ESTABLISH, &ask(&engine.customer(), "ada")).await.ok();
    let mut again = engine.post(ESTABLISH, &ask(&engine.customer(), "ada")).await.ok();
    assert_eq!(again["isNew"], false);
    again["isNew"] = true.into();
    assert_eq!(again, first);
    let other = engine.post(ESTABLISH, &ask(&engine.customer(), "Ada")).await.ok();
    assert_ne!(other["conversationId"], first["conversationId"], "bindings are told apart to the letter");
}

#[tokio::test]
async fn a_hundred_calls_at_once_establish_one_conversation() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let answers = together((0..100).map(|_| {
        let (engine, body) = (engine.clone(), ask(&engine.customer(), "crowd"));
        async move { engine.post(ESTABLISH, &body).await.ok() }
    }))
    .await;
    assert!(answers.iter().all(|a| a["conversationId"] == answers[0]["conversationId"]));
    assert_eq!(answers.iter().filter(|answer| answer["isNew"] == true).count(), 1);
}

#[tokio::test]
async fn the_channel_is_named_or_numbered() {
    let server = Server::start().await;
    let engine = server.engine().await;
    for channel in [json!("Direct"), json!("DIRECT"), json!(1), json!(2000), json!("2000")] {
        let body = json!({"IntegrationId": engine.customer(), "BINDING": "n", "channeltype": channel});
        engine.post(ESTABLISH, &body).await.ok();
    }
}

#[tokio::test]
async fn each_mistake_in_an_establishment_has_its_code() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let with = |name: &str, value: Value| {
        let mut body = ask(&engine.customer(), "x");
        body[name] = value;
        body
    };
    let unknown = json!("00000000-0000-0000-0000-000000000001");
    for (body, status, code) in [
        (with("integrationId", Value::Null), 400, "ENG003001"),
        (with("binding", Value::Null), 400, "ENG003001"),
        (with("binding", json!("")), 400, "ENG003001"),
        (with("channelType", Value::Null), 400, "ENG003001"),
        (with("integrationId", json!("17")), 400, "ENG003002"),
        (with("channelType", json!("Slack")), 400, "ENG000206"),
        (with("channelType", json!("WebChat")), 400, "ENG000206"),
        (with("channelType", json!(106)), 400, "ENG000206"),
        (with("channelType", json!(2)), 400, "ENG000206"),
        (with("channelType", json!([])), 400, "ENG000206"),
        (with("integrationId", unknown), 404, "ENG006000"),
        (with("integrationId", json!(engine.agent())), 400, "ENG000206"),
        (with("binding", json!(1)), 400, "ENG000201"),
        (with("binding", json!("x".repeat(600))), 400, "ENG000207"),
        (with("properties", json!("x")), 400, "ENG000201"),
        (with("properties", json!({"profile": "x"})), 400, "ENG000201"),
        (json!([1]), 400, "ENG000201"),
    ] {
        engine.post(ESTABLISH, &body).await.refused(status, code);
    }
    engine.send("POST", ESTABLISH, Some("application/json"), "").await.refused(400, "ENG003000");
    engine.send("POST", ESTABLISH, Some("application/json"), "{").await.refused(400, "ENG000201");
}

#[tokio::test]
async fn nothing_is_established_where_hub_or_integration_is_paused() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, _) = portal.quiet_hub("Pausing").await;
    portal.set_status(&customer, 3002).await;
    engine.post(ESTABLISH, &ask(&customer, "x")).await.refused(400, "ENG006502");
    portal.set_status(&customer, 3000).await;
    portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": 2002})).await.ok();
    engine.post(ESTABLISH, &ask(&customer, "x")).await.refused(400, "ENG006503");
    portal.put(&format!("/api/v1/hubs/{hub}"), &json!({"statusId": 2000})).await.ok();
    engine.establish_at(&customer, "x").await;
}

#[tokio::test]
async fn a_conversation_is_read_with_its_integration_and_hub() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let made = engine.post(ESTABLISH, &ask(&engine.customer(), "ada")).await.ok();
    let id = made["conversationId"].as_str().unwrap();
    let read = engine.get(&format!("/api/v1/conversations/{id}")).await.ok();
    for name in ["conversationId", "integrationId", "tokenId", "properties", "openedDateTime"] {
        assert_eq!(read[name], made[name], "{name}");
    }
    let integration = &read["integration"];
    assert_eq!(integration["integrationId"], engine.customer());
    assert_eq!(integration["hubId"], server.demo().hub());
    assert_eq!(integration["integrationTypeId"], "Customer");
    assert_eq!(integration["channelId"], "Direct");
    assert_eq!(integration["statusId"], 3000);
    assert!(integration["created"].is_string() && integration["modified"].is_string(), "{read:#}");
    let hub = &integration["hub"];
    assert_eq!(hub["hubId"], server.demo().hub());
    assert_eq!(hub["tenantId"], server.demo().get("/tenant/tenantId"));
    assert_eq!(hub["statusId"], 2000);
}

#[tokio::test]
async fn established_is_the_answer_of_establishing_without_is_new() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let mut made = engine.post(ESTABLISH, &ask(&engine.customer(), "ada")).await.ok();
    made.as_object_mut().unwrap().remove("isNew");
    let id = made["conversationId"].as_str().unwrap();
    assert_eq!(engine.get(&format!("/api/v1/conversations/{id}/established")).await.ok(), made);
}

#[tokio::test]
async fn a_hub_lists_its_open_conversations() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, _) = portal.quiet_hub("Listing").await;
    let path = format!("/api/v1/conversations/hubs/{hub}/established");
    assert_eq!(engine.get(&path).await.ok(), json!([]));
    let mut made = vec![engine.establish_at(&customer, "a").await, engine.establish_at(&customer, "b").await];
    engine.establish("in another hub").await;
    let listed = engine.get(&path).await.ok();
    let mut ids: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["conversationId"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
    assert!(listed[0].get("isNew").is_none() && listed[0]["properties"].is_object(), "{listed:#}");
}

#[tokio::test]
async fn a_closed_conversation_takes_nothing_and_its_binding_starts_anew() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (hub, customer, agent) = portal.quiet_hub("Closing").await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("hello")).await.ok();
    portal.delete(&format!("/api/v1/integrations/{customer}")).await.has_status(200);
    engine.inbound(&conversation, &text("again")).await.refused(410, "ENG000104");
    let late = crate::harness::from(&agent, text("too late"));
    engine.business(&conversation, &late).await.refused(400, "ENG006501");
    let open = engine.get(&format!("/api/v1/conversations/hubs/{hub}/established")).await.ok();
    assert_eq!(open, json!([]));
    assert_eq!(engine.history(&conversation, "type=customer").await.len(), 1, "what was said stays readable");
    let read = engine.get(&format!("/api/v1/conversations/{conversation}")).await.ok();
    assert!(read["closedDateTime"].is_string(), "{read:#}");
}

#[tokio::test]
async fn history_is_told_by_party() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "hi").await;
    for party in ["customer", "Agent", "AGENT", "3"] {
        let history = engine.history(&conversation, &format!("type={party}")).await;
        let texts: Vec<_> = history.iter().map(|one| one["message"]["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["hello", "hi"], "{party} sent or received both");
    }
    assert!(engine.history(&conversation, "type=bot").await.is_empty());
    let first = &engine.history(&conversation, "type=customer").await[0];
    for name in ["eventId", "interactionId", "sender", "recipient", "eventTrigger", "flowProcess"] {
        assert!(!first[name].is_null(), "{first:#}");
    }
    assert_eq!((&first["isEcho"], &first["type"]), (&json!(false), &json!("message")));
}

#[tokio::test]
async fn history_starts_after_leid() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut ids = Vec::new();
    for words in ["one", "two", "three"] {
        ids.push(engine.say(&conversation, words).await["eventId"].as_i64().unwrap());
    }
    let after = async |leid: i64| {
        let history = engine.history(&conversation, &format!("type=customer&leid={leid}")).await;
        history.iter().map(|one| one["eventId"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(after(0).await, ids);
    assert_eq!(after(ids[0]).await, ids[1..], "the starting point itself is left out");
    assert_eq!(after(ids[0] - 1).await, ids);
    assert!(after(ids[2]).await.is_empty());
}

#[tokio::test]
async fn each_mistake_in_a_history_has_its_code() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let path = format!("/api/v1/interactions/activities/{}", engine.establish("ada").await);
    for (query, code) in [
        ("", "ENG000200"),
        ("?leid=5", "ENG000200"),
        ("?type=system", "ENG000206"),
        ("?type=nobody", "ENG000206"),
        ("?type=agent&leid=x", "ENG000210"),
        ("?type=agent&leid=1.5", "ENG000210"),
    ] {
        engine.get(&format!("{path}{query}")).await.refused(400, code);
    }
}

#[tokio::test]
async fn ids_that_name_nothing_are_not_found_and_those_that_are_none_are_refused() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let unknown = "00000000-0000-0000-0000-000000000001";
    for (path, code) in [
        ("/api/v1/conversations/ID", "ENG006500"),
        ("/api/v1/conversations/ID/established", "ENG006500"),
        ("/api/v1/conversations/hubs/ID/established", "ENG005500"),
        ("/api/v1/interactions/activities/ID?type=agent", "ENG006500"),
    ] {
        engine.get(&path.replace("ID", unknown)).await.refused(404, code);
        engine.get(&path.replace("ID", "17")).await.refused(400, "ENG000203");
    }
}

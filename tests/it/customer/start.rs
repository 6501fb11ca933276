//! What the platform says first in a conversation.

use serde_json::{Value, json};

use super::{heard, live, replayed};
use crate::harness::{Engine, Portal, Server, Visitor, from, text, together};

const ESTABLISH: &str = "/api/v1/conversations/establish";

/// The messages that open a conversation in these tests.
fn start() -> Value {
    json!([
        {"type": "text", "text": "Welcome to Hubster! How can we help you?"},
        {"type": "text", "text": "Pick one", "actions": [{"type": "reply", "title": "Orders", "payload": "o"}],
         "mood": "good"},
    ])
}

/// A hub whose customers are welcomed: its customer integration and its agent.
async fn welcoming(portal: &Portal) -> (String, String) {
    let hub = portal.hub("Welcoming").await;
    let customer = json!({"integrationType": "Customer", "start": start()});
    let customer = portal.direct(&hub, "customer", customer).await;
    (customer, portal.direct(&hub, "agent", json!({"integrationType": "Agent"})).await)
}

async fn establish(engine: &Engine, integration: &str, binding: &str) -> Value {
    let body = json!({"integrationId": integration, "binding": binding, "channelType": "Direct"});
    engine.post(ESTABLISH, &body).await.ok()
}

#[tokio::test]
async fn the_platform_opens_a_new_conversation_and_its_words_are_recorded_first() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = welcoming(&portal).await;
    let made = establish(&engine, &customer, "ada").await;
    let conversation = made["conversationId"].as_str().unwrap();
    engine.inbound(conversation, &text("hello")).await.ok();
    engine.business(conversation, &from(&agent, text("good morning"))).await.ok();

    let history = engine.history(conversation, "type=customer").await;
    let words: Vec<_> = history.iter().map(|one| one["message"].clone()).collect();
    assert_eq!(words[..2], *start().as_array().unwrap());
    assert_eq!((&words[2]["text"], &words[3]["text"]), (&json!("hello"), &json!("good morning")));
    for opening in &history[..2] {
        assert_eq!(opening["eventTrigger"], "message:hubster", "{opening:#}");
        assert_eq!(opening["sender"]["integrationType"], "Hubster");
        let recipient = json!({"integrationId": customer, "integrationType": "Customer",
            "channelType": "Direct", "tokenId": made["tokenId"]});
        assert_eq!(opening["recipient"], recipient);
        assert_eq!((&opening["flowProcess"], &opening["isEcho"]), (&json!("Default"), &json!(false)));
        assert!(opening["interactionId"].is_string(), "{opening:#}");
    }
    assert!(history[0]["eventId"].as_i64() < history[1]["eventId"].as_i64(), "{history:#?}");
}

#[tokio::test]
async fn an_open_conversation_that_is_found_again_is_not_opened_again() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, _) = welcoming(&portal).await;
    let answers = together((0..20).map(|_| {
        let (engine, customer) = (engine.clone(), customer.clone());
        async move { establish(&engine, &customer, "crowd").await }
    }))
    .await;
    let conversation = answers[0]["conversationId"].as_str().unwrap();
    assert_eq!(engine.history(conversation, "type=customer").await.len(), 2);
    let other = establish(&engine, &customer, "somebody else").await;
    assert_eq!(engine.history(other["conversationId"].as_str().unwrap(), "type=customer").await.len(), 2);
}

#[tokio::test]
async fn a_socket_hears_the_opening_live_and_one_that_comes_after_it_first_of_all() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = welcoming(&portal).await;
    let words = ["Welcome to Hubster! How can we help you?", "Pick one"];
    let mut whole = engine.listen_at(&customer).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    assert_eq!(heard(&mut whole, 2).await, words.map(live));
    let mut own = engine.listen_to(&customer, &conversation).await;
    engine.business(&conversation, &from(&agent, text("good morning"))).await.ok();
    assert_eq!(heard(&mut own, 3).await, [replayed(words[0]), replayed(words[1]), live("good morning")]);
}

#[tokio::test]
async fn a_visitor_of_a_web_chat_is_welcomed_too() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let web_chat = server.demo().integration("webchat");
    let configuration = json!({"allowedOrigins": ["localhost:3000"], "start": start()});
    let path = format!("/api/v1/integrations/hubs/{web_chat}");
    portal.post(&path, &json!({"configuration": configuration})).await.ok();
    let visitor = Visitor::arrive(&server.http(), &web_chat).await;
    let conversation = visitor.establish("eve").await;
    let mut socket = visitor.listen_to(&conversation).await;
    let welcome = replayed("Welcome to Hubster! How can we help you?");
    assert_eq!(heard(&mut socket, 2).await, [welcome, replayed("Pick one")]);
}

#[tokio::test]
async fn an_opening_outlives_a_crash_with_its_conversation() {
    let mut server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, _) = welcoming(&portal).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    server.crash().await;
    let engine = server.engine().await;
    assert_eq!(establish(&engine, &customer, "ada").await["isNew"], false);
    assert_eq!(engine.history(&conversation, "type=customer").await.len(), 2);
}

#[tokio::test]
async fn what_could_not_be_said_is_no_opening() {
    let server = Server::start().await;
    let portal = server.portal().await;
    let hub = portal.hub("Careful").await;
    for (start, code) in [
        (json!("Hi"), "PRT000302"),
        (json!(["Hi"]), "PRT000302"),
        (json!([{"text": "Hi"}]), "PRT000301"),
        (json!([{"type": "text"}]), "PRT000307"),
        (json!([{"type": "hologram"}]), "PRT000303"),
    ] {
        for (channel, mut configuration) in [
            ("Direct", json!({"integrationType": "Customer"})),
            ("WebChat", json!({"allowedOrigins": ["a.example"]})),
        ] {
            configuration["start"] = start.clone();
            let body = json!({"channelId": channel, "name": "x", "configuration": configuration});
            portal.create_integration(&hub, &body).await.refused(400, code);
        }
    }
}

//! What comes back to whoever said it.

use serde_json::{Value, json};

use crate::harness::{Engine, Portal, Server, Visitor, from, payload, text};

/// A hub in which both sides ask for their echoes: its customer and its agent integration.
async fn echoing(portal: &Portal) -> (String, String) {
    let hub = portal.hub("Echo").await;
    let customer = portal.direct(&hub, "c", json!({"integrationType": "Customer", "echo": true})).await;
    (customer, portal.direct(&hub, "a", json!({"integrationType": "Agent", "echo": true})).await)
}

fn told(frame: &Value) -> (Value, Value) {
    (frame["activity"]["message"]["text"].clone(), frame["activity"]["isEcho"].clone())
}

#[tokio::test]
async fn an_integration_hears_its_own_words_again_as_echoes_and_others_hear_them_as_news() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = echoing(&portal).await;
    let (mut at_customer, mut at_agent) = (engine.listen_at(&customer).await, engine.listen_at(&agent).await);
    let conversation = engine.establish_at(&customer, "x").await;
    let asked = engine.inbound(&conversation, &text("question")).await.ok();
    engine.reply_as(&agent, &conversation, "answer").await;
    let echo = at_customer.next_activity().await;
    assert_eq!(told(&echo), (json!("question"), json!(true)));
    // The echo tells what the sender did not give.
    assert_eq!(echo["activity"]["eventId"], asked["eventId"]);
    assert_eq!(echo["activity"]["interactionId"], asked["interactionId"]);
    assert_eq!(echo["activity"]["recipient"]["integrationId"], agent);
    assert_eq!(told(&at_customer.next_activity().await), (json!("answer"), json!(false)));
    assert_eq!(told(&at_agent.next_activity().await), (json!("question"), json!(false)));
    assert_eq!(told(&at_agent.next_activity().await), (json!("answer"), json!(true)));
}

#[tokio::test]
async fn an_echo_is_an_echo_too_when_it_was_missed() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = echoing(&portal).await;
    let conversation = engine.establish_at(&customer, "x").await;
    let mut before = engine.listen(&format!("integrationId={customer}")).await;
    let cursor = before.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    engine.inbound(&conversation, &text("question")).await.ok();
    engine.reply_as(&agent, &conversation, "answer").await;
    for (query, expected) in [
        (format!("integrationId={customer}"), [true, false]),
        (format!("integrationId={customer}&conversationId={conversation}"), [true, false]),
        (format!("integrationId={agent}"), [false, true]),
        (format!("integrationId={agent}&conversationId={conversation}"), [false, false]),
    ] {
        let mut resumed = engine.listen(&format!("{query}&since={cursor}")).await;
        resumed.control("snapshot").await;
        for (words, is_echo) in ["question", "answer"].into_iter().zip(expected) {
            assert_eq!(told(&resumed.next_activity().await), (json!(words), json!(is_echo)), "{query}");
        }
    }
}

#[tokio::test]
async fn a_customers_own_socket_hears_its_words_once_and_as_an_echo_where_it_asks_for_that() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = echoing(&portal).await;
    let conversation = engine.establish_at(&customer, "x").await;
    let mut own = engine.listen_to(&customer, &conversation).await;
    let mut of_agent = engine.listen_to(&agent, &conversation).await;
    engine.inbound(&conversation, &text("question")).await.ok();
    engine.reply_as(&agent, &conversation, "answer").await;
    assert_eq!(told(&own.next_activity().await), (json!("question"), json!(true)));
    assert_eq!(told(&own.next_activity().await), (json!("answer"), json!(false)));
    // The business may be several, who share what they hear: it is nobody's echo.
    for words in ["question", "answer"] {
        assert_eq!(told(&of_agent.next_activity().await), (json!(words), json!(false)));
    }
    let (_, quiet, _) = portal.quiet_hub("Quiet").await;
    let conversation = engine.establish_at(&quiet, "x").await;
    let mut own = engine.listen_to(&quiet, &conversation).await;
    engine.inbound(&conversation, &text("question")).await.ok();
    assert_eq!(told(&own.next_activity().await), (json!("question"), json!(false)));
}

#[tokio::test]
async fn visitors_of_a_web_chat_hear_their_echoes_unless_it_does_without() {
    let server = Server::start().await;
    let (portal, web_chat) = (server.portal().await, server.demo().integration("webchat"));
    for echo in [true, false] {
        let configuration = json!({"allowedOrigins": ["localhost:3000"], "echo": echo});
        let path = format!("/api/v1/integrations/hubs/{web_chat}");
        portal.post(&path, &json!({"configuration": configuration})).await.ok();
        let visitor = Visitor::arrive(&server.http(), &web_chat).await;
        let conversation = visitor.establish(&format!("eve, echo {echo}")).await;
        let mut socket = visitor.listen_to(&conversation).await;
        visitor.inbound(&conversation, &text("hello")).await.ok();
        assert_eq!(told(&socket.next_activity().await), (json!("hello"), json!(echo)));
    }
}

#[tokio::test]
async fn signalr_clients_hear_echoes_too() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = echoing(&portal).await;
    let conversation = engine.establish_at(&customer, "x").await;
    let listen = async |engine: &Engine, query: String| engine.signalr(&query).await;
    let mut whole = listen(&engine, format!("iId={customer}")).await;
    let mut own = listen(&engine, format!("iId={customer}&cId={conversation}")).await;
    let mut at_agent = listen(&engine, format!("iId={agent}")).await;
    engine.inbound(&conversation, &text("question")).await.ok();
    for (connection, is_echo) in [(&mut whole, true), (&mut own, true), (&mut at_agent, false)] {
        let activity = connection.next_activity().await;
        assert_eq!(
            (&activity["message"]["text"], &activity["isEcho"]),
            (&json!("question"), &json!(is_echo))
        );
    }
}

#[tokio::test]
async fn payloads_come_back_and_what_is_not_kept_does_not() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (customer, agent) = echoing(&portal).await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("question")).await.ok();
    let mut at_agent = engine.listen_at(&agent).await;
    for kind in ["typing_on", "seen", "typing_off"] {
        let event = json!({"type": "event", "event": {"type": kind}});
        engine.business(&conversation, &from(&agent, event)).await.ok();
    }
    let kept = payload("my.payload.01", json!({"data1": "value1"}));
    engine.business(&conversation, &from(&agent, kept.clone())).await.ok();
    let echo = at_agent.next_activity().await;
    assert_eq!((&echo["activity"]["event"], &echo["activity"]["isEcho"]), (&kept["event"], &json!(true)));
}

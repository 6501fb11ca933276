//! What is seen, and who is typing (platform documentation §12.5).

use serde_json::{Value, json};

use super::{heard, replayed, sockets_open};
use crate::harness::{Server, from, payload, text};

fn event(kind: &str) -> Value {
    json!({"type": "event", "event": {"type": kind}})
}

#[tokio::test]
async fn each_side_hears_the_other_type_and_see() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Typing").await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("hello")).await.ok();
    let (mut at_customer, mut at_agent) = (engine.listen_at(&customer).await, engine.listen_at(&agent).await);
    for kind in ["typing_on", "typing_off", "seen"] {
        engine.inbound(&conversation, &event(kind)).await.ok();
        let told = at_agent.next_activity().await;
        assert_eq!(
            (&told["activity"]["event"], &told["activity"]["eventTrigger"]),
            (&event(kind)["event"], &json!("event:customer"))
        );
        engine.business(&conversation, &from(&agent, event(kind))).await.ok();
        let told = at_customer.next_activity().await;
        assert_eq!(
            (&told["activity"]["event"], &told["activity"]["eventTrigger"]),
            (&event(kind)["event"], &json!("event:agent"))
        );
        assert_eq!(told["activity"]["flowProcess"], "Default");
    }
}

#[tokio::test]
async fn each_side_has_a_mark_of_its_own() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Seeing").await;
    let conversation = engine.establish_at(&customer, "x").await;
    engine.inbound(&conversation, &text("hello")).await.ok();
    let marks = async || {
        let mut socket = engine.listen(&format!("integrationId={agent}")).await;
        socket.control("snapshot").await["conversations"][0]["seen"].clone()
    };
    assert_eq!(marks().await, json!({"customer": 0, "business": 0}));
    let by_business = engine.business(&conversation, &from(&agent, event("seen"))).await.ok();
    let by_customer = engine.inbound(&conversation, &event("seen")).await.ok();
    assert_eq!(
        marks().await,
        json!({"customer": by_customer["eventId"], "business": by_business["eventId"]})
    );
    let again = engine.inbound(&conversation, &event("seen")).await.ok();
    assert_eq!(marks().await, json!({"customer": again["eventId"], "business": by_business["eventId"]}));
}

#[tokio::test]
async fn what_is_not_kept_wakes_nobody() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, _) = portal.quiet_hub("Quiet").await;
    let conversation = engine.establish_at(&customer, "x").await;
    let mut own = engine.listen_to(&customer, &conversation).await;
    for kind in ["typing_on", "typing_off", "seen"] {
        engine.inbound(&conversation, &event(kind)).await.ok();
        let told = own.next_activity().await;
        assert!(told["activity"].get("recipient").is_none(), "it is routed to nobody: {told:#}");
    }
    assert!(engine.history(&conversation, "type=customer").await.is_empty());
}

#[tokio::test]
async fn a_customer_who_was_away_hears_payloads_and_nothing_of_typing() {
    let server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    drop(engine.listen_to(&engine.customer(), &conversation).await);
    sockets_open(&server, 0).await;
    let kept = payload("my.payload.01", json!({"data1": "value1"}));
    for body in [event("typing_on"), kept.clone(), event("typing_off"), event("seen"), text("there you are")]
    {
        engine.business(&conversation, &from(&engine.agent(), body)).await.ok();
    }
    let mut back = engine.listen_to(&engine.customer(), &conversation).await;
    let told = back.next_activity().await["activity"].clone();
    assert_eq!((&told["event"], &told["flowProcess"]), (&kept["event"], &json!("AutoReplay")));
    assert_eq!(heard(&mut back, 1).await, [replayed("there you are")]);
}

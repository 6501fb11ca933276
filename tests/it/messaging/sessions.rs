//! Closing and resolving sessions: what is answered, what agents hear, and what becomes of the session.

use serde_json::{Value, json};

use super::{contact_id, faults, members};
use crate::harness::{Server, event_types};

/// The members of InBoundEvent.
pub const EVENT: [&str; 11] = [
    "checksum",
    "contact",
    "contactId",
    "eventCode",
    "eventId",
    "route",
    "session",
    "sessionAssigned",
    "sessionId",
    "sessionRouted",
    "trace",
];

/// The members of MessageSession.
const SESSION: [&str; 11] = [
    "agent",
    "bot",
    "dept",
    "firstMessage",
    "initMessage",
    "mode",
    "queue",
    "resolved",
    "routingId",
    "sessionStamp",
    "ticketHash",
];

/// The members of MessageRouter.
const ROUTE: [&str; 6] = ["queueCode", "routerId", "sendMode", "senderApp", "senderCode", "senderType"];

fn by_id(conversation: &str) -> Value {
    json!({"sessionId": conversation})
}

#[tokio::test]
async fn a_session_is_closed_once_and_its_agent_hears_it() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let desk = server.streaming().await.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let event = messaging.send_to("session/close", &by_id(&conversation)).await.one();
    assert_eq!(members(&event), EVENT);
    assert_eq!(members(&event["session"]), SESSION);
    assert_eq!(members(&event["route"]), ROUTE);
    assert_eq!(
        (&event["sessionAssigned"], &event["sessionRouted"]),
        (&json!({}), &json!({})),
        "it did not move"
    );
    assert_eq!((&event["eventCode"], &event["sessionId"]), (&json!("SESSION_CLOSED"), &json!(conversation)));
    assert_eq!(event["contactId"], contact_id(&server, "ada"));
    assert_eq!(event["session"]["agent"], server.demo().user());
    assert_eq!(event["route"]["senderApp"], server.demo().get("/clients/messaging/api_id"));
    assert_eq!(event["checksum"].as_str().unwrap().len(), 64);
    let heard = desk.collect(6).await;
    let ends = ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"];
    assert_eq!(event_types(&heard)[3..], ends);

    let closed = engine.get(&format!("/api/v1/conversations/{conversation}")).await.ok();
    assert!(closed["closedDateTime"].is_string(), "{closed}");
    for call in ["session/close", "session/resolve"] {
        let again = messaging.send_to(call, &by_id(&conversation)).await;
        assert_eq!(again.field_faults(400), faults(&[("sessionId", "SESSION_CLOSED")]), "{call}");
    }
    let body = json!({"sessionId": conversation, "queue": "agents"});
    let again = messaging.send_to("session/routing", &body).await;
    assert_eq!(again.field_faults(400), faults(&[("sessionId", "SESSION_CLOSED")]));
}

#[tokio::test]
async fn a_resolved_session_stays_open_and_is_unresolved_when_the_customer_writes_on() {
    let mut server = Server::start().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let resolve = async |server: &Server| {
        server.messaging().send_to("session/resolve", &by_id(&conversation)).await.one()
    };
    let resolved = async |server: &Server| {
        let body = json!({"contactId": contact_id(server, "ada"), "lang": "en"});
        let event = server.messaging().send_to("contact/prefs/lang", &body).await.one();
        assert_eq!(event["sessionId"], conversation, "it is open");
        event["session"]["resolved"].as_bool().unwrap()
    };
    assert!(!resolved(&server).await);
    let event = resolve(&server).await;
    assert_eq!(
        (&event["eventCode"], &event["session"]["resolved"]),
        (&json!("SESSION_RESOLVED"), &json!(true))
    );
    engine.reply(&conversation, "is there anything else?").await;
    assert!(resolved(&server).await, "what the business says changes nothing");
    server.crash().await;
    assert!(resolved(&server).await, "it is kept");
    let event = resolve(&server).await;
    assert_eq!(event["session"]["resolved"], true, "said again it changes nothing");
    server.engine().await.say(&conversation, "yes, there is").await;
    assert!(!resolved(&server).await);
}

#[tokio::test]
async fn a_session_tells_who_holds_it() {
    let server = Server::start().await;
    let (engine, messaging) = (server.engine().await, server.messaging());
    let conversation = engine.establish("ada").await;
    let session = async || {
        let event = messaging.send_to("session/resolve", &by_id(&conversation)).await.one();
        event["session"].clone()
    };
    let silent = session().await;
    assert_eq!(
        (&silent["mode"], &silent["queue"], &silent["firstMessage"]),
        (&json!("NONE"), &json!(""), &json!(true))
    );
    assert_eq!(silent["routingId"], conversation);
    engine.say(&conversation, "hello").await;
    let held = session().await;
    assert_eq!(
        (&held["mode"], &held["queue"], &held["firstMessage"]),
        (&json!("AGENT"), &json!("agents"), &json!(false))
    );
    assert_eq!(held["agent"], server.demo().user());
    assert_eq!(held["routingId"], format!("{conversation}.{}", engine.agent()));
    assert_eq!(held["ticketHash"], "1");
}

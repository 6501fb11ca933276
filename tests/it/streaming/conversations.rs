//! The events that a conversation causes, as the user of its agent hears them.

use serde_json::json;

use crate::harness::{Server, event_payload, event_types, from, interactions, text};

#[tokio::test]
async fn a_conversation_raises_its_events_in_order() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    engine.reply(&conversation, "good morning").await;
    engine.say(&conversation, "bye").await;
    let events = session.collect(6).await;
    let expected = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "messaging.EntitySendText",
        "engagementCenter.Active",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
    ];
    assert_eq!(event_types(&events), expected);
    let numbers = interactions(&events);
    assert!(numbers.iter().all(|number| *number == numbers[0] && *number > 0), "{numbers:?}");
    let payloads: Vec<_> = events.iter().map(event_payload).collect();
    assert_eq!(payloads[1]["mediaType"], "InboundChat");
    let twin = json!(numbers[0].to_string());
    assert!(payloads.iter().all(|payload| payload["interactionIdRev"] == twin), "{payloads:#?}");
    let texts: Vec<_> = [2, 4, 5].map(|at| payloads[at]["text"].as_str().unwrap()).to_vec();
    assert_eq!(texts, ["hello", "good morning", "bye"]);
    let kinds: Vec<_> = events[..2].iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["via#messagingEvent", "via#engagementCenterEvent"]);
}

#[tokio::test]
async fn accepting_makes_the_interaction_active_once() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    agent.send(json!({"control": "accept", "reference": "a", "conversationId": conversation})).await;
    assert_eq!(agent.receipt("a").await.0["status"], 200);
    engine.reply(&conversation, "good morning").await;
    let events = session.collect(5).await;
    assert_eq!(event_types(&events)[3..], ["engagementCenter.Active", "messaging.EntitySendText"]);
}

#[tokio::test]
async fn closing_tells_clear_wrap_and_idle_at_once_and_in_that_order() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    session.collect(3).await;
    portal.delete(&format!("/api/v1/integrations/{}", engine.customer())).await.has_status(200);
    let expected = ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"];
    assert_eq!(event_types(&session.collect(3).await), expected);
}

#[tokio::test]
async fn a_takeover_tells_the_first_agents_user_of_the_transfer() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let second_user = server.demo().get("/users/1/userId");
    let configuration = json!({"integrationType": "Agent", "userId": second_user});
    let second = portal.direct(&server.demo().hub(), "second agent", configuration).await;
    portal.set_status(&second, 3002).await;
    let session = streaming.session(&server.demo().user()).await;
    let new_owner = streaming.session(&second_user).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "hello").await;
    portal.set_status(&second, 3000).await;
    engine.business(&conversation, &from(&second, text("mine"))).await.ok();
    let events = session.collect(4).await;
    assert_eq!(event_types(&events)[3], "engagementCenter.InteractionTransferred");
    let offered = new_owner.collect(4).await;
    let expected = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "engagementCenter.Active",
        "messaging.EntitySendText",
    ];
    assert_eq!(event_types(&offered), expected);
}

#[tokio::test]
async fn interactions_are_numbered_through_the_organization() {
    let server = Server::start().await;
    let (engine, streaming) = (server.engine().await, server.streaming().await);
    let session = streaming.session(&server.demo().user()).await;
    for binding in ["a", "b"] {
        let conversation = engine.establish(binding).await;
        engine.say(&conversation, "x").await;
    }
    let numbers = interactions(&session.collect(6).await);
    assert_eq!((numbers[0], numbers[2]), (numbers[1], numbers[1]));
    assert_ne!(numbers[0], numbers[3]);
}

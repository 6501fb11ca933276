//! Conversations that wait: who fetches them, and what they are told then.

use serde_json::json;

use super::{Desk, past};
use crate::harness::{Server, event_payload, event_types};

#[tokio::test]
async fn who_waits_is_fetched_at_once_by_an_agent_that_becomes_active_with_all_that_was_said() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    for integration in [&desk.bot, &desk.agent] {
        desk.portal.set_status(integration, 3002).await;
    }
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "is anybody there?").await;
    desk.say(&conversation, "I wait").await;
    assert!(desk.recipient(&conversation).await.is_null());
    desk.portal.set_status(&desk.agent, 3000).await;
    let mut agent = desk
        .engine
        .listen(&format!("integrationId={}&conversationId={conversation}&since=0", desk.agent))
        .await;
    agent.control("snapshot").await;
    assert_eq!(agent.texts(2).await, ["is anybody there?", "I wait"]);
    let told = agent.next_activity().await;
    assert_eq!(told["activity"]["sender"]["integrationType"], "Hubster");
    assert_eq!(told["activity"]["recipient"]["integrationId"], desk.agent);
    assert_eq!(past(&told["activity"]), ["is anybody there?", "I wait"]);
    desk.say(&conversation, "thank you").await;
    assert_eq!(desk.recipient(&conversation).await, desk.agent);
}

#[tokio::test]
async fn who_waits_is_fetched_by_a_new_agent_and_the_longest_waiting_first() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    for integration in [&desk.bot, &desk.agent] {
        desk.portal.set_status(integration, 3002).await;
    }
    let mut customer = desk.engine.listen(&format!("integrationId={}", desk.customer)).await;
    let cursor = customer.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let mut waiting = Vec::new();
    for binding in ["a", "b", "c"] {
        let conversation = desk.establish(binding).await;
        desk.say(&conversation, binding).await;
        waiting.push(conversation);
    }
    let new = desk.portal.direct(&desk.hub, "new", json!({"integrationType": "Agent"})).await;
    let mut socket = desk.engine.listen(&format!("integrationId={new}&since={cursor}")).await;
    socket.control("snapshot").await;
    for conversation in waiting {
        let told = socket.next_activity().await;
        assert_eq!(told["conversationId"], conversation, "{told:#}");
        assert_eq!(past(&told["activity"]).len(), 1);
    }
}

#[tokio::test]
async fn handed_over_to_a_team_of_which_nobody_is_there_it_waits_for_one_of_them_through_a_crash() {
    let mut server = Server::start().await;
    let desk = Desk::of(&server).await;
    let bob = desk.agent_of("bob").await;
    desk.team("Billing", &["bob"]).await;
    desk.set_state("bob", "away").await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "my bill?").await;
    desk.bot_hands_over(&conversation, json!({"team": "Billing", "reason": "bill"})).await;
    desk.say(&conversation, "hello?").await;
    assert!(desk.recipient(&conversation).await.is_null(), "neither the bot nor another agent gets it");
    server.crash().await;
    desk.say(&conversation, "still there?").await;
    assert!(desk.recipient(&conversation).await.is_null());
    let mut socket = desk.engine.listen_at(&bob).await;
    desk.set_state("bob", "available").await;
    let told = socket.next_activity().await;
    assert_eq!(told["activity"]["event"]["payload"]["team"], "Billing");
    assert_eq!(past(&told["activity"]), ["my bill?", "hello?", "still there?"]);
    desk.say(&conversation, "thank you").await;
    assert_eq!(socket.texts(1).await, ["thank you"]);
}

#[tokio::test]
async fn an_agent_fetched_from_the_queue_is_offered_it_in_its_sessions() {
    let server = Server::start().await;
    let (desk, streaming) = (Desk::of(&server).await, server.streaming().await);
    for integration in [&desk.bot, &desk.agent] {
        desk.portal.set_status(integration, 3002).await;
    }
    desk.agent_of("bob").await;
    desk.set_state("bob", "offline").await;
    let session = streaming.session("bob").await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "is anybody there?").await;
    desk.set_state("bob", "available").await;
    let events = session.collect(3).await;
    let expected = ["messaging.EntityAdded", "engagementCenter.ScreenPop", "messaging.EntitySendText"];
    assert_eq!(event_types(&events), expected);
    assert_eq!(event_payload(&events[2])["text"], "is anybody there?");
}

#[tokio::test]
async fn as_many_activities_go_along_as_are_configured_and_not_one_more() {
    let server = Server::with(&[("SWITCHBOARD_LIMITS__HANDOVER_ACTIVITIES", "2")]).await;
    let desk = Desk::of(&server).await;
    let mut agent = desk.engine.listen_at(&desk.agent).await;
    for (binding, texts, expected) in [("at", 2, vec!["0", "1"]), ("past", 3, vec!["1", "2"])] {
        let conversation = desk.establish(binding).await;
        for number in 0..texts {
            desk.say(&conversation, &number.to_string()).await;
        }
        desk.bot_hands_over(&conversation, json!({})).await;
        assert_eq!(past(&agent.next_activity().await["activity"]), expected);
    }
}

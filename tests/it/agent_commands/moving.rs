//! Commands that move a conversation: takeover, hand-over, close.

use serde_json::json;

use super::Chat;
use crate::harness::{Server, event_types, text};

#[tokio::test]
async fn a_takeover_makes_the_conversation_the_agents_and_is_told_to_both_users() {
    let server = Server::start().await;
    let (chat, streaming) = (Chat::on(&server).await, server.streaming().await);
    for (user, agent) in [("bob", None), ("eve", Some("second"))] {
        chat.portal.post("/api/v1/users", &json!({"userId": user, "name": user})).await.ok();
        let configuration = json!({"integrationType": "Agent", "userId": user});
        chat.portal.direct(&chat.hub, agent.unwrap_or("first"), configuration).await;
    }
    let agents = chat.portal.get(&format!("/api/v1/integrations?hubId={}", chat.hub)).await.ok();
    let id_of = |name: &str| {
        let all = agents["results"].as_array().unwrap().iter();
        all.clone().find(|one| one["name"] == name).unwrap()["integrationId"].as_str().unwrap().to_owned()
    };
    let (first, second) = (id_of("first"), id_of("second"));
    chat.engine.reply_as(&first, &chat.conversation, "::takeover").await;
    let (bobs, eves) = (streaming.session("bob").await, streaming.session("eve").await);
    let mut listener = chat.engine.listen_at(&second).await;
    chat.engine.reply_as(&second, &chat.conversation, "::takeover").await;
    assert_eq!(event_types(&bobs.collect(1).await), ["engagementCenter.InteractionTransferred"]);
    let expected = ["messaging.EntityAdded", "engagementCenter.ScreenPop", "engagementCenter.Active"];
    assert_eq!(event_types(&eves.collect(3).await), expected);
    chat.engine.inbound(&chat.conversation, &text("to the second")).await.ok();
    assert_eq!(listener.texts(1).await, ["to the second"]);
    let history = chat.engine.history(&chat.conversation, "type=customer").await;
    assert_eq!(history.len(), 2, "a takeover says nothing: {history:#?}");
}

#[tokio::test]
async fn a_hand_over_gives_the_conversation_to_the_bot_and_from_the_bot_to_an_agent() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.refused("::handover", "ENG009299").await;
    let bot = chat.portal.direct(&chat.hub, "bot", json!({"integrationType": "Bot"})).await;
    let mut to_bot = chat.engine.listen_at(&bot).await;
    chat.give("::handover -r 'all done'").await;
    let told = to_bot.next_activity().await["activity"].clone();
    assert_eq!(told["event"]["payloadType"], "hubster.handover");
    assert_eq!(told["event"]["payload"]["reason"], "all done");
    assert_eq!(told["event"]["payload"]["history"][0]["message"]["text"], "hello");
    chat.engine.inbound(&chat.conversation, &text("to the bot")).await.ok();
    assert_eq!(to_bot.texts(1).await, ["to the bot"]);
    chat.refused("::handover", "ENG009299").await;
    chat.engine.reply_as(&bot, &chat.conversation, "::handover").await;
    let told = chat.to_agent.next_activity().await["activity"].clone();
    assert_eq!(told["event"]["payloadType"], "hubster.handover", "{told:#}");
    chat.engine.inbound(&chat.conversation, &text("to the agent")).await.ok();
    assert_eq!(chat.to_agent.texts(1).await, ["to the agent"]);
    chat.customer_hears_only("yours again").await;
}

#[tokio::test]
async fn a_hand_over_to_a_team_goes_to_another_agent_and_never_to_the_one_who_leaves() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.portal.post("/api/v1/users", &json!({"userId": "eve", "name": "Eve"})).await.ok();
    let configuration = json!({"integrationType": "Agent", "userId": "eve"});
    let eve = chat.portal.direct(&chat.hub, "eve", configuration).await;
    chat.portal.post("/api/v1/teams", &json!({"name": "Second Line", "members": ["eve"]})).await.ok();
    let mut listener = chat.engine.listen_at(&eve).await;
    chat.refused("::handover -t \"Third Line\"", "ENG009299").await;
    chat.give("::handover -t \"second line\"").await;
    assert_eq!(listener.next_activity().await["activity"]["event"]["payload"]["team"], "Second Line");
    chat.engine.inbound(&chat.conversation, &text("to Eve")).await.ok();
    assert_eq!(listener.texts(1).await, ["to Eve"]);
    chat.engine.reply_as(&eve, &chat.conversation, "::handover -t \"second line\"").await;
    let query = format!("integrationId={eve}&conversationId={}", chat.conversation);
    let snapshot = chat.engine.listen(&query).await.control("snapshot").await;
    assert!(snapshot["conversations"][0]["destinationId"].is_null(), "it waits: {snapshot:#}");
}

#[tokio::test]
async fn a_close_ends_the_conversation_and_its_binding_opens_another() {
    let server = Server::start().await;
    let (chat, streaming) = (Chat::on(&server).await, server.streaming().await);
    chat.portal.post("/api/v1/users", &json!({"userId": "eve", "name": "Eve"})).await.ok();
    let configuration = json!({"integrationType": "Agent", "userId": "eve"});
    let eve = chat.portal.direct(&chat.hub, "eve", configuration).await;
    chat.engine.reply_as(&eve, &chat.conversation, "::takeover").await;
    let session = streaming.session("eve").await;
    chat.engine.reply_as(&eve, &chat.conversation, "::close").await;
    let expected = ["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"];
    assert_eq!(event_types(&session.collect(3).await), expected);
    let line = super::said_by(&chat.agent, "::help");
    chat.engine.business(&chat.conversation, &line).await.refused(400, "ENG006501");
    chat.engine.inbound(&chat.conversation, &text("hello?")).await.refused(410, "ENG000104");
    let again = chat.engine.establish_at(&chat.customer, "ada").await;
    assert_ne!(again, chat.conversation);
    let history = chat.engine.history(&chat.conversation, "type=customer").await;
    assert_eq!(history.len(), 1, "a close says nothing: {history:#?}");
}

//! Hand-overs by a bot's event, and what the customer's side sees of them: nothing.

use serde_json::json;

use super::{Desk, past};
use crate::harness::{Server, from, payload};

#[tokio::test]
async fn a_bot_hands_over_and_the_agent_hears_why_and_what_was_said_before() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    let mut agent = desk.engine.listen_at(&desk.agent).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "I want a refund").await;
    desk.engine.reply_as(&desk.bot, &conversation, "One moment").await;
    assert_eq!(desk.recipient(&conversation).await, desk.bot);
    desk.bot_hands_over(&conversation, json!({"reason": "refund"})).await;
    let told = agent.next_activity().await;
    assert_eq!(told["activity"]["sender"]["integrationId"], desk.bot);
    assert_eq!(told["activity"]["recipient"]["integrationId"], desk.agent);
    assert_eq!(told["activity"]["event"]["payload"]["reason"], "refund");
    assert_eq!(past(&told["activity"]), ["I want a refund", "One moment"]);
    desk.say(&conversation, "hello?").await;
    assert_eq!(agent.texts(1).await, ["hello?"]);
}

#[tokio::test]
async fn the_customers_side_sees_nothing_of_a_hand_over_live_replayed_or_in_history() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    let query = format!("integrationId={}&conversationId={conversation}", desk.customer);
    let mut live = desk.engine.listen(&query).await;
    let cursor = live.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let mut inbox = desk.engine.listen_at(&desk.customer).await;
    desk.say(&conversation, "first").await;
    desk.bot_hands_over(&conversation, json!({})).await;
    desk.engine.business(&conversation, &from(&desk.agent, crate::harness::text("::list"))).await.ok();
    desk.engine.reply_as(&desk.agent, &conversation, "second").await;
    assert_eq!(live.texts(2).await, ["first", "second"]);
    assert_eq!(inbox.texts(1).await, ["second"]);
    for since in [cursor, "0".to_owned()] {
        let mut replayed = desk.engine.listen(&format!("{query}&since={since}")).await;
        replayed.control("snapshot").await;
        assert_eq!(replayed.texts(2).await, ["first", "second"]);
    }
    let history = desk.engine.history(&conversation, "type=customer").await;
    let texts: Vec<_> = history.iter().map(|one| one["message"]["text"].as_str()).collect();
    assert_eq!(texts, [Some("first"), Some("second")], "{history:#?}");
    let business = format!("integrationId={}&conversationId={conversation}&since=0", desk.agent);
    let mut business = desk.engine.listen(&business).await;
    business.control("snapshot").await;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        kinds.push(business.next_activity().await["activity"]["eventTrigger"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["message:customer", "event:bot", "message:hubster", "message:agent"]);
}

#[tokio::test]
async fn a_hand_over_to_a_team_goes_to_its_members_only_and_to_the_least_busy_of_them() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    let (bob, eve) = (desk.agent_of("bob").await, desk.agent_of("eve").await);
    desk.team("Billing", &["bob", "eve"]).await;
    let mut to = Vec::new();
    for binding in ["a", "b", "c", "d"] {
        let conversation = desk.establish(binding).await;
        desk.say(&conversation, "my bill?").await;
        desk.bot_hands_over(&conversation, json!({"team": "BILLING"})).await;
        desk.say(&conversation, "hello?").await;
        to.push(desk.recipient(&conversation).await);
    }
    assert_eq!(to, [json!(bob), json!(eve), json!(bob), json!(eve)]);
    let conversation = desk.establish("e").await;
    desk.say(&conversation, "anybody").await;
    desk.bot_hands_over(&conversation, json!({"team": "nobody knows it"})).await;
    desk.say(&conversation, "hello?").await;
    assert_eq!(desk.recipient(&conversation).await, desk.agent, "a team that there is not keeps nobody away");
}

#[tokio::test]
async fn a_hand_over_for_skills_goes_to_who_has_them_all() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    desk.agent_of("bob").await;
    let eve = desk.agent_of("eve").await;
    for (user, skills) in [("bob", json!(["law"])), ("eve", json!(["German", "Law"]))] {
        desk.portal.put(&format!("/api/v1/users/{user}"), &json!({"skills": skills})).await.ok();
    }
    let conversation = desk.establish("a").await;
    desk.say(&conversation, "Guten Tag").await;
    desk.bot_hands_over(&conversation, json!({"skills": ["law", "german"]})).await;
    desk.say(&conversation, "Hallo?").await;
    assert_eq!(desk.recipient(&conversation).await, eve);
}

#[tokio::test]
async fn only_who_has_a_conversation_hands_it_over_and_customers_never() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "hello").await;
    let mut bot = desk.engine.listen_at(&desk.bot).await;
    desk.engine.inbound(&conversation, &payload("hubster.handover", json!({}))).await.ok();
    assert_eq!(bot.next_activity().await["activity"]["event"]["payloadType"], "hubster.handover");
    assert_eq!(desk.recipient(&conversation).await, desk.bot, "a customer's payload is a payload");
    desk.engine.reply_as(&desk.agent, &conversation, "I take it").await;
    let late = from(&desk.bot, payload("hubster.handover", json!({})));
    desk.engine.business(&conversation, &late).await.refused(403, "ENG000110");
    desk.say(&conversation, "still yours?").await;
    assert_eq!(desk.recipient(&conversation).await, desk.agent);
}

#[tokio::test]
async fn an_agents_event_gives_the_conversation_back_to_the_bot() {
    let server = Server::start().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "hello").await;
    desk.engine.reply_as(&desk.agent, &conversation, "I take it").await;
    let mut bot = desk.engine.listen_at(&desk.bot).await;
    let back = from(&desk.agent, payload("hubster.handover", json!({"reason": "done"})));
    desk.engine.business(&conversation, &back).await.ok();
    let told = bot.next_activity().await;
    assert_eq!(told["activity"]["event"]["payload"]["reason"], "done");
    assert_eq!(past(&told["activity"]), ["hello", "I take it"]);
    desk.say(&conversation, "and now?").await;
    assert_eq!(bot.texts(1).await, ["and now?"]);
    desk.portal.set_status(&desk.bot, 3002).await;
    desk.engine.reply_as(&desk.agent, &conversation, "mine again").await;
    desk.engine.business(&conversation, &back).await.refused(400, "ENG005501");
}

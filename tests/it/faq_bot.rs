//! The embedded bot, as customers and agents meet it.

use serde_json::{Value, json};

use crate::harness::{Engine, Server, eventually, text};

/// What the first bot says about opening hours.
const HOURS: &str = "We are here from Monday to Friday, 9:00 to 17:00.";

async fn with_bot() -> Server {
    Server::with(&[("SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE", "true")]).await
}

/// The texts that were said in a conversation by one kind of party.
async fn said_by(engine: &Engine, conversation: &str, kind: &str) -> Vec<String> {
    let history = engine.history(conversation, "type=customer").await;
    let own = history.iter().filter(|activity| activity["sender"]["integrationType"] == kind);
    own.map(|activity| activity["message"]["text"].as_str().unwrap().to_owned()).collect()
}

async fn answers(engine: &Engine, conversation: &str) -> Vec<String> {
    said_by(engine, conversation, "Bot").await
}

#[tokio::test]
async fn a_question_is_answered_with_each_answer_as_a_message_in_order() {
    let server = with_bot().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut ada = engine.listen_to(&engine.customer(), &conversation).await;
    let asked = engine.say(&conversation, "can i send something BACK?").await;
    ada.next_activity().await;
    for (part, expected) in [(1, "You can send anything back"), (2, "Put it into its box")] {
        let activity = ada.next_activity().await["activity"].clone();
        assert_eq!(activity["sender"]["integrationId"], server.demo().integration("bot"));
        assert_eq!(activity["sender"]["integrationType"], "Bot");
        assert_eq!(activity["externalId"], format!("faq-{}-{part}-2", asked["eventId"]));
        let said = activity["message"]["text"].as_str().unwrap();
        assert!(said.starts_with(expected), "{said}");
    }
}

#[tokio::test]
async fn what_the_bot_does_not_know_comes_to_the_agent_with_what_was_said_before() {
    let server = with_bot().await;
    let engine = server.engine().await;
    let conversation = engine.establish("ada").await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    engine.say(&conversation, "opening hours").await;
    eventually("the answer", async || (answers(&engine, &conversation).await == [HOURS]).then_some(())).await;
    engine.say(&conversation, "My parcel is broken, and now?").await;
    let handover = agent.next_activity().await["activity"].clone();
    assert_eq!(handover["sender"]["integrationType"], "Bot");
    assert_eq!(handover["event"]["payloadType"], "hubster.handover");
    let payload = &handover["event"]["payload"];
    assert_eq!(payload["reason"], "the bot knows no answer");
    let texts = |history: &Value| -> Vec<String> {
        let all = history.as_array().unwrap().iter();
        all.map(|activity| activity["message"]["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&payload["history"]), ["opening hours", HOURS, "My parcel is broken, and now?"]);

    engine.say(&conversation, "opening hours").await;
    assert_eq!(agent.texts(1).await, ["opening hours"], "the agent has it, whatever is asked");
    engine.reply(&conversation, "I am sorry to hear that").await;
    assert_eq!(answers(&engine, &conversation).await, [HOURS]);
    let customer = said_by(&engine, &conversation, "Customer").await;
    assert_eq!(customer.len(), 3, "nothing of the hand-over is the customer's");
}

#[tokio::test]
async fn who_asks_for_a_person_or_sends_something_else_than_a_text_gets_an_agent() {
    let server = with_bot().await;
    let engine = server.engine().await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let picture =
        json!({"type": "message", "message": {"type": "image", "url": "https://example.com/x.png"}});
    let for_a_person = "the customer asked for a person";
    let bodies =
        [(text("Let me talk to someone, please"), for_a_person), (picture, "the bot knows no answer")];
    for (binding, (body, reason)) in ["ada", "bo"].into_iter().zip(bodies) {
        let conversation = engine.establish(binding).await;
        engine.inbound(&conversation, &body).await.ok();
        let handover = agent.next_activity().await;
        assert_eq!(handover["conversationId"], conversation);
        assert_eq!(handover["activity"]["event"]["payload"]["reason"], reason);
    }
}

#[tokio::test]
async fn a_kill_after_a_question_neither_loses_its_answer_nor_gives_it_twice() {
    let mut server = with_bot().await;
    let engine = server.engine().await;
    let mut conversations = Vec::new();
    for binding in ["a", "b", "c", "d"] {
        let conversation = engine.establish(binding).await;
        engine.say(&conversation, "What are your opening hours?").await;
        server.crash().await;
        conversations.push(conversation);
    }
    for conversation in &conversations {
        let is_answered = async || (!answers(&engine, conversation).await.is_empty()).then_some(());
        eventually("the answer", is_answered).await;
    }
    server.crash().await;
    for conversation in &conversations {
        // A later answer comes after all that the bot finds when it starts.
        engine.say(conversation, "How can I pay?").await;
        let has_both = async || (answers(&engine, conversation).await.len() > 1).then_some(());
        eventually("the second answer", has_both).await;
        let said = answers(&engine, conversation).await;
        assert_eq!(said[0], HOURS);
        assert_eq!(said.len(), 2, "{said:?}");
    }
}

#[tokio::test]
async fn a_bot_that_was_taught_nothing_hands_everything_over() {
    let server = Server::start().await;
    let (portal, engine) = (server.portal().await, server.engine().await);
    let (hub, customer, agent) = portal.quiet_hub("shop").await;
    let bot = json!({"channelId": "Bot", "name": "bot", "configuration": {"faq": true}});
    portal.create_integration(&hub, &bot).await.ok();
    let mut agent = engine.listen_at(&agent).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    engine.say(&conversation, "opening hours").await;
    let handover = agent.next_activity().await;
    assert_eq!(handover["activity"]["event"]["payload"]["reason"], "the bot knows no answer");
}

#[tokio::test]
async fn the_bot_of_a_tenant_that_was_made_beside_the_server_goes_to_work() {
    let server = with_bot().await;
    let engine = server.another_tenant("acme").await.engine().await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "When do you close?").await;
    eventually("the answer", async || (answers(&engine, &conversation).await == [HOURS]).then_some(())).await;
}

#[tokio::test]
async fn answers_and_hand_overs_are_counted_and_looking_up_is_timed() {
    let server = with_bot().await;
    let engine = server.engine().await;
    let mut agent = engine.listen_at(&engine.agent()).await;
    let conversation = engine.establish("ada").await;
    engine.say(&conversation, "When do you close?").await;
    engine.say(&conversation, "Is anybody there?").await;
    agent.next_activity().await;
    let counted = ["faq_answered_total 1", "faq_handed_over_total 1", "faq_match_seconds_count 2"];
    eventually("the counts", async || {
        let page = server.http().get("/metrics").await.text;
        counted.iter().all(|line| page.lines().any(|found| found == *line)).then_some(())
    })
    .await;
}

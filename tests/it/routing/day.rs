//! A day of a contact centre: two customers, a bot and two agents, and the same story on every way to listen.

use serde_json::{Value, json};

use super::Desk;
use crate::harness::{Server, event_payload, event_types, text};

/// What an activity says, in a few words: who said it, and what.
fn line(activity: &Value) -> String {
    let who = activity["sender"]["integrationType"].as_str().unwrap();
    let what = activity["message"]["text"].as_str().or(activity["event"]["payloadType"].as_str()).unwrap();
    format!("{who}: {what}")
}

#[tokio::test]
async fn a_day_is_one_story_by_websocket_by_history_and_in_the_agents_sessions() {
    let mut server = Server::start().await;
    let (desk, streaming) = (Desk::of(&server).await, server.streaming().await);
    desk.portal.set_status(&desk.agent, 3002).await;
    let (bob, eve) = (desk.agent_of("bob").await, desk.agent_of("eve").await);
    desk.team("Billing", &["eve"]).await;
    let shop = json!({"name": "shop", "url": "https://shop.example/x", "linkDescription": "To the shop"});
    desk.portal.post(&format!("/api/v1/commands/transfers/{}", desk.hub), &shop).await.ok();
    let (bobs, eves) = (streaming.session("bob").await, streaming.session("eve").await);

    // The morning: the bot answers what it can, hands over the rest, and Bob takes it.
    let ada = desk.establish("ada").await;
    let mut business = desk.engine.listen(&format!("integrationId={bob}&conversationId={ada}")).await;
    let start = business.control("snapshot").await["cursor"].as_str().unwrap().to_owned();
    let mut customer = desk.engine.listen_to(&desk.customer, &ada).await;
    desk.say(&ada, "When are you open?").await;
    desk.engine.reply_as(&desk.bot, &ada, "From nine to five.").await;
    desk.say(&ada, "My bill is wrong").await;
    desk.bot_hands_over(&ada, json!({"reason": "a bill"})).await;
    desk.engine.reply_as(&bob, &ada, "Let me see").await;

    // Noon: Bob gives it to Billing, of whom only Eve is there; she takes it and sends Ada to the shop.
    desk.engine.reply_as(&bob, &ada, "::handover -t Billing -r 'not mine'").await;
    desk.say(&ada, "Hello?").await;
    desk.engine.reply_as(&eve, &ada, "You are right, I correct it").await;
    desk.engine.reply_as(&eve, &ada, "::trans -n shop").await;

    // The evening: the conversation is closed, and Ada comes back to the bot with a new one.
    desk.engine.reply_as(&eve, &ada, "::close").await;
    desk.engine.inbound(&ada, &text("One more thing")).await.refused(410, "ENG000104");
    let again = desk.establish("ada").await;
    assert_ne!(again, ada);
    desk.say(&again, "One more thing").await;
    assert_eq!(desk.recipient(&again).await, desk.bot);

    let story = [
        "Customer: When are you open?",
        "Bot: From nine to five.",
        "Customer: My bill is wrong",
        "Bot: hubster.handover",
        "Agent: Let me see",
        "Agent: hubster.handover",
        "Customer: Hello?",
        "Agent: You are right, I correct it",
        "Agent: hubster.transfer",
    ];
    let seen: Vec<_> = story.iter().filter(|line| !line.ends_with("handover")).copied().collect();
    for (socket, expected) in [(&mut business, &story[..]), (&mut customer, &seen[..])] {
        let mut heard = Vec::new();
        for _ in expected {
            heard.push(line(&socket.next_activity().await["activity"]));
        }
        assert_eq!(heard, expected);
    }
    let history = desk.engine.history(&ada, "type=customer").await;
    assert_eq!(history.iter().map(line).collect::<Vec<_>>(), seen);

    let of_bob = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "engagementCenter.Active",
        "messaging.EntitySendText",
        "engagementCenter.InteractionTransferred",
    ];
    let heard = bobs.collect(of_bob.len()).await;
    assert_eq!(event_types(&heard), of_bob);
    let of_eve = [
        "messaging.EntityAdded",
        "engagementCenter.ScreenPop",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "messaging.EntitySendText",
        "engagementCenter.Active",
        "messaging.EntitySendText",
        "engagementCenter.InteractionClear",
        "engagementCenter.Wrap",
        "engagementCenter.Idle",
    ];
    let heard = eves.collect(of_eve.len()).await;
    assert_eq!(event_types(&heard), of_eve);
    let texts: Vec<_> =
        heard.iter().filter_map(|event| Some(event_payload(event)["text"].as_str()?.to_owned())).collect();
    let said: Vec<_> = seen.iter().filter_map(|line| Some(line.split_once(": ")?.1)).collect();
    assert_eq!(texts, said[..said.len() - 1], "every text, and not the transfer");

    // The night: a crash changes nothing of the story.
    server.crash().await;
    let query = format!("integrationId={bob}&conversationId={ada}&since={start}");
    let mut replayed = desk.engine.listen(&query).await;
    replayed.control("snapshot").await;
    for expected in story {
        assert_eq!(line(&replayed.next_activity().await["activity"]), expected);
    }
}

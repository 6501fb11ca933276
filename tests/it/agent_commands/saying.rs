//! Responses and transfers: what they say, and to whom.

use serde_json::json;

use super::{Chat, said_by};
use crate::harness::{Server, text};

#[tokio::test]
async fn a_response_for_customers_is_said_to_the_customer_in_the_agents_name_and_in_its_order() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    let messages =
        json!([{"type": "text", "text": "Below is my contact"}, {"type": "text", "text": "Eva Green"}]);
    chat.response("contact.eva.green", "customer", "contacts", messages).await;
    let line = json!({"type": "message", "externalId": "mine", "sender": {"integrationId": chat.agent},
        "message": {"type": "text", "text": "::resp -n CONTACT.eva.green"}});
    let answer = chat.engine.business(&chat.conversation, &line).await.ok();
    assert_eq!(answer["externalId"], "mine");
    for (number, words) in ["Below is my contact", "Eva Green"].into_iter().enumerate() {
        let heard = chat.to_customer.next_activity().await["activity"].clone();
        assert_eq!(heard["message"]["text"], words);
        assert_eq!(heard["eventTrigger"], "message:agent");
        assert_eq!(heard["sender"]["integrationId"], chat.agent);
        if number == 0 {
            assert_eq!(
                (&heard["eventId"], &heard["interactionId"]),
                (&answer["eventId"], &answer["interactionId"])
            );
        }
        let echo = chat.to_agent.next_activity().await["activity"].clone();
        assert_eq!((&echo["isEcho"], &echo["externalId"]), (&json!(true), &json!("mine")), "as for any text");
        assert_eq!(echo["message"]["text"], words);
    }
    let history = chat.engine.history(&chat.conversation, "type=customer").await;
    assert_eq!(history.len(), 3, "the command itself was not said: {history:#?}");
}

#[tokio::test]
async fn a_response_for_agents_is_heard_by_who_asked_and_by_nobody_else() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.response("margins", "agent", "prices", json!([{"type": "text", "text": "at most 10 percent"}]))
        .await;
    chat.give("::resp -n margins").await;
    assert_eq!(chat.answered().await["text"], "at most 10 percent");
    chat.customer_hears_only("let me see").await;
    let customers = chat.engine.history(&chat.conversation, "type=customer").await;
    assert!(!customers.iter().any(|one| one["message"]["text"] == "at most 10 percent"), "{customers:#?}");
    let agents = chat.engine.history(&chat.conversation, "type=agent").await;
    assert!(agents.iter().any(|one| one["message"]["text"] == "at most 10 percent"), "{agents:#?}");
}

#[tokio::test]
async fn a_response_may_be_events() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    let event = json!({"type": "payload", "payloadType": "my.payload.01", "payload": {"data1": "value1"}});
    chat.response("data", "customer", "", json!([event])).await;
    chat.give("::resp -n data").await;
    assert_eq!(chat.to_customer.next_activity().await["activity"]["event"], event);
}

#[tokio::test]
async fn a_transfer_sends_its_page_by_link_or_at_once() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.transfer("shopify").await;
    for (line, force) in [("::trans -n shopify", false), ("::trans -force -n shopify", true)] {
        chat.give(line).await;
        let heard = chat.to_customer.next_activity().await["activity"].clone();
        assert_eq!(heard["eventTrigger"], "event:agent");
        assert_eq!(
            heard["event"],
            json!({"type": "payload", "payloadType": "hubster.transfer", "payload":
                {"url": "https://shop.example/x", "label": "To the shop", "mount": 1000, "force": force}}),
        );
    }
}

#[tokio::test]
async fn a_command_by_which_something_is_said_takes_the_conversation_over() {
    let server = Server::start().await;
    let chat = Chat::on(&server).await;
    chat.response("hi", "customer", "", json!([{"type": "text", "text": "hi"}])).await;
    let second = chat.portal.direct(&chat.hub, "second", json!({"integrationType": "Agent"})).await;
    let mut listener = chat.engine.listen_at(&second).await;
    chat.engine.reply_as(&second, &chat.conversation, "::resp -n hi").await;
    chat.engine.inbound(&chat.conversation, &text("who is it?")).await.ok();
    assert_eq!(listener.texts(1).await, ["who is it?"]);
}

#[tokio::test]
async fn what_a_customer_writes_is_no_command_and_neither_is_a_line_with_something_before_it() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.engine.inbound(&chat.conversation, &text("::close")).await.ok();
    assert_eq!(chat.to_agent.texts(1).await, ["::close"]);
    chat.customer_hears_only(" ::close").await;
    chat.customer_hears_only("type ::close").await;
}

#[tokio::test]
async fn a_bot_gives_commands_and_by_the_customers_door_as_well() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.transfer("shopify").await;
    let bot = chat.portal.direct(&chat.hub, "bot", json!({"integrationType": "Bot"})).await;
    chat.engine.inbound(&chat.conversation, &said_by(&bot, "::trans -n shopify")).await.ok();
    let heard = chat.to_customer.next_activity().await["activity"].clone();
    assert_eq!(heard["eventTrigger"], "event:bot");
    let mut socket = chat.engine.listen_at(&bot).await;
    chat.engine.reply_as(&bot, &chat.conversation, "::takeover").await;
    let refused = socket.next_activity().await["activity"]["message"].clone();
    assert_eq!(refused["properties"][0]["value"], "ENG009299", "{refused:#}");
}

#[tokio::test]
async fn a_command_is_given_on_a_socket_as_well() {
    let server = Server::start().await;
    let mut chat = Chat::on(&server).await;
    chat.transfer("shopify").await;
    let (conversation, body) = (chat.conversation.clone(), text("::trans -n shopify"));
    chat.to_agent.send_activity("mine", &conversation, body).await;
    let (receipt, before) = chat.to_agent.receipt("mine").await;
    assert_eq!(receipt["status"], 200, "{receipt:#}");
    assert!(before.iter().all(|one| one["activity"]["isEcho"] == true), "{before:#?}");
    let heard = chat.to_customer.next_activity().await["activity"].clone();
    assert_eq!(heard["event"]["payloadType"], "hubster.transfer");
}

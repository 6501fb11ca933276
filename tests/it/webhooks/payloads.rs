//! The documented bodies (platform documentation §6), and who hears what.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Desk;
use crate::harness::{Hook, eventually, payload, text};

#[tokio::test]
async fn a_direct_webhook_hears_the_documented_payload_under_the_documented_headers() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let establish = json!({"integrationId": desk.customer, "binding": "ada", "channelType": "Direct",
        "properties": {"profile": {"full name": "Ada"}, "additional": {"order": 17}}});
    let established = desk.engine.post("/api/v1/conversations/establish", &establish).await.ok();
    let conversation = established["conversationId"].as_str().unwrap();
    let mut said = text("Hi there!");
    said["externalId"] = json!("my-external-id");
    let answer = desk.engine.inbound(conversation, &said).await.ok();

    let call = desk.hook.was_called(1).await.remove(0);
    let body = call.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let documented =
        ["hubId", "tenantId", "integrationId", "conversationId", "conversationProperties", "activity"];
    assert_eq!(members, documented);
    let activity = &body["activity"];
    let customer_token = activity["sender"]["tokenId"].clone();
    let expected = json!({
        "hubId": desk.hub,
        "tenantId": server.demo().get("/tenant/tenantId"),
        "integrationId": desk.customer,
        "conversationId": conversation,
        "conversationProperties": {
            "profile": {"full name": "Ada", "device": "Direct"}, "additional": {"order": 17}
        },
        "activity": {
            "type": "message",
            "eventTrigger": "message:customer",
            "eventId": answer["eventId"],
            "externalId": "my-external-id",
            "isEcho": false,
            "interactionId": answer["interactionId"],
            "flowProcess": "Default",
            "sender": {"integrationId": desk.customer, "integrationType": "Customer",
                "channelType": "Direct", "tokenId": customer_token},
            "recipient": {"integrationId": desk.agent, "integrationType": "Agent",
                "channelType": "Direct", "tokenId": format!("{conversation}.{}", desk.agent)},
            "message": {"type": "text", "text": "Hi there!"}
        }
    });
    assert_eq!(body, expected);

    let shown = desk.portal.get(&format!("/api/v1/integrations/{}", desk.agent)).await.ok();
    let shown = &shown["configuration"];
    for (name, value) in [
        ("x-source-system", "engine.hubster.io"),
        ("x-hub-id", &desk.hub),
        ("x-integration-id", &desk.agent),
        ("x-conversation-id", conversation),
        ("x-hubster-public-key", shown["publicSigningKey"].as_str().unwrap()),
    ] {
        assert_eq!(call.header(name), value, "{name}");
    }
    let key = hmac::Key::new(HMAC_SHA256, shown["privateSigningKey"].as_str().unwrap().as_bytes());
    let signature = STANDARD.decode(call.header("x-hubster-signature")).unwrap();
    hmac::verify(&key, &call.body, &signature).unwrap();
}

#[tokio::test]
async fn messages_and_payload_events_go_to_the_webhook_of_whom_they_are_for_and_sockets_hear_them_too() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let mut socket = desk.engine.listen_at(&desk.agent).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "one").await;
    desk.engine.inbound(&conversation, &payload("order", json!({"id": 7}))).await.ok();
    desk.engine.reply_as(&desk.agent, &conversation, "not for the agent").await;
    desk.say(&conversation, "two").await;
    let calls = desk.hook.was_called(3).await;
    let kinds: Vec<_> = calls.iter().map(|call| call.json()["activity"]["type"].clone()).collect();
    assert_eq!(kinds, ["message", "event", "message"]);
    assert_eq!(calls[1].json()["activity"]["event"]["payload"], json!({"id": 7}));
    assert_eq!((calls[0].texts(), calls[2].texts()), (vec!["one".to_owned()], vec!["two".to_owned()]));
    for call in &calls {
        let mut heard = socket.next_activity().await;
        heard.as_object_mut().unwrap().remove("cursor");
        assert_eq!(heard, call.json());
    }
}

#[tokio::test]
async fn who_hears_its_own_words_again_hears_them_as_echoes() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let own = Hook::start().await;
    let customer = json!({"integrationType": "Customer", "echo": true, "webhookUrl": own.url()});
    let customer = desk.portal.direct(&desk.hub, "echoing", customer).await;
    let conversation = desk.engine.establish_at(&customer, "ada").await;
    desk.say(&conversation, "question").await;
    desk.engine.reply_as(&desk.agent, &conversation, "answer").await;
    let heard: Vec<_> = own.was_called(2).await.iter().map(|call| call.activities().remove(0)).collect();
    let told: Vec<_> = heard.iter().map(|one| (&one["message"]["text"], &one["isEcho"])).collect();
    assert_eq!(told, [(&json!("question"), &json!(true)), (&json!("answer"), &json!(false))]);
    assert_eq!(desk.hook.was_called(1).await[0].activities()[0]["isEcho"], false);
}

#[tokio::test]
async fn a_bot_of_the_tenants_own_is_asked_by_webhook() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let own = Hook::start().await;
    let body = json!({"channelId": "Bot", "name": "bot", "configuration": {"webhookUrl": own.url()}});
    let made = desk.portal.create_integration(&desk.hub, &body).await.ok();
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "question").await;
    let activity = own.was_called(1).await[0].activities().remove(0);
    assert_eq!(activity["recipient"]["integrationId"], made["integrationId"]);
    assert_eq!(activity["message"]["text"], "question");
}

#[tokio::test]
async fn listeners_hear_the_messages_that_their_filters_name_and_each_once() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let filters: [(&[&str], &[&str]); 5] = [
        (&["message"], &["from the customer", "from the agent", "from the bot"]),
        (&["message:customer"], &["from the customer"]),
        (&["message:agent"], &["from the agent"]),
        (&["message:bot"], &["from the bot"]),
        (
            &["message", "message:customer", "message:bot"],
            &["from the customer", "from the agent", "from the bot"],
        ),
    ];
    let mut hooks = Vec::new();
    for (events, _) in filters {
        let hook = Hook::start().await;
        desk.listener(&hook, events).await;
        hooks.push(hook);
    }
    let paused = Hook::start().await;
    let silent = desk.listener(&paused, &["message"]).await;
    desk.portal.set_status(&silent, 3002).await;
    let bot = desk.portal.direct(&desk.hub, "bot", json!({"integrationType": "Bot"})).await;

    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "from the customer").await;
    desk.engine.inbound(&conversation, &payload("order", json!({}))).await.ok();
    desk.engine.reply_as(&bot, &conversation, "from the bot").await;
    desk.engine.reply_as(&desk.agent, &conversation, "from the agent").await;
    for ((events, expected), hook) in filters.iter().zip(&hooks) {
        let mut expected: Vec<_> = expected.iter().map(|text| (*text).to_owned()).collect();
        expected.sort();
        let mut taken = hook.took(expected.len()).await;
        taken.sort();
        assert_eq!(taken, expected, "{events:?}");
    }
    assert!(paused.calls().is_empty());
}

#[tokio::test]
async fn what_comes_while_a_listener_is_called_goes_to_it_together() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let hook = Hook::start().await;
    let listener = desk.listener(&hook, &["message"]).await;
    let conversation = desk.establish("ada").await;
    hook.sleeps();
    desk.say(&conversation, "1").await;
    hook.was_called(1).await;
    for words in ["2", "3", "4"] {
        desk.say(&conversation, words).await;
    }
    hook.wakes();
    assert_eq!(hook.took(4).await, ["1", "2", "3", "4"]);
    let calls = hook.calls();
    assert_eq!(calls.iter().map(|call| call.texts().len()).collect::<Vec<_>>(), [1, 3]);
    let body = calls[1].json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let documented =
        ["hubId", "tenantId", "integrationId", "conversationId", "conversationProperties", "activities"];
    assert_eq!(members, documented);
    assert_eq!(body["activities"][0]["eventTrigger"], "message:customer");
    assert_eq!((calls[1].header("x-integration-id"), calls[1].header("x-hub-id")), (&*listener, &*desk.hub));
}

#[tokio::test]
async fn typing_is_heard_while_nothing_waits() {
    let server = Desk::server().await;
    let desk = Desk::of(&server).await;
    let conversation = desk.establish("ada").await;
    desk.say(&conversation, "hello").await;
    desk.hook.took(1).await;
    let typing = json!({"type": "event", "event": {"type": "typing_on"}});
    // What became of the last call may still be on its way to the disk.
    eventually("typing", async || {
        desk.engine.inbound(&conversation, &typing).await.ok();
        let heard = desk.hook.calls().get(1)?.json();
        (heard["activity"]["event"]["type"] == "typing_on").then_some(())
    })
    .await;
    desk.say(&conversation, "bye").await;
    eventually("the next message", async || desk.hook.taken().contains(&"bye".to_owned()).then_some(()))
        .await;
}

//! What a back end hears at its webhook: messages, actions, events and contacts, in the documented wrapper.

use serde_json::{Value, json};

use super::members;
use crate::harness::{Engine, Hook, Messaging, Server, TO_THIS_MACHINE, eventually, payload, text};

/// The members of TagDocument.
const TAGS: [&str; 9] = [
    "categories",
    "cities",
    "countries",
    "langs",
    "locations",
    "organizations",
    "persons",
    "sentimentScore",
    "sentiments",
];

/// The members of InBoundContact.
const CONTACT: [&str; 7] =
    ["businessProfile", "channelId", "contactId", "contactType", "csid", "lane", "profile"];

/// The members of InBoundMsgMedia.
const MEDIA: [&str; 8] = ["caption", "filename", "id", "link", "linkSecure", "mime_type", "sha256", "type"];

/// A back end that hears, and the token that shows who calls.
pub struct BackEnd {
    pub messaging: Messaging,
    pub engine: Engine,
    pub hook: Hook,
    pub token: String,
}

impl BackEnd {
    pub async fn server() -> Server {
        let retries = ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0,1");
        Server::with(&[TO_THIS_MACHINE, retries]).await
    }

    pub async fn of(server: &Server) -> Self {
        let (messaging, engine, hook) = (server.messaging(), server.engine().await, Hook::start().await);
        let registered = messaging.send_to("config/webhook", &json!({"url": hook.url()})).await.one();
        let token = registered["secret"]["verifyToken"].as_str().unwrap().to_owned();
        Self { messaging, engine, hook, token }
    }

    /// All that was heard so far under a name, in order.
    pub fn heard(&self, name: &str) -> Vec<Value> {
        let calls = self.hook.calls();
        let bodies = calls.iter().filter(|call| call.status == Some(200)).map(|call| call.json());
        bodies.flat_map(|body| body[name].as_array().unwrap().clone()).collect()
    }

    /// Waits until so much was heard under a name.
    pub async fn hears(&self, name: &str, count: usize) -> Vec<Value> {
        eventually(name, async || Some(self.heard(name)).filter(|heard| heard.len() >= count)).await
    }
}

#[tokio::test]
async fn a_message_of_a_customer_comes_in_the_documented_wrapper() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let engine = &back_end.engine;
    let conversation = engine.establish("ada").await;
    let mut said = text("Good morning");
    said["externalId"] = "ext-1".into();
    let receipt = engine.inbound(&conversation, &said).await.ok();
    let message = back_end.hears("messages", 1).await.remove(0);
    let call = back_end.hook.calls().remove(0);
    assert_eq!(call.header("x-verify-token"), back_end.token);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert!(!call.header(name).is_empty(), "{name}");
    }
    let wrapper = call.json();
    assert_eq!(members(&wrapper), ["actions", "contacts", "events", "messages", "meta", "statuses", "type"]);
    assert_eq!(wrapper["type"], "messages");
    assert_eq!(wrapper["meta"]["domain"], server.demo().org());
    let meta: Vec<_> = wrapper["meta"].as_object().unwrap().keys().collect();
    assert_eq!(meta, ["appId", "debug", "domain", "server"]);
    assert_eq!(wrapper["meta"]["server"], back_end.messaging.base(), "where clients reach the server");
    let contact_id = format!("diada_{}", engine.customer());
    assert_eq!(message["contactId"], contact_id);
    assert_eq!(message["from"], "ada");
    assert_eq!(message["id"], receipt["interactionId"]);
    assert_eq!(message["messageIdExt"], "ext-1");
    assert_eq!(message["text"], json!({"body": "Good morning", "type": "text"}));
    assert_eq!((&message["type"], &message["session"]["sessionId"]), (&json!("text"), &json!(conversation)));
    for (object, expected) in [
        (
            &message,
            &[
                "attachments",
                "contactId",
                "from",
                "id",
                "messageIdExt",
                "originalMessage",
                "session",
                "tags",
                "text",
                "timestamp",
                "type",
            ][..],
        ),
        (&message["session"], &["assignedToAgent", "assignedToDept", "routingId", "sessionId"]),
        (&message["tags"], &TAGS),
        (&wrapper["contacts"][0], &CONTACT),
    ] {
        assert_eq!(members(object), expected);
    }
    assert_eq!(message["originalMessage"]["text"], "Good morning");
    assert_eq!(message["session"]["assignedToDept"], "");
    engine.reply(&conversation, "Good morning, Ada").await;
    engine.say(&conversation, "How are you?").await;
    let next = back_end.hears("messages", 2).await.remove(1);
    assert_eq!(next["session"]["assignedToAgent"], server.demo().user());
    let contact = &wrapper["contacts"][0];
    assert_eq!((&contact["contactId"], &contact["csid"]), (&json!(contact_id), &json!("ada")));
    assert_eq!(contact["channelId"], format!("direct:{}", engine.customer()));
    assert_eq!((&contact["contactType"], &contact["lane"]), (&json!("PUSH"), &json!(engine.customer())));
}

#[tokio::test]
async fn each_type_of_message_stands_under_its_own_name() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    let link = "https://files.example/a.bin";
    for (place, (kind, said, expected)) in [
        ("image", json!({"type": "image", "url": link, "title": "Ours"}), json!("Ours")),
        ("video", json!({"type": "video", "url": link, "label": "Ours"}), json!("Ours")),
        ("audio", json!({"type": "audio", "url": link, "label": "Ours"}), json!("Ours")),
        ("voice", json!({"type": "audio", "url": link, "label": "Ours", "voice": true}), json!("Ours")),
        (
            "document",
            json!({"type": "attachment", "url": link, "label": "Ours", "mimeType": "application/pdf"}),
            json!("Ours"),
        ),
        ("location", json!({"type": "location", "latitude": 12.5, "longitude": 6.5}), json!("12.5")),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"type": "message", "message": said});
        back_end.engine.inbound(&conversation, &body).await.ok();
        let message = back_end.hears("messages", place + 1).await.remove(place);
        assert_eq!(message["type"], kind, "{message:#}");
        let told = if kind == "location" { &message[kind]["latitude"] } else { &message[kind]["caption"] };
        assert_eq!(*told, expected, "{message:#}");
        if kind != "location" {
            assert_eq!(message["attachments"][0], message[kind]);
            assert_eq!((&message[kind]["link"], &message[kind]["type"]), (&json!(link), &json!(kind)));
            assert_eq!(members(&message[kind]), MEDIA);
            assert_eq!(message[kind]["linkSecure"], link);
        } else {
            assert_eq!(members(&message[kind]), ["address", "latitude", "longitude", "name", "url"]);
        }
    }
}

#[tokio::test]
async fn what_stages_found_out_is_told_as_tags() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let portal = server.portal().await;
    let rules = json!([{"name": "waits", "phrases": ["waiting"], "tags": ["patience"]}]);
    let stages = json!({"stages": [{"type": "keywords", "rules": rules},
        {"type": "language", "languages": ["eng", "deu"]}, {"type": "sentiment"}]});
    portal.put(&format!("/api/v1/hubs/{}/pipeline", server.demo().hub()), &stages).await.ok();
    let conversation = back_end.engine.establish("ada").await;
    back_end.engine.say(&conversation, "This is great, I have been waiting for it, thank you so much!").await;
    let tags = &back_end.hears("messages", 1).await[0]["tags"];
    assert_eq!((&tags["categories"], &tags["langs"]), (&json!(["patience"]), &json!(["eng"])));
    assert_eq!(tags["sentiments"], json!(["positive"]));
    assert!(tags["sentimentScore"].as_i64().is_some_and(|score| (1..=100).contains(&score)), "{tags}");
    let listed = back_end.messaging.send_to("session/messages", &json!({"sessionId": conversation})).await;
    assert_eq!(listed.enveloped()[0]["tags"], *tags);
}

#[tokio::test]
async fn a_choice_of_a_customer_is_an_action() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let conversation = back_end.engine.establish("ada").await;
    let mut reply = text("Yes");
    reply["message"]["payload"] = "YES".into();
    back_end.engine.inbound(&conversation, &reply).await.ok();
    back_end.engine.inbound(&conversation, &payload("button", json!("SEND_INVOICE"))).await.ok();
    let actions = back_end.hears("actions", 2).await;
    assert_eq!(actions, [json!({"actionCode": "YES"}), json!({"actionCode": "SEND_INVOICE"})]);
    assert_eq!(back_end.heard("messages").len(), 1, "a payload is no message");
}

#[tokio::test]
async fn a_session_is_followed_from_its_first_words_to_its_end() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, messaging, portal) = (&back_end.engine, &back_end.messaging, server.portal().await);
    let hub = portal.hub("followed").await;
    let [bot, agent, customer] = ["Bot", "Agent", "Customer"]
        .map(|kind| (kind, json!({"integrationType": kind})))
        .map(|(kind, body)| portal.direct(&hub, kind, body));
    let (bot, agent, customer) = (bot.await, agent.await, customer.await);
    let conversation = engine.establish_at(&customer, "ada").await;
    engine.say(&conversation, "hello").await;
    let routing = json!({"sessionId": conversation, "queue": "agents", "params": {"why": "asked"}});
    let to_agents = messaging.send_to("session/routing", &routing).await.enveloped();
    let again_to_agents = messaging.send_to("session/routing", &routing).await.enveloped();
    assert_eq!((to_agents.len(), again_to_agents.len()), (2, 1));
    messaging.send_to("session/resolve", &json!({"sessionId": conversation})).await.enveloped();
    messaging.send_to("session/close", &json!({"sessionId": conversation})).await.enveloped();
    let events = back_end.hears("events", 7).await;
    let codes: Vec<_> = events.iter().map(|event| event["eventCode"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "SESSION_ROUTED",
            "SESSION_ASSIGNED",
            "SESSION_ROUTED",
            "SESSION_ASSIGNED",
            "SESSION_ROUTED",
            "SESSION_RESOLVED",
            "SESSION_CLOSED"
        ]
    );
    let (first, again) = (&events[0], &events[3]);
    assert_eq!(first["sessionRouted"]["sourceQueue"], "");
    assert_eq!(first["sessionRouted"]["sessionStart"], true);
    let is_first: Vec<_> = events.iter().map(|event| event["session"]["firstMessage"] == true).collect();
    assert_eq!(is_first, [true, true, false, false, false, false, false]);
    assert_eq!(events[1]["sessionAssigned"]["newBot"], bot);
    assert_eq!(again["sessionAssigned"]["oldBot"], bot);
    assert_eq!(again["sessionAssigned"]["newAgent"], agent);
    assert_eq!(events[2]["sessionRouted"]["params"], json!({"why": "asked"}));
    assert!(events.iter().all(|event| event["sessionId"] == *conversation));
}

#[tokio::test]
async fn every_hub_of_the_tenant_is_heard_and_what_waits_goes_together() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, portal) = (&back_end.engine, server.portal().await);
    let hub = portal.hub("second").await;
    portal.direct(&hub, "desk", json!({"integrationType": "Agent"})).await;
    let customer = portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
    let conversation = engine.establish_at(&customer, "eve").await;
    back_end.hook.sleeps();
    for words in ["one", "two", "three"] {
        engine.say(&conversation, words).await;
    }
    back_end.hook.was_called(1).await;
    back_end.hook.wakes();
    let messages = back_end.hears("messages", 3).await;
    let texts: Vec<_> = messages.iter().map(|message| message["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert!(back_end.hook.calls().len() <= 3, "what waited while a call was under way went together");
}

#[tokio::test]
async fn a_wrapper_is_of_the_first_type_that_it_says_something_of() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, messaging, hook) = (&back_end.engine, &back_end.messaging, &back_end.hook);
    let session = engine.establish("ada").await;
    let by_id = json!({"sessionId": session});
    let sent = json!({"channelId": format!("direct:{}", engine.customer()),
        "to": {"contactId": format!("diada_{}", engine.customer())}, "type": "text", "text": {"body": "Hello"}});
    let mut seen = Vec::new();
    for (expected, happens) in [("statuses", 0), ("messages", 1), ("actions", 2), ("events", 3)] {
        let before = hook.calls_taken();
        match happens {
            0 => drop(messaging.send_to("message/send", &sent).await.one()),
            1 => drop(engine.say(&session, "hello").await),
            2 => drop(engine.inbound(&session, &payload("button", json!("PAY"))).await.ok()),
            _ => drop(messaging.send_to("session/resolve", &by_id).await.one()),
        }
        // What a first word brings besides comes with it or behind it.
        eventually(expected, async || (hook.calls_taken() > before).then_some(())).await;
        let call = hook.calls().into_iter().filter(|call| call.status == Some(200)).nth(before).unwrap();
        seen.push((expected, call.json()["type"].clone()));
        if expected == "messages" {
            back_end.hears("events", 2).await;
        }
    }
    for (expected, told) in seen {
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn what_a_customer_s_software_says_as_the_system_is_a_system_message() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let session = back_end.engine.establish("ada").await;
    let mut said = text("The battery is low");
    said["message"]["system"] = true.into();
    back_end.engine.inbound(&session, &said).await.ok();
    let message = back_end.hears("messages", 1).await.remove(0);
    assert_eq!(message["type"], "system");
    assert_eq!(message["text"], json!({"body": "The battery is low", "type": "system"}));
}

#[tokio::test]
async fn a_session_that_leaves_the_queue_by_its_end_is_routed_nowhere() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, portal) = (&back_end.engine, server.portal().await);
    let hub = portal.hub("nobody there").await;
    let agent = portal.direct(&hub, "agent", json!({"integrationType": "Agent"})).await;
    portal.set_status(&agent, 3002).await;
    let channel = portal.direct(&hub, "channel", json!({"integrationType": "Customer"})).await;
    let session = engine.establish_at(&channel, "ada").await;
    engine.say(&session, "hello").await;
    let closed = back_end.messaging.send_to("session/close", &json!({"sessionId": session})).await.one();
    assert_eq!(
        (&closed["route"]["sendMode"], &closed["route"]["senderType"]),
        (&json!("API"), &json!("APP"))
    );
    let events = back_end.hears("events", 3).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["eventCode"].clone(), event["sessionRouted"]["targetQueue"].clone()))
        .collect();
    let expected = [
        (json!("SESSION_ROUTED"), json!("agents")),
        (json!("SESSION_ROUTED"), json!("")),
        (json!("SESSION_CLOSED"), Value::Null),
    ];
    assert_eq!(told, expected);
    for event in &events {
        let route = &event["route"];
        let of_nobody = (&json!("AUTO"), &json!("SYSTEM"), &json!(""));
        assert_eq!((&route["sendMode"], &route["senderType"], &route["senderApp"]), of_nobody);
    }
}

#[tokio::test]
async fn what_waits_goes_out_with_the_token_that_is_good_by_then() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, hook) = (&back_end.engine, &back_end.hook);
    let session = engine.establish("ada").await;
    hook.sleeps();
    engine.say(&session, "one").await;
    hook.was_called(1).await;
    engine.say(&session, "two").await;
    let registered = back_end.messaging.send_to("config/webhook", &json!({"url": hook.url()})).await.one();
    hook.wakes();
    back_end.hears("messages", 2).await;
    let of = |words: &str| {
        let calls = hook.calls().into_iter();
        let mut said = calls.filter(|call| call.json()["messages"].to_string().contains(words));
        said.next().unwrap().header("x-verify-token").to_owned()
    };
    let token = registered["secret"]["verifyToken"].as_str().unwrap();
    assert_eq!((of("one").as_str(), of("two").as_str()), (back_end.token.as_str(), token));
}

#[tokio::test]
async fn a_back_end_that_has_answered_410_hears_again_when_it_is_registered_anew() {
    let server = BackEnd::server().await;
    let back_end = BackEnd::of(&server).await;
    let (engine, messaging, hook) = (&back_end.engine, &back_end.messaging, &back_end.hook);
    let session = engine.establish("ada").await;
    hook.answers_next([410]);
    engine.say(&session, "one").await;
    let dead = async |count: u64| {
        let path = "/xms/api/v1/config/webhook/deliveries?status=dead";
        let page = async || messaging.get(path).await.one()["total"].as_u64().unwrap();
        eventually("what was given up", async || Some(page().await).filter(|dead| *dead >= count)).await
    };
    let given_up = dead(1).await;
    engine.say(&session, "two").await;
    dead(given_up + 1).await;
    messaging.send_to("config/webhook", &json!({"url": hook.url()})).await.one();
    engine.say(&session, "three").await;
    let heard = back_end.hears("messages", 1).await;
    assert_eq!(heard[0]["text"]["body"], "three");
}

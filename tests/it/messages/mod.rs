//! Every type of message and event (platform documentation §12.4 and §12.5): who may say it, how it is heard, and by
//! which code each mistake is told.
//!
//! `fixtures/messages.json` has an example of each documented form; `heard` is there where it is heard otherwise than
//! it was said.

mod faults;

use serde_json::{Value, json};

use crate::harness::{Server, event_payload, from};

fn message(message: Value) -> Value {
    json!({"type": "message", "message": message})
}

#[tokio::test]
async fn each_documented_example_is_heard_by_the_agent_as_documented() {
    let examples: Vec<Value> = serde_json::from_str(include_str!("../fixtures/messages.json")).unwrap();
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Examples").await;
    let conversation = engine.establish_at(&customer, "ada").await;
    let mut at_agent = engine.listen_to(&agent, &conversation).await;
    for example in &examples {
        for by in example["by"].as_array().unwrap() {
            let mut body = example["says"].clone();
            body["externalId"] = example["name"].clone();
            let answer = match by.as_str().unwrap() {
                "customer" => engine.inbound(&conversation, &body).await.ok(),
                _ => engine.business(&conversation, &from(&agent, body.clone())).await.ok(),
            };
            let activity = at_agent.next_activity().await["activity"].clone();
            let kind = body["type"].as_str().unwrap();
            assert_eq!(activity["type"], kind);
            assert_eq!(activity["eventTrigger"], format!("{kind}:{}", by.as_str().unwrap()));
            for name in ["eventId", "externalId", "interactionId"] {
                assert_eq!(activity.get(name), answer.get(name), "{name} of {example:#}");
            }
            let heard = example.get("heard").unwrap_or(&body[kind]);
            assert_eq!(&activity[kind], heard, "{example:#}");
        }
    }
}

#[tokio::test]
async fn the_agents_sessions_hear_every_message_in_words() {
    let server = Server::start().await;
    let (engine, streaming, portal) =
        (server.engine().await, server.streaming().await, server.portal().await);
    let hub = portal.hub("Words").await;
    let customer = portal.direct(&hub, "c", json!({"integrationType": "Customer"})).await;
    let agent = json!({"integrationType": "Agent", "userId": server.demo().user()});
    portal.direct(&hub, "a", agent).await;
    let session = streaming.session(&server.demo().user()).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    let report = json!({"type": "attachment", "label": "Report", "mimeType": "pdf", "url": "site.com/r.pdf"});
    engine.inbound(&conversation, &message(report)).await.ok();
    engine.say(&conversation, "https://site.com/a.png").await;
    let events = session.collect(4).await;
    let texts: Vec<_> = events[2..].iter().map(|event| event_payload(event)["text"].clone()).collect();
    assert_eq!(texts, ["Report\nsite.com/r.pdf", "https://site.com/a.png"]);
}

#[tokio::test]
async fn carousels_and_lists_are_not_for_customers_and_commands_for_nobody() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let (_, customer, agent) = portal.quiet_hub("Who").await;
    let conversation = engine.establish_at(&customer, "ada").await;
    for kind in ["carousel", "list"] {
        let body =
            message(json!({"type": kind, "items": [{"type": "image", "url": "https://site.com/a.png"}]}));
        engine.inbound(&conversation, &body).await.refused(400, "ENG005002");
        engine.business(&conversation, &from(&agent, body)).await.ok();
    }
    let command = message(json!({"type": "command", "title": "t", "properties": []}));
    engine.inbound(&conversation, &command).await.refused(400, "ENG005002");
    engine.business(&conversation, &from(&agent, command)).await.refused(400, "ENG005002");
}

#[tokio::test]
async fn a_link_is_heard_as_what_it_leads_to_by_its_sender_too() {
    let server = Server::start().await;
    let (engine, portal) = (server.engine().await, server.portal().await);
    let hub = portal.hub("Echoes").await;
    let customer = portal.direct(&hub, "c", json!({"integrationType": "Customer", "echo": true})).await;
    portal.direct(&hub, "a", json!({"integrationType": "Agent"})).await;
    let mut at_customer = engine.listen_at(&customer).await;
    let conversation = engine.establish_at(&customer, "ada").await;
    engine.say(&conversation, "https://youtu.be/x1245b").await;
    let echo = at_customer.next_activity().await["activity"].clone();
    assert_eq!(echo["isEcho"], true);
    assert_eq!(echo["message"], json!({"type": "youtube", "url": "https://youtube.com/embed/x1245b"}));
}

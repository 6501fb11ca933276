//! Every kind of message by each party: the faces that carry messages carry the same, and those that tell of them in
//! words use the same words.

use serde_json::{Value, json};

use crate::harness::{
    Engine, Hook, Messaging, Server, Session, SignalR, Socket, TO_THIS_MACHINE, event_payload, from,
};
use crate::messaging::hearing::BackEnd;

/// What the customer is told and nobody else is, who see [`MASK`] instead.
const SECRET: &str = "Your code is 4711";

/// What stands where a secret was said.
const MASK: &str = "********";

/// A chat with the demo's agent, and everybody who hears it.
struct Chat {
    server: Server,
    engine: Engine,
    messaging: Messaging,
    id: String,
    customer: Socket,
    agent: Socket,
    agents_signalr: SignalR,
    system: Hook,
    back_end: BackEnd,
    desktop: Session,
    said: usize,
}

impl Chat {
    async fn begins() -> Self {
        let server = Server::with(&[TO_THIS_MACHINE]).await;
        let (engine, messaging, demo) = (server.engine().await, server.messaging(), server.demo());
        let id = engine.establish("ada").await;
        let system = Hook::start().await;
        let body = json!({"channelId": "System", "name": "listener",
            "configuration": {"webhookUrl": system.url(), "events": ["message"]}});
        server.portal().await.create_integration(&demo.hub(), &body).await.ok();
        Self {
            customer: engine.listen_to(&engine.customer(), &id).await,
            agent: engine.listen_to(&engine.agent(), &id).await,
            agents_signalr: engine.signalr(&format!("iId={}&cId={id}", engine.agent())).await,
            back_end: BackEnd::of(&server).await,
            desktop: server.streaming().await.session(&demo.user()).await,
            said: 0,
            server,
            engine,
            messaging,
            id,
            system,
        }
    }

    async fn customer_says(&mut self, message: Value) {
        self.engine.inbound(&self.id, &json!({"type": "message", "message": message})).await.ok();
        self.said += 1;
    }

    async fn agent_says(&mut self, message: Value) {
        let body = from(&self.engine.agent(), json!({"type": "message", "message": message}));
        self.engine.business(&self.id, &body).await.ok();
        self.said += 1;
    }

    async fn shop_sends(&mut self, mut message: Value) {
        let customer = self.engine.customer();
        message["channelId"] = format!("direct:{customer}").into();
        message["to"] = json!({"contactId": format!("diada_{customer}")});
        self.messaging.send_to("message/send", &message).await.one();
        self.said += 1;
    }

    async fn history(&self) -> Vec<Value> {
        let history = self.engine.history(&self.id, "type=customer").await;
        history.iter().map(|activity| activity["message"].clone()).collect()
    }

    async fn transcript(&self, version: &str) -> Vec<Value> {
        let business = self.server.demo().get("/hub/businessId");
        let query = format!("user_name=ada&business_id={business}&conversation_no=1");
        let path = format!("/integration/external/{version}/get_chat_history/?{query}");
        let body = self.server.demo().handoff().get(&path).await.ok();
        body["chat_json"].as_array().unwrap().iter().map(|one| one["text"].clone()).collect()
    }

    /// The words of the session's messages.
    async fn listed(&self) -> Vec<Value> {
        let listed = self.messaging.send_to("session/messages", &json!({"sessionId": self.id})).await;
        listed.enveloped().iter().map(|one| one["text"].clone()).collect()
    }

    /// The words that the agent's desktop has heard.
    async fn on_desktop(&self) -> Vec<Value> {
        let mut words = Vec::new();
        while words.len() < self.said {
            let events = self.desktop.collect(1).await;
            let said = events.iter().filter(|event| event["eventType"] == "messaging.EntitySendText");
            words.extend(said.map(|event| event_payload(event)["text"].clone()));
        }
        words
    }
}

/// What a customer can say.
fn of_customers() -> Vec<Value> {
    let file = "https://files.example/a/b.bin";
    vec![
        json!({"type": "text", "text": "Two lines,\nand \"one\" sign: \u{1f600}"}),
        json!({"type": "text", "text": "Yes", "payload": "YES"}),
        json!({"type": "text", "text": "Look: https://www.youtube.com/watch?v=dQw4w9WgXcQ"}),
        json!({"type": "image", "url": file, "title": "Broken"}),
        json!({"type": "video", "url": file, "label": "Film"}),
        json!({"type": "audio", "url": file, "voice": true}),
        json!({"type": "attachment", "url": file, "label": "Bill", "mimeType": "application/pdf"}),
        json!({"type": "location", "address": "Main Street 1", "latitude": 12.5, "longitude": 6.9}),
        json!({"type": "location", "latitude": 12.5, "longitude": 6.9}),
        json!({"type": "contact", "title": "Ben", "properties": [{"key": "Phone", "value": "+1416"}]}),
    ]
}

/// What only the business can say.
fn of_agents() -> Vec<Value> {
    let choice = json!([{"type": "reply", "title": "Bill", "payload": "b"},
        {"type": "link", "title": "Shop", "url": "https://a.example"}]);
    vec![
        json!({"type": "text", "text": "Which?", "actions": choice}),
        json!({"type": "card", "title": "A card", "url": "https://a.example/x.png", "urlType": "image"}),
        json!({"type": "carousel", "items": [{"title": "One"}, {"title": "Two"}]}),
        json!({"type": "list", "items": [{"title": "One", "description": "First"}]}),
    ]
}

/// What the messaging face can send.
fn of_the_shop() -> Vec<Value> {
    let file = json!({"link": "https://files.example/a.pdf", "caption": "Ours", "filename": "a.pdf"});
    let buttons = json!({"buttons": [{"type": "QUICK_REPLY", "label": "Yes", "code": "y"}]});
    vec![
        json!({"type": "text", "text": {"body": "More?"}, "options": buttons}),
        json!({"type": "document", "document": file}),
        json!({"type": "location", "location": {"latitude": "12.5", "longitude": "6.9", "name": "Shop"}}),
        json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Jo"}, "phones": [{"phone": "+1"}]}]}),
        json!({"type": "text", "text": {"body": SECRET}, "mask": true}),
    ]
}

#[tokio::test]
async fn every_kind_of_message_is_the_same_at_every_face() {
    let mut chat = Chat::begins().await;
    let by_customer = of_customers();
    let of_customer = by_customer.len();
    for message in by_customer {
        chat.customer_says(message).await;
    }
    for message in of_agents() {
        chat.agent_says(message).await;
    }
    for message in of_the_shop() {
        chat.shop_sends(message).await;
    }

    let history = chat.history().await;
    assert_eq!(history.len(), chat.said);
    let told = next(chat.said, async || chat.agent.next_activity().await["activity"].clone()).await;
    assert_eq!(told, history, "the agent's websocket");
    let told = next(chat.said, async || chat.agents_signalr.next_activity().await).await;
    assert_eq!(told, history, "the agent's SignalR");
    let mut told = next(chat.said, async || chat.customer.next_activity().await["activity"].clone()).await;
    let secret = told.last_mut().unwrap();
    assert_eq!(secret["text"].take(), SECRET, "the customer's websocket");
    secret["text"] = MASK.into();
    assert_eq!(told, history, "the customer's websocket");
    chat.system.took(chat.said).await;
    let calls = chat.system.calls();
    let told: Vec<_> = calls.iter().flat_map(|call| call.activities()).collect();
    assert!(told.iter().map(|activity| &activity["message"]).eq(&history), "the System webhook: {told:#?}");
    let told = chat.back_end.hears("messages", of_customer).await;
    assert!(
        told.iter().map(|one| &one["originalMessage"]).eq(&history[..of_customer]),
        "the messaging webhook: {told:#?}"
    );

    let listed = chat.listed().await;
    let linking = &history[2]["text"];
    assert_eq!((&listed[2], &told[2]["text"]["body"]), (linking, linking), "a link is said once");
    assert_eq!(chat.transcript("v1.0").await, listed);
    assert_eq!(chat.transcript("v2.0").await, listed);
    assert_eq!(chat.on_desktop().await, listed);
}

/// The messages of the next activities.
async fn next(count: usize, mut activity: impl AsyncFnMut() -> Value) -> Vec<Value> {
    let mut messages = Vec::with_capacity(count);
    for _ in 0..count {
        messages.push(activity().await["message"].take());
    }
    messages
}

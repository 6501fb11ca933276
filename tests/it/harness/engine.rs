//! Customers, agents and bots as they speak, and as they listen.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, Http, SignalR, Socket, Tenant};

/// The body of a Direct call with a text message.
pub fn text(text: &str) -> Value {
    json!({"type": "message", "message": {"type": "text", "text": text}})
}

/// The body of a Direct call with a payload event.
pub fn payload(payload_type: &str, payload: Value) -> Value {
    json!({"type": "event", "event": {"type": "payload", "payloadType": payload_type, "payload": payload}})
}

/// Calls the engine and the events face for one tenant.
#[derive(Clone)]
pub struct Engine {
    http: Http,
    tenant: Tenant,
}

impl Engine {
    pub fn new(http: Http, tenant: Tenant) -> Self {
        Self { http, tenant }
    }

    pub fn agent(&self) -> String {
        self.tenant.integration("agent")
    }

    /// The query by which the agent asks for the hub.
    pub fn agent_query(&self) -> String {
        format!("iId={}", self.agent())
    }

    pub fn customer(&self) -> String {
        self.tenant.integration("customer")
    }

    /// Establishes a conversation on the demo's customer integration and gives its id.
    pub async fn establish(&self, binding: &str) -> String {
        self.establish_at(&self.customer(), binding).await
    }

    /// Establishes a conversation on a customer integration and gives its id.
    pub async fn establish_at(&self, integration: &str, binding: &str) -> String {
        let body = json!({"integrationId": integration, "binding": binding, "channelType": "Direct"});
        let established = self.post("/api/v1/conversations/establish", &body).await.ok();
        established["conversationId"].as_str().unwrap().to_owned()
    }

    /// Tries the customer's door.
    pub async fn inbound(&self, conversation: &str, body: &Value) -> Answer {
        self.post(&format!("/inbound/customer/v1/direct/activity/{conversation}"), body).await
    }

    /// Tries the business's door.
    pub async fn business(&self, conversation: &str, body: &Value) -> Answer {
        self.post(&format!("/inbound/business/v1/direct/activity/{conversation}"), body).await
    }

    /// The customer says a text; the answer.
    pub async fn say(&self, conversation: &str, words: &str) -> Value {
        self.inbound(conversation, &text(words)).await.ok()
    }

    /// The demo's agent says a text; the answer.
    pub async fn reply(&self, conversation: &str, words: &str) -> Value {
        self.reply_as(&self.agent(), conversation, words).await
    }

    /// A business integration says a text; the answer.
    pub async fn reply_as(&self, integration: &str, conversation: &str, words: &str) -> Value {
        self.business(conversation, &from(integration, text(words))).await.ok()
    }

    /// What one kind of party sent or received, by the rest of the query, such as `type=agent&leid=5`.
    pub async fn history(&self, conversation: &str, query: &str) -> Vec<Value> {
        let path = format!("/api/v1/interactions/activities/{conversation}?{query}");
        self.get(&path).await.ok().as_array().unwrap().clone()
    }

    /// A plain websocket; the query names what it listens to.
    pub async fn listen(&self, query: &str) -> Socket {
        self.try_listen(query).await.unwrap_or_else(|answer| panic!("{answer}"))
    }

    pub async fn try_listen(&self, query: &str) -> Result<Socket, Answer> {
        Socket::open(self.http.base(), &format!("/events/v1/direct?{query}"), self.http.token()).await
    }

    /// A plain websocket of an integration, its snapshot read.
    pub async fn listen_at(&self, integration: &str) -> Socket {
        let mut socket = self.listen(&format!("integrationId={integration}")).await;
        socket.control("snapshot").await;
        socket
    }

    /// A plain websocket of one conversation, its snapshot read.
    pub async fn listen_to(&self, integration: &str, conversation: &str) -> Socket {
        let query = format!("integrationId={integration}&conversationId={conversation}");
        let mut socket = self.listen(&query).await;
        socket.control("snapshot").await;
        socket
    }

    /// A SignalR connection, its handshake done.
    pub async fn signalr(&self, query: &str) -> SignalR {
        SignalR::connect(&self.http, query).await
    }
}

impl Deref for Engine {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

/// The same body, with its sender named.
pub fn from(integration: &str, mut body: Value) -> Value {
    body["sender"] = json!({"integrationId": integration});
    body
}

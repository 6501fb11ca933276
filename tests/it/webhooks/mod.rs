//! Webhooks: what goes to them, in which words and order, and what becomes of it when nobody takes it.
//!
//! - [`payloads`]: the documented bodies and headers, and who hears what
//! - [`arriving`]: retries, order, pauses and crashes

use serde_json::{Value, json};

use crate::harness::{Engine, Hook, Portal, Server, TO_THIS_MACHINE, text};

mod arriving;
mod payloads;

/// A second between attempts, of which there are four.
const RETRIES: (&str, &str) = ("SWITCHBOARD_WEBHOOKS__RETRY_DELAYS_SECONDS", "0,1,1,1");

/// A hub whose agent hears by webhook.
struct Desk {
    engine: Engine,
    portal: Portal,
    hub: String,
    customer: String,
    agent: String,
    hook: Hook,
}

impl Desk {
    async fn of(server: &Server) -> Self {
        let (engine, portal, hook) = (server.engine().await, server.portal().await, Hook::start().await);
        let hub = portal.hub("Hooked").await;
        let customer = portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
        let agent = json!({"integrationType": "Agent", "webhookUrl": hook.url()});
        let agent = portal.direct(&hub, "agent", agent).await;
        Self { engine, portal, hub, customer, agent, hook }
    }

    async fn server() -> Server {
        Server::with(&[TO_THIS_MACHINE, RETRIES]).await
    }

    /// A listener of the hub; its id.
    async fn listener(&self, hook: &Hook, events: &[&str]) -> String {
        let configuration = json!({"webhookUrl": hook.url(), "events": events});
        let body = json!({"channelId": "System", "name": hook.url(), "configuration": configuration});
        let made = self.portal.create_integration(&self.hub, &body).await.ok();
        made["integrationId"].as_str().unwrap().to_owned()
    }

    async fn establish(&self, binding: &str) -> String {
        self.engine.establish_at(&self.customer, binding).await
    }

    async fn say(&self, conversation: &str, words: &str) -> Value {
        self.engine.inbound(conversation, &text(words)).await.ok()
    }
}

//! Commands that agents and bots give in a conversation: lines that begin with `::` (platform documentation §12.4.13).
//!
//! - [`saying`]: what responses and transfers say, and to whom
//! - [`moving`]: taking over, handing over, closing
//! - [`answers`]: lists, help, and why a command was not carried out

use serde_json::{Value, json};

use crate::harness::{Engine, Portal, Server, Socket, from, text};

mod answers;
mod moving;
mod saying;

/// A hub with a customer and an agent, their sockets open, and a conversation that the agent has. The agent echoes.
struct Chat {
    engine: Engine,
    portal: Portal,
    hub: String,
    customer: String,
    agent: String,
    conversation: String,
    to_customer: Socket,
    to_agent: Socket,
}

impl Chat {
    async fn on(server: &Server) -> Self {
        let (engine, portal) = (server.engine().await, server.portal().await);
        let hub = portal.hub("Commands").await;
        let customer = portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
        let agent = portal.direct(&hub, "agent", json!({"integrationType": "Agent", "echo": true})).await;
        let conversation = engine.establish_at(&customer, "ada").await;
        engine.inbound(&conversation, &text("hello")).await.ok();
        let to_customer = engine.listen_at(&customer).await;
        let to_agent = engine.listen_at(&agent).await;
        Self { engine, portal, hub, customer, agent, conversation, to_customer, to_agent }
    }

    async fn response(&self, name: &str, party: &str, category: &str, responses: Value) {
        let kind = if responses[0]["payloadType"].is_null() { "message" } else { "event" };
        let body = json!({"name": name, "category": category, "description": format!("about {name}"),
            "integrationTypeId": party, "type": kind, "responses": responses});
        self.portal.post(&format!("/api/v1/commands/responses/{}", self.hub), &body).await.ok();
    }

    async fn transfer(&self, name: &str) {
        let body = json!({"name": name, "url": "https://shop.example/x", "linkDescription": "To the shop",
            "mountDelay": 1000});
        self.portal.post(&format!("/api/v1/commands/transfers/{}", self.hub), &body).await.ok();
    }

    /// The agent gives a command; the answer to the call.
    async fn give(&self, line: &str) -> Value {
        self.engine.reply_as(&self.agent, &self.conversation, line).await
    }

    /// What the agent is told next, which is for nobody else.
    async fn answered(&mut self) -> Value {
        let activity = self.to_agent.next_activity().await["activity"].clone();
        assert_eq!(activity["sender"]["integrationType"], "Hubster", "{activity:#}");
        assert_eq!(activity["recipient"]["integrationId"], self.agent.as_str());
        assert_eq!(activity["isEcho"], false);
        activity["message"].clone()
    }

    /// The agent gives a command, which is refused with a code.
    async fn refused(&mut self, line: &str, code: &str) {
        self.give(line).await;
        let message = self.answered().await;
        assert_eq!(message["type"], "command", "{line}");
        assert_eq!(message["properties"][0], json!({"key": "code", "value": code}), "{line}: {message:#}");
        assert!(message["title"].as_str().unwrap().ends_with(&format!("(code: {code})")), "{message:#}");
    }

    /// Nothing of what was done before reaches the customer: the next thing that it hears is this.
    async fn customer_hears_only(&mut self, words: &str) {
        self.engine.reply_as(&self.agent, &self.conversation, words).await;
        assert_eq!(self.to_customer.texts(1).await, [words]);
        let echo = self.to_agent.next_activity().await;
        assert_eq!(
            (&echo["activity"]["isEcho"], &echo["activity"]["message"]["text"]),
            (&json!(true), &json!(words))
        );
    }
}

/// The `key` of each property of a command message.
fn keys(message: &Value) -> Vec<&str> {
    message["properties"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect()
}

/// A Direct call by which a business integration says a text.
fn said_by(integration: &str, words: &str) -> Value {
    from(integration, text(words))
}

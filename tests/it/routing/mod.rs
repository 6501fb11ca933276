//! Who answers a conversation: bots and agents, who takes it from whom, who waits.
//!
//! - [`handover`]: a bot or an agent gives a conversation to somebody else
//! - [`queue`]: nobody is there, and then somebody is

use serde_json::{Value, json};

use crate::harness::{Engine, Portal, Server, from, payload, text};

mod handover;
mod queue;

/// A hub with a customer integration, a bot, and an agent who works for nobody in the directory; none of them echoes.
struct Desk {
    engine: Engine,
    portal: Portal,
    hub: String,
    customer: String,
    bot: String,
    agent: String,
}

impl Desk {
    async fn of(server: &Server) -> Self {
        let (engine, portal) = (server.engine().await, server.portal().await);
        let (hub, customer, agent) = portal.quiet_hub("Desk").await;
        let bot = portal.direct(&hub, "bot", json!({"integrationType": "Bot"})).await;
        Self { engine, portal, hub, customer, bot, agent }
    }

    /// A user of the directory, and an agent of the hub that works for it.
    async fn agent_of(&self, user: &str) -> String {
        self.portal.post("/api/v1/users", &json!({"userId": user, "name": user})).await.ok();
        self.portal.direct(&self.hub, user, json!({"integrationType": "Agent", "userId": user})).await
    }

    async fn team(&self, name: &str, members: &[&str]) {
        self.portal.post("/api/v1/teams", &json!({"name": name, "members": members})).await.ok();
    }

    async fn set_state(&self, user: &str, state: &str) {
        self.portal.put(&format!("/api/v1/users/{user}"), &json!({"state": state})).await.ok();
    }

    async fn establish(&self, binding: &str) -> String {
        self.engine.establish_at(&self.customer, binding).await
    }

    async fn say(&self, conversation: &str, words: &str) {
        self.engine.inbound(conversation, &text(words)).await.ok();
    }

    /// The recipient of the customer's last activity; nothing while it waits.
    async fn recipient(&self, conversation: &str) -> Value {
        let history = self.engine.history(conversation, "type=customer").await;
        let said = history.iter().rfind(|one| one["sender"]["integrationId"] == self.customer.as_str());
        said.unwrap()["recipient"]["integrationId"].clone()
    }

    /// The bot hands the conversation over.
    async fn bot_hands_over(&self, conversation: &str, asked: Value) {
        self.engine.business(conversation, &from(&self.bot, payload("hubster.handover", asked))).await.ok();
    }
}

/// The texts of a hand-over's history.
fn past(activity: &Value) -> Vec<&str> {
    assert_eq!(activity["event"]["payloadType"], "hubster.handover", "{activity:#}");
    let past = activity["event"]["payload"]["history"].as_array().unwrap();
    past.iter().map(|one| one["message"]["text"].as_str().unwrap()).collect()
}

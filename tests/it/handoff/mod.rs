//! The hand-off face: bot platforms move chats to teams and read back what was said.
//!
//! - [`errors`]: each documented error, call by call, with its status and its words
//! - [`order`]: of several mistakes, the one that is told
//! - [`fields`]: each documented field, what it takes and what it is answered with
//! - [`countdown`]: what becomes of a chat that is moved, on every face, and through a crash
//! - [`sockets`]: what websockets hear of a countdown
//! - [`transcript`]: what was said, held against the history
//! - [`pxut`]: tokens that stand for a user

use serde_json::{Value, json};

use crate::harness::{Answer, Engine, Http, Portal, Server, Tenant};

mod countdown;
mod errors;
mod fields;
mod order;
mod pxut;
mod sockets;
mod transcript;

const SEND: &str = "/integration/external/v1.0/send_chat_to_agent/";
const HISTORY_1: &str = "/integration/external/v1.0/get_chat_history/";
const HISTORY_2: &str = "/integration/external/v2.0/get_chat_history/";
const PXUT: &str = "/integration/external/v2.0/pxut";

/// The demo's hub with a bot of its own, to which customers talk, and the demo's agent.
struct Scene {
    server: Server,
    engine: Engine,
    portal: Portal,
    handoff: Http,
    business: i64,
    bot: String,
}

impl Scene {
    async fn new() -> Self {
        Self::on(Server::start().await).await
    }

    async fn on(server: Server) -> Self {
        let (engine, portal, handoff) =
            (server.engine().await, server.portal().await, server.demo().handoff());
        let bot = portal.direct(&server.demo().hub(), "bot", json!({"integrationType": "Bot"})).await;
        let business = business_of(server.demo());
        Self { server, engine, portal, handoff, business, bot }
    }

    /// A chat in which the customer has said something to the bot.
    async fn chat(&self, user: &str) -> String {
        let conversation = self.engine.establish(user).await;
        self.engine.say(&conversation, "hello").await;
        conversation
    }

    /// Another hub, with a customer integration and a bot; its number and the customer integration.
    async fn another_business(&self, name: &str) -> (i64, String) {
        let hub = self.portal.hub(name).await;
        let customer = self.portal.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
        self.portal.direct(&hub, "bot", json!({"integrationType": "Bot"})).await;
        (self.business + 1, customer)
    }

    /// The body of a call that moves a chat to the demo's team.
    fn to_support(&self, user: &str) -> Value {
        json!({"user_name": user, "business_id": self.business, "team_name": "Support"})
    }

    async fn send(&self, body: &Value) -> Answer {
        self.handoff.post(SEND, body).await
    }

    /// Version 1 of the transcript, by the rest of the query.
    async fn history_1(&self, user: &str, number: i64, rest: &str) -> Answer {
        self.history(HISTORY_1, user, number, rest).await
    }

    /// Version 2 of the transcript, by the rest of the query.
    async fn history_2(&self, user: &str, number: i64, rest: &str) -> Answer {
        self.history(HISTORY_2, user, number, rest).await
    }

    async fn history(&self, path: &str, user: &str, number: i64, rest: &str) -> Answer {
        let business = self.business;
        let query = format!("user_name={user}&business_id={business}&conversation_no={number}{rest}");
        self.handoff.get(&format!("{path}?{query}")).await
    }
}

/// The number of a tenant's first hub.
fn business_of(tenant: &Tenant) -> i64 {
    tenant.get("/hub/businessId").parse().unwrap()
}

/// What version 2 and tokens say of a user who is not found.
const NOBODY: &str =
    "Either the user has not sent a message yet, or the provided user_name-business_id pair is invalid.";
const NO_GROUP: &str = "Argument group validation: no valid group.";
const INVALID_GROUP: &str = "Argument group validation: invalid group found.";
const NOT_DECODED: &str = "Unable to decode pxut-client_id pair";

/// The texts of a transcript.
fn texts(transcript: &Value) -> Vec<&str> {
    let messages = transcript["chat_json"].as_array().unwrap();
    messages.iter().map(|message| message["text"].as_str().unwrap()).collect()
}

/// The name and value of everything that an event shows of its interaction.
fn shown(payload: &Value, key: &str) -> Value {
    let data = payload["interactionInfo"]["interactionData"].as_array().unwrap();
    data.iter().find(|one| one["key"] == key).unwrap()["value"].clone()
}

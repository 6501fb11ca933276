//! The control plane beside its documentation (platform documentation §8 to §10 and §14), row by row: tables as data,
//! and loops that ask a running server for each row. What a row cannot show is told as a story elsewhere.
//!
//! - [`endpoints`]: every address with its methods, what it is answered with, and who may not ask
//! - [`properties`]: every property of hubs and integrations that can be written: default, bounds, one past them
//! - [`configurations`]: every property of every channel's configuration
//! - [`paging`]: every list that comes in pages: defaults, ranges, order, totals
//! - [`codes`]: every error code of the documents: provoked, or why it cannot be
//!
//! Properties of commands and tokens are in [`commands`](super::commands) and [`tenants`](super::tenants), the calls of
//! the identity in [`identity`](super::identity).

use serde_json::{Value, json};

use crate::harness::{Portal, Server, Tenant};

mod codes;
mod configurations;
mod endpoints;
mod paging;
mod properties;

/// No thing has this id.
const UNKNOWN: &str = "00000000-0000-0000-0000-000000000001";

/// What rows name in braces, such as `{hub}`, and what stands for it on a server.
#[derive(Clone, Default)]
struct Names(Vec<(&'static str, String)>);

impl Names {
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.into()));
        self
    }

    /// The text with everything that it names put in.
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

/// A server whose store is quick: nothing here is about what lasts.
async fn quick_server() -> Server {
    Server::with(&[("SWITCHBOARD_STORE__DURABILITY", "memory")]).await
}

/// One of everything that the control plane looks after, made for `place` and nobody else.
async fn one_of_each(tenant: &Tenant, portal: &Portal, place: usize) -> Names {
    let id = |made: Value, id: &str| made[id].as_str().unwrap().to_owned();
    let hub = portal.hub(&format!("hub {place}")).await;
    let integration = portal.direct(&hub, "present", json!({"integrationType": "Agent"})).await;
    let transfer = json!({"name": "present", "url": "https://a.example", "linkDescription": "l"});
    let transfer = portal.post(&format!("/api/v1/commands/transfers/{hub}"), &transfer).await.ok();
    let response = json!({"name": "present", "integrationTypeId": "agent", "type": "message",
        "responses": [{"type": "text", "text": "hello"}]});
    let response = portal.post(&format!("/api/v1/commands/responses/{hub}"), &response).await.ok();
    let client = tenant.get("/clients/engine/client_id");
    let path = format!("/api/v1/tenants/clients/{client}/tokens");
    let token = portal.post(&path, &json!({"name": format!("token {place}")})).await.ok();
    Names::default()
        .with("hub", hub)
        .with("integration", integration)
        .with("transfer", id(transfer, "commandId"))
        .with("response", id(response, "commandId"))
        .with("client", client)
        .with("token", token["id"].to_string())
        .with("place", place.to_string())
}

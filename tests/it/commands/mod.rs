//! Commands of hubs, which the control plane writes (platform documentation §10.4 and §10.5).
//!
//! - [`transfers`]: transfer commands: properties, defaults, ranges
//! - [`responses`]: response commands: properties, defaults, ranges, what may be said
//! - [`rules`]: which names are free, how many there may be, what a deletion takes along, who sees what

use serde_json::{Value, json};

use crate::harness::Portal;

mod responses;
mod rules;
mod transfers;

const TRANSFERS: &str = "/api/v1/commands/transfers";
const RESPONSES: &str = "/api/v1/commands/responses";

/// The address of a command, or of what creates one on a hub.
fn at(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

/// The address of all commands of a hub.
fn of_hub(collection: &str, hub: &str) -> String {
    format!("{collection}/hub/{hub}")
}

fn id_of(command: &Value) -> &str {
    command["commandId"].as_str().unwrap()
}

/// A transfer with nothing but what is required.
fn transfer(name: &str) -> Value {
    json!({"name": name, "url": "https://mysite.example", "linkDescription": "Click here to be transferred"})
}

/// A response with nothing but what is required.
fn response(name: &str) -> Value {
    json!({"name": name, "integrationTypeId": "agent", "type": "message",
        "responses": [{"type": "text", "text": "Hello"}]})
}

/// A body with one member more, or another.
fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// Creates a command and gives its id.
async fn create(portal: &Portal, collection: &str, hub: &str, body: &Value) -> String {
    id_of(&portal.post(&at(collection, hub), body).await.ok()).to_owned()
}

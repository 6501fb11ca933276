//! The stages of hubs: how they are set, what they do to live traffic, plug-ins among them.

mod built_in;
mod plugins;
mod settings;

use serde_json::{Value, json};

use crate::harness::{Answer, Portal};

/// The address of a hub's stages.
fn path(hub: &str) -> String {
    format!("/api/v1/hubs/{hub}/pipeline")
}

async fn put(portal: &Portal, hub: &str, stages: Value) -> Answer {
    portal.put(&path(hub), &json!({"stages": stages})).await
}

//! The control plane as a tenant uses it.

use std::ops::Deref;

use serde_json::{Value, json};

use super::{Answer, Http};

/// Calls the portal face.
#[derive(Clone)]
pub struct Portal(Http);

impl Portal {
    pub fn new(http: Http) -> Self {
        Self(http)
    }

    /// Makes a hub and gives its id.
    pub async fn hub(&self, name: &str) -> String {
        let hub = self.post("/api/v1/hubs", &json!({"name": name, "description": "made by a test"})).await;
        hub.ok()["hubId"].as_str().unwrap().to_owned()
    }

    /// Tries to make an integration.
    pub async fn create_integration(&self, hub: &str, body: &Value) -> Answer {
        self.post(&format!("/api/v1/integrations/hubs/{hub}"), body).await
    }

    /// Makes a Direct integration and gives its id.
    pub async fn direct(&self, hub: &str, name: &str, configuration: Value) -> String {
        let body = json!({"channelId": "Direct", "name": name, "configuration": configuration});
        let made = self.create_integration(hub, &body).await.ok();
        made["integrationId"].as_str().unwrap().to_owned()
    }

    /// A hub with a customer and an agent integration of the Direct channel, neither of which echoes.
    pub async fn quiet_hub(&self, name: &str) -> (String, String, String) {
        let hub = self.hub(name).await;
        let customer = self.direct(&hub, "customer", json!({"integrationType": "Customer"})).await;
        let agent = self.direct(&hub, "agent", json!({"integrationType": "Agent"})).await;
        (hub, customer, agent)
    }

    /// Pauses (3002) or activates (3000) an integration.
    pub async fn set_status(&self, integration: &str, status: i64) {
        let path = format!("/api/v1/integrations/hubs/{integration}");
        self.post(&path, &json!({"statusId": status})).await.ok();
    }
}

impl Deref for Portal {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.0
    }
}

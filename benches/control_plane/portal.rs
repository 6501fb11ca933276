//! The control plane of one broker, as a client calls it, and what a run fills it with.

use futures_util::stream::{self, StreamExt};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Calls that are under way at the same time while a broker is filled.
const AT_ONCE: usize = 16;

/// How large a configuration is, what a first start makes included.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) hubs: usize,
    pub(crate) integrations: usize,
}

/// The portal of a broker whose configuration has its size.
pub(crate) struct Portal {
    client: Client,
    base: String,
    token: String,
    pub(crate) size: Size,
    /// The ids of all hubs and integrations that were made here, in the order of their creation.
    pub(crate) hubs: Vec<String>,
    pub(crate) integrations: Vec<String>,
}

impl Portal {
    /// Signs in and makes what is missing to the size; integrations stand on hubs in turn.
    pub(crate) async fn filled(credentials: Value, size: Size) -> Self {
        let mut portal = Self::sign_in(&credentials, size).await;
        let missing = size.hubs - portal.total("/api/v1/hubs").await;
        let hub = async |number: usize| portal.create_hub(&format!("hub {number}")).await;
        let hubs: Vec<_> = stream::iter(0..missing).map(hub).buffered(AT_ONCE).collect().await;
        let missing = size.integrations - portal.total("/api/v1/integrations").await;
        let integration = async |number: usize| {
            portal.create_integration(&hubs[number % hubs.len()], &format!("integration {number}")).await
        };
        let integrations = stream::iter(0..missing).map(integration).buffered(AT_ONCE).collect().await;
        (portal.integrations, portal.hubs) = (integrations, hubs);
        portal
    }

    async fn sign_in(credentials: &Value, size: Size) -> Self {
        let text = |pointer: &str| {
            credentials.pointer(pointer).and_then(Value::as_str).expect("the file has it").to_owned()
        };
        let (client, base) = (Client::new(), text("/baseUrl"));
        let form = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", text("/clients/portal/client_id")),
            ("client_secret", text("/clients/portal/client_secret")),
        ];
        let asked = client.post(format!("{base}/connect/token")).form(&form).send().await;
        let granted: Value = asked.expect("an answer").json().await.expect("a token");
        let token = granted["access_token"].as_str().expect("a token").to_owned();
        Self { client, base, token, size, hubs: Vec::new(), integrations: Vec::new() }
    }

    pub(crate) async fn create_hub(&self, name: &str) -> String {
        let body = json!({"name": name, "description": "of a bench"});
        let made = self.call(Method::POST, "/api/v1/hubs", &body).await;
        made["hubId"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn create_integration(&self, hub: &str, name: &str) -> String {
        let body =
            json!({"channelId": "Direct", "name": name, "configuration": {"integrationType": "Customer"}});
        let made = self.call(Method::POST, &format!("/api/v1/integrations/hubs/{hub}"), &body).await;
        made["integrationId"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.call(Method::DELETE, path, &Value::Null).await;
    }

    async fn total(&self, path: &str) -> usize {
        let page = self.get(&format!("{path}?pageSize=1")).await;
        page["total"].as_u64().and_then(|total| total.try_into().ok()).expect("a total")
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.bytes().await.expect("a whole answer");
        assert!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&text));
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

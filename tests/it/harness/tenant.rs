//! One tenant, as its credentials describe it, and the tokens that they open.

use serde_json::Value;

use super::{Answer, Engine, Http, Messaging, Portal, Streaming};

/// A tenant of a server.
#[derive(Clone)]
pub struct Tenant {
    http: Http,
    credentials: Value,
}

impl Tenant {
    pub fn new(base: &str, credentials: Value) -> Self {
        Self { http: Http::new(base), credentials }
    }

    pub fn base(&self) -> &str {
        self.http.base()
    }

    /// All of its credentials.
    pub fn credentials(&self) -> &Value {
        &self.credentials
    }

    /// What `credentials.json` tells at a JSON pointer, such as `/hub/hubId`.
    #[track_caller]
    pub fn get(&self, pointer: &str) -> String {
        let found = self.credentials.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {:#}", self.credentials)).to_owned()
    }

    pub fn hub(&self) -> String {
        self.get("/hub/hubId")
    }

    pub fn org(&self) -> String {
        self.get("/tenant/orgId")
    }

    /// The demo integration that serves `customer`, `webchat`, `agent` or `bot`.
    pub fn integration(&self, whom: &str) -> String {
        self.get(&format!("/hub/integrations/{whom}"))
    }

    /// The user that the demo agent integration works for.
    pub fn user(&self) -> String {
        self.get("/users/0/userId")
    }

    /// The form with which a client asks for a token.
    pub fn form(&self, client: &str) -> String {
        let id = self.get(&format!("/clients/{client}/client_id"));
        let secret = self.get(&format!("/clients/{client}/client_secret"));
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
    }

    /// A token of the client `portal`, `engine` or `streaming`.
    pub async fn token(&self, client: &str) -> String {
        self.try_token(client).await.unwrap_or_else(|answer| panic!("{answer}"))
    }

    pub async fn try_token(&self, client: &str) -> Result<String, Answer> {
        let answer = self.http.post_form("/connect/token", &self.form(client)).await;
        if answer.status != 200 {
            return Err(answer);
        }
        Ok(answer.json()["access_token"].as_str().unwrap().to_owned())
    }

    pub async fn portal(&self) -> Portal {
        Portal::new(self.http.with_token(&self.token("portal").await))
    }

    pub async fn engine(&self) -> Engine {
        Engine::new(self.http.with_token(&self.token("engine").await), self.clone())
    }

    /// Calls the hand-off face with the tenant's client and its token.
    pub fn handoff(&self) -> Http {
        let (client, token) = (self.get("/clients/handoff/client_id"), self.get("/clients/handoff/token"));
        self.http.with_header("client-id", &client).with_token(&token)
    }

    pub fn messaging(&self) -> Messaging {
        Messaging::new(self.http.clone(), self)
    }

    pub async fn streaming(&self) -> Streaming {
        let token = self.token("streaming").await;
        let key = self.get("/clients/streaming/api_key");
        Streaming::new(self.http.with_token(&token).with_header("x-api-key", &key), &self.org())
    }
}

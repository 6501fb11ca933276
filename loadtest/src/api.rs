//! The public API as a client calls it: one method a call, each with the broker's answer as a type.
//! It must not know any scenario.

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::backoff::{self, Backoff};
use crate::credentials::{ClientPart, Credentials};
use crate::error::LoadError;

/// How often a call is made that a server is too busy for.
const MOST_TRIES: u32 = 6;

/// Calls the engine: conversations and what is said in them.
#[derive(Clone, Debug)]
pub struct EngineApi {
    http: Client,
    base_url: String,
    token: String,
}

/// Calls the control plane: makes hubs and what is in them.
#[derive(Clone, Debug)]
pub struct PortalApi {
    http: Client,
    base_url: String,
    token: String,
}

/// Calls the streaming API: opens and ends sessions.
#[derive(Clone, Debug)]
pub struct StreamingApi {
    http: Client,
    base_url: String,
    /// The path before the name of an operation.
    root: String,
    token: String,
    api_key: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Established {
    conversation_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HubAnswer {
    hub_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntegrationAnswer {
    integration_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionAnswer {
    session_id: String,
}

impl EngineApi {
    /// Asks for a token and calls with it.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, LoadError> {
        let http = Client::new();
        let token = token(&http, &credentials.base_url, &credentials.clients.engine).await?;
        Ok(Self { http, base_url: credentials.base_url.clone(), token })
    }

    /// The access token, for websockets.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The open conversation of a customer, made when there is none.
    pub async fn establish(&self, integration: &str, binding: &str) -> Result<String, LoadError> {
        let body = json!({"integrationId": integration, "binding": binding, "channelType": "Direct"});
        let url = format!("{}/api/v1/conversations/establish", self.base_url);
        let request = self.http.post(url).bearer_auth(&self.token).json(&body);
        Ok(answer::<Established>("establish a conversation", request).await?.conversation_id)
    }

    /// Lets an agent begin a conversation, which is its own from then on: no bot answers there.
    pub async fn take_over(&self, agent: &str, conversation: &str) -> Result<(), LoadError> {
        let message = json!({"type": "text", "text": "How can I help you?"});
        let body = json!({"type": "message", "sender": {"integrationId": agent}, "message": message});
        let url = format!("{}/inbound/business/v1/direct/activity/{conversation}", self.base_url);
        done("take a conversation over", self.http.post(url).bearer_auth(&self.token).json(&body)).await
    }

    /// Says a text as the conversation's customer. When this comes back, the broker has recorded it.
    pub async fn say(&self, conversation: &str, text: &str) -> Result<(), LoadError> {
        let body = json!({"type": "message", "message": {"type": "text", "text": text}});
        let url = format!("{}/inbound/customer/v1/direct/activity/{conversation}", self.base_url);
        done("say a text", self.http.post(url).bearer_auth(&self.token).json(&body)).await
    }
}

impl PortalApi {
    /// Asks for a token and calls with it.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, LoadError> {
        let http = Client::new();
        let portal = credentials.clients.portal.as_ref().ok_or(LoadError::NoPortal)?;
        let token = token(&http, &credentials.base_url, portal).await?;
        Ok(Self { http, base_url: credentials.base_url.clone(), token })
    }

    /// A new hub.
    pub async fn create_hub(&self, name: &str) -> Result<String, LoadError> {
        let body = json!({"name": name, "description": "made by the load generator"});
        let request = self.http.post(format!("{}/api/v1/hubs", self.base_url));
        let request = request.bearer_auth(&self.token).json(&body);
        Ok(answer::<HubAnswer>("create a hub", request).await?.hub_id)
    }

    /// A new integration of a hub by which customers come.
    pub async fn create_customer(&self, hub: &str) -> Result<String, LoadError> {
        self.create_integration(hub, "customer", json!({"integrationType": "Customer"})).await
    }

    /// A new integration of a hub for an agent who hears by webhook.
    pub async fn create_agent(&self, hub: &str, webhook: &str) -> Result<String, LoadError> {
        self.create_integration(hub, "agent", json!({"integrationType": "Agent", "webhookUrl": webhook}))
            .await
    }

    /// Deletes a hub with all that is in it.
    pub async fn delete_hub(&self, hub: &str) -> Result<(), LoadError> {
        let request = self.http.delete(format!("{}/api/v1/hubs/{hub}", self.base_url));
        done("delete a hub", request.bearer_auth(&self.token)).await
    }

    async fn create_integration(
        &self,
        hub: &str,
        name: &str,
        configuration: Value,
    ) -> Result<String, LoadError> {
        let body = json!({"channelId": "Direct", "name": name, "configuration": configuration});
        let request = self.http.post(format!("{}/api/v1/integrations/hubs/{hub}", self.base_url));
        let request = request.bearer_auth(&self.token).json(&body);
        Ok(answer::<IntegrationAnswer>("create an integration", request).await?.integration_id)
    }
}

impl StreamingApi {
    /// Asks for a token and calls with it.
    pub async fn sign_in(credentials: &Credentials) -> Result<Self, LoadError> {
        let http = Client::new();
        let streaming = &credentials.clients.streaming;
        let token = token(&http, &credentials.base_url, &streaming.client).await?;
        let root = format!("/via/v3/organizations/{}/streaming", credentials.tenant.org_id);
        let (base_url, api_key) = (credentials.base_url.clone(), streaming.api_key.clone());
        Ok(Self { http, base_url, root, token, api_key })
    }

    /// Opens a session as [`opening`] says, and gives its id.
    pub async fn open_session(&self, opening: &str) -> Result<String, LoadError> {
        let request = self.http.post(self.url("session")).header("content-type", "application/json");
        let request = self.signed(request).body(opening.to_owned());
        Ok(answer::<SessionAnswer>("open a session", request).await?.session_id)
    }

    /// Ends a session.
    pub async fn end_session(&self, session: &str) -> Result<(), LoadError> {
        let request = self.signed(self.http.delete(self.url("session")));
        done("end a session", request.header(SESSION, session)).await
    }

    /// The path of an operation, for requests that are made elsewhere.
    pub fn path(&self, operation: &str) -> String {
        format!("{}/{operation}", self.root)
    }

    /// The header lines that say who asks, for requests that are made elsewhere.
    pub fn header_lines(&self) -> String {
        format!("Authorization: Bearer {}\r\nx-api-key: {}\r\n", self.token, self.api_key)
    }

    fn url(&self, operation: &str) -> String {
        format!("{}{}", self.base_url, self.path(operation))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.token).header("x-api-key", &self.api_key)
    }
}

/// The header that names a session.
const SESSION: &str = "via-client-sessionid";

/// Whether a session hands out events again until they are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// It does.
    Required,
    /// Handing out removes.
    NotRequired,
}

/// The body with which a session is opened that hears one user's events and ends after so many seconds without a poll.
pub fn opening(user: &str, acknowledge: Acknowledge, inactivity_seconds: u16) -> String {
    let required = acknowledge == Acknowledge::Required;
    json!({"userId": user, "requireAcknowledgement": required, "inactivityDelay": inactivity_seconds})
        .to_string()
}

async fn token(http: &Client, base_url: &str, client: &ClientPart) -> Result<String, LoadError> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.client_id),
        ("client_secret", &client.client_secret),
    ];
    let request = http.post(format!("{base_url}/connect/token")).form(&form);
    Ok(answer::<TokenAnswer>("get a token", request).await?.access_token)
}

async fn answer<T: DeserializeOwned>(doing: &'static str, request: RequestBuilder) -> Result<T, LoadError> {
    accepted(doing, request).await?.json().await.map_err(|source| LoadError::Call { doing, source })
}

async fn done(doing: &'static str, request: RequestBuilder) -> Result<(), LoadError> {
    // Read to its end, so that the connection can be used again.
    let answer = accepted(doing, request).await?;
    answer.bytes().await.map(drop).map_err(|source| LoadError::Call { doing, source })
}

/// Calls until the server is not too busy any more, or has been for too often.
async fn accepted(doing: &'static str, request: RequestBuilder) -> Result<Response, LoadError> {
    let mut backoff = Backoff::new(Uuid::new_v4().as_u64_pair().0);
    let mut tries = MOST_TRIES;
    loop {
        // Bodies are all in memory, so that every request can be made again.
        let this_time = request.try_clone().ok_or(LoadError::OnlyOnce { doing })?;
        let answer = this_time.send().await.map_err(|source| LoadError::Call { doing, source })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        tries -= 1;
        if tries == 0 || !backoff::asks_to_wait(status.as_u16()) {
            let body = answer.text().await.unwrap_or_default();
            return Err(LoadError::Refused { doing, status, body });
        }
        let asked =
            answer.headers().get(RETRY_AFTER).and_then(|value| backoff::retry_after(value.as_bytes()));
        tokio::time::sleep(backoff.after(asked)).await;
    }
}

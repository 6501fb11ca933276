//! The control plane of one server, as one tenant's portal client calls it: a token, then calls, each within its
//! time. It knows of pages and refusals, and nothing about what is in an answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::connection::{Connection, Portal, PortalClient};
use super::error::{ControlError, Refusal};
use crate::calling::{Address, Answer, Authorization, CallError, Content, HttpClient};

/// Things on a page, as many as the server gives.
const PAGE_SIZE: usize = 100;

/// Bytes of an answer. A page of large teams has some hundred megabytes, and a list of commands is not paged; what is
/// larger is no answer but somebody who sends without end.
const MAX_ANSWER: usize = 1024 * 1024 * 1024;

/// The control plane of a server.
pub(super) struct ControlPlane {
    server: Server,
    token: String,
}

/// Who is asked.
struct Server {
    name: String,
    api: Address,
    patience: Duration,
}

impl ControlPlane {
    /// Gets a token for the control plane with the credentials that `connection` names, or else those in `data`.
    pub(super) async fn open(connection: &Connection, data: &Path) -> Result<Self, ControlError> {
        let Portal { server, client: PortalClient { client_id, client_secret } } = connection.portal(data)?;
        let api = Address::new(Arc::new(HttpClient::default()), &server);
        let server =
            Server { name: server, api: api.with_answers_up_to(MAX_ANSWER), patience: connection.patience() };
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret.as_str()),
        ];
        let content = Content::Form(&form);
        let answer = server.asked(Method::POST, "/connect/token", Authorization::None, content).await?;
        let reply = answer.json().map_err(|_| server.odd("a token was asked for"))?;
        let token = reply.text("/access_token").ok_or_else(|| server.odd("there is no access_token"))?;
        Ok(Self { token: token.to_owned(), server })
    }

    /// What is at a path.
    pub(super) async fn get(&self, path: &str) -> Result<Value, ControlError> {
        self.json(Method::GET, path, Content::None).await
    }

    /// Makes a thing, and gives it as the server has it then.
    pub(super) async fn create(&self, path: &str, body: Map<String, Value>) -> Result<Value, ControlError> {
        self.json(Method::POST, path, Content::Json(&Value::Object(body).to_string())).await
    }

    /// Deletes what is at a path.
    pub(super) async fn delete(&self, path: &str) -> Result<(), ControlError> {
        self.asked(Method::DELETE, path, Content::None).await.map(drop)
    }

    /// All pages of the list at a path, as if they had been one.
    pub(super) async fn pages(&self, path: &str) -> Result<Value, ControlError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut whole = Value::Null;
        for number in 0.. {
            let page = format!("{path}{separator}pageNumber={number}&pageSize={PAGE_SIZE}");
            let mut page = self.get(&page).await?;
            let total = page["total"].as_u64().ok_or_else(|| self.server.odd("a page has no total"))?;
            let results = page["results"].as_array_mut();
            let results = results.ok_or_else(|| self.server.odd("a page has no results"))?;
            let is_last = results.len() < PAGE_SIZE || PAGE_SIZE as u64 * (number + 1) >= total;
            if number == 0 {
                whole = page;
            } else {
                let more = std::mem::take(results);
                join(&mut whole, more, total);
            }
            if is_last {
                break;
            }
        }
        Ok(whole)
    }

    /// The error of a server that answers with what nobody understands.
    pub(super) fn odd(&self, what: &str) -> ControlError {
        self.server.odd(what)
    }

    async fn json(&self, method: Method, path: &str, content: Content<'_>) -> Result<Value, ControlError> {
        let answer = self.asked(method, path, content).await?;
        Ok(answer.json().map_err(|error| self.server.odd(&error.to_string()))?.body)
    }

    async fn asked(&self, method: Method, path: &str, content: Content<'_>) -> Result<Answer, ControlError> {
        self.server.asked(method, path, Authorization::Bearer(&self.token), content).await
    }
}

/// Puts what is on a later page behind what was on those before it.
fn join(whole: &mut Value, more: Vec<Value>, total: u64) {
    let results = whole["results"].as_array_mut().expect("the first page was taken with its results");
    results.extend(more);
    let size = results.len();
    whole["pageSize"] = size.into();
    whole["total"] = total.into();
}

impl Server {
    async fn asked(
        &self,
        method: Method,
        path: &str,
        caller: Authorization<'_>,
        content: Content<'_>,
    ) -> Result<Answer, ControlError> {
        let call = timeout(self.patience, self.api.send(method, path, caller, content)).await;
        let call = call.map_err(|_| self.late())?;
        let answer = call.map_err(|source| self.unreachable(source))?;
        if answer.status.is_success() { Ok(answer) } else { Err(Refusal::of(&answer).into()) }
    }

    fn late(&self) -> ControlError {
        ControlError::TimedOut { server: self.name.clone(), seconds: self.patience.as_secs() }
    }

    fn unreachable(&self, source: CallError) -> ControlError {
        ControlError::Unreachable { server: self.name.clone(), source }
    }

    fn odd(&self, what: &str) -> ControlError {
        ControlError::Unexpected { server: self.name.clone(), what: what.to_owned() }
    }
}

//! Asking plug-ins: a question goes out signed, and an answer has to come in time and be JSON. It must not know what
//! is asked, what an answer means, or what becomes of an activity without one.

use hyper::StatusCode;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::calling::signature::Signed;
use crate::calling::{Authorities, AuthoritiesError, CallError, CallSettings, GuardedClient, Reach};
use crate::config;
use crate::domain::clock::Millis;
use crate::domain::stage::Plugin;
use crate::pipeline::{AskError, AskPlugin, Question};

/// Connections that are kept for one plug-in while it is not asked.
const KEPT_PER_HOST: usize = 16;

/// Asks plug-ins over the web.
pub struct Plugins {
    client: GuardedClient,
    max_answer: usize,
}

impl Plugins {
    /// Nothing is connected before something is asked.
    ///
    /// # Errors
    /// When the file of those who vouch for plug-ins cannot be used.
    pub fn new(config: &config::Plugins) -> Result<Self, AuthoritiesError> {
        let reach = Reach { private: config.allow_private, plain_http: config.allow_http };
        let trusted = config.ca_file.as_deref().map(Authorities::of_file).transpose()?.unwrap_or_default();
        let client = GuardedClient::new(CallSettings {
            reach,
            trusted,
            look_ups_at_once: config.look_ups_at_once,
            kept_per_host: KEPT_PER_HOST,
            redirects: 0,
        });
        Ok(Self { client, max_answer: config.max_answer_bytes })
    }
}

#[async_trait::async_trait]
impl AskPlugin for Plugins {
    async fn ask(
        &self,
        plugin: &Plugin,
        question: Question,
        now: Millis,
    ) -> Result<Map<String, Value>, AskError> {
        let signed = Signed { id: &question.id, at: now, body: question.body.as_bytes() };
        let headers = signed.headers(&plugin.keys, &[]);
        let Question { tenant, body, .. } = question;
        let call = self.client.post(tenant, &plugin.url, headers, body.into(), self.max_answer);
        let answer = timeout(plugin.timeout, call).await.map_err(|_| AskError::TooLate)?;
        let answer = answer.map_err(|error| match error {
            CallError::Answer(_) => AskError::NoAnswer(Box::new(error)),
            other => AskError::NoConnection(Box::new(other)),
        })?;
        match answer.status {
            StatusCode::NO_CONTENT => Ok(Map::new()),
            StatusCode::OK if answer.bytes.is_empty() => Ok(Map::new()),
            StatusCode::OK => serde_json::from_slice(&answer.bytes).map_err(|_| AskError::NotAnObject),
            status => Err(AskError::Refused { status: status.as_u16() }),
        }
    }
}

//! Calls of webhooks over the web. It must not know what becomes of an outcome, nor when a call is made.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::call::{Call, Outcome, Post};
use super::{retry_after, signing};
use crate::calling::{
    Answering, Authorities, AuthoritiesError, CallError, CallSettings, GuardedClient, Reach,
};
use crate::config;

/// Posts what is delivered, all endpoints by one client.
pub struct WebhookPost {
    client: GuardedClient,
    timeout: Duration,
    max_answer: usize,
}

impl WebhookPost {
    /// Nothing is connected before something is posted.
    ///
    /// # Errors
    /// When the file of those who vouch for endpoints cannot be used.
    pub fn new(config: &config::Webhooks) -> Result<Self, AuthoritiesError> {
        let client = GuardedClient::new(CallSettings {
            reach: Reach { private: config.allow_private, plain_http: config.allow_http },
            trusted: config.ca_file.as_deref().map(Authorities::of_file).transpose()?.unwrap_or_default(),
            look_ups_at_once: config.look_ups_at_once,
            kept_per_host: config.kept_connections,
            redirects: config.redirects,
        });
        Ok(Self { client, timeout: config.timeout, max_answer: config.max_answer_bytes })
    }

    /// Asks something, signed like a call that brings something; the body of a good answer.
    ///
    /// # Errors
    /// Why there is none, for people.
    pub async fn ask(&self, call: Call) -> Result<Bytes, String> {
        let headers = signing::headers(&call);
        let asked = self.client.post(call.tenant, &call.target.url, headers, call.body, self.max_answer);
        match timeout_at(Instant::now() + self.timeout, asked).await {
            Ok(Ok(answer)) if answer.status.is_success() => Ok(answer.bytes),
            Ok(Ok(answer)) => Err(format!("it answered with status {}", answer.status.as_u16())),
            Ok(Err(error)) => Err(error.reason()),
            Err(_) => Err("no answer came in time".to_owned()),
        }
    }

    /// The beginning of an answer is the outcome. What follows it is read within the time of the call, for the sake
    /// of the connection alone.
    async fn outcome(&self, call: Call, until: Instant) -> Outcome {
        let (headers, at) = (signing::headers(&call), call.at);
        let answering = self.client.send(call.tenant, &call.target.url, headers, call.body);
        match timeout_at(until, answering).await {
            Ok(Ok(answer)) => {
                let outcome = answered(&answer, at);
                // An answer that does not end in time has been given all the same.
                drop(timeout_at(until, answer.pass_over(self.max_answer)).await);
                outcome
            }
            Ok(Err(error)) => failed(&error),
            Err(_) => unanswered("no answer came in time"),
        }
    }
}

#[async_trait]
impl Post for WebhookPost {
    async fn post(&self, call: Call) -> Outcome {
        let began = Instant::now();
        let outcome = self.outcome(call, began + self.timeout).await;
        Outcome { duration: began.elapsed(), ..outcome }
    }
}

fn answered(answer: &Answering, at: crate::domain::clock::Millis) -> Outcome {
    let status = answer.status();
    let retry_after = if status.is_success() { None } else { retry_after::asked(answer.headers(), at) };
    Outcome { status: Some(status.as_u16()), retry_after, ..Outcome::default() }
}

fn failed(error: &CallError) -> Outcome {
    unanswered(error.reason())
}

fn unanswered(reason: impl Into<String>) -> Outcome {
    Outcome { error: Some(reason.into()), ..Outcome::default() }
}

#[cfg(test)]
mod tests;

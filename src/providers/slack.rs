//! Slack's Web API: exchanging the code of an installation for the tokens of a team (OAuth 2.0, version 2).
//! It must not know integrations.

use std::time::Duration;

use serde_json::Value;

use super::error::{ProviderError, ProviderName};
use crate::calling::{Address, Authorization, Reply};
use crate::config::SlackApplication;
use crate::domain::confidential::Confidential;
use crate::domain::integration::SlackTeam;

const SLACK: ProviderName = ProviderName::Slack;

/// The channel that every team begins with.
const FIRST_CHANNEL: &str = "general";

/// Errors that are about our application, whatever the code.
const ABOUT_US: [&str; 4] =
    ["invalid_client_id", "bad_client_secret", "bad_redirect_uri", "oauth_authorization_url_mismatch"];

/// Errors that are about nobody: asking later may help.
const ABOUT_SLACK: [&str; 5] =
    ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"];

/// Slack's API, and what we are there.
pub(super) struct Slack {
    pub(super) api: Address,
    pub(super) patience: Duration,
    pub(super) application: SlackApplication,
}

impl Slack {
    /// The team whose installation gave the code.
    pub(super) async fn team(&self, code: &Confidential) -> Result<SlackTeam, ProviderError> {
        let SlackApplication { client_id, client_secret, redirect_url } = &self.application;
        let given = |(_, value): &(&str, &str)| !value.is_empty();
        let form: Vec<_> = [
            ("code", code.expose()),
            ("client_id", client_id),
            ("client_secret", client_secret),
            ("redirect_uri", redirect_url),
        ]
        .into_iter()
        .filter(given)
        .collect();
        let installed = self.call("/oauth.v2.access", Authorization::None, &form).await?;
        let token = installed.text("/access_token").ok_or_else(|| SLACK.incomplete("access_token"))?;
        // The exchange names the bot's user only.
        let bot = self.call("/auth.test", Authorization::Bearer(token), &[]).await?;
        let team_id = installed.text("/team/id").ok_or_else(|| SLACK.incomplete("team"))?;
        let channel = installed.text("/incoming_webhook/channel").unwrap_or(FIRST_CHANNEL);
        Ok(SlackTeam {
            bot_access_token: token.into(),
            app_access_token: installed.text("/authed_user/access_token").map(Confidential::from),
            default_public_channel: channel.trim_start_matches('#').to_owned(),
            team_id: team_id.to_owned(),
            bot_name: bot.text("/user").ok_or_else(|| SLACK.incomplete("user"))?.to_owned(),
        })
    }

    async fn call(
        &self,
        method: &str,
        caller: Authorization<'_>,
        form: &[(&str, &str)],
    ) -> Result<Reply, ProviderError> {
        let reply = self.api.post(method, caller, form).await.map_err(|error| SLACK.unreached(error))?;
        check(&reply)?;
        Ok(reply)
    }
}

/// Slack says in the body whether a call went well, and answers 200 either way.
fn check(reply: &Reply) -> Result<(), ProviderError> {
    if reply.status.as_u16() != 200 {
        return Err(SLACK.failed(format!("status {}", reply.status)));
    }
    match (reply.body.get("ok"), reply.text("/error")) {
        (Some(Value::Bool(true)), _) => Ok(()),
        (_, None) => Err(SLACK.incomplete("error")),
        (_, Some(error)) if ABOUT_US.contains(&error) => {
            Err(ProviderError::NotSetUp { provider: SLACK, said: error.to_owned() })
        }
        (_, Some(error)) if ABOUT_SLACK.contains(&error) => Err(SLACK.failed(error)),
        (_, Some(error)) => Err(SLACK.refused(&["code"], error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::testing::{outcome, reply};

    #[test]
    fn a_refusal_is_blamed_on_the_code_on_us_or_on_nobody() {
        for (error, told) in [
            ("invalid_code", "refused code"),
            ("code_already_used", "refused code"),
            ("bad_client_secret", "not set up"),
            ("invalid_client_id", "not set up"),
            ("internal_error", "failed"),
            ("ratelimited", "failed"),
        ] {
            assert_eq!(outcome(check(&reply(200, json!({"ok": false, "error": error})))), told, "{error}");
        }
    }

    #[test]
    fn what_is_not_an_answer_of_slack_is_a_failure() {
        assert!(check(&reply(200, json!({"ok": true}))).is_ok());
        for answer in
            [reply(200, json!({})), reply(200, json!({"ok": "true"})), reply(503, json!({"ok": true}))]
        {
            assert_eq!(outcome(check(&answer)), "failed");
        }
    }
}

//! Facebook's Graph API: whose a page access token is. It must not know integrations.

use std::time::Duration;

use form_urlencoded::Serializer;
use serde_json::Value;

use super::error::{ProviderError, ProviderName};
use crate::calling::{Address, Authorization, Reply};
use crate::domain::confidential::Confidential;
use crate::domain::integration::MessengerPage;

const MESSENGER: ProviderName = ProviderName::Messenger;

/// Error codes of the Graph API that blame nothing on the token: unknown and temporary failures, and limits of calls.
const NOT_ABOUT_THE_TOKEN: [i64; 6] = [1, 2, 4, 17, 32, 613];

/// The Graph API.
pub(super) struct Messenger {
    pub(super) api: Address,
    pub(super) patience: Duration,
}

impl Messenger {
    /// The page of a token, and the application that the token was made for.
    pub(super) async fn page(&self, token: Confidential) -> Result<MessengerPage, ProviderError> {
        let page_id = self.id_of("/me", "id,name", &token).await?;
        let app_id = self.id_of("/app", "id", &token).await?;
        Ok(MessengerPage { app_id, page_id, page_access_token: token })
    }

    async fn id_of(&self, path: &str, fields: &str, token: &Confidential) -> Result<String, ProviderError> {
        let query = Serializer::new(String::new())
            .append_pair("fields", fields)
            .append_pair("access_token", token.expose())
            .finish();
        let reply = self.api.get(&format!("{path}?{query}"), Authorization::None).await;
        read(&reply.map_err(|error| MESSENGER.unreached(error))?)
    }
}

fn read(reply: &Reply) -> Result<String, ProviderError> {
    let code = reply.body.pointer("/error/code").and_then(Value::as_i64);
    let is_about_the_token = code.is_none_or(|code| !NOT_ABOUT_THE_TOKEN.contains(&code));
    match reply.status.as_u16() {
        200 => reply.text("/id").map(str::to_owned).ok_or_else(|| MESSENGER.incomplete("id")),
        400 | 401 | 403 if is_about_the_token => {
            Err(MESSENGER.refused(&["pageAccessToken"], reply.text("/error/message").unwrap_or_default()))
        }
        other => Err(MESSENGER.failed(format!("status {other}, code {}", code.unwrap_or_default()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::testing::{outcome, reply};

    #[test]
    fn an_id_is_read() {
        assert_eq!(read(&reply(200, json!({"id": "1013", "name": "Biz"}))).unwrap(), "1013");
    }

    #[test]
    fn a_bad_token_is_refused_and_a_bad_day_is_not_blamed_on_it() {
        for (status, code, told) in [
            (400, 190, "refused pageAccessToken"),
            (403, 200, "refused pageAccessToken"),
            (400, 4, "failed"),
            (400, 613, "failed"),
            (500, 1, "failed"),
            (404, 803, "failed"),
        ] {
            let answer = reply(status, json!({"error": {"message": "no", "code": code}}));
            assert_eq!(outcome(read(&answer)), told, "{status} {code}");
        }
        assert_eq!(outcome(read(&reply(200, json!({"id": 1013})))), "failed");
        assert_eq!(outcome(read(&reply(400, json!([])))), "refused pageAccessToken");
    }
}

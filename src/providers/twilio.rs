//! Twilio's REST API: looking a phone number up (resource IncomingPhoneNumbers). It must not know integrations.

use std::time::Duration;

use serde_json::Value;

use super::error::{ProviderError, ProviderName};
use crate::calling::{Address, Authorization, Reply, segment};
use crate::domain::confidential::Confidential;
use crate::domain::integration::{Capabilities, TwilioNumber};

const TWILIO: ProviderName = ProviderName::Twilio;

/// Twilio's API.
pub(super) struct Twilio {
    pub(super) api: Address,
    pub(super) patience: Duration,
}

impl Twilio {
    /// The phone number of that SID.
    pub(super) async fn number(
        &self,
        account_sid: String,
        auth_token: Confidential,
        number_sid: String,
    ) -> Result<TwilioNumber, ProviderError> {
        let (account, number) = (segment(&account_sid), segment(&number_sid));
        let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{number}.json");
        let caller = Authorization::Basic(&account_sid, auth_token.expose());
        let reply = self.api.get(&path, caller).await.map_err(|error| TWILIO.unreached(error))?;
        let (phone_number, capabilities) = read(&reply)?;
        Ok(TwilioNumber { account_sid, auth_token, number_sid, phone_number, capabilities })
    }
}

/// The number and what it can do.
fn read(reply: &Reply) -> Result<(String, Capabilities), ProviderError> {
    let said = reply.text("/message").unwrap_or_default();
    match reply.status.as_u16() {
        200 => {}
        400 => return Err(TWILIO.refused(&["accountSid", "numberSid"], said)),
        401 | 403 => return Err(TWILIO.refused(&["accountSid", "authToken"], said)),
        404 => return Err(TWILIO.refused(&["numberSid"], said)),
        other => return Err(TWILIO.failed(format!("status {other}"))),
    }
    let number = reply.text("/phone_number").ok_or_else(|| TWILIO.incomplete("phone_number"))?;
    Ok((number.to_owned(), capabilities(reply.body.get("capabilities"))))
}

/// Older versions of the API write some of the names in capitals.
fn capabilities(value: Option<&Value>) -> Capabilities {
    let can = |name: &str| {
        let members = value.and_then(Value::as_object).into_iter().flatten();
        members.filter(|(key, _)| key.eq_ignore_ascii_case(name)).any(|(_, can)| can == &Value::Bool(true))
    };
    Capabilities { mms: can("mms"), sms: can("sms"), voice: can("voice") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::testing::{outcome, reply};

    #[test]
    fn a_number_is_read_with_what_it_can_do() {
        let capabilities = json!({"SMS": true, "mms": true, "voice": false, "fax": true});
        let found =
            read(&reply(200, json!({"phone_number": "+1647", "capabilities": capabilities}))).unwrap();
        assert_eq!(found, ("+1647".to_owned(), Capabilities { sms: true, mms: true, voice: false }));
    }

    #[test]
    fn each_refusal_names_what_was_refused() {
        for (status, properties) in [
            (401, "refused accountSid authToken"),
            (403, "refused accountSid authToken"),
            (404, "refused numberSid"),
            (400, "refused accountSid numberSid"),
            (429, "failed"),
            (500, "failed"),
            (302, "failed"),
        ] {
            let told = outcome(read(&reply(status, json!({"code": 20003, "message": "Authenticate"}))));
            assert_eq!(told, properties, "{status}");
        }
        assert_eq!(outcome(read(&reply(200, json!({"phone_number": 5})))), "failed");
    }
}

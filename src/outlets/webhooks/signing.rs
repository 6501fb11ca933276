//! What stands above the body of a webhook (platform documentation §6.3), its signature among it. It must not know
//! how calls are made.

use std::fmt::Display;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use super::call::Call;
use super::target::Signing;
use crate::calling::signature::{Signed, VERIFY_TOKEN};
use crate::domain::confidential::Confidential;
use crate::domain::delivery::Endpoint;
use crate::domain::ids::{ConversationId, DeliveryId, HubId};

/// Who sends it; receivers expect the platform's documented name.
const SOURCE: HeaderName = HeaderName::from_static("x-source-system");
const SOURCE_NAME: HeaderValue = HeaderValue::from_static("engine.hubster.io");
const HUB: HeaderName = HeaderName::from_static("x-hub-id");
const INTEGRATION: HeaderName = HeaderName::from_static("x-integration-id");
const CONVERSATION: HeaderName = HeaderName::from_static("x-conversation-id");

/// The headers of a call.
pub(super) fn headers(call: &Call) -> HeaderMap {
    let signed = Signed { id: &repetition(call.first, call.count), at: call.at, body: &call.body };
    let mut headers = match &*call.target.signing {
        Signing::Keys { present, former } => signed.headers(present, former),
        Signing::Token(token) => {
            let mut headers = signed.standard_headers(token.expose());
            headers.insert(VERIFY_TOKEN, of_token(token));
            headers
        }
    };
    headers.insert(SOURCE, SOURCE_NAME);
    // What back ends hear of a customer may belong to no conversation.
    if call.hub != HubId::NONE {
        headers.insert(HUB, id(call.hub));
    }
    if let Endpoint::Integration(integration) = call.endpoint {
        headers.insert(INTEGRATION, id(integration));
    }
    if call.conversation != ConversationId::NONE {
        headers.insert(CONVERSATION, id(call.conversation));
    }
    headers
}

/// What tells a repetition: the id of the delivery, and of several together the first one's with their number.
fn repetition(first: DeliveryId, count: usize) -> String {
    if count == 1 { first.to_string() } else { format!("{first}_{count}") }
}

fn of_token(token: &Confidential) -> HeaderValue {
    let mut value = HeaderValue::try_from(token.expose()).expect("tokens are made of letters and digits");
    value.set_sensitive(true);
    value
}

fn id(id: impl Display) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).expect("digits and dashes stand in headers")
}

#[cfg(test)]
mod tests {
    use crate::calling::signature::{ID, PUBLIC_KEY, STANDARD_SIGNATURE, TIMESTAMP, Verifier};
    use crate::outlets::webhooks::testing::{call, pair};

    use super::*;

    fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
        headers[name].to_str().unwrap()
    }

    #[test]
    fn a_call_says_where_it_comes_from_and_is_signed_with_the_keys_in_force() {
        let call = call("https://receiver.example/in");
        let headers = headers(&call);
        let Endpoint::Integration(integration) = &call.endpoint else { unreachable!("it is one") };
        assert_eq!(text(&headers, &SOURCE), "engine.hubster.io");
        assert_eq!(text(&headers, &HUB), call.hub.to_string());
        assert_eq!(text(&headers, &INTEGRATION), integration.to_string());
        assert_eq!(text(&headers, &CONVERSATION), call.conversation.to_string());
        assert_eq!((text(&headers, &PUBLIC_KEY), text(&headers, &TIMESTAMP)), ("present", "1700000000"));
        let verifier = Verifier::of_private_key(&pair("present").private);
        assert!(verifier.verifies_body(&headers, &call.body));
        assert!(verifier.verifies_standard(&headers, &call.body));
        let former = Verifier::of_private_key(&pair("former").private);
        assert!(!former.verifies_body(&headers, &call.body));
        assert!(former.verifies_standard(&headers, &call.body), "{}", text(&headers, &STANDARD_SIGNATURE));
    }

    #[test]
    fn what_belongs_to_no_conversation_names_none() {
        let call = Call { hub: HubId::NONE, conversation: ConversationId::NONE, ..call("https://a.example") };
        let headers = headers(&call);
        assert!(!headers.contains_key(&HUB) && !headers.contains_key(&CONVERSATION));
    }

    #[test]
    fn a_repetition_has_the_same_id_and_another_batch_another() {
        let mut call = call("https://receiver.example/in");
        let id = |call: &Call| text(&headers(call), &ID).to_owned();
        assert_eq!(id(&call), call.first.to_string());
        let first = (id(&call), headers(&call)[&STANDARD_SIGNATURE].clone());
        call.at = call.at.plus(std::time::Duration::from_secs(120));
        assert_eq!(id(&call), first.0);
        assert_ne!(headers(&call)[&STANDARD_SIGNATURE], first.1, "the moment is signed, too");
        call.count = 3;
        assert_eq!(id(&call), format!("{}_3", call.first));
    }
}

//! What the caller is told when a provider gives no account. Nothing was created then.

use axum::http::StatusCode;

use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Code, Family, Problem, Problems};
use crate::providers::{ProviderError, ProviderName};

/// When a provider may be asked again that failed or was not reached: most such failures are over by then.
const RETRY_AFTER_SECONDS: u64 = 10;

/// Credentials that the provider refuses are the caller's to put right (400, each property named). What the
/// provider or the operator has to put right is 503, and a provider that takes too long is 408, as documented.
pub(super) fn provider_refused(error: ProviderError) -> Problems {
    match error {
        ProviderError::Refused { provider, properties, said } => credentials(provider, properties, &said),
        ProviderError::TimedOut(provider) => {
            let code = shared::TIMED_OUT.in_family(Family::Portal);
            Problems::one(code, format!("{provider} did not answer in time."))
        }
        ProviderError::Failed { provider, .. } => {
            unavailable(format!("{provider} failed.")).retry_after(RETRY_AFTER_SECONDS)
        }
        ProviderError::Unreachable { provider, .. } => {
            unavailable(format!("{provider} cannot be reached.")).retry_after(RETRY_AFTER_SECONDS)
        }
        ProviderError::NotSetUp { provider, .. } => unavailable(format!(
            "{provider} does not accept this broker: its operator has to set it up there."
        )),
    }
}

fn credentials(provider: ProviderName, properties: &[&str], said: &str) -> Problems {
    let said = said.trim_end_matches('.');
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    let of = |property: &&str| {
        let text = format!("Property 'configuration.{property}' was refused by {provider}{because}.");
        Problem::new(prt::NOT_SUPPORTED, text)
    };
    Problems::all(properties.iter().map(of)).expect("a provider refuses at least one property")
}

fn unavailable(text: String) -> Problems {
    Problems::one(Code::of_status(StatusCode::SERVICE_UNAVAILABLE), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: ProviderError) -> (u16, Vec<String>) {
        let problems = provider_refused(error);
        (problems.status().as_u16(), problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_refused_property_is_named_with_the_providers_words() {
        let provider = ProviderName::Twilio;
        let properties = &["accountSid", "authToken"];
        let refused = ProviderError::Refused { provider, properties, said: "Authenticate.".to_owned() };
        let texts = [
            "Property 'configuration.accountSid' was refused by Twilio: Authenticate. (code: PRT000303)",
            "Property 'configuration.authToken' was refused by Twilio: Authenticate. (code: PRT000303)",
        ];
        assert_eq!(told(refused), (400, texts.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_is_not_the_callers_fault_is_not_a_bad_request() {
        let provider = ProviderName::Slack;
        let (status, texts) = told(ProviderError::TimedOut(provider));
        assert_eq!((status, texts[0].as_str()), (408, "Slack did not answer in time. (code: PRT000108)"));
        assert_eq!(told(ProviderError::Failed { provider, reason: "x".to_owned() }).0, 503);
        assert_eq!(told(ProviderError::NotSetUp { provider, said: "x".to_owned() }).0, 503);
    }
}

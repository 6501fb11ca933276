//! `message/send`: a business says something to a contact, who may never have written (messaging reference, Send
//! Message). It reads what is asked for, all faults at once, and tells the receipt; it must not know how anything is
//! said.

mod buttons;
mod cards;
mod content;
mod recipient;
mod template;

use axum::extract::State;
use serde_json::{Map, Value, json};

use self::content::Says;
use self::recipient::Recipient;
use self::template::{Addressed, Filling};
use super::body::JsonObject;
use super::caller::Caller;
use super::contacts::not_kept;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::fields::Fields;
use super::ids::Contact;
use crate::api::state::ApiState;
use crate::domain::ids::InteractionId;
use crate::pipeline::{BusinessSays, EngineError, Establish, Shown, checked_message, enrich};

pub(super) use self::content::TYPES;

/// As the reference names the body.
pub(super) const BODY: &str = "OutBoundMsg";

/// Sends a message.
pub(super) async fn send(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(BODY, &body);
    let channel = recipient::channel(&mut fields, &state.registry, caller.tenant);
    let recipient = Recipient::read(&mut fields, channel.as_ref(), &state.registry, caller.tenant);
    let customer = match &recipient {
        Some(Recipient { contact, .. }) => {
            let integration = contact.channel.integration.id;
            Some(state.engine.customer(caller.tenant, integration, &contact.csid).await?)
        }
        None => None,
    };
    let addressed = match (&recipient, &customer) {
        (Some(recipient), Some(customer)) => Some(Addressed { lang: &customer.lang, name: &recipient.name }),
        _ => None,
    };
    let limits = &state.config.messaging;
    let filling = Filling {
        registry: &state.registry,
        tenant: caller.tenant,
        channel: channel.as_ref(),
        addressed,
        most_bytes: limits.filled_bytes,
    };
    let says = content::read(&mut fields, limits.buttons_per_message, |fields, buttons| {
        template::read(fields, &filling, buttons)
    });
    let masked = fields.boolean("mask").unwrap_or(false);
    let is_refused = customer.as_ref().is_some_and(|customer| customer.opted_out);
    if let Some(recipient) = recipient.as_ref().filter(|_| is_refused && says != Some(Says::OptIn)) {
        recipient.refuses(&mut fields);
    }
    fields.finish()?;
    // Whatever is missing was noted as a fault.
    let (Some(recipient), Some(says)) = (recipient, says) else {
        return Err(Refusal::Internal);
    };
    let id = match says {
        Says::OptIn | Says::OptOut => keep_preference(&state, &caller, &recipient, &says).await?,
        Says::Message(message) => {
            let message = platform_message(&message)?;
            let shown = if masked { Shown::Masked } else { Shown::ToAll };
            let says = BusinessSays { client: caller.client.clone(), message, shown };
            say(&state, &caller, &recipient, says).await?
        }
    };
    Ok(Answer::One(json!({"id": id})))
}

/// The message in the platform's own spelling, with what its links lead to.
fn platform_message(message: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut message = checked_message(message, "message").map_err(|faults| {
        tracing::warn!(?faults, "a message that was read well is not one of the platform");
        let rule = "names something that cannot be said in this way";
        Refusal::one(FieldFault::new(BODY, "type", FaultCode::InvalidValue, rule))
    })?;
    enrich(&mut message);
    Ok(message)
}

async fn say(
    state: &ApiState,
    caller: &Caller,
    recipient: &Recipient,
    says: BusinessSays,
) -> Result<InteractionId, Refusal> {
    let ask = Establish {
        integration: recipient.contact.channel.integration.id,
        binding: recipient.contact.csid.clone(),
        properties: recipient.properties(),
        visitor: None,
    };
    state.engine.say_for_business(caller.tenant, ask, says).await.map_err(|error| {
        let unavailable =
            |rule| Refusal::one(FieldFault::new(BODY, "channelId", FaultCode::Unavailable, rule));
        match error {
            EngineError::HubPaused => unavailable("names a channel of a hub that is paused"),
            EngineError::IntegrationPaused => unavailable("names a channel that is paused"),
            EngineError::TooManyHeld => unavailable("names a contact for whom too much waits to be said"),
            EngineError::IntegrationNotFound => unavailable("names a channel that is just gone"),
            other => other.into(),
        }
    })
}

/// Notes whether the contact wants messages. Nothing is said, and so nothing is heard of the receipt.
async fn keep_preference(
    state: &ApiState,
    caller: &Caller,
    recipient: &Recipient,
    says: &Says,
) -> Result<InteractionId, Refusal> {
    let Contact { channel, csid } = &recipient.contact;
    let integration = channel.integration.id;
    let wants_none = *says == Says::OptOut;
    state
        .engine
        .change_customer(caller.tenant, integration, csid, move |customer| customer.opted_out = wants_none)
        .await
        .map_err(|error| not_kept(BODY, error))?;
    Ok(InteractionId::new())
}

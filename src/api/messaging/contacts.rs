//! What contacts prefer (messaging reference, Contact Preferences).

use axum::extract::State;

use super::body::JsonObject;
use super::caller::Caller;
use super::contactable::render;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::events::{EventCode, about, place};
use super::fields::Fields;
use super::ids::{Contact, MAX_CONTACT_ID, NoContact};
use crate::api::state::ApiState;
use crate::domain::conversation::Properties;
use crate::domain::template::Language;
use crate::pipeline::TellError;

/// The body, as the reference calls it.
pub(super) const PREFS_UPDATE: &str = "ContactPrefsUpdate";

/// The longest language, in characters.
pub(super) const MAX_LANG: usize = 35;

/// Sets the language of a contact, whether or not it has ever written: templates are sent to it in that.
pub(super) async fn set_lang(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(PREFS_UPDATE, &body);
    let id = fields.required_text("contactId", MAX_CONTACT_ID);
    let lang = fields.required_text("lang", MAX_LANG);
    if lang.as_deref().is_some_and(|lang| Language::parse(lang).is_none()) {
        fields.fault("lang", FaultCode::InvalidValue, "must be a language, such as en or en_US");
    }
    fields.finish()?;
    // Whatever is missing was noted as a fault.
    let (Some(id), Some(lang)) = (id, lang) else { return Err(Refusal::Internal) };
    let contact = Contact::find(&state.registry, caller.tenant, &id).map_err(|error| {
        let (code, rule) = error.fault();
        let fault = FieldFault::new(PREFS_UPDATE, "contactId", code, rule);
        match error {
            NoContact::Missing => Refusal::Missing(Box::new(fault)),
            NoContact::Ambiguous => Refusal::one(fault),
        }
    })?;
    let integration = contact.channel.integration.id;
    state
        .engine
        .change_customer(caller.tenant, integration, &contact.csid, move |customer| customer.lang = lang)
        .await
        .map_err(|error| not_kept(PREFS_UPDATE, error))?;
    let open = state.engine.open_of(caller.tenant, integration, &contact.csid);
    let Some(conversation) = open.map(|live| live.head()) else {
        let contact = render(&contact, &Properties::new());
        return Ok(Answer::Compact(vec![about(
            EventCode::ContactPrefsUpdated,
            "",
            contact,
            Some(&caller.client),
        )]));
    };
    let standing = state.engine.standing(&conversation);
    let rendered = render(&contact, &conversation.properties);
    let mut event =
        about(EventCode::ContactPrefsUpdated, &conversation.id.to_string(), rendered, Some(&caller.client));
    place(&mut event, &conversation, &standing, &standing);
    Ok(Answer::Compact(vec![event]))
}

/// Why it was not kept what a contact prefers.
pub(super) fn not_kept(schema: &'static str, error: TellError) -> Refusal {
    match error {
        TellError::TooMany => {
            let rule = "is one more contact than preferences may be kept of";
            Refusal::one(FieldFault::new(schema, "", FaultCode::LimitReached, rule))
        }
        // Nothing is told of an event here.
        TellError::AnothersEvent => Refusal::Internal,
        TellError::Engine(error) => error.into(),
    }
}

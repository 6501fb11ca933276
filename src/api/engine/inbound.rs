//! Direct calls: an activity comes in (platform documentation §11.3).

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::api::ApiState;
use crate::api::caller::{ChatCaller, EngineCaller};
use crate::api::platform::{Direct, PathId, PlatformJson, Problems, engine_refused};
use crate::api::visitor::own_conversation;
use crate::domain::ids::ConversationId;
use crate::domain::json::JsonObject;
use crate::pipeline::{ActivityDraft, Door, Receipt};

/// What the sender is told.
pub(super) struct ReceiptOut(Receipt);

impl IntoResponse for ReceiptOut {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.text()).into_response()
    }
}

impl ReceiptOut {
    /// An event has no interaction.
    fn text(&self) -> String {
        const WITHOUT_REFERENCE: usize = 280;
        let Self(receipt) = self;
        let reference = receipt.external_id.as_deref();
        let mut text = String::with_capacity(WITHOUT_REFERENCE + reference.map_or(0, str::len));
        let mut object = JsonObject::begin(&mut text);
        object.number("status", 200);
        object.number("eventId", receipt.event_id);
        if let Some(reference) = reference {
            object.text("externalId", reference);
        }
        object.plain("hubId", receipt.hub);
        object.plain("conversationId", receipt.conversation);
        object.plain("integrationId", receipt.integration);
        if let Some(interaction) = receipt.interaction {
            object.plain("interactionId", interaction);
        }
        object.end();
        text
    }
}

pub(super) async fn from_customer(
    state: State<ApiState>,
    caller: EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    body: PlatformJson<Direct>,
) -> Result<ReceiptOut, Problems> {
    take(state, caller, conversation, Door::Customer, body).await
}

pub(super) async fn from_business(
    state: State<ApiState>,
    caller: EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    body: PlatformJson<Direct>,
) -> Result<ReceiptOut, Problems> {
    take(state, caller, conversation, Door::Business, body).await
}

/// A visitor of a web chat speaks, as the customer of its own conversation; a client of the tenant may speak for one.
pub(super) async fn from_web_chat(
    State(state): State<ApiState>,
    ChatCaller(caller): ChatCaller,
    conversation: PathId<Direct, ConversationId>,
    body: PlatformJson<Direct>,
) -> Result<ReceiptOut, Problems> {
    let mut draft = ActivityDraft::from_body(&body.object).map_err(Problems::of_faults::<Direct>)?;
    if let Some(visitor) = caller.visitor {
        let own = own_conversation(&state, &caller, conversation.id).await;
        own.map_err(engine_refused::<Direct>)?;
        draft = draft.said_by(visitor.integration).map_err(engine_refused::<Direct>)?;
    }
    let receipt = state.engine.submit(caller.tenant, conversation.id, Door::Customer, draft).await;
    receipt.map(ReceiptOut).map_err(engine_refused::<Direct>)
}

async fn take(
    State(state): State<ApiState>,
    EngineCaller(caller): EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    door: Door,
    body: PlatformJson<Direct>,
) -> Result<ReceiptOut, Problems> {
    let draft = ActivityDraft::from_body(&body.object).map_err(Problems::of_faults::<Direct>)?;
    let receipt = state.engine.submit(caller.tenant, conversation.id, door, draft).await;
    receipt.map(ReceiptOut).map_err(engine_refused::<Direct>)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::ids::{HubId, IntegrationId, InteractionId};

    #[test]
    fn a_receipt_names_the_interaction_and_the_reference_where_there_are_some() {
        let event = Receipt {
            event_id: 1,
            external_id: None,
            hub: HubId::new(),
            conversation: ConversationId::new(),
            integration: IntegrationId::new(),
            interaction: None,
        };
        let interaction = InteractionId::new();
        let message = Receipt { external_id: Some("\"".to_owned()), interaction: Some(interaction), ..event };
        let read = |receipt| serde_json::from_str::<Value>(&ReceiptOut(receipt).text()).unwrap();
        let members =
            |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(members(&read(event)), "status eventId hubId conversationId integrationId");
        let value = read(message);
        assert_eq!(
            members(&value),
            "status eventId externalId hubId conversationId integrationId interactionId"
        );
        assert_eq!(value["status"], 200);
        assert_eq!(value["externalId"], "\"");
        assert_eq!(value["interactionId"], interaction.to_string());
    }
}

//! Direct calls: an activity comes in (platform documentation §11.3).

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::api::ApiState;
use crate::api::caller::EngineCaller;
use crate::api::platform::{Direct, PathId, PlatformJson, Problems, engine_refused};
use crate::domain::ids::{ConversationId, HubId, IntegrationId, InteractionId};
use crate::pipeline::{ActivityDraft, Door, Receipt};

/// What the sender is told. An event has no interaction.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceiptOut {
    status: u16,
    event_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    hub_id: HubId,
    conversation_id: ConversationId,
    integration_id: IntegrationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction_id: Option<InteractionId>,
}

impl From<Receipt> for ReceiptOut {
    fn from(receipt: Receipt) -> Self {
        Self {
            status: 200,
            event_id: receipt.event_id,
            external_id: receipt.external_id,
            hub_id: receipt.hub,
            conversation_id: receipt.conversation,
            integration_id: receipt.integration,
            interaction_id: receipt.interaction,
        }
    }
}

pub(super) async fn from_customer(
    state: State<ApiState>,
    caller: EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    body: PlatformJson<Direct>,
) -> Result<Json<ReceiptOut>, Problems> {
    take(state, caller, conversation, Door::Customer, body).await
}

pub(super) async fn from_business(
    state: State<ApiState>,
    caller: EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    body: PlatformJson<Direct>,
) -> Result<Json<ReceiptOut>, Problems> {
    take(state, caller, conversation, Door::Business, body).await
}

async fn take(
    State(state): State<ApiState>,
    EngineCaller(caller): EngineCaller,
    conversation: PathId<Direct, ConversationId>,
    door: Door,
    body: PlatformJson<Direct>,
) -> Result<Json<ReceiptOut>, Problems> {
    let draft = ActivityDraft::from_body(&body.object).map_err(Problems::of_faults::<Direct>)?;
    let receipt = state.engine.submit(caller.tenant, conversation.id, door, draft).await;
    receipt.map(|receipt| Json(receipt.into())).map_err(engine_refused::<Direct>)
}

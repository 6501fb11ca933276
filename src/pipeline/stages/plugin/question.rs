//! What a plug-in is asked: an activity as readers will see it, less what it gets on its way, and its conversation.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Question;
use crate::domain::activity::Content;
use crate::domain::ids::{ConversationId, HubId, IntegrationId, TenantId};
use crate::pipeline::encode::utc;
use crate::pipeline::stages::passing::Passing;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: &'a str,
    /// When it was said.
    date_time: String,
    hub_id: HubId,
    tenant_id: TenantId,
    integration_id: IntegrationId,
    conversation_id: ConversationId,
    conversation_properties: &'a Map<String, Value>,
    /// What the stages before found out.
    tags: &'a Map<String, Value>,
    activity: Activity<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Activity<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    sender: Sender,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sender {
    integration_id: IntegrationId,
    integration_type: &'static str,
    channel_type: &'static str,
}

/// The question about an activity.
pub(super) fn about(activity: &mut Passing<'_>) -> Question {
    let id = activity.id().to_string();
    let (hub_id, tenant_id, integration_id, conversation_id, properties) = activity
        .with_head(|head| (head.hub, head.tenant, head.integration, head.id, head.properties.clone()));
    let draft = &activity.draft;
    let (kind, message, event) = match &draft.content {
        Content::Message(message) => ("message", Some(message), None),
        Content::Event(event) => ("event", None, Some(event)),
    };
    let sender = Sender {
        integration_id: activity.sender.id,
        integration_type: activity.sender.kind.name(),
        channel_type: activity.sender.channel().name(),
    };
    let body = Body {
        id: &id,
        date_time: utc(activity.at),
        hub_id,
        tenant_id,
        integration_id,
        conversation_id,
        conversation_properties: &properties,
        tags: &draft.wishes.tags,
        activity: Activity { kind, external_id: draft.external_id.as_deref(), sender, message, event },
    };
    let body = serde_json::to_string(&body).expect("maps with text keys are what JSON can say");
    Question { id, tenant: tenant_id, body }
}

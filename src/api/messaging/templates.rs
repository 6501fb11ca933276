//! Templates of messages (messaging reference, HSM Templates and HSMTemplateDoc).

use axum::extract::State;
use serde_json::{Value, json};

use super::arguments::{Arguments, IdInPath, QUERY};
use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::ids::Channel;
use super::media::{render_buttons, render_media};
use super::template_body::{SCHEMA, read};
use super::vars::channel_asked_for;
use crate::api::state::ApiState;
use crate::domain::ids::{MessagingId, TenantId};
use crate::domain::messaging::{ApprovalStatus, Template};
use crate::registry::{Registry, RegistryError};

/// Lists the templates. With a channel, those that are approved there, or that have the given status there; with a
/// status alone, those that have it on any channel.
pub(super) async fn list(State(state): State<ApiState>, caller: Caller, arguments: Arguments) -> Reply {
    let status = status_asked_for(&arguments)?;
    let channel = channel_asked_for(&state.registry, caller.tenant, &arguments)?;
    let is_shown = |template: &Template| match (&channel, status) {
        (Some(channel), status) => {
            let wanted = status.unwrap_or(ApprovalStatus::Approved);
            template.status_on(channel.integration.id) == Some(wanted)
        }
        (None, Some(status)) => template.has_status(status),
        (None, None) => true,
    };
    let all = state.registry.messaging::<Template>(caller.tenant);
    let shown = all.iter().filter(|template| is_shown(template));
    Ok(Answer::List(shown.map(|template| render(&state.registry, caller.tenant, template)).collect()))
}

/// Makes a template.
pub(super) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let draft = read(&state, caller.tenant, &body)?;
    let by = caller.client.to_string();
    let most = Some(state.config.messaging.templates_per_tenant);
    let make = |id, created| Template { id, created, created_by: by, ..draft };
    let made = state.registry.create_messaging(caller.actor(), most, make).await;
    shown(&state, &caller, made.map_err(refused)?.as_ref())
}

/// Puts a template in the place of another; who made that one, and when, stays.
pub(super) async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    IdInPath(id): IdInPath,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = find_id(&id)?;
    let draft = read(&state, caller.tenant, &body)?;
    let make = |present: &Template| Template {
        id,
        created: present.created,
        created_by: present.created_by.clone(),
        ..draft
    };
    let put = state.registry.replace_messaging(caller.actor(), id, make).await;
    shown(&state, &caller, put.map_err(refused)?.as_ref())
}

/// Forgets a template; it is answered as it was.
pub(super) async fn delete(State(state): State<ApiState>, caller: Caller, IdInPath(id): IdInPath) -> Reply {
    let gone = state.registry.delete_messaging::<Template>(caller.actor(), find_id(&id)?).await;
    shown(&state, &caller, gone.map_err(refused)?.as_ref())
}

/// The status of the argument `channelStatus`, in any case of letters.
fn status_asked_for(arguments: &Arguments) -> Result<Option<ApprovalStatus>, Refusal> {
    const NAME: &str = "channelStatus";
    let Some(word) = arguments.get(NAME) else { return Ok(None) };
    match ApprovalStatus::from_word(&word.to_ascii_uppercase()) {
        Some(status) => Ok(Some(status)),
        None => {
            let rule = format!("must be one of {}", ApprovalStatus::WORDS.join(", "));
            let fault = FieldFault::new(QUERY, NAME, FaultCode::InvalidValue, &rule);
            Err(Refusal::one(fault.may_be(ApprovalStatus::WORDS.iter().copied())))
        }
    }
}

fn find_id(text: &str) -> Result<MessagingId, Refusal> {
    text.parse().map_err(|_| refused(RegistryError::MessagingNotFound))
}

fn refused(error: RegistryError) -> Refusal {
    match error {
        RegistryError::MessagingNotFound => {
            let rule = "names a template that there is not";
            Refusal::Missing(Box::new(FieldFault::new(SCHEMA, "id", FaultCode::NotFound, rule)))
        }
        RegistryError::NameTaken => {
            let rule = "is the code of another template of the same language";
            Refusal::one(FieldFault::new(SCHEMA, "code", FaultCode::Conflict, rule))
        }
        RegistryError::TooManyOfMessaging => {
            let rule = "is one more template than there may be";
            Refusal::one(FieldFault::new(SCHEMA, "", FaultCode::LimitReached, rule))
        }
        other => other.into(),
    }
}

fn shown(state: &ApiState, caller: &Caller, template: &Template) -> Reply {
    Ok(Answer::One(render(&state.registry, caller.tenant, template)))
}

/// A template as the reference has it; of a channel that is gone nothing is told.
fn render(registry: &Registry, tenant: TenantId, template: &Template) -> Value {
    let channel = |id| registry.integration(tenant, id).and_then(Channel::of);
    let approved = template.approved.iter().filter_map(|approval| {
        let channel = channel(approval.channel)?;
        Some(json!({
            "channelId": channel.id(),
            "status": approval.status.word(),
            "templateId": approval.template_id,
        }))
    });
    json!({
        "approved": approved.collect::<Vec<_>>(),
        "attachments": template.attachments.iter().map(render_media).collect::<Vec<_>>(),
        "body": template.body,
        "category": template.category,
        "categoryType": template.category_type,
        "code": template.code,
        "contactType": template.contact_type,
        "createdBy": template.created_by,
        "createdStamp": template.created.0,
        "desc": template.desc,
        "footer": template.footer,
        "formatType": template.format_type,
        "header": template.header,
        "id": template.id,
        "lang": template.lang,
        "meta": template.meta,
        "model": template.model,
        "name": template.name,
        "options": render_buttons(&template.buttons),
        "template": template.template,
        "title": template.title,
    })
}

//! The calls for integrations (platform documentation §10.3).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::integration_body::{Asked, IntegrationIn, integration_in, integration_patch};
use super::integration_out::IntegrationOut;
use super::provider_refusal::provider_refused;
use super::{Arguments, Id, PortalCaller, PortalJson};
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Named, Paged, Portal, Problems, portal_refused, registry_refused};
use crate::api::state::ApiState;
use crate::domain::audit::Actor;
use crate::domain::hub::Hub;
use crate::domain::ids::{HubId, IntegrationId, TenantId};
use crate::domain::integration::{ChannelType, Integration};
use crate::registry::{ConfigurationSpec, IntegrationSpec, KeyOverlap, RegistryError};

type Answer = Result<Json<IntegrationOut>, Problems>;

/// Creates an integration of the hub of that id, or changes the integration of that id: the documents use one address
/// for both.
pub(super) async fn create_or_update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    integration: Id<IntegrationId>,
    body: PortalJson,
) -> Answer {
    if let Some(present) = state.registry.integration(caller.tenant, integration.id) {
        return change(&state, caller.actor(), &present, &body.object).await;
    }
    let hub = hub_of(&state, caller.tenant, hub.id)?;
    let knows = |user: &_| state.registry.user(caller.tenant, user).is_some();
    let body = integration_in(&body.object, &knows).map_err(Problems::of_faults::<Portal>)?;
    let spec = spec_of(&state, &hub, body).await?;
    let most = state.config.limits.integrations_per_hub;
    let created = state.registry.create_integration(caller.actor(), hub.id, spec, most).await;
    Ok(Json(IntegrationOut::from(&*created.map_err(refused)?)))
}

/// The integration to be created, its account looked up where a provider has to say which it is.
async fn spec_of(state: &ApiState, hub: &Hub, body: IntegrationIn) -> Result<IntegrationSpec, Problems> {
    let IntegrationIn { name, kind, status, configuration } = body;
    let configuration = match configuration {
        Asked::Configuration(configuration) => configuration,
        Asked::Account(credentials) => {
            // Asked before the provider is, since some credentials are good for one look only.
            let most = state.config.limits.integrations_per_hub;
            state.registry.could_create_integration(hub.tenant, hub.id, &name, most).map_err(refused)?;
            let account = state.providers.account(credentials).await.map_err(provider_refused)?;
            ConfigurationSpec::Provider(account)
        }
    };
    Ok(IntegrationSpec { name, kind, status, configuration })
}

pub(super) async fn update(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
    body: PortalJson,
) -> Answer {
    let present = integration_of(&state, caller.tenant, integration.id)?;
    change(&state, caller.actor(), &present, &body.object).await
}

/// Deletes an integration; conversations that came by it are closed first.
pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
) -> Result<StatusCode, Problems> {
    let deleted = state.engine.delete_integration(caller.actor(), integration.id).await;
    deleted.map_err(|error| portal_refused(Named::Integration, error))?;
    Ok(StatusCode::OK)
}

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    integration: Id<IntegrationId>,
) -> Answer {
    let integration = integration_of(&state, caller.tenant, integration.id)?;
    Ok(Json(IntegrationOut::from(&*integration)))
}

/// The integrations of a hub that are on one channel, which the address names or numbers.
pub(super) async fn on_channel(
    State(state): State<ApiState>,
    caller: PortalCaller,
    hub: Id<HubId>,
    Path((_, channel)): Path<(String, String)>,
) -> Result<Json<Vec<IntegrationOut>>, Problems> {
    let channel = channel_named(&channel)?;
    let hub = hub_of(&state, caller.tenant, hub.id)?;
    let all = state.registry.integrations_of(hub.id);
    let on_it = all.iter().filter(|integration| integration.channel() == channel);
    Ok(Json(on_it.map(|integration| IntegrationOut::from(&**integration)).collect()))
}

pub(super) async fn list(
    State(state): State<ApiState>,
    caller: PortalCaller,
    arguments: Arguments,
) -> Result<Json<Paged<IntegrationOut>>, Problems> {
    let (query, hub) = Problems::both(arguments.page(), arguments.guid("hubId"))?;
    let hub = match hub {
        Some(id) => Some(hub_of(&state, caller.tenant, id)?.id),
        None => None,
    };
    let page = state.registry.integrations(caller.tenant, hub, query);
    Ok(Json(Paged::new(query, page, |integration| IntegrationOut::from(&*integration))))
}

async fn change(state: &ApiState, by: Actor, present: &Integration, body: &Map<String, Value>) -> Answer {
    let knows = |user: &_| state.registry.user(present.tenant, user).is_some();
    let mut patch = integration_patch(body, present, &knows).map_err(Problems::of_faults::<Portal>)?;
    let webhooks = &state.config.webhooks;
    patch.overlap = KeyOverlap { span: webhooks.key_overlap, keys: webhooks.former_keys };
    let changed = state.engine.update_integration(by, present.id, patch).await;
    let changed = changed.map_err(|error| portal_refused(Named::Integration, error))?;
    Ok(Json(IntegrationOut::from(&*changed)))
}

fn hub_of(state: &ApiState, tenant: TenantId, id: HubId) -> Result<Arc<Hub>, Problems> {
    state.registry.hub(tenant, id).ok_or(RegistryError::HubNotFound).map_err(refused)
}

fn integration_of(
    state: &ApiState,
    tenant: TenantId,
    id: IntegrationId,
) -> Result<Arc<Integration>, Problems> {
    state.registry.integration(tenant, id).ok_or(RegistryError::IntegrationNotFound).map_err(refused)
}

fn channel_named(text: &str) -> Result<ChannelType, Problems> {
    let by_number = || text.parse().ok().and_then(ChannelType::from_code);
    ChannelType::from_name(text).or_else(by_number).ok_or_else(|| {
        let code = shared::VALUE_NOT_SUPPORTED.in_family(Family::Portal);
        Problems::one(code, "Parameter 'channelType' has to be the name or the number of a channel type.")
    })
}

fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Integration, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_named_in_any_case_or_numbered() {
        for text in ["WebChat", "webchat", "106"] {
            assert_eq!(channel_named(text), Ok(ChannelType::WebChat));
        }
        for text in ["", "0", "fax", "-1"] {
            let problems = channel_named(text).unwrap_err();
            assert_eq!(problems.iter().next().unwrap().code().to_string(), "PRT000206");
        }
    }
}

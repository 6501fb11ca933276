//! The calls for a tenant's clients and their tokens (platform documentation §10.1).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};

use super::client_body::{ClientOut, TokenOut, token_in};
use super::{ChosenId, PortalCaller, PortalJson};
use crate::api::platform::codes::shared;
use crate::api::platform::{Family, Named, Portal, Problems, registry_refused};
use crate::api::state::ApiState;
use crate::domain::ids::ClientId;
use crate::registry::RegistryError;

pub(super) async fn get(
    State(state): State<ApiState>,
    caller: PortalCaller,
    client: ChosenId<ClientId>,
) -> Result<Json<ClientOut>, Problems> {
    let client = state.registry.client(caller.tenant, &client.id);
    let client = client.ok_or(RegistryError::ClientNotFound).map_err(refused)?;
    Ok(Json(ClientOut::from(&*client)))
}

/// Makes a token and shows it, which nothing does again.
pub(super) async fn add_token(
    State(state): State<ApiState>,
    caller: PortalCaller,
    client: ChosenId<ClientId>,
    body: PortalJson,
) -> Result<([(HeaderName, &'static str); 1], Json<TokenOut>), Problems> {
    let spec = token_in(&body.object, state.clock.now()).map_err(Problems::of_faults::<Portal>)?;
    let most = state.config.limits.secrets_per_client;
    let new = state.registry.add_secret(caller.actor(), &client.id, spec, most).await.map_err(refused)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(TokenOut::from(&new))))
}

/// Deletes a token; what it opened ends, which may be what the caller calls with.
pub(super) async fn delete_token(
    State(state): State<ApiState>,
    caller: PortalCaller,
    client: ChosenId<ClientId>,
    Path((_, token)): Path<(String, String)>,
) -> Result<StatusCode, Problems> {
    let number = number(&token)?;
    state.registry.delete_secret(caller.actor(), &client.id, number).await.map_err(refused)?;
    Ok(StatusCode::OK)
}

fn number(text: &str) -> Result<u32, Problems> {
    text.parse().map_err(|_| {
        let code = shared::BAD_NUMBER.in_family(Family::Portal);
        Problems::one(code, "Parameter 'tokenId' has to be a whole number.")
    })
}

fn refused(error: RegistryError) -> Problems {
    registry_refused(Named::Token, error)
}

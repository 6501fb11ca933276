//! The portal face: the control plane's REST calls for clients, hubs, integrations and commands (platform
//! documentation §10), for the directory of users and teams, for what webhooks were sent, and for the audit log.
//! It must not know how configuration is kept, or what becomes of conversations when it changes.

mod audit;
mod caller;
mod client_body;
mod clients;
mod command_out;
mod commands;
mod deliveries;
mod described;
mod fields;
mod hub_body;
mod hubs;
mod integration_body;
mod integration_out;
mod integrations;
mod notifications;
mod pipeline;
mod pipeline_body;
mod pipeline_out;
mod provider_refusal;
mod response_body;
mod responses;
mod team_body;
mod teams;
mod transfer_body;
mod transfers;
mod user_body;
mod users;

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::platform::{Portal, wrong_method};
use super::state::ApiState;
use crate::domain::command::{Response, Transfer};
use caller::PortalCaller;

pub(super) use described::described;

/// Every address of the portal, each for the scope of the portal.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/tenants/clients/{clientId}", get(clients::get))
        .route("/api/v1/tenants/clients/{clientId}/tokens", post(clients::add_token))
        .route("/api/v1/tenants/clients/{clientId}/tokens/{tokenId}", delete(clients::delete_token))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/hubs", get(hubs::list).post(hubs::create))
        .route("/api/v1/hubs/{hubId}", get(hubs::get).put(hubs::update).delete(hubs::delete))
        .route("/api/v1/hubs/{hubId}/pipeline", get(pipeline::get).put(pipeline::put))
        .route("/api/v1/integrations", get(integrations::list))
        .route(
            "/api/v1/integrations/{integrationId}",
            put(integrations::update).get(integrations::get).delete(integrations::delete),
        )
        .route("/api/v1/integrations/{integrationId}/deliveries", get(deliveries::list))
        .route("/api/v1/integrations/{integrationId}/deliveries/replay", post(deliveries::replay_dead))
        .route(
            "/api/v1/integrations/{integrationId}/deliveries/{deliveryId}/replay",
            post(deliveries::replay),
        )
        .route("/api/v1/notifications", get(notifications::list))
        .route("/api/v1/integrations/hubs/{hubId}", post(integrations::create_or_update))
        .route("/api/v1/integrations/hubs/{hubId}/{channelType}", get(integrations::on_channel))
        .route(
            "/api/v1/commands/transfers/{id}",
            post(transfers::create)
                .put(transfers::update)
                .get(commands::get::<Transfer>)
                .delete(commands::delete::<Transfer>),
        )
        .route("/api/v1/commands/transfers/hub/{hubId}", get(commands::list::<Transfer>))
        .route(
            "/api/v1/commands/responses/{id}",
            post(responses::create)
                .put(responses::update)
                .get(commands::get::<Response>)
                .delete(commands::delete::<Response>),
        )
        .route("/api/v1/commands/responses/hub/{hubId}", get(commands::list::<Response>))
        .route("/api/v1/users", get(users::list).post(users::create))
        .route("/api/v1/users/{userId}", get(users::get).put(users::update).delete(users::delete))
        .route("/api/v1/teams", get(teams::list).post(teams::create))
        .route("/api/v1/teams/{teamId}", get(teams::get).put(teams::update).delete(teams::delete))
        .method_not_allowed_fallback(wrong_method)
}

type PortalJson = super::platform::PlatformJson<Portal>;
type Id<T> = super::platform::PathId<Portal, T>;
type ChosenId<T> = super::platform::PathText<Portal, T>;
type Arguments = super::platform::Arguments<Portal>;

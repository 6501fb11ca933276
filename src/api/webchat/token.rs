//! The token call of a web chat: the page's origin stands in for a secret.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::caller::Denied;
use crate::api::platform::codes::{prt, shared};
use crate::api::platform::{Family, PathId, Portal, Problems, denied, unexpected};
use crate::api::state::ApiState;
use crate::api::visitor::{may_carry, origin};
use crate::auth::visitors_of;
use crate::domain::ids::{ClientId, IntegrationId};
use crate::domain::integration::ChannelType;
use crate::server;
use crate::telemetry::Face;

/// The token object, as for clients.
#[derive(Serialize)]
struct TokenOut {
    access_token: String,
    /// Seconds.
    expires_in: u64,
    token_type: &'static str,
    scope: &'static str,
}

/// A token for a new visitor of a web chat, on a page that may carry it.
pub(super) async fn grant_token(
    State(state): State<ApiState>,
    slot: Option<Extension<server::CallerSlot>>,
    web_chat: PathId<Portal, IntegrationId>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let web_chat = state.registry.integration_anywhere(web_chat.id);
    let web_chat = web_chat.filter(|found| found.channel() == ChannelType::WebChat);
    // Those that do not exist count as one, so that inventing ids does not make the limiter grow.
    let client = web_chat.as_ref().map_or_else(|| ClientId::from(""), |found| visitors_of(found.id));
    let counted = state.rate_limiters.count(Face::Identity, client.as_str());
    counted.map_err(|refused| denied(Family::Portal, Denied::TooMany(refused)))?;
    let web_chat = web_chat.ok_or_else(|| {
        Problems::one(prt::INTEGRATION_NOT_FOUND, "There is no such integration on the channel 'WebChat'.")
    })?;
    if !origin(&headers).is_some_and(|origin| may_carry(origin, &web_chat)) {
        let code = shared::FORBIDDEN.in_family(Family::Portal);
        return Err(Problems::one(
            code,
            "The 'Origin' header has to name a page that may carry this web chat.",
        ));
    }
    if let Some(Extension(slot)) = slot {
        slot.fill(server::Caller { tenant: web_chat.tenant, client });
    }
    let now = state.clock.now();
    let minted = state.tokens.mint_visitor(web_chat.tenant, web_chat.id, &state.base_url, now);
    let minted = minted.map_err(|error| unexpected(Family::Portal, &error))?;
    let token = TokenOut {
        access_token: minted.token,
        expires_in: minted.expires_in.as_secs(),
        token_type: "WebBearer",
        scope: "web-chat",
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(token)).into_response())
}

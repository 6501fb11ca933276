//! Tickets: what a browser, which cannot set headers on a websocket, opens one with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::api::ApiState;
use crate::api::caller::EngineCaller;
use crate::api::platform::{Code, Problems};
use crate::auth::TICKET_LIFETIME;

/// A ticket and how long it can be used, in seconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TicketOut {
    ticket: String,
    expires_in: u64,
}

pub(super) async fn issue(
    State(state): State<ApiState>,
    EngineCaller(identity): EngineCaller,
) -> Result<Json<TicketOut>, Problems> {
    let now = state.clock.now();
    let ticket = state.tickets.issue(identity, now).map_err(|_| {
        let code = Code::of_status(StatusCode::TOO_MANY_REQUESTS);
        Problems::one(code, "Too many tickets of this tenant are unused.")
            .retry_after(TICKET_LIFETIME.as_secs())
    })?;
    Ok(Json(TicketOut { ticket, expires_in: TICKET_LIFETIME.as_secs() }))
}

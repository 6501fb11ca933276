//! The faces: one folder or file per API family. Each parses, calls and renders, and nothing else; none calls
//! another. What they share is who calls (`caller`), and what they call ([`ApiState`]).

mod accepts;
mod bodies;
mod caller;
mod connecting;
mod connection_places;
mod cors;
mod deliveries;
mod draining;
pub mod engine;
pub mod events;
pub mod faq_upload;
mod handoff;
pub mod identity;
mod lines;
pub mod messaging;
mod moment;
mod openapi;
mod operation;
mod panics;
pub mod platform;
pub mod portal;
mod rate_limit;
mod state;
pub mod streaming;
mod visitor;
mod web_address;
pub mod webchat;

use axum::Router;

pub use connection_places::ConnectionPlaces;
pub use lines::Lines;
pub use rate_limit::RateLimiters;
pub use state::{ApiParts, ApiState};

use crate::server::RequestLog;
use cors::Cors;
use draining::Draining;
use openapi::Group;
use panics::CatchingPanics;

/// All faces on one screen.
fn routes() -> Router<ApiState> {
    Router::new()
        .merge(identity::router())
        .merge(portal::router())
        .merge(webchat::router())
        .merge(engine::router())
        .merge(events::router())
        .merge(streaming::router())
        .merge(handoff::router())
        .merge(faq_upload::router())
        .merge(messaging::router())
        .merge(operation::router())
        .merge(openapi::router())
}

/// What they say of their calls, in the order in which it is read.
fn described() -> Vec<Group> {
    [
        identity::described(),
        portal::described(),
        webchat::described(),
        engine::described(),
        events::described(),
        streaming::described(),
        handoff::described(),
        faq_upload::described(),
        messaging::described(),
        operation::described(),
        openapi::described(),
    ]
    .concat()
}

/// All faces, with what goes for all of them.
pub fn router(state: ApiState) -> Router {
    routes()
        .method_not_allowed_fallback(platform::wrong_method)
        .fallback(platform::unknown_path)
        // The outermost first. In one piece, since each layer that a router is given by itself boxes every request.
        .layer((
            RequestLog::new(state.metrics.clone()),
            Cors::new(&state.config.http.cors_origins),
            CatchingPanics,
            Draining::new(state.drain.clone()),
        ))
        .with_state(state)
}

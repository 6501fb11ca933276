//! The faces: one folder or file per API family. Each parses, calls and renders, and nothing else; none calls
//! another. What they share is who calls (`caller`), and what they call ([`ApiState`]).

mod bodies;
mod caller;
pub mod engine;
pub mod events;
pub mod identity;
mod moment;
mod operation;
pub mod platform;
pub mod portal;
mod rate_limit;
mod socket_places;
mod state;
pub mod streaming;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

pub use rate_limit::RateLimiters;
pub use socket_places::SocketPlaces;
pub use state::{ApiParts, ApiState};

use crate::config::CorsOrigins;
use crate::server::log_requests;

/// All faces on one screen, with what goes for all of them.
pub fn router(state: ApiState) -> Router {
    Router::new()
        .merge(identity::router())
        .merge(portal::router())
        .merge(engine::router())
        .merge(events::router())
        .merge(streaming::router())
        .merge(operation::router())
        .method_not_allowed_fallback(platform::wrong_method)
        .fallback(platform::unknown_path)
        .layer(CatchPanicLayer::new())
        .layer(cors(&state.config.http.cors_origins))
        .layer(middleware::from_fn_with_state(state.metrics.clone(), log_requests))
        // Each face reads bodies with limits of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

/// Browsers may call from the configured origins (platform documentation §8, CORS). Credentials are allowed because
/// SignalR clients in browsers ask for it; nothing here is opened by a cookie.
fn cors(origins: &CorsOrigins) -> CorsLayer {
    let origins = match origins {
        CorsOrigins::Any => AllowOrigin::mirror_request(),
        CorsOrigins::Only(list) => {
            AllowOrigin::list(list.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
        }
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_headers(AllowHeaders::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .expose_headers([
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(PREFLIGHT_AGE)
}

/// How long a browser need not ask again: as long as the common ones remember at most.
const PREFLIGHT_AGE: std::time::Duration = std::time::Duration::from_secs(2 * 60 * 60);

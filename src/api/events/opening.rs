//! From a request to a websocket of the events face: who may open it, its place, and its feed.
//! It must not know what is said on it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::FutureExt;

use super::listener::{Listener, Names};
use crate::api::ApiState;
use crate::api::connecting;
use crate::api::connection_places::Place;
use crate::api::lines::LineKinds;
use crate::api::platform::{Code, Problems};
use crate::domain::ids::TenantId;
use crate::outlets::{Feed, FeedSettings, Line, LineKind, NotAnUpgrade, Opening, Upgrade, WebSocket};
use crate::pipeline::EngineError;
use crate::telemetry::ConnectionKind;

/// When a client may try again that found all places taken: about as long as a desk takes to be closed.
const RETRY_AFTER_SECONDS: u64 = 10;

/// A request for a websocket that is granted and not answered yet.
pub(super) struct Granted {
    pub(super) listener: Listener,
    upgrade: Upgrade,
    place: Place,
}

impl Granted {
    /// Checks a request for a websocket, and takes its place.
    pub(super) async fn of(request: Request, state: &ApiState, names: &Names) -> Result<Self, Problems> {
        Self::placed(request, state, names, |listener| place(state, listener.identity.tenant)).await
    }

    /// The same, with its place from `take`.
    pub(super) async fn placed(
        request: Request,
        state: &ApiState,
        names: &Names,
        take: impl FnOnce(&Listener) -> Result<Place, Problems>,
    ) -> Result<Self, Problems> {
        let (mut parts, _) = request.into_parts();
        let listener = Listener::of(&mut parts, state, names).await?;
        let upgrade = connecting::upgrade(&mut parts, state).map_err(not_an_upgrade)?;
        let place = take(&listener)?;
        Ok(Self { listener, upgrade, place })
    }

    /// The line that the websocket will send on.
    pub(super) fn line(&self, kinds: &LineKinds) -> Arc<Line> {
        Line::new(self.line_kind(kinds))
    }

    /// Which of `kinds` was agreed on.
    pub(super) fn line_kind(&self, kinds: &LineKinds) -> Arc<LineKind> {
        kinds.carried(self.upgrade.compression())
    }

    /// The answer to the request. Once it was sent, `live` lives on the websocket, in a task of its own.
    pub(super) fn open<L>(
        self,
        state: &ApiState,
        kind: ConnectionKind,
        line: Arc<Line>,
        live: impl FnOnce(WebSocket, Listener) -> L + Send + 'static,
    ) -> Response
    where
        L: Future<Output = ()> + Send + 'static,
    {
        let Self { listener, upgrade, place } = self;
        let (tenant, integration) = (listener.identity.tenant, listener.integration);
        let span = tracing::debug_span!("websocket", ?kind, %tenant, %integration);
        let held = (place, state.metrics.connected(kind));
        connecting::open(state, upgrade, line, span, move |socket| {
            live(socket, listener).map(|()| drop(held))
        })
    }
}

/// Attaches a listener to what it listens to: what is said from now on is heard on its line.
pub(super) async fn attach(
    state: &ApiState,
    listener: &Listener,
    line: Arc<Line>,
) -> Result<(Feed, Opening), EngineError> {
    let settings =
        FeedSettings { tenant: listener.identity.tenant, scope: listener.scope(), since: listener.since };
    Feed::attach(state.engine.clone(), line, settings).await
}

/// The place of a connection, unless its tenant has as many as it may.
pub(super) fn place(state: &ApiState, tenant: TenantId) -> Result<Place, Problems> {
    state.places.take(tenant, state.config.limits.connections_per_tenant).map_err(|_| {
        let code = Code::of_status(StatusCode::TOO_MANY_REQUESTS);
        Problems::one(code, "The tenant has as many connections as it may.").retry_after(RETRY_AFTER_SECONDS)
    })
}

fn not_an_upgrade(reason: NotAnUpgrade) -> Problems {
    Problems::one(
        Code::of_status(StatusCode::UPGRADE_REQUIRED),
        format!("A websocket is required: {reason}."),
    )
}

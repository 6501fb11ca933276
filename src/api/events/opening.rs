//! From a request to a websocket of either face: who may open it, its place, its feed, and the task that it lives in.
//! It must not know what is said on it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::FutureExt;
use tracing::Instrument;

use super::listener::{Listener, Names};
use crate::api::ApiState;
use crate::api::platform::{Code, Problems};
use crate::api::socket_places::Place;
use crate::broker::{QueueLimits, Stats, WireFormat};
use crate::config;
use crate::domain::ids::TenantId;
use crate::outlets::{
    Compression, ConnectionSettings, Feed, FeedSettings, Line, LineKind, NotAnUpgrade, Opening, Upgrade,
    WebSocket,
};
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
        let mut upgrade = Upgrade::of(&mut parts).map_err(not_an_upgrade)?;
        if state.config.websocket.compression {
            upgrade.agree_on_compression(&parts.headers);
        }
        let place = take(&listener)?;
        Ok(Self { listener, upgrade, place })
    }

    /// The line that the websocket will send on.
    pub(super) fn line(&self, kinds: &LineKinds) -> Arc<Line> {
        Line::new(self.line_kind(kinds))
    }

    /// Which of `kinds` was agreed on.
    pub(super) fn line_kind(&self, kinds: &LineKinds) -> Arc<LineKind> {
        match self.upgrade.compression() {
            Compression::Off => kinds.plain.clone(),
            Compression::Deflate => kinds.deflated.clone(),
        }
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
        let (response, upgraded) = upgrade.accept();
        let max_message_bytes = state.config.websocket.max_frame_bytes;
        let (tenant, integration) = (listener.identity.tenant, listener.integration);
        let span = tracing::debug_span!("websocket", ?kind, %tenant, %integration);
        let counted = state.metrics.connected(kind);
        // The task that waits for the upgrade ends with it: what lives on is a task of the size that a connection
        // takes.
        tokio::spawn(async move {
            match upgraded.await {
                Ok(upgraded) => {
                    let living = live(WebSocket::new(line, upgraded, max_message_bytes), listener);
                    let held = (place, counted);
                    tokio::spawn(living.map(|()| drop(held)).instrument(span));
                }
                Err(error) => tracing::debug!(%error, "no websocket came of the request"),
            }
        });
        response
    }
}

/// The kinds of lines that the faces open; what they have in common is shared by all.
pub struct Lines {
    pub(super) direct: LineKinds,
    pub(super) signalr: LineKinds,
    pub(super) signalr_packed: LineKinds,
    /// For clients without a websocket.
    pub(super) signalr_bare: Arc<LineKind>,
    pub(super) signalr_packed_bare: Arc<LineKind>,
    /// For streaming sessions.
    pub(in crate::api) sessions: Arc<LineKind>,
}

/// The kinds of lines for websockets of one form, by what was agreed on.
pub(super) struct LineKinds {
    plain: Arc<LineKind>,
    deflated: Arc<LineKind>,
}

impl Lines {
    /// Lines within the configured limits, which count into `stats`.
    pub fn new(queue: config::QueueLimits, stats: &Arc<Stats>) -> Self {
        let limits = QueueLimits { events: queue.events.get(), bytes: queue.bytes.get() };
        let kind = |format| Arc::new(LineKind { format, limits, stats: stats.clone() });
        let kinds = |plain, deflated| LineKinds { plain: kind(plain), deflated: kind(deflated) };
        Self {
            direct: kinds(WireFormat::Direct, WireFormat::DirectDeflated),
            signalr: kinds(WireFormat::SignalrJson, WireFormat::SignalrJsonDeflated),
            signalr_packed: kinds(WireFormat::SignalrPack, WireFormat::SignalrPackDeflated),
            signalr_bare: kind(WireFormat::SignalrJsonBare),
            signalr_packed_bare: kind(WireFormat::SignalrPackBare),
            sessions: kind(WireFormat::StreamV3),
        }
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

/// What a connection lives by that beats in this rhythm.
pub(super) fn settings(state: &ApiState, heartbeat: Duration) -> ConnectionSettings {
    ConnectionSettings {
        heartbeat,
        drain: state.drain.clone(),
        rights: state.registry.revision(),
        clock: state.clock.clone(),
    }
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

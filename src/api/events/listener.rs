//! Who listens, and to what: the query of a connection, checked before it is opened.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::api::ApiState;
use crate::api::caller::{self, Denied};
use crate::api::connecting;
use crate::api::platform::codes::shared;
use crate::api::platform::{Arguments, Events, Family, Problems, denied, engine_refused};
use crate::auth::Identity;
use crate::broker::Side;
use crate::domain::client::Scope as TokenScope;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::outlets::{Close, Scope};
use crate::pipeline::{Cursor, EngineError, Since};
use crate::telemetry::Face;

/// The names of the query's members, which the two faces spell differently.
pub(super) struct Names {
    pub(super) integration: &'static str,
    pub(super) conversation: &'static str,
}

/// Who listens, to what, and from where on. The integration is known by its id alone: it may change while the connection is
/// open, and is looked up for what is done with it.
pub(super) struct Listener {
    pub(super) identity: Arc<Identity>,
    pub(super) integration: IntegrationId,
    /// Which side of conversations the listener is on. An integration that changes sides loses its connections.
    pub(super) side: Side,
    pub(super) conversation: Option<ConversationId>,
    pub(super) since: Option<Since>,
}

impl Listener {
    /// Reads and checks a request for a connection.
    pub(super) async fn of(parts: &mut Parts, state: &ApiState, names: &Names) -> Result<Self, Problems> {
        let query = Arguments::<Events>::from_request_parts(parts, state).await?;
        let identity = identity(parts, state, &query).map_err(|reason| denied(Family::Engine, reason))?;
        query.required(names.integration)?;
        let integration = query.guid(names.integration)?.unwrap_or_default();
        let integration =
            state.engine.integration(identity.tenant, integration).map_err(engine_refused::<Events>)?;
        let conversation = query.guid(names.conversation)?;
        if let Some(conversation) = conversation {
            may_hear(state, &integration, conversation).await.map_err(engine_refused::<Events>)?;
        }
        let since = since(&query, conversation)?;
        let (integration, side) = (integration.id, side_of(&integration));
        Ok(Self { identity, integration, side, conversation, since })
    }

    /// What is listened to.
    pub(super) fn scope(&self) -> Scope {
        match self.conversation {
            None => Scope::Integration(self.integration),
            Some(conversation) => Scope::Conversation(conversation, self.side),
        }
    }

    /// Whether the listener may still listen, at the time of the state's clock.
    ///
    /// # Errors
    /// Why its connection has to be closed.
    pub(super) fn entitlement(&self, state: &ApiState) -> Result<(), Close> {
        self.entitlement_of(&self.identity, state)
    }

    /// Whether the listener may still listen with an identity that it has shown since.
    ///
    /// # Errors
    /// Why its connection has to be closed.
    pub(super) fn entitlement_of(&self, identity: &Identity, state: &ApiState) -> Result<(), Close> {
        connecting::recheck(state, identity)?;
        let found = state.engine.integration(identity.tenant, self.integration);
        let same = found.is_ok_and(|integration| side_of(&integration) == self.side);
        if same { Ok(()) } else { Err(Close::NoLongerEntitled) }
    }
}

/// Which side of conversations an integration is on.
fn side_of(integration: &Integration) -> Side {
    match integration.kind {
        IntegrationType::Customer => Side::Customer,
        _ => Side::Business,
    }
}

/// A conversation is heard by its own customer integration, and by the business side of its hub.
async fn may_hear(
    state: &ApiState,
    integration: &Integration,
    id: ConversationId,
) -> Result<(), EngineError> {
    let conversation = state.engine.conversation(integration.tenant, id).await?;
    let belongs = match integration.kind {
        IntegrationType::Customer => conversation.integration == integration.id,
        _ => conversation.hub == integration.hub,
    };
    if belongs { Ok(()) } else { Err(EngineError::ConversationNotFound) }
}

/// The caller, by header, by ticket, or by a token in the query.
pub(super) fn identity(
    parts: &Parts,
    state: &ApiState,
    query: &Arguments<Events>,
) -> Result<Arc<Identity>, Denied> {
    let scope = TokenScope::EngineApi;
    if parts.headers.contains_key(AUTHORIZATION) {
        return caller::bearer(parts, state, Face::Events, scope);
    }
    if let Some(ticket) = query.get("ticket") {
        let identity = state.tickets.redeem(ticket, state.clock.now()).ok_or(Denied::Unauthenticated)?;
        caller::admit(parts, state, Face::Events, scope, &identity)?;
        return Ok(identity);
    }
    let token = query.get("access_token").ok_or(Denied::Unauthenticated)?;
    caller::identify(parts, state, Face::Events, scope, token)
}

/// Where the reader goes on from.
fn since(query: &Arguments<Events>, conversation: Option<ConversationId>) -> Result<Option<Since>, Problems> {
    let Some(text) = query.get("since") else { return Ok(None) };
    let event_id =
        || text.parse().ok().filter(|id: &i64| *id >= 0 && conversation.is_some()).map(Since::Event);
    let since = Cursor::decode(text).map(Since::Cursor).or_else(event_id);
    let problem =
        "Parameter 'since' has to be a cursor, or an eventId where one conversation is listened to.";
    since.ok_or_else(|| Problems::one(shared::BAD_FORMAT.in_family(Family::Engine), problem)).map(Some)
}

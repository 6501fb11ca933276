//! Who listens, and to what: the query of a connection, checked before it is opened.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, UPGRADE};
use axum::http::request::Parts;

use crate::api::ApiState;
use crate::api::caller::{self, Denied, Page};
use crate::api::connecting;
use crate::api::platform::codes::shared;
use crate::api::platform::{Arguments, Events, Family, Problems, denied, engine_refused};
use crate::api::visitor;
use crate::auth::Identity;
use crate::broker::Side;
use crate::domain::client::Scope as TokenScope;
use crate::domain::ids::{ConversationId, IntegrationId};
use crate::domain::integration::{Integration, IntegrationType};
use crate::outlets::Close;
use crate::pipeline::{Cursor, EngineError, Scope, Since};
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
    /// The page that a visitor of a web chat listens from.
    pub(super) page: Option<Box<str>>,
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
        if let Some(visitor) = identity.visitor {
            if visitor.integration != integration.id {
                return Err(engine_refused::<Events>(EngineError::IntegrationNotFound));
            }
            // A web chat as a whole is for those who answer it.
            query.required(names.conversation)?;
        }
        may_listen(&integration).map_err(engine_refused::<Events>)?;
        let conversation = query.guid(names.conversation)?;
        if let Some(conversation) = conversation {
            let heard = may_hear(state, &identity, &integration, conversation).await;
            heard.map_err(engine_refused::<Events>)?;
        }
        let since = since(&query, conversation)?;
        let (integration, side) = (integration.id, side_of(&integration));
        let page = identity.visitor.and_then(|_| visitor::origin(&parts.headers)).map(Box::from);
        Ok(Self { identity, integration, side, conversation, since, page })
    }

    /// What is listened to.
    pub(super) fn scope(&self) -> Scope {
        match self.conversation {
            None => Scope::Integration(self.integration),
            Some(conversation) => Scope::Conversation(conversation, self.side),
        }
    }

    /// Whether another token is good for what is listened to: a client's for a client's, a visitor's that has
    /// established the conversation for another visitor's.
    pub(super) fn may_become(&self, identity: &Identity, state: &ApiState) -> bool {
        if identity.tenant != self.identity.tenant {
            return false;
        }
        match (self.identity.visitor, identity.visitor) {
            (None, None) => identity.scopes.contains(TokenScope::EngineApi),
            (Some(_), Some(_)) => self.conversation.is_some_and(|id| {
                let live = state.engine.open(identity.tenant, id);
                live.is_some_and(|live| visitor::takes_part(identity, &live.head()))
            }),
            _ => false,
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
        if let (Some(visitor), Some(page)) = (identity.visitor, &self.page)
            && !visitor::may_call_from(page, state, identity.tenant, visitor)
        {
            return Err(Close::NoLongerEntitled);
        }
        let found = state.engine.integration(identity.tenant, self.integration);
        match found.ok().filter(|integration| side_of(integration) == self.side) {
            None => Err(Close::NoLongerEntitled),
            Some(integration) => may_listen(&integration).map_err(|_| Close::IntegrationPaused),
        }
    }
}

/// Which side of conversations an integration is on.
fn side_of(integration: &Integration) -> Side {
    match integration.kind {
        IntegrationType::Customer => Side::Customer,
        _ => Side::Business,
    }
}

/// A paused integration hears nothing; what is said to it meanwhile it hears when it comes back with its cursor.
fn may_listen(integration: &Integration) -> Result<(), EngineError> {
    if integration.is_active() { Ok(()) } else { Err(EngineError::IntegrationPaused) }
}

/// A conversation is heard by its own customer integration, and by the business side of its hub; of visitors by those
/// who have established it.
async fn may_hear(
    state: &ApiState,
    identity: &Identity,
    integration: &Integration,
    id: ConversationId,
) -> Result<(), EngineError> {
    let conversation = visitor::own_conversation(state, identity, id).await?;
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
    // Browsers leave the page out where it is of the broker's own origin, but never with a websocket.
    let page = if parts.headers.contains_key(UPGRADE) { Page::Required } else { Page::IfNamed };
    if parts.headers.contains_key(AUTHORIZATION) {
        return caller::chatting(parts, state, Face::Events, page);
    }
    if let Some(ticket) = query.get("ticket") {
        let identity = state.tickets.redeem(ticket, state.clock.now()).ok_or(Denied::Unauthenticated)?;
        caller::admit(parts, state, Face::Events, TokenScope::EngineApi, &identity)?;
        return Ok(identity);
    }
    let token = query.get("access_token").ok_or(Denied::Unauthenticated)?;
    caller::identify_chatting(parts, state, Face::Events, page, token)
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

//! Sessions, which are conversations: closing, resolving and routing them (messaging reference, Session Management).

use axum::extract::State;
use serde_json::{Map, Value};

use super::body::JsonObject;
use super::caller::Caller;
use super::envelope::{Answer, Reply};
use super::error::{FaultCode, FieldFault, Refusal};
use super::events::{EventCode, Events};
use super::fields::Fields;
use super::routing::{Asked, asked_route};
use crate::api::state::ApiState;
use crate::domain::ids::ConversationId;
use crate::pipeline::{EngineError, Steered};

/// The body that names a session and no more, as the reference calls it.
pub(super) const STATUS_CLOSE: &str = "SessionStatusClose";

/// The body that routes a session.
pub(super) const QUEUE_ASSIGNMENT: &str = "SessionQueueAssignment";

/// The member that names the session.
pub(super) const SESSION_ID: &str = "sessionId";

/// The longest id of a session that is looked at, in characters.
pub(super) const MAX_SESSION_ID: usize = 64;

/// Closes a session.
pub(super) async fn close(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = named(&body)?;
    let closed = state.engine.close_conversation(caller.tenant, id).await;
    let closed = closed.map_err(|error| refused(STATUS_CLOSE, error))?;
    Ok(told(&state, &caller, &closed, EventCode::SessionClosed))
}

/// Notes that the business has nothing left to do in a session; its end is left to the customer.
pub(super) async fn resolve(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let id = named(&body)?;
    let resolved = state.engine.resolve_conversation(caller.tenant, id).await;
    let resolved = resolved.map_err(|error| refused(STATUS_CLOSE, error))?;
    Ok(told(&state, &caller, &resolved, EventCode::SessionResolved))
}

/// Assigns a session to another queue: whatever the customer says from now on goes there.
pub(super) async fn route(
    State(state): State<ApiState>,
    caller: Caller,
    JsonObject(body): JsonObject,
) -> Reply {
    let mut fields = Fields::new(QUEUE_ASSIGNMENT, &body);
    let session = fields.required_text(SESSION_ID, MAX_SESSION_ID);
    let asked = Asked::read(&mut fields);
    let id = match session {
        // What else is wrong is told when it is clear what of.
        Some(session) => find(QUEUE_ASSIGNMENT, &session)?,
        None => return Err(fields.finish().err().unwrap_or(Refusal::Internal)),
    };
    let conversation = state.engine.conversation(caller.tenant, id).await;
    let conversation = conversation.map_err(|error| refused(QUEUE_ASSIGNMENT, error))?;
    if conversation.closed.is_some() {
        return Err(refused(QUEUE_ASSIGNMENT, EngineError::ConversationClosed));
    }
    let route = asked_route(&state.registry, &conversation, &asked, &mut fields);
    fields.finish()?;
    // Without a fault there is a way.
    let route = route.ok_or(Refusal::Internal)?;
    let routed = state.engine.route_conversation(caller.tenant, id, &route, &asked.params).await;
    let routed = routed.map_err(|error| asked.refused(error))?;
    Ok(Answer::Compact(Events::of(&state, &caller, &routed).with_params(&asked.params).of_move()))
}

/// The session that a body names.
pub(super) fn named(body: &Map<String, Value>) -> Result<ConversationId, Refusal> {
    let mut fields = Fields::new(STATUS_CLOSE, body);
    let session = fields.required_text(SESSION_ID, MAX_SESSION_ID);
    fields.finish()?;
    // Without a fault there is one.
    find(STATUS_CLOSE, &session.unwrap_or_default())
}

fn find(schema: &'static str, session: &str) -> Result<ConversationId, Refusal> {
    session.trim().parse().map_err(|_| no_session(schema))
}

fn told(state: &ApiState, caller: &Caller, steered: &Steered, code: EventCode) -> Answer {
    Answer::Compact(vec![Events::of(state, caller, steered).render(code)])
}

/// Why something was not done with a session.
pub(super) fn refused(schema: &'static str, error: EngineError) -> Refusal {
    match error {
        EngineError::ConversationNotFound => no_session(schema),
        EngineError::ConversationClosed => {
            let rule = "names a session that was closed";
            Refusal::one(FieldFault::new(schema, SESSION_ID, FaultCode::SessionClosed, rule))
        }
        other => other.into(),
    }
}

fn no_session(schema: &'static str) -> Refusal {
    let rule = "names a session that there is not";
    Refusal::Missing(Box::new(FieldFault::new(schema, SESSION_ID, FaultCode::NotFound, rule)))
}

//! What was said in a conversation (platform documentation §11.2).

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::api::ApiState;
use crate::api::caller::ChatCaller;
use crate::api::platform::codes::{Shared, shared};
use crate::api::platform::{Arguments, Conversations, Family, PathId, Problems, engine_refused};
use crate::api::visitor::own_conversation;
use crate::domain::ids::ConversationId;
use crate::domain::integration::IntegrationType;

/// The activities that one kind of party sent or received, after `leid`: the oldest, up to the engine's bounds. A
/// client that wants more than one answer holds goes on with the last `eventId` until it gets none.
pub(super) async fn activities(
    State(state): State<ApiState>,
    ChatCaller(caller): ChatCaller,
    conversation: PathId<Conversations, ConversationId>,
    query: Arguments<Conversations>,
) -> Result<impl IntoResponse, Problems> {
    let party = party(&query)?;
    let after = leid(&query)?;
    if caller.visitor.is_some() {
        let own = own_conversation(&state, &caller, conversation.id).await;
        own.map_err(engine_refused::<Conversations>)?;
        // What agents and bots say among themselves is not for customers.
        if party != IntegrationType::Customer {
            let code = shared::NOT_ALLOWED.in_family(Family::Engine);
            return Err(Problems::one(code, "Visitors of a web chat can ask for type Customer only."));
        }
    }
    let records = state.engine.history(caller.tenant, conversation.id, party, after).await;
    let records = records.map_err(engine_refused::<Conversations>)?;
    // Bodies are kept in the format that is answered; they are only joined.
    let bodies: Vec<_> = records.into_iter().map(|record| record.body).collect();
    Ok(([(CONTENT_TYPE, "application/json")], format!("[{}]", bodies.join(","))))
}

/// `type`: Customer, Agent or Bot, by name in any case of letters or by number.
fn party(query: &Arguments<Conversations>) -> Result<IntegrationType, Problems> {
    let text = query.required("type")?;
    let by_number = || text.parse().ok().and_then(IntegrationType::from_code);
    match IntegrationType::from_name(text).or_else(by_number) {
        Some(kind @ (IntegrationType::Customer | IntegrationType::Agent | IntegrationType::Bot)) => Ok(kind),
        _ => {
            let code = shared::VALUE_NOT_SUPPORTED.in_family(Family::Engine);
            Err(Problems::one(code, "Query parameter 'type' has to be Customer, Agent or Bot."))
        }
    }
}

/// `leid`: the `eventId` after which activities are wanted; 0 when it is not given.
fn leid(query: &Arguments<Conversations>) -> Result<i64, Problems> {
    let Some(text) = query.get("leid") else { return Ok(0) };
    let refused = |code: Shared, text: &str| Err(Problems::one(code.in_family(Family::Engine), text));
    match text.parse::<i64>() {
        Ok(id) if id >= 0 => Ok(id),
        Ok(_) => refused(shared::NEGATIVE, "Query parameter 'leid' must not be negative."),
        Err(_) => refused(shared::BAD_NUMBER, "Query parameter 'leid' has to be a whole number."),
    }
}

//! What this family calls its things: a business is a hub, by its number; a user is a customer, by the binding key.

use std::sync::Arc;

use super::refusal::Cause;
use crate::api::state::ApiState;
use crate::domain::conversation::Conversation;
use crate::domain::hub::Hub;
use crate::domain::ids::{HubId, TenantId};
use crate::pipeline::EngineError;
use crate::store::{CustomerFound, CustomerQuery, Which};

/// The business of a number.
pub(super) fn business(state: &ApiState, tenant: TenantId, number: i64) -> Option<Arc<Hub>> {
    state.registry.hub_numbered(tenant, number)
}

/// A user's chat with a business in which the user has said something, or why there is none. Where there is no such
/// business, it is told whether there is such a user.
///
/// # Errors
/// When nobody could find out.
pub(super) async fn conversation(
    state: &ApiState,
    tenant: TenantId,
    business: Option<&Hub>,
    user: &str,
    which: Which,
) -> Result<Result<Conversation, Cause>, EngineError> {
    // No hub has the id of one that there is not.
    let hub = business.map_or_else(HubId::new, |hub| hub.id);
    let query = CustomerQuery { tenant, hub, binding: user.to_owned(), which };
    Ok(match state.engine.conversation_of(query).await? {
        CustomerFound::Nowhere => Err(Cause::UnknownUser),
        CustomerFound::Elsewhere => Err(Cause::NothingSaid),
        CustomerFound::NoSuchNumber => Err(Cause::UnknownConversation),
        CustomerFound::Conversation(head) if head.spoken => Ok(*head),
        CustomerFound::Conversation(_) => Err(Cause::NothingSaid),
    })
}

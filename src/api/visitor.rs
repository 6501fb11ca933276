//! What a visitor of a web chat may do: call from pages that may carry the chat, and take part in conversations
//! that it has established itself. Each route that visitors use asks here; all others ask for scopes, of which
//! visitors have none.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

use super::state::ApiState;
use crate::auth::{Identity, Visitor};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TenantId};
use crate::domain::integration::{Configuration, Integration};
use crate::pipeline::EngineError;

/// The origin of the page that calls, as its browser names it.
pub(super) fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(ORIGIN).and_then(|value| value.to_str().ok())
}

/// Whether pages of an origin may carry a web chat; none may carry anything else.
pub(super) fn may_carry(origin: &str, integration: &Integration) -> bool {
    match &integration.configuration {
        Configuration::WebChat(web_chat) => web_chat.allowed_origins.iter().any(|one| one.allows(origin)),
        _ => false,
    }
}

/// Whether a visitor may call from pages of an origin.
pub(super) fn may_call_from(origin: &str, state: &ApiState, tenant: TenantId, visitor: Visitor) -> bool {
    let web_chat = state.registry.integration(tenant, visitor.integration);
    web_chat.is_some_and(|web_chat| may_carry(origin, &web_chat))
}

/// A conversation that the caller takes part in: a client in all of its tenant's, a visitor in its own. Whose they
/// are does not show in the refusal.
pub(super) async fn own_conversation(
    state: &ApiState,
    caller: &Identity,
    id: ConversationId,
) -> Result<Conversation, EngineError> {
    let conversation = state.engine.conversation(caller.tenant, id).await?;
    if takes_part(caller, &conversation) { Ok(conversation) } else { Err(EngineError::ConversationNotFound) }
}

/// Whether the caller takes part in a conversation of its tenant.
pub(super) fn takes_part(caller: &Identity, conversation: &Conversation) -> bool {
    caller.visitor.is_none_or(|visitor| {
        conversation.integration == visitor.integration && conversation.visitors.contains(&visitor.id)
    })
}

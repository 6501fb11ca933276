//! Topics: what a publisher names and a subscriber follows.
//! It must not know who follows a topic; that is [`super::Topics`].

use crate::domain::ids::{ConversationId, IntegrationId, TenantId, UserId};

/// The two ends of a conversation. Each may see things that the other must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The customer's end.
    Customer,
    /// The end of agents, bots and systems.
    Business,
}

/// A name under which publications go out. Ids of conversations and integrations are unique across
/// organizations; a user's is not, so it comes with its organization.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What one side of a conversation may see.
    Conversation(ConversationId, Side),
    /// What is addressed to an integration.
    Integration(IntegrationId),
    /// What is addressed to a user of an organization.
    User(TenantId, UserId),
    /// What is addressed to a whole organization.
    Organization(TenantId),
}

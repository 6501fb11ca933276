//! Topics: what a publisher names and a subscriber follows.
//! It must not know who follows a topic; that is [`super::Topics`].

pub use crate::domain::conversation::Side;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId, UserId};
use crate::domain::subscription::WatchKey;

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
    /// What subscriptions of an organization's sessions are for.
    Watch(TenantId, WatchKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There is one with each user's channel, and another with its entry.
    #[test]
    fn a_topic_is_small() {
        assert!(size_of::<Topic>() <= 40, "{}", size_of::<Topic>());
    }
}

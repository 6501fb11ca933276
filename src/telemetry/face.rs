//! The public API families, as the log and the metrics name them.
//! Which path belongs to which is said here and nowhere else; how they answer is not its business.

/// An API family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Tokens and keys.
    Identity,
    /// The control plane.
    Portal,
    /// Conversations, interactions, inbound activities and the SignalR hub.
    Engine,
    /// Plain event sockets and their tickets.
    Events,
    /// Streaming sessions and publishing.
    Streaming,
    /// Messaging of business back ends.
    Messaging,
    /// Handoff to bot platforms, and FAQ.
    Handoff,
    /// Everything else: health, metrics, embedded pages.
    Operation,
}

/// The first segments that belong to a face; what follows them starts with a slash, or nothing does.
const PREFIXES: &[(&str, Face)] = &[
    ("/api/v1/conversations", Face::Engine),
    ("/api/v1/interactions", Face::Engine),
    ("/inbound", Face::Engine),
    ("/engine-chat-hub", Face::Events),
    ("/via", Face::Streaming),
    ("/events", Face::Events),
    ("/xms", Face::Messaging),
    ("/integration/external", Face::Handoff),
    ("/mogambo_api", Face::Handoff),
    ("/connect", Face::Identity),
    ("/tokenservice", Face::Identity),
    ("/.well-known", Face::Identity),
    ("/api/v1/tenants", Face::Portal),
    ("/api/v1/hubs", Face::Portal),
    ("/api/v1/integrations", Face::Portal),
    ("/api/v1/commands", Face::Portal),
    ("/api/v1/users", Face::Portal),
    ("/api/v1/teams", Face::Portal),
    ("/api/v1/audit", Face::Portal),
];

impl Face {
    /// Every face, in the order of their discriminants.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Portal,
        Self::Engine,
        Self::Events,
        Self::Streaming,
        Self::Messaging,
        Self::Handoff,
        Self::Operation,
    ];

    /// The face that `path`, without a query, belongs to.
    pub fn of_path(path: &str) -> Self {
        let belongs = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        PREFIXES.iter().find(|(prefix, _)| belongs(prefix)).map_or(Self::Operation, |&(_, face)| face)
    }

    /// Its name in log fields and metric labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Portal => "portal",
            Self::Engine => "engine",
            Self::Events => "events",
            Self::Streaming => "streaming",
            Self::Messaging => "messaging",
            Self::Handoff => "handoff",
            Self::Operation => "operation",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_belong_to_their_face() {
        for (path, face) in [
            ("/connect/token", Face::Identity),
            ("/tokenservice/oauth2/access_token", Face::Identity),
            ("/.well-known/openid-configuration", Face::Identity),
            ("/api/v1/tenants", Face::Portal),
            ("/api/v1/hubs/1", Face::Portal),
            ("/api/v1/integrations/web-chat/token/1", Face::Portal),
            ("/api/v1/commands", Face::Portal),
            ("/api/v1/users/1", Face::Portal),
            ("/api/v1/teams/1", Face::Portal),
            ("/api/v1/audit", Face::Portal),
            ("/api/v1/conversations/establish", Face::Engine),
            ("/api/v1/interactions/activities", Face::Engine),
            ("/inbound/customer/v1/direct/activity/1", Face::Engine),
            ("/engine-chat-hub/negotiate", Face::Events),
            ("/events/v1/ticket", Face::Events),
            ("/via/v3/organizations/acme/streaming/sessions", Face::Streaming),
            ("/xms/api/v1/messages", Face::Messaging),
            ("/integration/external/v2.0/webhook", Face::Handoff),
            ("/mogambo_api/nodes/faq/1", Face::Handoff),
            ("/", Face::Operation),
            ("/metrics", Face::Operation),
            ("/viaduct", Face::Operation),
        ] {
            assert_eq!(Face::of_path(path), face, "{path}");
        }
    }

    #[test]
    fn faces_are_listed_in_the_order_of_their_discriminants() {
        for (index, face) in Face::ALL.into_iter().enumerate() {
            assert_eq!(face as usize, index);
        }
    }
}

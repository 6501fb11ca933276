//! The identifiers, each a type of its own, so that a hub id cannot be passed for a tenant id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Defines an identifier that is a UUID on the wire and 16 bytes in the store.
macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones (UUID version 7).
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier's 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Reads back what [`Self::as_bytes`] gave; `None` unless there are 16 bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // As the library displays it, but for widths and fills, which nobody asks for.
                f.write_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

/// Defines an identifier that is a text, chosen by whoever creates the thing or made by us.
macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

uuid_id! {
    /// A tenant: one organization and everything it owns.
    TenantId;
    /// A hub: the configuration that one line of a tenant's business shares.
    HubId;
    /// An integration: one way into or out of a hub.
    IntegrationId;
    /// A command of a hub.
    CommandId;
    /// A conversation of one customer on one customer integration.
    ConversationId;
    /// A recorded message activity.
    InteractionId;
    /// A streaming session.
    SessionId;
    /// A visit of a web chat: a page that was given a token.
    VisitorId;
    /// One secret of a client; a token names the secret that opened it.
    SecretId;
    /// An edition of what a bot answers from.
    FaqEditionId;
    /// Something on its way to a webhook.
    DeliveryId;
    /// An upload of what a bot is to answer from.
    FaqUploadId;
    /// Something that messaging is configured by: a variable, a template, an app.
    MessagingId;
    /// What operators were told about a webhook.
    NotificationId;
}

text_id! {
    /// A tenant's name in addresses (`orgId`): lower-case letters, digits and dashes.
    OrgId;
    /// A client: credentials with scopes.
    ClientId;
    /// A user of a tenant's directory.
    UserId;
    /// A team of a tenant's directory.
    TeamId;
}

impl ConversationId {
    /// Stands where a conversation is named and what is told happened in none: the nil UUID, which none is given.
    pub const NONE: Self = Self(Uuid::nil());
}

impl HubId {
    /// The same for what happened in no hub.
    pub const NONE: Self = Self(Uuid::nil());
}

impl IntegrationId {
    /// Stands where an integration is named and the platform itself is meant, which has none: the nil UUID, which no
    /// integration is given.
    pub const PLATFORM: Self = Self(Uuid::nil());
}

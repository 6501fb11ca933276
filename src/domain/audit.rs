//! The audit log: who changed what of a tenant's configuration, when, and from where.
//! It must not know how anything is changed or where the log is kept. Nothing in it is secret: of an update it has
//! the names of what changed and no value.

use std::net::IpAddr;

use super::clock::Millis;
use super::ids::{ClientId, TenantId};

/// Whoever changes something of a tenant. Every change asks for one, so none can be made without saying who makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Whose configuration is changed; whatever is to be changed has to belong to it.
    pub tenant: TenantId,
    /// Who it is.
    pub who: Who,
    /// Where the wish came from, if that is known; behind a proxy it is the proxy's address.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Somebody who has the data folder at hand and works on it without credentials.
    pub fn operator(tenant: TenantId) -> Self {
        Self { tenant, who: Who::Operator, address: None }
    }
}

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever runs the broker.
    Operator,
    /// A program of the tenant.
    Client {
        /// Its client.
        client: ClientId,
        /// The number of the secret that opened its token; none when the secret was just being deleted.
        secret: Option<u32>,
    },
}

/// What was done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Created,
    /// Some of it is other than before.
    Updated,
    /// It is gone.
    Deleted,
    /// It is sent again; of an integration, all that was given up since a moment.
    Replayed,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Updated, Self::Deleted, Self::Replayed];

    /// Its word on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Replayed => "replayed",
        }
    }

    /// The action of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// What kind of thing a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// The tenant itself, with all that it begins with.
    Tenant,
    /// A secret of a client, which the portal calls its token; its id is `<clientId>/<number>`.
    Token,
    /// A hub.
    Hub,
    /// An integration.
    Integration,
    /// A transfer or response command.
    Command,
    /// A user of the directory.
    User,
    /// A team of the directory.
    Team,
    /// The stages of a hub; their id is the hub's.
    Pipeline,
    /// A variable of messages.
    Variable,
    /// A template of messages.
    Template,
    /// The address at which a messaging client hears.
    Webhook,
    /// What a webhook is sent; it has the integration's name, or the address of a messaging client's webhook.
    Delivery,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Tenant,
        Self::Token,
        Self::Hub,
        Self::Integration,
        Self::Command,
        Self::User,
        Self::Team,
        Self::Pipeline,
        Self::Delivery,
        Self::Template,
        Self::Variable,
        Self::Webhook,
    ];

    /// Its word on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Token => "token",
            Self::Hub => "hub",
            Self::Integration => "integration",
            Self::Command => "command",
            Self::User => "user",
            Self::Team => "team",
            Self::Pipeline => "pipeline",
            Self::Variable => "variable",
            Self::Template => "template",
            Self::Webhook => "webhook",
            Self::Delivery => "delivery",
        }
    }

    /// The kind of that word, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Who made it, of which tenant, and from where.
    pub by: Actor,
    /// When.
    pub at: Millis,
    /// What was done.
    pub action: Action,
    /// To what kind of thing.
    pub kind: AuditKind,
    /// The thing's id, as answers have it.
    pub id: String,
    /// Its name at that time, before a deletion and after any other change.
    pub name: String,
    /// Of an update, the properties that are other than before.
    pub changed: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_action_reads_back_from_its_word() {
        for kind in AuditKind::ALL {
            assert_eq!(AuditKind::from_name(kind.name()), Some(kind));
        }
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
        }
        assert_eq!((AuditKind::from_name("HUB"), AuditKind::from_name("fax")), (Some(AuditKind::Hub), None));
    }
}

//! Commands of a hub: what an agent or a bot sets off in a conversation with a line that begins with `::`
//! (platform documentation §10.4, §10.5 and §12.4.13). It must not know how such a line is read.

use serde_json::{Map, Value};

use crate::domain::clock::Millis;
use crate::domain::ids::{CommandId, HubId, TenantId};
use crate::domain::integration::IntegrationType;

/// What a command begins with.
pub const COMMAND_MARK: &str = "::";

/// Whether a text is a command, where whoever says it may give any, and nothing to be said. One that begins with
/// anything before the mark, be it a space, is said.
pub fn is_command(text: &str) -> bool {
    text.starts_with(COMMAND_MARK)
}

/// One command of a hub.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Identifies the command for ever.
    pub id: CommandId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub in whose conversations it can be given.
    pub hub: HubId,
    /// Unique among the hub's commands of its kind, in any case of letters. A line says which kind it means
    /// (`::trans -n sales`, `::resp -n sales`), so that the two kinds do not take each other's names.
    pub name: String,
    /// What it is for, in the tenant's words; empty when nobody said.
    pub description: String,
    /// What it does.
    pub effect: Effect,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

/// What a command can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// It sends a web chat to another page.
    Transfer,
    /// It says something that was prepared.
    Response,
}

impl CommandKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Transfer, Self::Response];
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It sends a web chat to another page.
    Transfer(Transfer),
    /// It says something that was prepared.
    Response(Response),
}

impl Effect {
    /// Of which kind it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Transfer(_) => CommandKind::Transfer,
            Self::Response(_) => CommandKind::Response,
        }
    }
}

/// Sends a web chat to another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The page: an absolute http or https address.
    pub url: String,
    /// The text of the link that leads there.
    pub link_description: String,
    /// Milliseconds after which the web chat is mounted there: 0 is at once, below 0 is never. No wider than the
    /// timers of the browsers that are told.
    pub mount_delay: i32,
}

/// Says something that was prepared.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Under which it is listed, in the tenant's words; empty when nobody said.
    pub category: String,
    /// Whose integrations it is for.
    pub party: ResponseParty,
    /// What is said.
    pub responses: Responses,
}

/// Whose integrations a response is for (platform documentation §10.5.1, `integrationTypeId`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseParty {
    /// Agents.
    Agent,
    /// Customers.
    Customer,
}

impl ResponseParty {
    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Customer => "customer",
        }
    }

    /// The party of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        IntegrationType::from_name(name).and_then(Self::of)
    }

    /// The party that integrations of a type serve; nobody prepares responses for bots and listeners.
    pub fn of(kind: IntegrationType) -> Option<Self> {
        match kind {
            IntegrationType::Agent => Some(Self::Agent),
            IntegrationType::Customer => Some(Self::Customer),
            IntegrationType::Hubster | IntegrationType::Bot | IntegrationType::System => None,
        }
    }
}

/// What a response says, in its order: messages or events, never both. They are checked as activities are.
#[derive(Clone, Debug, PartialEq)]
pub enum Responses {
    /// Messages (platform documentation §12.4).
    Messages(Vec<Map<String, Value>>),
    /// Events (platform documentation §12.5).
    Events(Vec<Map<String, Value>>),
}

impl Responses {
    /// What each of them is.
    pub fn kind(&self) -> ResponseType {
        match self {
            Self::Messages(_) => ResponseType::Message,
            Self::Events(_) => ResponseType::Event,
        }
    }

    /// Each of them.
    pub fn all(&self) -> &[Map<String, Value>] {
        match self {
            Self::Messages(all) | Self::Events(all) => all,
        }
    }

    /// Each of them, without what they are.
    pub fn into_all(self) -> Vec<Map<String, Value>> {
        match self {
            Self::Messages(all) | Self::Events(all) => all,
        }
    }
}

/// What the responses of a command are (platform documentation §10.5.1, `type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// Messages.
    Message,
    /// Events.
    Event,
}

impl ResponseType {
    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Event => "event",
        }
    }

    /// The type of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Message, Self::Event].into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// Responses of this type.
    pub fn of(self, all: Vec<Map<String, Value>>) -> Responses {
        match self {
            Self::Message => Responses::Messages(all),
            Self::Event => Responses::Events(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_and_types_are_named_in_any_case_of_letters() {
        for party in [ResponseParty::Agent, ResponseParty::Customer] {
            assert_eq!(ResponseParty::from_name(&party.name().to_uppercase()), Some(party));
        }
        for kind in [ResponseType::Message, ResponseType::Event] {
            assert_eq!(ResponseType::from_name(&kind.name().to_uppercase()), Some(kind));
            assert_eq!(kind.of(Vec::new()).kind(), kind);
        }
        assert_eq!((ResponseParty::from_name("bot"), ResponseType::from_name("text")), (None, None));
    }
}

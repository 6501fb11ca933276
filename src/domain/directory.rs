//! The directory: a tenant's users and teams, shared by all faces.

use crate::domain::ids::{TeamId, TenantId, UserId};

/// The longest id of a user or a team, in characters.
pub const MAX_ID_CHARS: usize = 255;

/// Skills of one user.
pub const MAX_SKILLS: usize = 100;

/// Characters of a skill.
pub const MAX_SKILL: usize = 128;

/// Whether a user is there for conversations, as the user's desk says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserState {
    /// There, and free for more. So is whoever never said anything: an agent is not passed over in silence.
    #[default]
    Available,
    /// There, and not free for more.
    Busy,
    /// Gone for a while.
    Away,
    /// Gone.
    Offline,
}

impl UserState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Available, Self::Busy, Self::Away, Self::Offline];

    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }

    /// The state of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(name))
    }
}

/// Someone who works for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Identifies the user within the tenant.
    pub id: UserId,
    /// Whose directory it is.
    pub tenant: TenantId,
    /// The user's number within the tenant, from 1, its own while the user exists: the `ehubSessionId` of the user's
    /// engagement events.
    pub number: i64,
    /// The user's name for people; others may have the same.
    pub name: String,
    /// Where the user gets mail; empty when nobody said.
    pub email: String,
    /// What the user can do, each once in any case of letters.
    pub skills: Vec<String>,
    /// Whether the user is there for conversations.
    pub state: UserState,
}

/// Whether a team works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TeamState {
    /// Chats can be handed to it. So they can to a team of which nobody ever said anything.
    #[default]
    Active,
    /// Bot platforms can hand it no chats; what its members have stays with them.
    Inactive,
}

impl TeamState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Active, Self::Inactive];

    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// The state of that name, in any case of letters.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(name))
    }
}

/// Users who work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Identifies the team within the tenant.
    pub id: TeamId,
    /// Whose directory it is.
    pub tenant: TenantId,
    /// The team's number within the tenant, from 1, its own while the team exists: its place in lists.
    pub number: i64,
    /// The team's name for people, unique within the tenant in any case of letters: conversations are handed to a
    /// team by its name.
    pub name: String,
    /// Who is in it, each once and each in the directory.
    pub members: Vec<UserId>,
    /// Whether it works.
    pub state: TeamState,
}

/// Whether a text can be an address of electronic mail: one `@` with something on either side, and nothing that is
/// blank or cannot be seen. Whether mail arrives there, only mail can tell.
pub fn is_email(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
    };
    text.split_once('@').is_some_and(|(local, host)| is_part(local) && is_part(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_named_in_any_case_of_letters() {
        for state in UserState::ALL {
            assert_eq!(UserState::from_name(&state.name().to_uppercase()), Some(state));
        }
        assert_eq!(UserState::from_name("asleep"), None);
        for state in TeamState::ALL {
            assert_eq!(TeamState::from_name(&state.name().to_uppercase()), Some(state));
        }
        assert_eq!(TeamState::from_name("available"), None);
    }

    #[test]
    fn an_address_has_one_at_sign_and_something_on_either_side() {
        for good in ["a@b", "zoë.x+y@mail.example", "\"quoted\"@[10.0.0.1]"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b ", "a@\u{7}b"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}

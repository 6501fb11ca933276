//! A conversation: one customer on one customer integration, found again by its binding key.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::clock::Millis;
use crate::domain::directory::{MAX_SKILL, MAX_SKILLS};
use crate::domain::ids::{ConversationId, HubId, IntegrationId, TeamId, TenantId, VisitorId};
use crate::domain::names;
use crate::domain::order::Position;
use crate::domain::receipt::Receipts;

/// The longest binding key, in bytes: it is an index key of the store.
pub const MAX_BINDING: usize = 512;

/// How many visitors may have a conversation open. Each page that is opened is one, and their tokens live long, so
/// the oldest make room; who is left out establishes the conversation again.
pub const MAX_VISITORS: usize = 32;

/// How far [`Conversation::said`] may be behind what is said: the head of a conversation is not kept anew for each
/// message, and silence is counted in days.
pub const SAID_STEP: Duration = Duration::from_secs(60 * 60);

/// What the business knows of the customer: collections of key/value pairs
/// (platform documentation §11.1.2, Properties).
pub type Properties = Map<String, Value>;

/// How far each side has seen, as the `eventId` of the last activity it marked; 0 when it marked none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenMarks {
    /// What the customer has seen.
    pub customer: i64,
    /// What the business has seen.
    pub business: i64,
}

/// How a conversation stands with the agent it was routed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentState {
    /// No agent has it.
    #[default]
    None,
    /// It was offered to the agent, who has neither answered nor accepted.
    Offered,
    /// The agent has answered or accepted.
    Active,
}

/// The two ends of a conversation. Each may see things that the other must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The customer's end.
    Customer,
    /// The end of agents, bots and systems.
    Business,
}

/// Which agents are wanted in a conversation that was handed over to agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Only members of this team. A team that is gone keeps nobody away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Only those who have all of these, in any case of letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
}

/// Why skills cannot be wanted: no user can have them, and the customer would wait for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no user has more than {MAX_SKILLS} skills, or one of more than {MAX_SKILL} characters")]
pub struct SkillsBeyondUsers;

impl Wanted {
    /// Members of this team, if one is given, who have all of these skills.
    ///
    /// # Errors
    /// When there are more skills, or longer ones, than a user can have.
    pub fn new(team: Option<TeamId>, skills: Vec<String>) -> Result<Self, SkillsBeyondUsers> {
        let is_too_long = |skill: &String| skill.chars().count() > MAX_SKILL;
        if skills.len() > MAX_SKILLS || skills.iter().any(is_too_long) {
            return Err(SkillsBeyondUsers);
        }
        Ok(Self { team, skills })
    }
}

/// A hand-over to agents that was announced and is due at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledHandover {
    /// When it is to be done.
    pub due: Millis,
    /// The agents who are wanted then.
    pub wanted: Wanted,
}

/// The head of a conversation: everything but its activities.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Identifies the conversation for ever.
    pub id: ConversationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The hub it happens in.
    pub hub: HubId,
    /// The customer integration it came by.
    pub integration: IntegrationId,
    /// Finds the open conversation of one customer on the integration.
    pub binding: String,
    /// Stands for the customer in the sources of activities.
    pub token: String,
    /// What the business knows of the customer.
    pub properties: Arc<Properties>,
    /// When it was established.
    pub opened: Millis,
    /// When it was closed.
    pub closed: Option<Millis>,
    /// When something that is kept was last said, or up to [`SAID_STEP`] before; none while nothing was.
    pub said: Option<Millis>,
    /// Whether the customer has said anything that is kept.
    pub spoken: bool,
    /// Until when the customer was told that nobody is there; none where it was not told.
    pub told_closed: Option<Millis>,
    /// Since when the business has nothing left to do in it; none while it has. The customer may write on, and then it
    /// has again.
    pub resolved: Option<Millis>,
    /// The bot or agent integration that now answers it; none while it waits in the queue, or while nobody has said
    /// anything yet.
    pub destination: Option<IntegrationId>,
    /// Since when it waits in the queue, and for an agent; none while it does not.
    pub queued: Option<Millis>,
    /// The agents who are wanted since it was handed over to agents; none while a bot may answer as well.
    pub wanted: Option<Arc<Wanted>>,
    /// The hand-over to agents that is due later; none while nothing was announced.
    pub scheduled: Option<Arc<ScheduledHandover>>,
    /// How it stands with the agent.
    pub agent: AgentState,
    /// The agents' number for it, unique in the organization; given when it is first routed to one.
    pub number: Option<i64>,
    /// How far each side has seen.
    pub seen: SeenMarks,
    /// How far the customer's own sockets and polls have taken what was said, in the organization's order; what they
    /// have taken since may not be told here yet.
    pub taken: Position,
    /// The visitors of a web chat who have established it, at most [`MAX_VISITORS`]: to all others it is not there.
    pub visitors: Vec<VisitorId>,
    /// What the business's own software has sent and waits to hear the fate of.
    pub receipts: Receipts,
}

impl Conversation {
    /// The agents who are wanted now: while a hand-over is announced those it is announced to.
    pub fn wanted_now(&self) -> Option<&Wanted> {
        let announced = self.scheduled.as_deref().map(|handover| &handover.wanted);
        announced.or(self.wanted.as_deref())
    }

    /// The customer's name for people, as the profile gives it.
    pub fn customer_name(&self) -> &str {
        self.profile("full name").unwrap_or("")
    }

    /// Lets a visitor in who has established it, in place of the oldest when there are too many; whether that is new.
    pub fn admit(&mut self, visitor: VisitorId) -> bool {
        if self.visitors.contains(&visitor) {
            return false;
        }
        if self.visitors.len() >= MAX_VISITORS {
            self.visitors.remove(0);
        }
        self.visitors.push(visitor);
        true
    }

    /// A text of the profile.
    pub fn profile(&self, key: &str) -> Option<&str> {
        self.properties.get("profile")?.get(key)?.as_str()
    }
}

/// Fills in what every profile has (platform documentation §11.1.2): `device` and a `full name`.
pub fn with_default_profile(mut properties: Properties, device: &str) -> Properties {
    let profile = properties.entry("profile").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(profile) = profile {
        profile.entry("device").or_insert_with(|| device.into());
        profile.entry("full name").or_insert_with(|| names::fun_name().into());
    }
    properties.entry("additional").or_insert_with(|| Value::Object(Map::new()));
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> Conversation {
        Conversation {
            id: ConversationId::new(),
            tenant: TenantId::new(),
            hub: HubId::new(),
            integration: IntegrationId::new(),
            binding: "ada".to_owned(),
            token: String::new(),
            properties: Arc::default(),
            opened: Millis(0),
            closed: None,
            said: None,
            spoken: false,
            told_closed: None,
            resolved: None,
            destination: None,
            queued: None,
            wanted: None,
            scheduled: None,
            agent: AgentState::None,
            number: None,
            seen: SeenMarks::default(),
            taken: Position::default(),
            visitors: Vec::new(),
            receipts: Receipts::default(),
        }
    }

    #[test]
    fn the_oldest_visitor_makes_room_for_one_too_many() {
        let mut conversation = conversation();
        let visitors: Vec<_> = (0..=MAX_VISITORS).map(|_| VisitorId::new()).collect();
        for visitor in &visitors[..MAX_VISITORS] {
            assert!(conversation.admit(*visitor));
            assert!(!conversation.admit(*visitor), "once is enough");
        }
        assert_eq!(conversation.visitors, visitors[..MAX_VISITORS]);
        assert!(conversation.admit(visitors[MAX_VISITORS]));
        assert_eq!(conversation.visitors, visitors[1..]);
    }

    #[test]
    fn no_more_and_no_longer_skills_are_wanted_than_a_user_can_have() {
        let wanted = |count: usize, length: usize| Wanted::new(None, vec!["é".repeat(length); count]);
        assert_eq!(wanted(MAX_SKILLS, MAX_SKILL).map(|wanted| wanted.skills.len()), Ok(MAX_SKILLS));
        assert_eq!(wanted(MAX_SKILLS + 1, 1), Err(SkillsBeyondUsers));
        assert_eq!(wanted(1, MAX_SKILL + 1), Err(SkillsBeyondUsers));
    }

    #[test]
    fn a_profile_gets_a_device_and_a_name_unless_it_has_them() {
        let made = with_default_profile(Map::new(), "Direct");
        assert_eq!(made["profile"]["device"], "Direct");
        assert!(made["profile"]["full name"].as_str().is_some_and(|name| name.contains(' ')));

        let given = serde_json::json!({"profile": {"device": "Kiosk", "full name": "Ada"}});
        let Value::Object(given) = given else { unreachable!("written as an object above") };
        let kept = with_default_profile(given, "Direct");
        assert_eq!(kept["profile"]["device"], "Kiosk");
        assert_eq!(kept["profile"]["full name"], "Ada");
    }
}

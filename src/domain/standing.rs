//! Where a conversation stands as people and programs outside are told it: who holds it, in which queue, and what a
//! move changed of that. It must not know who is told, nor in which words.

use crate::domain::ids::{ConversationId, IntegrationId, TeamId, UserId};

/// Which queue a conversation is in. Each can be asked for when it is routed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Queue {
    /// None: nobody has said anything yet.
    #[default]
    None,
    /// That of the bots.
    Bot,
    /// That of all agents.
    Agents,
    /// That of a team's agents.
    Team(TeamId),
}

/// Who holds a conversation, if somebody does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    #[default]
    Nobody,
    /// A bot.
    Bot(IntegrationId),
    /// An agent, and the user of the directory that it works for.
    Agent(IntegrationId, Option<UserId>),
}

impl Holder {
    /// The integration that answers.
    pub fn integration(&self) -> Option<IntegrationId> {
        match self {
            Self::Nobody => None,
            Self::Bot(id) | Self::Agent(id, _) => Some(*id),
        }
    }

    /// What the agent is called by, if an agent holds it: its user, or else its integration.
    pub fn agent(&self) -> Option<String> {
        match self {
            Self::Agent(_, Some(user)) => Some(user.to_string()),
            Self::Agent(id, None) => Some(id.to_string()),
            Self::Nobody | Self::Bot(_) => None,
        }
    }

    /// What the bot is called by, if a bot holds it.
    pub fn bot(&self) -> Option<String> {
        match self {
            Self::Bot(id) => Some(id.to_string()),
            Self::Nobody | Self::Agent(..) => None,
        }
    }
}

/// Where a conversation stands at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Who holds it.
    pub holder: Holder,
    /// In which queue it is.
    pub queue: Queue,
    /// Whether nothing that is kept has been said in it.
    pub is_silent: bool,
}

impl Standing {
    /// The team whose agents are wanted, if one's are.
    pub fn team(&self) -> Option<&TeamId> {
        match &self.queue {
            Queue::Team(team) => Some(team),
            Queue::None | Queue::Bot | Queue::Agents => None,
        }
    }
}

/// What a move changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveEvent {
    /// It is in another queue, or was routed anew.
    Routed,
    /// Somebody else holds it, or the agents of another team are wanted.
    Assigned,
}

/// A move of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The conversation.
    pub conversation: ConversationId,
    /// Where it stood before.
    pub from: Standing,
    /// Where it stands now.
    pub to: Standing,
    /// Whether somebody routed it: that is told even where all stands as it stood.
    pub is_routed: bool,
}

impl Move {
    /// What is to be told of it, in this order; nothing where nobody routed it and all stands as it stood.
    pub fn events(&self) -> Vec<MoveEvent> {
        let mut events = Vec::new();
        if self.is_routed || self.from.queue != self.to.queue {
            events.push(MoveEvent::Routed);
        }
        if self.from.holder != self.to.holder || self.from.team() != self.to.team() {
            events.push(MoveEvent::Assigned);
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: Standing, to: Standing) -> Vec<MoveEvent> {
        Move { conversation: ConversationId::new(), from, to, is_routed: false }.events()
    }

    fn at(holder: Holder, queue: Queue) -> Standing {
        Standing { holder, queue, is_silent: false }
    }

    #[test]
    fn a_move_is_told_by_what_it_changed() {
        let (bot, agent) = (Holder::Bot(IntegrationId::new()), Holder::Agent(IntegrationId::new(), None));
        let with_bot = at(bot, Queue::Bot);
        let with_agent = at(agent.clone(), Queue::Agents);
        let of_team = at(agent, Queue::Team("sales".into()));
        let both = [MoveEvent::Routed, MoveEvent::Assigned];
        assert_eq!(moved(Standing::default(), with_bot.clone()), both);
        assert_eq!(moved(with_bot.clone(), with_agent.clone()), both);
        assert_eq!(moved(with_bot.clone(), with_bot), []);
        assert_eq!(moved(with_agent.clone(), of_team), both, "the agents of a team are wanted now");
        let colleague = at(Holder::Agent(IntegrationId::new(), None), Queue::Agents);
        assert_eq!(moved(with_agent.clone(), colleague), [MoveEvent::Assigned]);
        assert_eq!(moved(with_agent, at(Holder::Nobody, Queue::Agents)), [MoveEvent::Assigned]);
    }

    #[test]
    fn a_route_is_told_even_to_where_it_stands() {
        let stands = at(Holder::Bot(IntegrationId::new()), Queue::Bot);
        let stays =
            Move { conversation: ConversationId::new(), from: stands.clone(), to: stands, is_routed: true };
        assert_eq!(stays.events(), [MoveEvent::Routed]);
    }

    #[test]
    fn an_agent_is_called_by_its_user_if_it_works_for_one() {
        let id = IntegrationId::new();
        assert_eq!(Holder::Agent(id, Some("ada".into())).agent(), Some("ada".to_owned()));
        assert_eq!(Holder::Agent(id, None).agent(), Some(id.to_string()));
        assert_eq!((Holder::Bot(id).agent(), Holder::Bot(id).bot()), (None, Some(id.to_string())));
    }
}

//! A hand-over that is announced to a team and done when its countdown ends. Until then the conversation stays where
//! it is, and the team's agents are shown that it comes. It is called off when the conversation goes to agents in
//! another way, or is closed.

use std::sync::Arc;

use super::passage::Passage;
use crate::domain::conversation::ScheduledHandover;
use crate::domain::directory::{Team, User};
use crate::domain::integration::IntegrationType;
use crate::pipeline::raise::Countdown;

impl Passage<'_> {
    /// Announces a hand-over, in place of the one that was announced before.
    pub(in crate::pipeline) fn begin_countdown(&mut self, handover: ScheduledHandover) {
        self.end_countdown(None);
        if self.head().number.is_none() {
            self.lane.head.number = Some(self.engine.next_number(self.head().tenant));
        }
        if let Some(team) = self.team_of(&handover) {
            let seconds = handover.due.since(self.now).as_secs();
            let countdown = Countdown { team: &team, due: handover.due, seconds };
            for user in self.agents_of(&team) {
                let announced = self.raise(&user).announced(&countdown);
                self.raised.push(announced);
            }
        }
        self.lane.head.scheduled = Some(Arc::new(handover));
        self.changed = true;
    }

    /// Nothing is announced any more. Whoever was shown it hears that, but for the one who hears something else of
    /// the conversation now.
    pub(super) fn end_countdown(&mut self, told_otherwise: Option<Arc<User>>) {
        let Some(handover) = self.lane.head.scheduled.take() else { return };
        self.changed = true;
        // Those of a team that is gone heard it when the team went.
        if let Some(team) = self.team_of(&handover) {
            self.withdraw_countdown(&team, told_otherwise.as_deref());
        }
    }

    /// A team is not shown any more that the conversation comes, but for the one who is told otherwise.
    pub(in crate::pipeline) fn withdraw_countdown(&mut self, team: &Team, told_otherwise: Option<&User>) {
        let mut shown = self.agents_of(team);
        shown.retain(|user| told_otherwise.is_none_or(|other| other.id != user.id));
        for user in shown {
            let withdrawn = self.raise(&user).withdrawn();
            self.raised.push(withdrawn);
        }
    }

    /// Does what was announced: the conversation goes to one of those who are wanted, or waits for them.
    pub(in crate::pipeline) fn hand_over_as_announced(&mut self, handover: &ScheduledHandover) {
        let before = self.head().destination;
        let wanted = Arc::new(handover.wanted.clone());
        let to = match self.pass_to_agents(wanted.clone(), None) {
            Ok(to) => to,
            // The hub has neither agents nor bots any more: it waits for the first to come.
            Err(_) => {
                self.end_countdown(None);
                self.lane.head.wanted = Some(wanted);
                self.queue();
                None
            }
        };
        let is_there_already = to.as_ref().is_some_and(|to| before == Some(to.id));
        if !is_there_already {
            self.tell_of_handover(to.as_deref());
        }
    }

    fn team_of(&self, handover: &ScheduledHandover) -> Option<Arc<Team>> {
        self.engine.registry.team(self.head().tenant, handover.wanted.team.as_ref()?)
    }

    /// The members of a team who work as agents of the conversation's hub, each once.
    fn agents_of(&self, team: &Team) -> Vec<Arc<User>> {
        let agents = self.engine.registry.integrations_of(self.head().hub);
        let agents = agents.iter().filter(|one| one.kind == IntegrationType::Agent && one.is_active());
        let mut users: Vec<_> = agents.filter_map(|agent| self.engine.user_of(agent)).collect();
        users.retain(|user| team.members.contains(&user.id));
        users.sort_by(|one, other| one.id.cmp(&other.id));
        users.dedup_by(|one, other| one.id == other.id);
        users
    }
}

//! A hand-over that is announced to a team and done when its countdown ends. Until then the conversation stays where
//! it is, and the team's agents are shown that it comes: in their sessions, and on the sockets of their integrations.
//! It is called off when the conversation goes to agents in another way, or is closed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::passage::{Passage, Utterance};
use crate::domain::activity::Content;
use crate::domain::conversation::{ScheduledHandover, Wanted};
use crate::domain::directory::{Team, User};
use crate::domain::ids::IntegrationId;
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::encode::utc;
use crate::pipeline::raise::Countdown;
use crate::pipeline::validate::Keeping;

/// The payload type that tells sockets of a countdown: `{"state", "teamId", "team"}`, and where it begins `countdown`
/// (seconds) and `dueDateTime`.
const COUNTDOWN: &str = "hubster.countdown";

/// `state` of a countdown that begins.
const BEGUN: &str = "begun";

/// How a countdown is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum CountdownEnd {
    /// An agent has the conversation before its time.
    Taken,
    /// The conversation does not go to those who were shown it, as far as the countdown is concerned.
    Cancelled,
    /// The time has come: the conversation goes to one of those who are wanted, or waits for them.
    Elapsed,
}

impl CountdownEnd {
    /// Its `state` on the wire.
    fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Cancelled => "cancelled",
            Self::Elapsed => "elapsed",
        }
    }
}

/// Who is shown what comes to a team.
struct Shown {
    /// Its members who work as agents of the hub, each once.
    users: Vec<Arc<User>>,
    /// The integrations by which they do.
    integrations: Vec<IntegrationId>,
}

impl Passage<'_> {
    /// Announces a hand-over, in place of the one that was announced before.
    pub(in crate::pipeline) fn begin_countdown(&mut self, handover: ScheduledHandover) {
        self.end_countdown(CountdownEnd::Cancelled, None);
        if self.head().number.is_none() {
            self.lane.head.number = Some(self.engine.next_number(self.head().tenant));
        }
        if let Some(team) = self.team_of(&handover) {
            let seconds = handover.due.since(self.now).as_secs();
            let countdown = Countdown { team: &team, due: handover.due, seconds };
            let shown = self.shown_to(&team);
            for user in shown.users {
                let announced = self.raise(&user).announced(&countdown);
                self.raised.push(announced);
            }
            let due = [("countdown", Value::from(seconds)), ("dueDateTime", utc(handover.due).into())];
            self.say_of_countdown(BEGUN, &team, due, shown.integrations);
        }
        self.lane.head.scheduled = Some(Arc::new(handover));
        self.changed = true;
    }

    /// Nothing is announced any more. Whoever was shown it hears that; in sessions all but the one who hears
    /// something else of the conversation now. If it was resolved and is taken, it is so no more.
    pub(super) fn end_countdown(&mut self, how: CountdownEnd, told_otherwise: Option<Arc<User>>) {
        let Some(handover) = self.lane.head.scheduled.take() else { return };
        self.changed = true;
        if how == CountdownEnd::Taken {
            self.reopen();
        }
        // Those of a team that is gone heard it when the team went.
        if let Some(team) = self.team_of(&handover) {
            self.withdraw_countdown(&team, how, told_otherwise.as_deref());
        }
    }

    /// Nothing is announced any more, since the conversation goes to somebody, or waits. Agents alone take it.
    pub(super) fn end_countdown_by(&mut self, to: Option<&Integration>) {
        match to.filter(|to| to.kind == IntegrationType::Agent) {
            Some(agent) => self.end_countdown(CountdownEnd::Taken, self.engine.user_of(agent)),
            None => self.end_countdown(CountdownEnd::Cancelled, None),
        }
    }

    /// Whom a hand-over is to that asks for these: while another is announced, one that asks for nobody in particular
    /// is to those whom that is announced to.
    pub(super) fn or_announced(&self, asked: Arc<Wanted>) -> Arc<Wanted> {
        match &self.head().scheduled {
            Some(handover) if *asked == Wanted::default() => Arc::new(handover.wanted.clone()),
            _ => asked,
        }
    }

    /// Those to whom the conversation is announced, if it is, are wanted from now on, and not only when it is due.
    pub(super) fn want_as_announced(&mut self) {
        if let Some(handover) = self.head().scheduled.clone() {
            self.want(Some(Arc::new(handover.wanted.clone())));
        }
    }

    /// A team is not shown any more that the conversation comes, but for the one who is told otherwise.
    pub(in crate::pipeline) fn withdraw_countdown(
        &mut self,
        team: &Team,
        how: CountdownEnd,
        told_otherwise: Option<&User>,
    ) {
        self.withdraw_previews(team, told_otherwise);
        let integrations = self.shown_to(team).integrations;
        self.say_of_countdown(how.name(), team, [], integrations);
    }

    /// The same in sessions alone: for who leaves the team while the countdown goes on for the others. Whoever has
    /// the conversation is not told to clear it: it is there.
    pub(in crate::pipeline) fn withdraw_previews(&mut self, team: &Team, told_otherwise: Option<&User>) {
        let holder = self.present_user();
        let untold = [told_otherwise, holder.as_deref()];
        let mut users = self.shown_to(team).users;
        users.retain(|user| untold.iter().flatten().all(|other| other.id != user.id));
        for user in users {
            let withdrawn = self.raise(&user).withdrawn();
            self.raised.push(withdrawn);
        }
    }

    /// Does what was announced: the conversation goes to one of those who are wanted, or waits for them. It stays
    /// where it is if one of them has it. If it was resolved, it is so no more.
    pub(in crate::pipeline) fn hand_over_as_announced(&mut self, handover: &ScheduledHandover) {
        let before = self.head().destination;
        let wanted = Arc::new(handover.wanted.clone());
        // First of all, so that nobody on the way takes it for called off.
        self.lane.head.scheduled = None;
        self.changed = true;
        let keeper = self.present_destination().filter(|holder| self.engine.keeps(holder, &wanted));
        let to = if keeper.is_some() {
            self.want(Some(wanted));
            keeper
        } else {
            // An error says that the hub has neither agents nor bots any more: it waits for the first to come.
            self.pass_to_agents(wanted.clone(), None).unwrap_or_else(|_| {
                self.want(Some(wanted));
                self.queue();
                None
            })
        };
        self.reopen();
        if let Some(team) = self.team_of(handover) {
            let told_otherwise = to.as_ref().and_then(|to| self.engine.user_of(to));
            self.withdraw_countdown(&team, CountdownEnd::Elapsed, told_otherwise.as_deref());
        }
        let is_there_already = to.as_ref().is_some_and(|to| before == Some(to.id));
        if !is_there_already {
            self.tell_of_handover(to.as_deref());
        }
    }

    /// Tells the sockets of these integrations, and who follows the conversation on the business's side. It is of the
    /// moment: nobody hears it later.
    fn say_of_countdown(
        &mut self,
        state: &str,
        team: &Team,
        more: impl IntoIterator<Item = (&'static str, Value)>,
        also_to: Vec<IntegrationId>,
    ) {
        let about: [(_, Value); 3] = [
            ("state", state.into()),
            ("teamId", team.id.as_str().into()),
            ("team", team.name.as_str().into()),
        ];
        let payload: Map<_, _> =
            about.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect();
        let event = Map::from_iter([
            ("type".to_owned(), Value::from("payload")),
            ("payloadType".to_owned(), COUNTDOWN.into()),
            ("payload".to_owned(), payload.into()),
        ]);
        self.utter(Utterance {
            external_id: None,
            sender: self.platform_source(),
            recipient: None,
            also_to,
            echo: None,
            content: Content::Event(event),
            keeping: Keeping::Transient,
            tags: Map::new(),
            interaction: None,
            unmasked: None,
            is_awaited: false,
            is_for_listeners: false,
        });
    }

    fn team_of(&self, handover: &ScheduledHandover) -> Option<Arc<Team>> {
        self.engine.registry.team(self.head().tenant, handover.wanted.team.as_ref()?)
    }

    fn shown_to(&self, team: &Team) -> Shown {
        let agents = self.engine.registry.integrations_of(self.head().hub);
        let agents = agents.iter().filter(|one| one.kind == IntegrationType::Agent && one.is_active());
        let of_team = agents.filter_map(|agent| {
            let user = self.engine.user_of(agent).filter(|user| team.members.contains(&user.id))?;
            Some((user, agent.id))
        });
        let (mut users, integrations): (Vec<_>, _) = of_team.unzip();
        users.sort_by(|one: &Arc<User>, other| one.id.cmp(&other.id));
        users.dedup_by(|one, other| one.id == other.id);
        Shown { users, integrations }
    }
}

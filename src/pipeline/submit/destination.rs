//! Where a conversation goes as it is talked in: to whoever answers it, to the queue, from one to the other, and what
//! the agents' sessions hear of that.

use std::sync::Arc;

use super::countdown::CountdownEnd;
use super::passage::Passage;
use crate::domain::activity::Source;
use crate::domain::conversation::{AgentState, Wanted};
use crate::domain::ids::IntegrationId;
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Standing;
use crate::pipeline::route::{Choice, answers};
use crate::pipeline::validate::{ActivityDraft, Keeping};
use crate::pipeline::wishes::WishedDestination;

impl Passage<'_> {
    /// Where what a customer says goes. Only what is kept chooses a destination: typing wakes nobody.
    pub(super) fn toward_business(&mut self, draft: &ActivityDraft) -> Result<Option<Source>, EngineError> {
        if draft.keeping != Keeping::Kept {
            let head = self.head();
            let present = head.destination.and_then(|id| self.engine.registry.integration(head.tenant, id));
            return Ok(present.map(|to| self.business_source(&to)));
        }
        let to = match &draft.wishes.destination {
            None => self.route()?,
            Some(wished) => self.grant(wished)?,
        };
        Ok(to.map(|to| self.business_source(&to)))
    }

    /// Where what the business says goes, and what it means for the conversation: an agent that speaks has it.
    pub(super) fn toward_customer(
        &mut self,
        sender: &Integration,
        draft: &ActivityDraft,
    ) -> Result<Option<Source>, EngineError> {
        // Looked up before anything is changed, since it may be gone.
        let customer = self.engine.integration(self.head().tenant, self.head().integration)?;
        if sender.kind == IntegrationType::Agent && draft.keeping == Keeping::Kept {
            self.take_over(sender);
        }
        Ok(Some(self.customer_source(&customer)))
    }

    /// The agent has the conversation from now on, and is active in it.
    pub(in crate::pipeline) fn take_over(&mut self, agent: &Integration) {
        if self.head().destination != Some(agent.id) {
            self.redirect(agent);
        }
        self.activate(agent);
    }

    /// Leaves the conversation where it is while somebody answers there; else takes it to whoever answers next. Gives
    /// who has it.
    ///
    /// # Errors
    /// [`EngineError::NobodyToAnswer`] when the hub has neither an agent nor a bot.
    fn route(&mut self) -> Result<Option<Arc<Integration>>, EngineError> {
        if let Some(stays) = self.present_destination() {
            return Ok(Some(stays));
        }
        let choice = self.engine.choose(self.head().hub, self.head().wanted_now())?;
        self.want_as_announced();
        Ok(match choice {
            Choice::To(to) => self.move_on(to),
            Choice::Queue => self.wait(None),
        })
    }

    /// Takes the conversation where a stage wants it. Gives who has it.
    fn grant(&mut self, wished: &WishedDestination) -> Result<Option<Arc<Integration>>, EngineError> {
        let active = self.present_destination().filter(|_| self.head().agent == AgentState::Active);
        match (wished, active) {
            (WishedDestination::Integration(id), _) => match self.answering(*id) {
                Some(to) if self.head().destination == Some(to.id) || self.engine.takes_one_more(&to) => {
                    Ok(self.move_on(to))
                }
                _ => self.route(),
            },
            (WishedDestination::Agents(_), Some(active)) => Ok(Some(active)),
            (WishedDestination::Agents(wanted), None) => self.pass_to_agents(wanted.clone(), None),
        }
    }

    /// From now on agents are wanted, and no bot: the least busy of those who are there gets the conversation, and
    /// without any it waits. The one who `leaves` it, if somebody does, does not get it back. Gives the agent.
    ///
    /// # Errors
    /// [`EngineError::NobodyToAnswer`] when the hub has neither an agent nor a bot.
    pub(in crate::pipeline) fn pass_to_agents(
        &mut self,
        wanted: Arc<Wanted>,
        leaves: Option<IntegrationId>,
    ) -> Result<Option<Arc<Integration>>, EngineError> {
        let choice = self.engine.choose_agent(self.head().hub, &wanted, leaves)?;
        self.want(Some(wanted));
        let to = match choice {
            Choice::To(to) => self.move_on(to),
            Choice::Queue => self.wait(leaves),
        };
        // Only now it is known whether an agent has it: one may have come since the choice.
        self.end_countdown_by(to.as_deref());
        Ok(to)
    }

    /// The present destination, if somebody answers there.
    pub(in crate::pipeline) fn present_destination(&self) -> Option<Arc<Integration>> {
        self.answering(self.head().destination?)
    }

    /// A bot or agent of the conversation's hub, if somebody answers there.
    pub(super) fn answering(&self, id: IntegrationId) -> Option<Arc<Integration>> {
        let head = self.head();
        self.engine.registry.integration(head.tenant, id).filter(|one| one.hub == head.hub && answers(one))
    }

    /// Hands the conversation to a destination, unless that has it.
    pub(super) fn move_on(&mut self, to: Arc<Integration>) -> Option<Arc<Integration>> {
        if self.head().destination != Some(to.id) {
            self.redirect(&to);
        }
        Some(to)
    }

    /// Hands the conversation to another destination. The agent who had it hears that it went, and the one who gets
    /// it is offered it.
    pub(in crate::pipeline) fn redirect(&mut self, to: &Integration) {
        let is_agent = to.kind == IntegrationType::Agent;
        if is_agent && self.head().number.is_none() {
            self.lane.head.number = Some(self.engine.next_number(self.head().tenant));
        }
        if is_agent {
            self.end_countdown(CountdownEnd::Taken, self.engine.user_of(to));
        }
        self.tell_who_leaves();
        self.lane.head.agent = if is_agent { AgentState::Offered } else { AgentState::None };
        self.move_to(Some(to.id));
        if let Some(user) = self.engine.user_of(to) {
            let offered = self.raise(&user).offered();
            self.raised.extend(offered);
        }
    }

    /// Lets the conversation wait, and looks once more who is there: whoever came after the choice may have looked
    /// into the queue before the conversation was in it. Gives who has it now.
    fn wait(&mut self, leaves: Option<IntegrationId>) -> Option<Arc<Integration>> {
        if self.head().queued.is_some() {
            return None;
        }
        self.queue();
        let (hub, wanted) = (self.head().hub, self.head().wanted.clone());
        let choice = match &wanted {
            Some(wanted) => self.engine.choose_agent(hub, wanted, leaves),
            None => self.engine.choose(hub, None),
        };
        let Ok(Choice::To(to)) = choice else { return None };
        self.move_on(to)
    }

    /// Lets the conversation wait for somebody to answer, if it does not already.
    pub(super) fn queue(&mut self) {
        if self.head().queued.is_some() {
            return;
        }
        self.tell_who_leaves();
        self.lane.head.agent = AgentState::None;
        self.move_to(None);
    }

    /// Closes the conversation. Who has it hears it cleared, wrapped up and idle; it may be among the `departed`,
    /// integrations that may be gone already.
    pub(in crate::pipeline) fn close(&mut self, departed: &[Arc<Integration>]) {
        self.end_countdown(CountdownEnd::Cancelled, None);
        self.lane.head.closed = Some(self.now);
        // Whoever reads to the end does not leave before it: nobody asks the readers of a closed conversation.
        self.lane.head.taken = self.lane.head.taken.max(self.conversation.takers.furthest_ever());
        self.changed = true;
        self.note_known();
        let unheard = self.lane.head.receipts.closed();
        self.tell_fates(unheard);
        let destination = self.head().destination;
        let of_departed = || {
            let departed = departed.iter().find(|one| Some(one.id) == destination);
            departed.and_then(|agent| self.engine.user_of(agent))
        };
        if let Some(user) = self.present_user().or_else(of_departed) {
            let closed = self.raise(&user).closed();
            self.raised.extend(closed);
        }
        if self.head().queued.is_some() {
            let before = Standing::of(self.head());
            self.lane.head.queued = None;
            self.engine.conversations.moved(before, self.head());
        }
    }

    fn move_to(&mut self, destination: Option<IntegrationId>) {
        let before = Standing::of(self.head());
        self.lane.head.destination = destination;
        self.lane.head.queued = destination.is_none().then_some(self.now);
        self.changed = true;
        self.engine.conversations.moved(before, self.head());
    }

    fn tell_who_leaves(&mut self) {
        if let Some(user) = self.present_user() {
            let transferred = self.raise(&user).transferred();
            self.raised.push(transferred);
        }
    }

    /// The agent who has the conversation answered or accepted, if it had not before. If it is announced to such as
    /// this one, it need not go anywhere any more.
    pub(in crate::pipeline) fn activate(&mut self, agent: &Integration) {
        let announced = self.head().scheduled.clone();
        if announced.is_some_and(|handover| self.engine.is_wanted(agent, &handover.wanted)) {
            self.end_countdown(CountdownEnd::Taken, self.engine.user_of(agent));
        }
        if self.head().agent == AgentState::Active {
            return;
        }
        self.lane.head.agent = AgentState::Active;
        self.changed = true;
        if let Some(user) = self.engine.user_of(agent) {
            let active = self.raise(&user).active();
            self.raised.push(active);
        }
    }
}

//! Hand-over: whoever has a conversation gives it to somebody else, by an event of its own or by a command. The one
//! who gets it hears that event, with what was said before; the customer hears nothing of it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::countdown::CountdownEnd;
use super::passage::{Passage, Utterance, speaker};
use super::platform::{PlatformSays, Toward};
use crate::domain::activity::{Content, Source};
use crate::domain::conversation::{SkillsBeyondUsers, Wanted};
use crate::domain::ids::TenantId;
use crate::domain::integration::{Integration, IntegrationType};
use crate::pipeline::engine::Engine;
use crate::pipeline::error::{EngineError, Fault, FaultKind};
use crate::pipeline::render::words;
use crate::pipeline::validate::{ActivityDraft, Keeping};

/// The payload type that hands a conversation over: `{"team", "reason"}`, and `skills`, all optional.
const HANDOVER: &str = "hubster.handover";

/// The event that hands a conversation over.
pub fn handover_event(team: Option<&str>, reason: Option<&str>) -> Map<String, Value> {
    let mut payload = Map::new();
    for (name, value) in [("team", team), ("reason", reason)] {
        if let Some(value) = value {
            payload.insert(name.to_owned(), value.into());
        }
    }
    Map::from_iter([
        ("type".to_owned(), "payload".into()),
        ("payloadType".to_owned(), HANDOVER.into()),
        ("payload".to_owned(), payload.into()),
    ])
}

/// The payload of a draft that hands a conversation over, if it does. A customer cannot.
pub(super) fn handover_in<'a>(sender: &Integration, draft: &'a ActivityDraft) -> Option<&'a Value> {
    let Content::Event(event) = &draft.content else { return None };
    let is_handover = event.get("payloadType")?.as_str()?.eq_ignore_ascii_case(HANDOVER);
    event.get("payload").filter(|_| is_handover && sender.kind != IntegrationType::Customer)
}

impl Engine {
    /// Which agents the payload of a hand-over asks for; none when it asks for nobody in particular. A team may be
    /// named by its name or its id; one that there is not keeps nobody away: the customer waits for somebody who
    /// helps.
    fn wanted_in(&self, tenant: TenantId, payload: &Value) -> Result<Option<Wanted>, EngineError> {
        let named = payload.get("team").and_then(Value::as_str).filter(|name| !name.is_empty());
        let skills = payload.get("skills").and_then(Value::as_array);
        let skills = skills.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let skills: Vec<_> = skills.collect();
        if named.is_none() && skills.is_empty() {
            return Ok(None);
        }
        let team = named.and_then(|name| self.team(tenant, name)).map(|team| team.id.clone());
        match Wanted::new(team, skills) {
            Ok(wanted) => Ok(Some(wanted)),
            Err(SkillsBeyondUsers) => {
                let fault = Fault::at(FaultKind::TooLong, "event.payload.skills");
                Err(EngineError::Invalid(vec![fault]))
            }
        }
    }
}

impl Passage<'_> {
    /// An integration hands the conversation over by the draft, to whoever the payload asks for. Gives whom the draft
    /// is for from then on, with what was said before in its payload.
    pub(super) fn take_handover(
        &mut self,
        sender: &Integration,
        draft: &mut ActivityDraft,
        payload: &Value,
    ) -> Result<Option<Source>, EngineError> {
        let wanted = self.engine.wanted_in(self.head().tenant, payload)?;
        let to = self.hand_over(sender, wanted)?;
        if let (Some(_), Content::Event(event)) = (&to, &mut draft.content) {
            self.tell_the_past(event);
        }
        Ok(to.map(|to| self.business_source(&to)))
    }

    /// An integration hands the conversation over by a command; the event is said in its name.
    ///
    /// # Errors
    /// As [`hand_over`](Self::hand_over).
    pub(in crate::pipeline) fn hand_over_saying(
        &mut self,
        sender: &Integration,
        wanted: Option<Wanted>,
        mut event: Map<String, Value>,
    ) -> Result<(), EngineError> {
        let to = self.hand_over(sender, wanted)?;
        if to.is_some() {
            self.tell_the_past(&mut event);
        }
        self.utter(Utterance {
            interaction: None,
            external_id: None,
            sender: self.business_source(sender),
            recipient: to.map(|to| self.business_source(&to)),
            also_to: Vec::new(),
            echo: None,
            content: Content::Event(event),
            keeping: Keeping::Kept,
            tags: Map::new(),
            unmasked: None,
            is_awaited: false,
            is_for_listeners: false,
        });
        Ok(())
    }

    /// Gives the conversation to somebody else: to the bot, if an agent gives it who asks for nobody in particular;
    /// else to the agents who are asked for, or into the queue when none of them is there. While it is announced to
    /// agents, who asks for nobody in particular asks for them. Gives who has it.
    ///
    /// # Errors
    /// [`EngineError::NotTheDestination`] when somebody else has it; [`EngineError::NobodyToAnswer`] when no bot is
    /// there.
    fn hand_over(
        &mut self,
        sender: &Integration,
        wanted: Option<Wanted>,
    ) -> Result<Option<Arc<Integration>>, EngineError> {
        if self.head().destination.is_some_and(|has_it| has_it != sender.id) {
            return Err(EngineError::NotTheDestination);
        }
        let is_agent = sender.kind == IntegrationType::Agent;
        let to = match wanted {
            None if is_agent => {
                let bot = self.engine.choose_bot(self.head().hub).ok_or(EngineError::NobodyToAnswer)?;
                self.lane.head.wanted = None;
                self.end_countdown(CountdownEnd::Cancelled, None);
                self.redirect(&bot);
                Some(bot)
            }
            wanted => {
                let wanted = self.or_announced(Arc::new(wanted.unwrap_or_default()));
                self.pass_to_agents(wanted, is_agent.then_some(sender.id))?
            }
        };
        if let Some(to) = &to {
            self.raise_the_past(to);
        }
        Ok(to)
    }

    /// Takes a conversation that waits to somebody who is there now. The one who gets it hears of it from the
    /// platform.
    pub(in crate::pipeline) fn fetch_from_queue(&mut self, to: &Integration) {
        self.want_as_announced();
        self.redirect(to);
        self.tell_of_handover(Some(to));
    }

    /// The platform tells of a hand-over that is its own: to the one who got the conversation, if somebody did.
    pub(super) fn tell_of_handover(&mut self, to: Option<&Integration>) {
        let team = self.head().wanted.as_ref().and_then(|wanted| wanted.team.as_ref());
        let team = team.and_then(|team| self.engine.registry.team(self.head().tenant, team));
        let mut event = handover_event(team.as_deref().map(|team| team.name.as_str()), None);
        if let Some(to) = to {
            self.raise_the_past(to);
            self.tell_the_past(&mut event);
        }
        self.say(PlatformSays::event(event, Toward::Business));
    }

    /// Puts what was said before into a hand-over's payload, as its `history`.
    pub(super) fn tell_the_past(&self, event: &mut Map<String, Value>) {
        if let Some(Value::Object(payload)) = event.get_mut("payload") {
            payload.insert("history".to_owned(), self.past.activities.clone().into());
        }
    }

    /// An agent's sessions hear the messages of before as well, in words.
    pub(super) fn raise_the_past(&mut self, to: &Integration) {
        let Some(user) = self.engine.user_of(to).filter(|user| self.engine.is_heard(user)) else { return };
        let head = self.head();
        let raised: Vec<_> = self
            .past
            .activities
            .iter()
            .filter_map(|activity| {
                let words = words(activity["message"].as_object()?);
                let sender = &activity["sender"];
                let kind = IntegrationType::from_name(sender["integrationType"].as_str()?)?;
                let said_by = sender["integrationId"].as_str()?.parse().ok()?;
                let said_by = self.engine.registry.integration(head.tenant, said_by);
                let works_for = said_by.as_deref().and_then(|one| self.engine.user_of(one));
                let (entity, name) = speaker(kind, head, said_by.as_deref(), works_for.as_deref());
                Some(self.raise(&user).text(entity, name, &words))
            })
            .collect();
        self.raised.extend(raised);
    }
}

#[cfg(test)]
mod tests;

//! Commands: lines beginning with `::` by which an agent or a bot sets something off (platform documentation
//! §12.4.13). They are instructions and nothing that is said: neither kept nor echoed. What a command says to the
//! customer is said by whoever gave it; what is answered comes from the platform, to whoever gave it alone. It must
//! not know how a conversation is kept, nor how what is said reads on the wire.

mod answer;
mod line;
mod refusal;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::error::EngineError;
use super::lane::{Lane, Live};
use super::past::Past;
use super::record::{Step, Work, kept};
use super::submit::{Passage, PlatformSays, Receipt, Toward, handover_event};
use super::validate::{ActivityDraft, Keeping, checked_event};
use super::wishes::Wishes;
use crate::domain::activity::Content;
use crate::domain::command::{Command, CommandKind, Effect, ResponseParty, Responses, Transfer, is_command};
use crate::domain::conversation::Wanted;
use crate::domain::integration::{Integration, IntegrationType};

use line::{Force, Instruction};
use refusal::Refusal;

/// The payload type by which a web chat is sent to another page (wire facts, Message bodies).
const TRANSFER: &str = "hubster.transfer";

/// The line that a draft gives as a command, if this sender's texts can be any: what a customer writes is always
/// said.
pub(super) fn command_in<'a>(sender: &Integration, draft: &'a ActivityDraft) -> Option<&'a str> {
    let may_command = matches!(sender.kind, IntegrationType::Agent | IntegrationType::Bot);
    draft.text().filter(|text| may_command && is_command(text))
}

impl Engine {
    /// Carries out a command, or answers why not; both are a success for the one who gave it. `also` is done with it,
    /// or not at all.
    ///
    /// # Errors
    /// As for anything said by the business: the conversation is closed, or the store failed.
    pub(super) async fn command(
        &self,
        live: &Arc<Live>,
        sender: &Integration,
        text: &str,
        external_id: Option<String>,
        also: Vec<Step>,
    ) -> Result<Receipt, EngineError> {
        let instruction = line::read(text);
        let tells_of_the_past = matches!(instruction, Ok(Instruction::HandOver { .. }));
        let visit = |lane: &mut Lane, past: Past| {
            let mut passage = Passage::with_past(self, live, lane, past);
            let mut given = Given { sender, external_id, said: None };
            let receipt = given.carry_out(&mut passage, text, instruction)?;
            let mut steps = passage.finish();
            steps.extend(also);
            Ok::<_, EngineError>((receipt, self.recorder.submit(Work::in_lane(live, steps))))
        };
        let (receipt, done) = if tells_of_the_past {
            self.visit_with_past(live, visit).await??
        } else {
            visit(&mut live.enter(), Past::default())?
        };
        kept(done).await?;
        Ok(receipt)
    }
}

/// A command that was given.
struct Given<'a> {
    sender: &'a Integration,
    external_id: Option<String>,
    /// The receipt for the first thing that was said by it in the sender's name.
    said: Option<Receipt>,
}

impl Given<'_> {
    fn carry_out(
        &mut self,
        passage: &mut Passage<'_>,
        text: &str,
        instruction: Result<Instruction, line::LineFault>,
    ) -> Result<Receipt, EngineError> {
        let own = passage.place_unsaid(self.sender, self.external_id.clone())?;
        let done =
            instruction.map_err(Refusal::from).and_then(|instruction| self.follow(passage, instruction));
        if let Err(refusal) = done {
            self.answer(passage, answer::refused(text, &refusal));
        }
        Ok(self.said.take().unwrap_or(own))
    }

    /// Refused before anything is changed, or done as a whole.
    fn follow(&mut self, passage: &mut Passage<'_>, instruction: Instruction) -> Result<(), Refusal> {
        match instruction {
            Instruction::Respond { name } => self.respond(passage, &name),
            Instruction::Transfer { name, force } => self.transfer(passage, &name, force),
            Instruction::List { category } => {
                let all: Vec<_> =
                    CommandKind::ALL.into_iter().flat_map(|kind| passage.commands(kind)).collect();
                let list = answer::list(&all, category.as_deref())?;
                self.answer(passage, list);
                Ok(())
            }
            Instruction::TakeOver if self.sender.kind != IntegrationType::Agent => Err(Refusal::NotForBots),
            Instruction::TakeOver => {
                passage.take_over(self.sender);
                Ok(())
            }
            Instruction::HandOver { team, skills, reason } => self.hand_over(passage, team, skills, reason),
            Instruction::Close => {
                passage.close(&[]);
                Ok(())
            }
            Instruction::Help => {
                self.answer(passage, answer::help());
                Ok(())
            }
        }
    }

    /// Says what was prepared, to whom it was prepared for.
    fn respond(&mut self, passage: &mut Passage<'_>, name: &str) -> Result<(), Refusal> {
        let command = find(passage, CommandKind::Response, name)?;
        let Effect::Response(response) = &command.effect else {
            return Err(Refusal::NotFound(name.to_owned()));
        };
        let contents =
            contents_of(&response.responses).ok_or_else(|| Refusal::Unsendable(command.name.clone()))?;
        for (content, keeping) in contents {
            match response.party {
                ResponseParty::Customer => self.say(passage, content, keeping)?,
                ResponseParty::Agent => {
                    passage.say(PlatformSays { content, keeping, toward: Toward::Only(self.sender.id) });
                }
            }
        }
        Ok(())
    }

    fn transfer(&mut self, passage: &mut Passage<'_>, name: &str, force: Force) -> Result<(), Refusal> {
        let command = find(passage, CommandKind::Transfer, name)?;
        let Effect::Transfer(transfer) = &command.effect else {
            return Err(Refusal::NotFound(name.to_owned()));
        };
        self.say(passage, Content::Event(transfer_event(transfer, force)), Keeping::Kept)
    }

    fn hand_over(
        &mut self,
        passage: &mut Passage<'_>,
        team: Option<String>,
        skills: Vec<String>,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let team = match team {
            Some(name) => Some(passage.team(&name).ok_or(Refusal::NoTeam(name))?),
            None => None,
        };
        let event = handover_event(team.as_deref().map(|team| team.name.as_str()), reason.as_deref());
        let wanted = match (team, skills) {
            (None, skills) if skills.is_empty() => None,
            (team, skills) => Some(Wanted::new(team.map(|team| team.id.clone()), skills)?),
        };
        passage.hand_over_saying(self.sender, wanted, event).map_err(|error| match error {
            EngineError::NobodyToAnswer => Refusal::NoBot,
            other => other.into(),
        })
    }

    /// Says something to the customer in the sender's name, as if the sender had said it itself.
    fn say(&mut self, passage: &mut Passage<'_>, content: Content, keeping: Keeping) -> Result<(), Refusal> {
        let draft = ActivityDraft {
            sender: Some(self.sender.id),
            external_id: self.external_id.clone(),
            content,
            keeping,
            wishes: Wishes::default(),
            interaction: None,
        };
        let receipt = passage.take(self.sender, draft)?;
        self.said.get_or_insert(receipt);
        Ok(())
    }

    fn answer(&self, passage: &mut Passage<'_>, message: Map<String, Value>) {
        passage.say(PlatformSays::message(message, Toward::Only(self.sender.id)));
    }
}

fn find(passage: &Passage<'_>, kind: CommandKind, name: &str) -> Result<Arc<Command>, Refusal> {
    passage.command_named(kind, name).ok_or_else(|| Refusal::NotFound(name.to_owned()))
}

/// What a response says; none when it is not good any more.
fn contents_of(responses: &Responses) -> Option<Vec<(Content, Keeping)>> {
    match responses {
        Responses::Messages(all) => {
            Some(all.iter().map(|message| (Content::Message(message.clone()), Keeping::Kept)).collect())
        }
        Responses::Events(all) => all
            .iter()
            .map(|event| {
                let (event, keeping) = checked_event(event, "event").ok()?;
                Some((Content::Event(event), keeping))
            })
            .collect(),
    }
}

fn transfer_event(transfer: &Transfer, force: Force) -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), "payload".into()),
        ("payloadType".to_owned(), TRANSFER.into()),
        (
            "payload".to_owned(),
            json!({
                "url": transfer.url,
                "label": transfer.link_description,
                "mount": transfer.mount_delay,
                "force": force == Force::AtOnce,
            }),
        ),
    ])
}

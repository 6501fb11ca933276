//! What a plug-in answers: its JSON, and what follows from it.
//!
//! `{"action":"pass"}`, which is also what an empty answer says; `{"action":"alter","message":{..}}`, or `event` where
//! it was asked about one; `{"action":"redirect","teamId":".."}` or `integrationId`, with a `message` or without;
//! `{"action":"stop","reason":".."}`, the reason optional. `tags`, an object, may stand in each.

use serde_json::{Map, Value};

use crate::domain::activity::Content;
use crate::domain::conversation::Wanted;
use crate::domain::ids::{IntegrationId, TeamId};
use crate::pipeline::body::Body;
use crate::pipeline::enrich::enrich;
use crate::pipeline::error::{Fault, FaultKind};
use crate::pipeline::stages::Verdict;
use crate::pipeline::stages::passing::Passing;
use crate::pipeline::validate::{Keeping, checked_event, checked_message};
use crate::pipeline::wishes::WishedDestination;

/// What a plug-in answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PluginAnswer {
    stop: Option<Stop>,
    destination: Option<Destination>,
    content: Option<Content>,
    tags: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
struct Stop {
    reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Destination {
    Team(TeamId),
    Integration(IntegrationId),
}

impl PluginAnswer {
    /// Reads an answer about a message, or else about an event.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn read(object: &Map<String, Value>, is_message: bool) -> Result<Self, String> {
        let mut read = Body::new(object);
        let mut answer = Self::default();
        if let Some(tags) = read.object("tags") {
            answer.tags.clone_from(tags);
        }
        let action = read.text("action").unwrap_or("pass");
        match action.to_ascii_lowercase().as_str() {
            "pass" => {}
            "alter" => answer.content = content(&mut read, is_message, Need::Required),
            "redirect" => {
                answer.destination = destination(&mut read);
                answer.content = content(&mut read, is_message, Need::Optional);
            }
            "stop" => answer.stop = Some(Stop { reason: read.text("reason").map(str::to_owned) }),
            _ => read.fault(FaultKind::Unsupported, "action"),
        }
        read.finish().map_err(|faults| told(&faults))?;
        Ok(answer)
    }

    /// Does what was answered.
    pub(super) fn apply(self, activity: &mut Passing<'_>) -> Verdict {
        for (name, value) in self.tags {
            activity.tag(&name, value);
        }
        if let Some(stop) = self.stop {
            return Verdict::Stop(stop.reason);
        }
        if let Some(content) = self.content {
            activity.draft.content = content;
        }
        match self.destination {
            Some(Destination::Team(team)) => {
                activity.want_agents(Wanted { team: Some(team), skills: Vec::new() });
            }
            Some(Destination::Integration(id)) => {
                activity.draft.wishes.destination = Some(WishedDestination::Integration(id));
            }
            None => {}
        }
        Verdict::On
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

/// What is to be said instead. It is of the kind that was asked about, and of one that is kept.
fn content(read: &mut Body<'_>, is_message: bool, need: Need) -> Option<Content> {
    let name = if is_message { "message" } else { "event" };
    let Some(object) = read.object(name) else {
        if need == Need::Required && read.get(name).is_none() {
            read.fault(FaultKind::Missing, name);
        }
        return None;
    };
    let checked = if is_message {
        checked_message(object, name).map(|mut message| {
            enrich(&mut message);
            Content::Message(message)
        })
    } else {
        match checked_event(object, name) {
            Ok((event, Keeping::Kept)) => Ok(Content::Event(event)),
            Ok(_) => Err(vec![Fault::at(FaultKind::Unsupported, "event.type")]),
            Err(faults) => Err(faults),
        }
    };
    checked.map_err(|faults| read.absorb(faults)).ok()
}

fn destination(read: &mut Body<'_>) -> Option<Destination> {
    let team = read.text("teamId").map(|team| Destination::Team(team.into()));
    let parse = |value: &Value| value.as_str()?.parse().ok();
    let integration =
        read.optional("integrationId", FaultKind::NotAGuid, parse).map(Destination::Integration);
    if team.is_none() && integration.is_none() {
        read.fault(FaultKind::Missing, "teamId");
    }
    integration.or(team)
}

/// All faults in one line, for the log.
fn told(faults: &[Fault]) -> String {
    let each = |fault: &Fault| format!("{} ({:?})", fault.property, fault.kind);
    faults.iter().map(each).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(answer: Value) -> Result<PluginAnswer, String> {
        PluginAnswer::read(answer.as_object().unwrap(), true)
    }

    #[test]
    fn an_empty_answer_lets_pass() {
        assert_eq!(read(json!({})), Ok(PluginAnswer::default()));
        assert_eq!(read(json!({"action": "Pass"})), Ok(PluginAnswer::default()));
    }

    #[test]
    fn what_is_to_be_said_instead_is_checked_as_if_it_had_been_said() {
        let altered = read(json!({"action": "alter", "message": {"Type": "text", "text": "***"}})).unwrap();
        let message = json!({"type": "text", "text": "***"}).as_object().unwrap().clone();
        assert_eq!(altered.content, Some(Content::Message(message)));
        for (bad, why) in [
            (json!({"action": "alter"}), "message (Missing)"),
            (json!({"action": "alter", "message": {"type": "text"}}), "message.text (EmptyMessage)"),
            (json!({"action": "alter", "message": "x"}), "message (WrongType)"),
            (json!({"action": "sing"}), "action (Unsupported)"),
            (json!({"action": "redirect"}), "teamId (Missing)"),
            (
                json!({"action": "redirect", "integrationId": "x"}),
                "integrationId (NotAGuid), teamId (Missing)",
            ),
            (json!({"tags": []}), "tags (WrongType)"),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err(), why, "{bad}");
        }
    }

    #[test]
    fn what_is_to_be_said_instead_is_enriched_as_if_it_had_been_said() {
        let altered =
            json!({"action": "alter", "message": {"type": "text", "text": "https://site.com/a.png"}});
        let Some(Content::Message(message)) = read(altered).unwrap().content else { panic!("a message") };
        assert_eq!(message["type"], "image");
    }

    #[test]
    fn an_event_stays_an_event_that_is_kept() {
        let answer = |event: Value| {
            let answer = json!({"action": "alter", "event": event});
            PluginAnswer::read(answer.as_object().unwrap(), false)
        };
        assert!(answer(json!({"type": "payload", "payloadType": "p", "payload": 1})).is_ok());
        assert_eq!(answer(json!({"type": "typing_on"})).unwrap_err(), "event.type (Unsupported)");
    }

    #[test]
    fn a_conversation_is_sent_to_a_team_or_an_integration() {
        let team = read(json!({"action": "redirect", "teamId": "t1", "tags": {"vip": true}})).unwrap();
        assert_eq!(team.destination, Some(Destination::Team("t1".into())));
        assert_eq!(team.tags, *json!({"vip": true}).as_object().unwrap());
        let id = IntegrationId::new();
        let answer = json!({"action": "redirect", "integrationId": id.to_string()});
        assert_eq!(read(answer).unwrap().destination, Some(Destination::Integration(id)));
        let stopped = read(json!({"action": "stop", "reason": "spam"})).unwrap();
        assert_eq!(stopped.stop, Some(Stop { reason: Some("spam".to_owned()) }));
    }
}

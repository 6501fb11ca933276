//! What was said in a conversation, in words, by those who said it: what a customer said or was told, and nothing
//! that the business said among itself. It must not know how anybody writes it down.

use serde_json::Value;

use super::engine::Engine;
use super::error::EngineError;
use super::render::words;
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::ids::TenantId;
use crate::domain::integration::IntegrationType;
use crate::store::{ActivityRecord, LatestQuery, Page};

/// How much one reading of the store takes, so that a long conversation is not held in full beside its words.
const STEP: Page = Page { rows: 256, bytes: 1 << 20 };

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Its place in the conversation.
    pub event_id: i64,
    /// When it was said.
    pub at: Millis,
    /// By whom.
    pub by: Speaker,
    /// In words, whatever it was.
    pub words: String,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The customer.
    Customer,
    /// A bot, or the platform.
    Bot,
    /// An agent, by the name of the user it works for, else its own; none when it is gone.
    Agent(Option<String>),
}

impl Engine {
    /// The newest messages of a conversation, in their order: as many as `most` allows by number, and by the bytes of
    /// their words. One is given however large it is.
    pub async fn spoken(&self, head: &Conversation, most: Page) -> Result<Vec<Spoken>, EngineError> {
        let mut spoken: Vec<Spoken> = Vec::new();
        let (mut before, mut bytes) = (i64::MAX, 0);
        while spoken.len() < most.rows {
            let query = LatestQuery {
                tenant: head.tenant,
                conversation: head.id,
                party: IntegrationType::Customer,
                before,
                page: STEP,
            };
            let records = self.store.latest(query).await?;
            let Some(oldest) = records.last() else { break };
            before = oldest.event_id;
            for one in records.iter().filter_map(|record| self.spoken_in(head.tenant, record)) {
                bytes += one.words.len();
                let is_full = spoken.len() == most.rows || (bytes > most.bytes && !spoken.is_empty());
                if is_full {
                    spoken.reverse();
                    return Ok(spoken);
                }
                spoken.push(one);
            }
        }
        spoken.reverse();
        Ok(spoken)
    }

    /// What a kept activity says; nothing where it is no message.
    fn spoken_in(&self, tenant: TenantId, record: &ActivityRecord) -> Option<Spoken> {
        let activity: Value = serde_json::from_str(&record.body).ok()?;
        let words = words(activity.get("message")?.as_object()?);
        let by = match record.sender_kind {
            IntegrationType::Customer => Speaker::Customer,
            IntegrationType::Agent => {
                let agent = self.registry.integration(tenant, record.sender);
                let user = agent.as_ref().and_then(|agent| self.user_of(agent));
                let name =
                    user.map(|user| user.name.clone()).or_else(|| agent.map(|agent| agent.name.clone()));
                Speaker::Agent(name)
            }
            IntegrationType::Bot | IntegrationType::System | IntegrationType::Hubster => Speaker::Bot,
        };
        Some(Spoken { event_id: record.event_id, at: record.taken, by, words })
    }
}

#[cfg(test)]
mod tests;

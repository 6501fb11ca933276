//! A keyword stage as clients write it.

use serde_json::{Map, Value};

use super::{Reading, objects, senders};
use crate::api::portal::fields::{Purpose, distinct_texts, text};
use crate::domain::directory::MAX_ID_CHARS;
use crate::domain::ids::TeamId;
use crate::domain::stage::{KeywordRule, Keywords};
use crate::pipeline::{Body, Fault, FaultKind};

/// Characters of the name of a rule, and of a tag, which stand in activities.
pub(in crate::api::portal) const MAX_NAME: usize = 64;

/// Tags of one rule.
pub(in crate::api::portal) const MAX_TAGS: usize = 16;

/// Characters of a word or phrase.
pub(in crate::api::portal) const MAX_PHRASE: usize = 256;

impl Reading<'_> {
    /// Reads a keyword stage; `rules` are required.
    pub(super) fn keywords(&mut self, read: &mut Body<'_>, path: &str) -> Option<Keywords> {
        let senders = senders(read);
        let list = read.required("rules", FaultKind::WrongType, Value::as_array)?;
        if list.is_empty() {
            read.fault(FaultKind::EmptyList, "rules");
        } else if list.len() > self.bounds.phrases {
            // Each has a phrase at least.
            read.fault(FaultKind::TooLong, "rules");
            return None;
        }
        let rules = objects(read, &format!("{path}.rules"), list, |object, path| self.rule(object, path));
        Some(Keywords { senders: senders?, rules })
    }

    fn rule(&mut self, object: &Map<String, Value>, path: &str) -> Result<Option<KeywordRule>, Vec<Fault>> {
        let mut read = Body::nested(object, path);
        let name = text(&mut read, Purpose::Create, "name", MAX_NAME);
        let phrases = self.phrases(&mut read);
        let tags = distinct_texts(&mut read, "tags", MAX_TAGS, MAX_NAME, str::to_owned);
        let alert = read.optional("alert", FaultKind::WrongType, Value::as_bool);
        let team = self.team(&mut read);
        read.finish()?;
        Ok(name.zip(phrases).map(|(name, phrases)| KeywordRule {
            name,
            phrases,
            tags: tags.unwrap_or_default(),
            alert: alert.unwrap_or_default(),
            team,
        }))
    }

    fn phrases(&mut self, read: &mut Body<'_>) -> Option<Vec<String>> {
        const NAME: &str = "phrases";
        if read.get(NAME).is_none() {
            read.fault(FaultKind::Missing, NAME);
        }
        let phrases = distinct_texts(read, NAME, self.phrases_left, MAX_PHRASE, str::to_lowercase)?;
        if phrases.is_empty() {
            // Whatever is wrong with single ones was told; otherwise there are none.
            read.fault(FaultKind::EmptyList, NAME);
        }
        self.phrases_left -= phrases.len();
        Some(phrases)
    }

    fn team(&self, read: &mut Body<'_>) -> Option<TeamId> {
        const NAME: &str = "teamId";
        let team = read.text(NAME)?;
        if team.chars().count() > MAX_ID_CHARS || !(self.is_team)(&team.into()) {
            read.fault(FaultKind::Unsupported, NAME);
        }
        Some(team.into())
    }
}

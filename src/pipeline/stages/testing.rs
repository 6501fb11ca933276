//! Plug-ins that answer as a test says.

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{AskError, AskPlugin, Question};
use crate::domain::clock::Millis;
use crate::domain::stage::Plugin;

/// How plug-ins answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mood {
    /// With this.
    Answering(Value),
    /// Never, until the mood changes.
    Silent,
    /// Not at all.
    Failing,
}

/// Plug-ins that answer as they are told, and remember what they were asked.
pub(crate) struct ScriptedPlugins {
    mood: watch::Sender<Mood>,
    asked: Mutex<Vec<Value>>,
}

impl Default for ScriptedPlugins {
    fn default() -> Self {
        Self { mood: watch::Sender::new(Mood::Answering(json!({}))), asked: Mutex::default() }
    }
}

impl ScriptedPlugins {
    /// From now on they answer so.
    pub(crate) fn become_like(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// The texts of the messages that they were asked about.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock();
        asked
            .iter()
            .map(|question| question["activity"]["message"]["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The last question.
    pub(crate) fn last_question(&self) -> Value {
        self.asked.lock().last().unwrap().clone()
    }
}

#[async_trait]
impl AskPlugin for ScriptedPlugins {
    async fn ask(&self, _: &Plugin, question: Question, _: Millis) -> Result<Map<String, Value>, AskError> {
        self.asked.lock().push(serde_json::from_str(&question.body).unwrap());
        let mut mood = self.mood.subscribe();
        let mood = mood.wait_for(|mood| *mood != Mood::Silent).await.unwrap().clone();
        match mood {
            Mood::Answering(answer) => Ok(answer.as_object().unwrap().clone()),
            _ => Err(AskError::TooLate),
        }
    }
}

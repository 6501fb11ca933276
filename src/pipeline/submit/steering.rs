//! What is done with a conversation from outside, as steps of a passage: nobody who takes part in it asks for it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::handover::handover_event;
use super::passage::Passage;
use super::platform::{PlatformSays, Toward};
use crate::domain::conversation::{Properties, Wanted};
use crate::pipeline::error::EngineError;
use crate::pipeline::steering::Route;

impl Passage<'_> {
    /// Takes the conversation where it is to go. Who gets it hears of it from the platform, with what was said
    /// before; who has it already hears nothing.
    ///
    /// # Errors
    /// [`EngineError::NobodyToAnswer`] and [`EngineError::IntegrationNotFound`]; then nothing was changed.
    pub(in crate::pipeline) fn steer(
        &mut self,
        route: &Route,
        params: &Map<String, Value>,
    ) -> Result<(), EngineError> {
        if let Some(ear) = &mut self.ear {
            ear.is_routed = true;
            ear.params = params.clone();
        }
        let before = self.head().destination;
        let to = match route {
            Route::Bot => {
                let bot = self.engine.choose_bot(self.head().hub).ok_or(EngineError::NobodyToAnswer)?;
                self.want(None);
                self.end_countdown_by(Some(&bot));
                self.move_on(bot)
            }
            Route::Integration(id, wanted) => {
                let to = self.answering(*id).ok_or(EngineError::IntegrationNotFound)?;
                self.want(wanted.clone());
                self.end_countdown_by(Some(&to));
                self.move_on(to)
            }
            Route::Agents(wanted) => self.pass_to_agents(wanted.clone(), None)?,
        };
        self.reopen();
        let Some(to) = to.filter(|to| Some(to.id) != before) else { return Ok(()) };
        self.raise_the_past(&to);
        let team = self.head().wanted.as_ref().and_then(|wanted| wanted.team.as_ref());
        let team = team.and_then(|team| self.engine.registry.team(self.head().tenant, team));
        let mut event = handover_event(team.as_deref().map(|team| team.name.as_str()), None);
        if let Some(Value::Object(payload)) = event.get_mut("payload").filter(|_| !params.is_empty()) {
            payload.insert("params".to_owned(), params.clone().into());
        }
        self.tell_the_past(&mut event);
        self.say(PlatformSays::event(event, Toward::Business));
        Ok(())
    }

    /// The business has nothing left to do; said again it changes nothing.
    pub(in crate::pipeline) fn resolve(&mut self) {
        if self.head().resolved.is_none() {
            self.lane.head.resolved = Some(self.now);
            self.changed = true;
        }
    }

    /// The business has something to do again.
    pub(super) fn reopen(&mut self) {
        if self.lane.head.resolved.take().is_some() {
            self.changed = true;
        }
    }

    /// Changes what is known of the customer.
    pub(in crate::pipeline) fn change_properties(&mut self, change: impl FnOnce(&mut Properties)) {
        let mut properties = Properties::clone(&self.head().properties);
        change(&mut properties);
        if properties == *self.head().properties {
            return;
        }
        self.engine.conversations.by_customer().unlist(self.head());
        self.lane.head.properties = Arc::new(properties);
        self.engine.conversations.by_customer().list(self.head());
        self.changed = true;
    }

    /// Notes which agents are wanted from now on.
    pub(super) fn want(&mut self, wanted: Option<Arc<Wanted>>) {
        if self.head().wanted != wanted {
            self.lane.head.wanted = wanted;
            self.changed = true;
        }
    }
}

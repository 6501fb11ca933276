//! An activity's way through the stages of its hub.

use std::sync::Arc;

use super::Verdict;
use super::passing::Passing;
use super::turn::StageTurn;
use crate::domain::clock::Millis;
use crate::domain::integration::Integration;
use crate::pipeline::command::command_in;
use crate::pipeline::engine::Engine;
use crate::pipeline::error::EngineError;
use crate::pipeline::lane::Live;
use crate::pipeline::submit::Receipt;
use crate::pipeline::validate::ActivityDraft;

/// What an activity comes to before its lane.
pub(in crate::pipeline) enum Passed {
    /// It can be said, with what the stages made of it.
    On(ActivityDraft),
    /// It is kept and will be said later.
    Held(Receipt),
}

/// What the stages make of an activity.
pub(super) enum Met {
    /// It can be said.
    On(ActivityDraft),
    /// It is not to be said.
    Stopped(Option<String>),
    /// It waits, as it was before the first stage.
    Hold(ActivityDraft),
}

impl Engine {
    /// Takes an activity that is to be kept through the stages of its hub, or lets it wait behind what is held in its
    /// conversation. The turn is its sender's until it has its place in the recorder's queue.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] when a stage does not let it be said, [`EngineError::TooManyHeld`] when it would have
    /// to wait and there is no room.
    pub(in crate::pipeline) async fn pass_stages(
        &self,
        live: &Arc<Live>,
        turn: &mut StageTurn<'_>,
        sender: &Integration,
        draft: ActivityDraft,
    ) -> Result<Passed, EngineError> {
        if !turn.held.is_empty() {
            return self.hold(live, turn, sender, draft).await.map(Passed::Held);
        }
        match self.meet_stages(live, sender, draft, self.now()).await {
            Met::On(draft) => Ok(Passed::On(draft)),
            Met::Stopped(reason) => Err(EngineError::Stopped(reason)),
            Met::Hold(draft) => self.hold(live, turn, sender, draft).await.map(Passed::Held),
        }
    }

    /// Takes an activity, which was said `at` some moment, through the stages.
    pub(super) async fn meet_stages(
        &self,
        live: &Live,
        sender: &Integration,
        draft: ActivityDraft,
        at: Millis,
    ) -> Met {
        let Some(line) = self.stages.of(sender.hub, &self.registry) else { return Met::On(draft) };
        // What tells the platform what to do is not said in the conversation.
        if command_in(sender, &draft).is_some() {
            return Met::On(draft);
        }
        let as_it_came = line.may_hold().then(|| draft.clone());
        let mut passing = Passing { at, sender, conversation: live, draft, clock: &*self.clock };
        match line.meet(&mut passing).await {
            Verdict::On => Met::On(passing.draft),
            Verdict::Stop(reason) => Met::Stopped(reason),
            Verdict::Hold => {
                let interaction = passing.draft.interaction;
                let draft = as_it_came.unwrap_or(passing.draft);
                Met::Hold(ActivityDraft { interaction, ..draft })
            }
        }
    }
}

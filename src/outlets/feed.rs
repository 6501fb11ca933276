//! The race between what a reader missed and what is live: both as one stream, without gap or double.
//!
//! The line is attached before the store is read, and holds what is published from then on. What was committed before
//! it is in the store; what is in both is told apart by its position. Once nothing is missed any more the line goes
//! live, and whoever publishes writes on it.
//!
//! A reader of a customer's side that says nothing of its place hears first what the customer was told and none of
//! its readers has taken, up to what was published when it attached: the store has all of that, and the line holds
//! the rest.

use std::sync::Arc;

use crate::broker::{Attachment, Batch, Publication, Side};
use crate::domain::ids::{ConversationId, TenantId};
use crate::domain::order::Position;
use crate::pipeline::{Engine, EngineError, Missed, Scope, Since, Taker, Taking, Untaken};

use super::dialect::Opening;
use super::line::{Line, LineEnd};

/// What a feed is made with.
#[derive(Clone, Copy, Debug)]
pub struct FeedSettings {
    /// Whose activities.
    pub tenant: TenantId,
    /// Which of them.
    pub scope: Scope,
    /// Where the reader goes on from, if it says so.
    pub since: Option<Since>,
}

/// Everything a reader is to hear, in order, on its line.
pub struct Feed {
    engine: Arc<Engine>,
    tenant: TenantId,
    scope: Scope,
    line: Arc<Line>,
    /// Ends the following of the topic when the feed goes.
    _attachment: Attachment,
    /// Tells how far the reader has come when the feed goes, on the customer's side.
    _taking: Option<Taking>,
    /// The last kept position that the reader was told of, or skipped because it was told otherwise.
    told: Position,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The reader may have missed something since its place.
    Behind,
    /// The customer has yet to take something that it was told in this conversation, up to this position.
    Untaken(ConversationId, Position),
    /// Nothing is missed.
    Live,
}

impl Taker for Line {
    fn taken(&self) -> Position {
        self.written()
    }
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedEnd {
    /// The line takes nothing more.
    #[error(transparent)]
    Line(#[from] LineEnd),
    /// Some of what was missed was removed before the reader came to it. When it comes back it is told of the gap.
    #[error("what the reader missed was removed before it was replayed")]
    Removed,
    /// What was missed could not be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Feed {
    /// Attaches a reader by its line, and says where it stands. Nothing is sent before [`Feed::begin`].
    pub async fn attach(
        engine: Arc<Engine>,
        line: Arc<Line>,
        settings: FeedSettings,
    ) -> Result<(Self, Opening), EngineError> {
        let FeedSettings { tenant, scope, since } = settings;
        let attachment = engine.topics().attach(&[scope.topic()], line.clone());
        // Looked at before what the customer has yet to take, which is all published by then.
        let present = engine.present(tenant).position;
        let taking = match scope {
            Scope::Conversation(id, Side::Customer) => engine.join_takers(tenant, id, line.clone()),
            Scope::Conversation(_, Side::Business) | Scope::Integration(_) => None,
        };
        let (told, stage, gap) = match (since, scope) {
            (Some(since), _) => {
                let resumption = engine.resume(tenant, scope, since).await?;
                if let Some(taking) = &taking {
                    taking.claim(resumption.after);
                }
                (resumption.after, Stage::Behind, resumption.gap)
            }
            (None, Scope::Conversation(id, _)) => match taking.as_ref().and_then(Taking::missed) {
                // Whoever is cut off before all of it was heard comes back with this place and hears the rest.
                Some(taken) if taken < present => (taken, Stage::Untaken(id, present), None),
                _ => (present, Stage::Live, None),
            },
            (None, Scope::Integration(_)) => (present, Stage::Live, None),
        };
        let opening = Opening { cursor: engine.cursor(told), resumed: since.is_some(), gap };
        let feed =
            Self { engine, tenant, scope, line, _attachment: attachment, _taking: taking, told, stage };
        Ok((feed, opening))
    }

    /// Lets events follow what was sent so far. A reader that has missed something has to
    /// [catch up](Self::catch_up) first.
    pub fn begin(&self) {
        if self.stage == Stage::Live {
            self.line.go_live(self.told);
        }
    }

    /// Whether the reader may have missed something that it was not told yet.
    pub fn is_behind(&self) -> bool {
        self.stage != Stage::Live
    }

    /// Sends the next step of what was missed, as soon as the one before was written; goes live where there is none.
    /// Cancel safe: a step that is not sent is read again.
    pub async fn catch_up(&mut self) -> Result<(), FeedEnd> {
        self.line.flushed().await?;
        match self.stage {
            Stage::Behind => match self.engine.replay(self.tenant, self.scope, self.told).await? {
                Missed::Activities(missed) => match missed.last().and_then(|last| last.stamp().position()) {
                    Some(position) => self.send(missed, position),
                    None => self.go_live(),
                },
                Missed::Removed => return Err(FeedEnd::Removed),
            },
            Stage::Untaken(conversation, until) => {
                let step = self.engine.untaken(self.tenant, conversation, self.told, until).await?;
                let Untaken { activities, reached } = step;
                self.send(activities, reached);
                if reached == until {
                    self.go_live();
                }
            }
            Stage::Live => {}
        }
        Ok(())
    }

    /// Sends a step of what was missed, with which the reader comes to `reached`.
    fn send(&mut self, missed: Vec<Arc<Publication>>, reached: Position) {
        self.told = reached;
        if !missed.is_empty() {
            self.line.replay(&Batch::new(missed, Vec::new()));
        }
    }

    fn go_live(&mut self) {
        self.stage = Stage::Live;
        self.begin();
    }
}

#[cfg(test)]
mod tests;

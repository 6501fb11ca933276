//! The race between what a reader missed and what is live: both as one stream, without gap or double.
//!
//! The line is attached before the store is read, and holds what is published from then on. What was committed before
//! it is in the store; what is in both is told apart by its position. Once nothing is missed any more the line goes
//! live, and whoever publishes writes on it.

use std::sync::Arc;

use crate::broker::{Attachment, Batch, Side, Topic};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::order::Position;
use crate::pipeline::{Engine, EngineError, Missed, Since};
use crate::store::ReplayScope;

use super::dialect::Opening;
use super::line::{Line, LineEnd};

/// What a reader listens to.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// What is addressed to an integration, and its echoes.
    Integration(IntegrationId),
    /// Everything of a conversation that a side may see.
    Conversation(ConversationId, Side),
}

impl Scope {
    fn topic(self) -> Topic {
        match self {
            Self::Integration(id) => Topic::Integration(id),
            Self::Conversation(id, side) => Topic::Conversation(id, side),
        }
    }

    fn replay(self) -> ReplayScope {
        match self {
            Self::Integration(id) => ReplayScope::Integration(id),
            Self::Conversation(id, Side::Customer) => ReplayScope::CustomerSide(id),
            Self::Conversation(id, Side::Business) => ReplayScope::Conversation(id),
        }
    }
}

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
    /// The last kept position that the reader was told of, or skipped because it was told otherwise.
    told: Position,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The reader may have missed something.
    Behind,
    /// It has not.
    Live,
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
        let (told, stage, gap) = match since {
            None => (engine.present(tenant).position, Stage::Live, None),
            Some(since) => {
                let resumption = engine.resume(tenant, scope.replay(), since).await?;
                (resumption.after, Stage::Behind, resumption.gap)
            }
        };
        let opening = Opening { cursor: engine.cursor(told), resumed: since.is_some(), gap };
        Ok((Self { engine, tenant, scope, line, _attachment: attachment, told, stage }, opening))
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
        self.stage == Stage::Behind
    }

    /// Sends the next step of what was missed, as soon as the one before was written; goes live where there is none.
    /// Cancel safe: a step that is not sent is read again.
    pub async fn catch_up(&mut self) -> Result<(), FeedEnd> {
        self.line.flushed().await?;
        let missed = match self.engine.replay(self.tenant, self.scope.replay(), self.told).await? {
            Missed::Activities(missed) => missed,
            Missed::Removed => return Err(FeedEnd::Removed),
        };
        match missed.last().and_then(|last| last.stamp().position()) {
            Some(position) => {
                self.told = position;
                self.line.replay(&Batch::new(missed, Vec::new()));
            }
            None => {
                self.stage = Stage::Live;
                self.begin();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

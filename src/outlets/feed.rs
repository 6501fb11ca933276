//! The race between what a reader missed and what is live: both as one stream, without gap or double.
//!
//! The outbox is attached before the store is read. What was published after that waits in the outbox; what was
//! committed before it is in the store; what is in both is told apart by its position.

use std::sync::Arc;

use crate::broker::{
    Attachment, Outbox, Overrun, Publication, QueueLimits, Side, Stamp, Stats, Topic, WireFormat,
};
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::order::Position;
use crate::pipeline::{Engine, EngineError, Since};
use crate::store::ReplayScope;

use super::dialect::Opening;

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
            Self::Conversation(id, _) => ReplayScope::Conversation(id),
        }
    }
}

/// What a feed is made with.
pub struct FeedSettings {
    /// Whose activities.
    pub tenant: TenantId,
    /// Which of them.
    pub scope: Scope,
    /// In which format.
    pub format: WireFormat,
    /// How far the reader may fall behind.
    pub limits: QueueLimits,
    /// Where it goes on from, if it says so.
    pub since: Option<Since>,
}

/// Everything a reader is to hear, in order.
pub struct Feed {
    engine: Arc<Engine>,
    tenant: TenantId,
    scope: Scope,
    outbox: Arc<Outbox>,
    /// Ends the following of the topic when the feed goes.
    _attachment: Attachment,
    /// The last kept position given to the reader, or skipped because it was told otherwise.
    heard: Position,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Replaying,
    Live,
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedEnd {
    /// The reader fell behind.
    #[error("the reader fell behind")]
    Overrun,
    /// What was missed could not be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<Overrun> for FeedEnd {
    fn from(_: Overrun) -> Self {
        Self::Overrun
    }
}

impl Feed {
    /// Attaches a reader, and says where it stands.
    pub async fn attach(
        engine: Arc<Engine>,
        stats: Arc<Stats>,
        settings: FeedSettings,
    ) -> Result<(Self, Opening), EngineError> {
        let FeedSettings { tenant, scope, format, limits, since } = settings;
        let outbox = Outbox::new(format, limits, stats);
        let attachment = engine.topics().attach(&[scope.topic()], outbox.clone());
        let (heard, stage, gap) = match since {
            None => (engine.present(tenant).position, Stage::Live, None),
            Some(since) => {
                let resumption = engine.resume(tenant, scope.replay(), since).await?;
                (resumption.after, Stage::Replaying, resumption.gap)
            }
        };
        let opening = Opening { cursor: engine.cursor(heard), resumed: since.is_some(), gap };
        Ok((Self { engine, tenant, scope, outbox, _attachment: attachment, heard, stage }, opening))
    }

    /// Waits for more and appends it to `into`. Cancel safe.
    ///
    /// It may come back with nothing: everything that was there had been heard already.
    pub async fn next(&mut self, into: &mut Vec<Arc<Publication>>) -> Result<(), FeedEnd> {
        if self.stage == Stage::Replaying {
            let missed = self.engine.replay(self.tenant, self.scope.replay(), self.heard).await?;
            match missed.last().and_then(|last| last.stamp().position()) {
                Some(position) => self.heard = position,
                None => self.stage = Stage::Live,
            }
            into.extend(missed);
            return Ok(());
        }
        let before = into.len();
        self.outbox.next(into).await?;
        let fresh = into.split_off(before);
        into.extend(fresh.into_iter().filter(|publication| self.is_news(publication)));
        Ok(())
    }

    /// Waits until the reader has fallen behind; for use while it writes.
    pub async fn overrun(&self) {
        self.outbox.overrun().await;
    }

    /// The format that the reader is to write.
    pub fn format(&self) -> WireFormat {
        self.outbox.format()
    }

    fn is_news(&mut self, publication: &Publication) -> bool {
        match publication.stamp() {
            Stamp::Activity { position } if position <= self.heard => false,
            Stamp::Activity { position } => {
                self.heard = position;
                true
            }
            Stamp::Transient { .. } | Stamp::Event(_) => true,
        }
    }
}

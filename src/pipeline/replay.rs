//! Reading what was said: the history of a conversation, and what a resuming reader has missed.

use std::collections::HashMap;
use std::sync::Arc;

use super::cursor::Cursor;
use super::encode::{ActivityNotice, ConversationDetails, as_echo};
use super::engine::Engine;
use super::error::EngineError;
use crate::broker::{Publication, Stamp};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::store::{ActivityRecord, HistoryQuery, Page, Pruned, ReplayScope};

/// How much of the store one step of a replay reads: enough to make a step cheap, little enough to hold for every
/// reader that comes back after a restart.
const REPLAY_STEP: Page = Page { rows: 256, bytes: 1 << 20 };
/// How much of a conversation's history one answer holds. Clients know no pages, so nearly every conversation fits
/// into one answer; the bytes bound what an answer costs.
const HISTORY_ANSWER: Page = Page { rows: 10_000, bytes: 8 << 20 };

/// Where a reader wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// After this cursor.
    Cursor(Cursor),
    /// After this `eventId` of the conversation it listens to.
    Event(i64),
}

/// Why something between the reader's place and the next activity may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// It was removed for its age.
    Retention,
    /// The place is not one of this store.
    Unknown,
}

impl Gap {
    /// The reason on the wire.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Unknown => "unknown",
        }
    }
}

/// Where a replay begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// Everything after this is replayed.
    pub after: Position,
    /// What the reader has to be told first.
    pub gap: Option<Gap>,
}

/// What one step of a replay came to.
pub enum Missed {
    /// This is next, in order; nothing when the reader has missed no more.
    Activities(Vec<Arc<Publication>>),
    /// Some of what was to come has been removed for its age since the replay began.
    Removed,
}

impl Engine {
    /// What one kind of party sent or received in a conversation after `after`, in order: the oldest 10,000, or fewer
    /// when their bodies come to more than 8 MiB. The rest follows the last one's `eventId`; nothing follows the end.
    pub async fn history(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        party: IntegrationType,
        after: i64,
    ) -> Result<Vec<ActivityRecord>, EngineError> {
        self.conversation(tenant, conversation).await?;
        let query = HistoryQuery { tenant, conversation, party: Some(party), after, page: HISTORY_ANSWER };
        Ok(self.store.history(query).await?)
    }

    /// Where a reader stands that has heard everything published so far.
    pub fn present(&self, tenant: TenantId) -> Cursor {
        self.cursor(self.recorder.published(tenant))
    }

    /// The cursor of a position of this store.
    pub fn cursor(&self, position: Position) -> Cursor {
        Cursor { store: self.store.identity(), position }
    }

    /// Where a replay for a reader must begin. A place that cannot be continued from, because some of what followed it
    /// was removed or because this store never gave it, begins with what is left, after a gap to tell.
    pub async fn resume(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        since: Since,
    ) -> Result<Resumption, EngineError> {
        let (position, pruned, gap) = match (since, scope) {
            (Since::Cursor(cursor), _) => {
                let pruned = self.store.pruned(tenant).await?;
                (cursor.position, pruned, self.gap_after(tenant, cursor, pruned))
            }
            (
                Since::Event(event_id),
                ReplayScope::Conversation(conversation) | ReplayScope::CustomerSide(conversation),
            ) => {
                let place = self.store.position_at(tenant, conversation, event_id).await?;
                let gap = (event_id < place.pruned.event_id).then_some(Gap::Retention);
                (place.position, place.pruned, gap)
            }
            (Since::Event(_), ReplayScope::Integration(_)) => {
                (Position(0), self.store.pruned(tenant).await?, Some(Gap::Unknown))
            }
        };
        let place = if gap == Some(Gap::Unknown) { Position(0) } else { position };
        // Nothing up to there is left, and whoever misses some of it is told so now and not once more.
        Ok(Resumption { after: place.max(pruned.position), gap })
    }

    fn gap_after(&self, tenant: TenantId, cursor: Cursor, pruned: Pruned) -> Option<Gap> {
        let published = self.recorder.published(tenant);
        if cursor.store != self.store.identity() || cursor.position > published {
            Some(Gap::Unknown)
        } else {
            (cursor.position < pruned.position).then_some(Gap::Retention)
        }
    }

    /// The next step of a replay that has come to `after`.
    pub async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
    ) -> Result<Missed, EngineError> {
        let step = self.store.replay(tenant, scope, after, REPLAY_STEP).await?;
        if step.pruned.position > after {
            return Ok(Missed::Removed);
        }
        let records = step.activities;
        let mut details: HashMap<ConversationId, ConversationDetails> = HashMap::new();
        let mut publications = Vec::with_capacity(records.len());
        for record in records {
            let details = match details.get(&record.conversation) {
                Some(known) => known.clone(),
                None => {
                    let head: Conversation = self.conversation(tenant, record.conversation).await?;
                    details.entry(record.conversation).or_insert((&head).into()).clone()
                }
            };
            publications.push(self.replayed(record, details, scope));
        }
        Ok(Missed::Activities(publications))
    }

    fn replayed(
        &self,
        record: ActivityRecord,
        details: ConversationDetails,
        scope: ReplayScope,
    ) -> Arc<Publication> {
        let is_echo = |reader: IntegrationId| record.echo == Some(reader) && record.recipient != Some(reader);
        let body = match scope {
            ReplayScope::Integration(reader) if is_echo(reader) => as_echo(&record.body).into(),
            _ => record.body,
        };
        let cursor = self.cursor(record.position);
        let notice = ActivityNotice { details, body, cursor };
        Publication::new(Stamp::Activity { position: record.position }, Box::new(notice))
    }
}

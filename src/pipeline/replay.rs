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
use crate::store::{ActivityRecord, HistoryQuery, ReplayScope};

/// How much of the store one step of a replay reads.
const REPLAY_BATCH: usize = 256;
/// How much of a conversation's history one answer holds.
const HISTORY_LIMIT: usize = 10_000;

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

impl Engine {
    /// What one kind of party sent or received in a conversation after `after`, in order.
    pub async fn history(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        party: IntegrationType,
        after: i64,
    ) -> Result<Vec<ActivityRecord>, EngineError> {
        self.conversation(tenant, conversation).await?;
        let query = HistoryQuery { tenant, conversation, party: Some(party), after, limit: HISTORY_LIMIT };
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
        let removed = self.pruned(tenant);
        let pruned = removed.map_or(Position(0), |order| order.pruned);
        let (after, gap) = match (since, scope) {
            (Since::Cursor(cursor), _) => {
                if cursor.store != self.store.identity() || cursor.position > self.recorder.published(tenant)
                {
                    (Position(0), Some(Gap::Unknown))
                } else {
                    (cursor.position, (cursor.position < pruned).then_some(Gap::Retention))
                }
            }
            (Since::Event(event_id), ReplayScope::Conversation(conversation)) => {
                let removed_before = removed.map_or(0, |order| order.pruned_event_id);
                let after = self.store.position_at(tenant, conversation, event_id).await?;
                (after, (event_id < removed_before).then_some(Gap::Retention))
            }
            (Since::Event(_), ReplayScope::Integration(_)) => (Position(0), Some(Gap::Unknown)),
        };
        Ok(Resumption { after, gap })
    }

    /// Some of what a reader has missed, in order; nothing when it has missed no more.
    pub async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
    ) -> Result<Vec<Arc<Publication>>, EngineError> {
        let records = self.store.replay(tenant, scope, after, REPLAY_BATCH).await?;
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
        Ok(publications)
    }

    fn replayed(
        &self,
        record: ActivityRecord,
        details: ConversationDetails,
        scope: ReplayScope,
    ) -> Arc<Publication> {
        let is_echo = |reader: IntegrationId| record.echo == Some(reader) && record.recipient != Some(reader);
        let body = match scope {
            ReplayScope::Integration(reader) if is_echo(reader) => as_echo(&record.body),
            _ => record.body,
        };
        let cursor = self.cursor(record.position);
        let notice = ActivityNotice { details, body: body.into(), cursor };
        Publication::new(Stamp::Activity { position: record.position }, Box::new(notice))
    }
}

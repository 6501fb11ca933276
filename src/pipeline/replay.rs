//! Reading what was said: the history of a conversation, and what a resuming reader has missed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::cursor::Cursor;
use super::encode::{ActivityNotice, ConversationDetails, as_auto_replay, as_echo};
use super::engine::Engine;
use super::error::EngineError;
use crate::broker::{HearTaken, Publication, Side, Stamp, Topic};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::domain::receipt::Receipts;
use crate::store::{ActivityRecord, HistoryQuery, LatestQuery, Page, Pruned, ReplayScope};

/// How much of the store one step of a replay reads: enough to make a step cheap, little enough to hold for every
/// reader that comes back after a restart.
const REPLAY_STEP: Page = Page { rows: 256, bytes: 1 << 20 };
/// How much of a conversation's history one answer holds. Clients know no pages, so nearly every conversation fits
/// into one answer; the bytes bound what an answer costs.
const HISTORY_ANSWER: Page = Page { rows: 10_000, bytes: 8 << 20 };

/// What a reader listens to.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// What is addressed to an integration, and its echoes.
    Integration(IntegrationId),
    /// Everything of a conversation that a side may see.
    Conversation(ConversationId, Side),
}

impl Scope {
    /// Where it is published.
    pub fn topic(self) -> Topic {
        match self {
            Self::Integration(id) => Topic::Integration(id),
            Self::Conversation(id, side) => Topic::Conversation(id, side),
        }
    }

    fn kept(self) -> ReplayScope {
        match self {
            Self::Integration(id) => ReplayScope::Integration(id),
            Self::Conversation(id, Side::Customer) => ReplayScope::CustomerSide(id),
            Self::Conversation(id, Side::Business) => ReplayScope::Conversation(id),
        }
    }

    /// Whether the reader is of the side that the activity was said to.
    fn is_told(self, record: &ActivityRecord) -> bool {
        match self {
            Self::Integration(reader) => record.recipient == Some(reader),
            Self::Conversation(_, side) => side == Side::Customer,
        }
    }

    /// Whether the reader hears as an echo what is kept.
    fn is_echo(self, record: &ActivityRecord) -> bool {
        match self {
            Self::Integration(reader) => record.echo == Some(reader) && record.recipient != Some(reader),
            Self::Conversation(_, Side::Customer) => {
                record.sender_kind == IntegrationType::Customer && record.echo == Some(record.sender)
            }
            Self::Conversation(_, Side::Business) => false,
        }
    }
}

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

/// What one step through what nobody has taken came to.
pub struct Untaken {
    /// This is next, in order; it may be nothing before the end is reached.
    pub activities: Vec<Arc<Publication>>,
    /// How far the step has come.
    pub reached: Position,
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

    /// The newest that one kind of party sent or received in a conversation, in order: as much as one answer of
    /// [`history`](Self::history) has.
    pub async fn newest(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        party: IntegrationType,
    ) -> Result<Vec<ActivityRecord>, EngineError> {
        self.conversation(tenant, conversation).await?;
        let query = LatestQuery { tenant, conversation, party, before: i64::MAX, page: HISTORY_ANSWER };
        let mut newest = self.store.latest(query).await?;
        newest.reverse();
        Ok(newest)
    }

    /// What anybody said in a conversation after `after`, in order, as far as one answer goes; nothing follows the end.
    pub async fn transcript(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        after: i64,
    ) -> Result<Vec<ActivityRecord>, EngineError> {
        let query = HistoryQuery { tenant, conversation, party: None, after, page: HISTORY_ANSWER };
        Ok(self.store.history(query).await?)
    }

    /// Waits until all that was taken for a tenant before is kept, or refused, and published.
    pub async fn catch_up(&self, tenant: TenantId) -> Result<(), EngineError> {
        Ok(self.recorder.catch_up(tenant).await?)
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
        scope: Scope,
        since: Since,
    ) -> Result<Resumption, EngineError> {
        let (position, pruned, gap) = match (since, scope) {
            (Since::Cursor(cursor), _) => {
                let pruned = self.store.pruned(tenant).await?;
                (cursor.position, pruned, self.gap_after(tenant, cursor, pruned))
            }
            (Since::Event(event_id), Scope::Conversation(conversation, _)) => {
                let place = self.store.position_at(tenant, conversation, event_id).await?;
                let gap = (event_id < place.pruned.event_id).then_some(Gap::Retention);
                (place.position, place.pruned, gap)
            }
            (Since::Event(_), Scope::Integration(_)) => {
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
        scope: Scope,
        after: Position,
    ) -> Result<Missed, EngineError> {
        let step = self.store.replay(tenant, scope.kept(), after, REPLAY_STEP).await?;
        if step.pruned.position > after {
            return Ok(Missed::Removed);
        }
        let records = step.activities;
        let mut known: HashMap<ConversationId, (ConversationDetails, Receipts)> = HashMap::new();
        let mut publications = Vec::with_capacity(records.len());
        for record in records {
            let (details, receipts) = match known.entry(record.conversation) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let head: Conversation = self.conversation(tenant, record.conversation).await?;
                    entry.insert(((&head).into(), head.receipts))
                }
            };
            let body =
                if scope.is_echo(&record) { as_echo(&record.body).into() } else { record.body.clone() };
            let ear = if scope.is_told(&record) { self.ear_for(receipts, &record) } else { None };
            publications.push(self.replayed(&record, details.clone(), body, ear));
        }
        Ok(Missed::Activities(publications))
    }

    /// The next step through what a customer was told after `after` and up to `until`, which has been published. What
    /// was removed for its age is left out.
    pub async fn untaken(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        after: Position,
        until: Position,
    ) -> Result<Untaken, EngineError> {
        let scope = ReplayScope::CustomerSide(conversation);
        let step = self.store.replay(tenant, scope, after, REPLAY_STEP).await?.activities;
        let reached = step.last().map_or(until, |last| last.position.min(until));
        let head = self.conversation(tenant, conversation).await?;
        let is_told = |record: &ActivityRecord| {
            record.position <= until && record.recipient_kind == Some(IntegrationType::Customer)
        };
        let told = step.into_iter().filter(is_told);
        let activities = told
            .map(|record| {
                let body = as_auto_replay(&record.body).into();
                self.replayed(&record, (&head).into(), body, self.ear_for(&head.receipts, &record))
            })
            .collect();
        Ok(Untaken { activities, reached })
    }

    fn replayed(
        &self,
        record: &ActivityRecord,
        details: ConversationDetails,
        body: Arc<str>,
        ear: Option<Arc<dyn HearTaken>>,
    ) -> Arc<Publication> {
        let position = record.position;
        let notice = Box::new(ActivityNotice { details, body, cursor: self.cursor(position) });
        let stamp = Stamp::Activity { position };
        match ear {
            Some(ear) => Publication::heard_by(ear, stamp, notice),
            None => Publication::new(stamp, notice),
        }
    }

    /// Hears when the customer's side takes something that it was told, where somebody waits for that.
    fn ear_for(&self, receipts: &Receipts, record: &ActivityRecord) -> Option<Arc<dyn HearTaken>> {
        let is_told = record.recipient_kind == Some(IntegrationType::Customer);
        let is_awaited = is_told && receipts.awaits(record.event_id);
        is_awaited.then(|| self.fates.ear(record.tenant, record.conversation, record.event_id))
    }
}

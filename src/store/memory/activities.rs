//! Kept activities of each tenant, and the ways in which readers ask for them. They only ever come at the end and go
//! from the front, so they stand in plain queues, and finding one is halving.
//! Does not know what a body says.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::hash::Hash;

use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::ids::{ConversationId, IntegrationId, TenantId};
use crate::domain::integration::IntegrationType;
use crate::domain::order::Position;
use crate::store::{ActivityRecord, HistoryQuery, LatestQuery, Page, Place, Pruned, Replay, ReplayScope};

/// The activities of all tenants.
#[derive(Default)]
pub(super) struct Activities {
    logs: HashMap<TenantId, Log>,
    /// Whose activities were added since the last settlement, in their order.
    added: Vec<TenantId>,
}

impl Activities {
    /// Adds the tenant's next activity, for as long as the commit is not taken back.
    pub(super) fn put(&mut self, activity: ActivityRecord) -> Result<(), Refusal> {
        let tenant = activity.tenant;
        self.logs.entry(tenant).or_default().push(activity)?;
        self.added.push(tenant);
        Ok(())
    }

    /// Makes all additions final.
    pub(super) fn settle(&mut self) {
        self.added.clear();
    }

    /// Undoes the additions since the last settlement.
    pub(super) fn take_back(&mut self) {
        for tenant in self.added.drain(..).rev() {
            if let Some(log) = self.logs.get_mut(&tenant) {
                log.pop();
            }
        }
    }

    pub(super) fn history(&self, query: &HistoryQuery) -> Vec<ActivityRecord> {
        let Some(log) = self.logs.get(&query.tenant) else { return Vec::new() };
        let of_party = |activity: &&ActivityRecord| query.party.is_none_or(|party| concerns(activity, party));
        let said = log.conversations.get(&query.conversation).into_iter().flat_map(|said| {
            let first = said.partition_point(|one| one.event_id <= query.after);
            said.range(first..).filter_map(|one| log.find(one.position))
        });
        page_of(said.filter(of_party), query.page)
    }

    pub(super) fn latest(&self, query: &LatestQuery) -> Vec<ActivityRecord> {
        let Some(log) = self.logs.get(&query.tenant) else { return Vec::new() };
        let said = log.conversations.get(&query.conversation).into_iter().flat_map(|said| {
            let end = said.partition_point(|one| one.event_id < query.before);
            said.range(..end).rev()
        });
        let of_party =
            said.filter_map(|one| log.find(one.position)).filter(|activity| concerns(activity, query.party));
        page_of(of_party, query.page)
    }

    pub(super) fn replay(&self, tenant: TenantId, scope: ReplayScope, after: Position, page: Page) -> Replay {
        let Some(log) = self.logs.get(&tenant) else { return Replay::default() };
        let activities = match scope {
            ReplayScope::Integration(integration) => {
                let heard = log.integrations.get(&integration).into_iter().flat_map(|heard| {
                    let first = heard.partition_point(|position| *position <= after);
                    heard.range(first..).filter_map(|position| log.find(*position))
                });
                page_of(heard, page)
            }
            ReplayScope::Conversation(conversation) => page_of(log.said_in(conversation, after), page),
            ReplayScope::CustomerSide(conversation) => {
                let said = log.said_in(conversation, after);
                page_of(said.filter(|activity| concerns(activity, IntegrationType::Customer)), page)
            }
        };
        Replay { activities, pruned: log.pruned }
    }

    pub(super) fn position_at(&self, tenant: TenantId, conversation: ConversationId, event_id: i64) -> Place {
        let Some(log) = self.logs.get(&tenant) else { return Place::default() };
        let last = log.conversations.get(&conversation).and_then(|said| {
            let up_to = said.partition_point(|one| one.event_id <= event_id);
            said.get(up_to.checked_sub(1)?)
        });
        Place { position: last.map(|one| one.position).unwrap_or_default(), pruned: log.pruned }
    }

    pub(super) fn pruned(&self, tenant: TenantId) -> Pruned {
        self.logs.get(&tenant).map(|log| log.pruned).unwrap_or_default()
    }

    /// The position of the tenant's newest activity.
    pub(super) fn newest(&self, tenant: TenantId) -> Position {
        self.logs
            .get(&tenant)
            .and_then(|log| log.records.back())
            .map(|last| last.position)
            .unwrap_or_default()
    }

    /// The `eventId` of the conversation's newest activity; 0 when it has none.
    pub(super) fn last_event_id(&self, tenant: TenantId, conversation: ConversationId) -> i64 {
        let newest = |log: &Log| log.conversations.get(&conversation)?.back().map(|one| one.event_id);
        self.logs.get(&tenant).and_then(newest).unwrap_or(0)
    }

    /// The position of the conversation's newest activity that went to the customer; 0 when it has none.
    pub(super) fn last_to_customer(&self, tenant: TenantId, conversation: ConversationId) -> Position {
        let newest = |log: &Log| {
            let said = log.conversations.get(&conversation)?.iter().rev();
            let mut said = said.filter_map(|one| log.find(one.position));
            said.find(|one| one.recipient_kind == Some(IntegrationType::Customer)).map(|one| one.position)
        };
        self.logs.get(&tenant).and_then(newest).unwrap_or_default()
    }

    /// Removes at most `limit` of the tenant's oldest activities that were taken before `before`, never its newest.
    /// What is removed is a prefix, so that one position tells what is gone: an activity that was taken a moment
    /// earlier than its predecessor waits for it.
    pub(super) fn prune(&mut self, tenant: TenantId, before: Millis, limit: usize) -> usize {
        self.logs.get_mut(&tenant).map_or(0, |log| log.prune(before, limit))
    }
}

/// Where an activity of a conversation stands.
#[derive(Clone, Copy)]
struct Said {
    position: Position,
    event_id: i64,
}

/// The activities of one tenant, in the order of their positions.
#[derive(Default)]
struct Log {
    records: VecDeque<ActivityRecord>,
    /// Each conversation's activities. Positions and event ids have one order.
    conversations: HashMap<ConversationId, VecDeque<Said>>,
    /// The positions of what each integration was sent or hears as an echo.
    integrations: HashMap<IntegrationId, VecDeque<Position>>,
    pruned: Pruned,
}

impl Log {
    fn push(&mut self, activity: ActivityRecord) -> Result<(), Refusal> {
        if self.records.back().is_some_and(|last| activity.position <= last.position) {
            return Err(Refusal::PositionTaken(activity.position));
        }
        let here = Said { position: activity.position, event_id: activity.event_id };
        let said = self.conversations.entry(activity.conversation).or_default();
        if said.back().is_some_and(|last| here.event_id <= last.event_id) {
            return Err(Refusal::EventIdTaken(activity.event_id));
        }
        said.push_back(here);
        for reader in readers(&activity) {
            self.integrations.entry(reader).or_default().push_back(activity.position);
        }
        self.records.push_back(activity);
        Ok(())
    }

    /// Removes the newest.
    fn pop(&mut self) {
        let Some(newest) = self.records.pop_back() else { return };
        shorten(&mut self.conversations, newest.conversation, VecDeque::pop_back);
        for reader in readers(&newest) {
            shorten(&mut self.integrations, reader, VecDeque::pop_back);
        }
    }

    fn prune(&mut self, before: Millis, limit: usize) -> usize {
        let mut removed = 0;
        while removed < limit && self.records.len() > 1 {
            let Some(oldest) = self.records.pop_front_if(|oldest| oldest.taken < before) else { break };
            shorten(&mut self.conversations, oldest.conversation, VecDeque::pop_front);
            for reader in readers(&oldest) {
                shorten(&mut self.integrations, reader, VecDeque::pop_front);
            }
            self.pruned.position = oldest.position;
            self.pruned.event_id = self.pruned.event_id.max(oldest.event_id.saturating_add(1));
            removed += 1;
        }
        // A burst that has passed need not hold its room for ever.
        if self.records.len() < self.records.capacity() / 4 {
            self.records.shrink_to(self.records.len() * 2);
        }
        removed
    }

    /// What was said in a conversation after a position.
    fn said_in(
        &self,
        conversation: ConversationId,
        after: Position,
    ) -> impl Iterator<Item = &ActivityRecord> {
        self.conversations.get(&conversation).into_iter().flat_map(move |said| {
            let first = said.partition_point(|one| one.position <= after);
            said.range(first..).filter_map(|one| self.find(one.position))
        })
    }

    fn find(&self, position: Position) -> Option<&ActivityRecord> {
        let index = self.records.binary_search_by_key(&position, |record| record.position).ok()?;
        self.records.get(index)
    }
}

/// Whether this kind of party sent or received an activity.
fn concerns(activity: &ActivityRecord, party: IntegrationType) -> bool {
    activity.sender_kind == party || activity.recipient_kind == Some(party)
}

/// The integrations that hear an activity, each once.
fn readers(activity: &ActivityRecord) -> impl Iterator<Item = IntegrationId> + use<> {
    let echo = activity.echo.filter(|echo| activity.recipient != Some(*echo));
    activity.recipient.into_iter().chain(echo)
}

/// Takes one entry from a list, and the list when it was the last.
fn shorten<K: Eq + Hash, T>(
    lists: &mut HashMap<K, VecDeque<T>>,
    key: K,
    take: fn(&mut VecDeque<T>) -> Option<T>,
) {
    if let Entry::Occupied(mut list) = lists.entry(key) {
        take(list.get_mut());
        if list.get().is_empty() {
            list.remove();
        }
    }
}

/// Takes activities until the page is full.
fn page_of<'a>(activities: impl Iterator<Item = &'a ActivityRecord>, page: Page) -> Vec<ActivityRecord> {
    let Ok(taken) = page.fill(activities.map(Ok::<_, Infallible>), |activity| activity.body.len());
    taken.into_iter().cloned().collect()
}

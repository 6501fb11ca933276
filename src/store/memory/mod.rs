//! The store that keeps nothing past its process: plain tables behind one lock.
//! It must not know what the rooms above do with what it keeps.
//!
//! A commit is a few insertions and no input or output, so it is made where it is asked for: no thread, no queue, no
//! statement. Readers copy a page at most while they hold the lock. See docs/decisions/0007.

mod activities;
mod audit;
mod bindings;
mod contents;
mod customers;
mod deliveries;
mod errors;
mod faq;
mod notifications;
mod retention;
mod subscriptions;
mod table;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use parking_lot::Mutex;
use uuid::Uuid;

use super::{
    ActivityRecord, AuditPage, AuditQuery, Configuration, ConversationRecord, CustomerFound, CustomerQuery,
    DeliveryHead, DeliveryPage, DeliveryQuery, DeliveryRecord, DeliveryStore, EventRecord, FaqEditionRecord,
    FaqRetention, FaqUploadRecord, HeldRecord, HistoryQuery, IdempotencyRecord, Identity, LatestQuery,
    LeftAlone, Page, PendingQuery, PendingTotal, Place, Pruned, Replay, ReplayScope, Retention,
    SessionRecord, StoppedEndpoint, Store, StoreError, TenantOrder, ToldFate, ToldQuery, Write,
};
use crate::domain::clock::Millis;
use crate::domain::conversation::Conversation;
use crate::domain::customer::{Customer, CustomerKey, Push, PushKind};
use crate::domain::delivery::{DeliveryNo, Endpoint};
use crate::domain::faq::FaqNode;
use crate::domain::ids::{
    ClientId, ConversationId, DeliveryId, FaqEditionId, FaqUploadId, IntegrationId, TenantId,
};
use crate::domain::order::{EventId, Position};
use contents::Contents;
use customers::Counted;
use retention::Progress;

/// A [`Store`] in the process's own memory.
pub struct MemoryStore {
    identity: Identity,
    /// Guards everything, so that a read sees one moment; none once the store is closed. Never held across an await.
    contents: Mutex<Option<Contents>>,
}

impl MemoryStore {
    /// An empty store, unlike any other.
    pub fn new() -> Self {
        let (chance, _) = Uuid::new_v4().as_u64_pair();
        // The high half: the low one holds the version.
        let identity = Identity((chance >> u32::BITS) as u32);
        Self { identity, contents: Mutex::new(Some(Contents::default())) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Contents) -> T) -> Result<T, StoreError> {
        self.contents.lock().as_mut().map(act).ok_or(StoreError::Closed)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.with(|contents| contents.keep(writes))?.map_err(|refusal| {
            tracing::error!(%refusal, "the store refused a commit");
            StoreError::Failed(refusal.to_string())
        })
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    async fn configuration(&self) -> Result<Configuration, StoreError> {
        self.with(|contents| contents.configuration())
    }

    async fn open_conversations(&self) -> Result<Vec<ConversationRecord>, StoreError> {
        self.with(|contents| contents.open_conversations())
    }

    async fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        self.with(|contents| contents.conversations.get(&id).filter(|head| head.tenant == tenant).cloned())
    }

    async fn conversation_of(&self, query: CustomerQuery) -> Result<CustomerFound, StoreError> {
        self.with(|contents| contents.conversation_of(&query))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.with(|contents| contents.activities.history(&query))
    }

    async fn latest(&self, query: LatestQuery) -> Result<Vec<ActivityRecord>, StoreError> {
        self.with(|contents| contents.activities.latest(&query))
    }

    async fn replay(
        &self,
        tenant: TenantId,
        scope: ReplayScope,
        after: Position,
        page: Page,
    ) -> Result<Replay, StoreError> {
        self.with(|contents| contents.activities.replay(tenant, scope, after, page))
    }

    async fn position_at(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        event_id: i64,
    ) -> Result<Place, StoreError> {
        self.with(|contents| contents.activities.position_at(tenant, conversation, event_id))
    }

    async fn pruned(&self, tenant: TenantId) -> Result<Pruned, StoreError> {
        self.with(|contents| contents.activities.pruned(tenant))
    }

    async fn orders(&self) -> Result<Vec<TenantOrder>, StoreError> {
        self.with(|contents| contents.orders())
    }

    async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError> {
        self.with(|contents| contents.sessions())
    }

    async fn events(
        &self,
        tenant: TenantId,
        after: EventId,
        page: Page,
    ) -> Result<Vec<EventRecord>, StoreError> {
        self.with(|contents| contents.events(tenant, after, page))
    }

    async fn idempotent_answer(
        &self,
        tenant: TenantId,
        client: &str,
        key: &str,
        not_before: Millis,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let key = (tenant, ClientId::from(client), key.to_owned());
        self.with(|contents| contents.answers.get(&key).filter(|kept| kept.created >= not_before).cloned())
    }

    async fn held(&self) -> Result<Vec<HeldRecord>, StoreError> {
        self.with(|contents| contents.held())
    }

    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.with(|contents| contents.audit_page(&query))
    }

    async fn faq_edition(
        &self,
        tenant: TenantId,
        bot: IntegrationId,
    ) -> Result<Option<FaqEditionRecord>, StoreError> {
        self.with(|contents| contents.faq_edition(tenant, bot))
    }

    async fn faq_nodes(
        &self,
        edition: FaqEditionId,
        first: usize,
        page: Page,
    ) -> Result<Vec<FaqNode>, StoreError> {
        let parts = self.with(|contents| contents.faq_parts(edition, first, page.rows))?;
        // Nobody else waits while they are unpacked.
        let nodes = parts.iter().flat_map(|part| part.nodes_from(first));
        page.fill(nodes, FaqNode::bytes).map_err(|damage| StoreError::Failed(damage.to_string()))
    }

    async fn faq_upload(
        &self,
        tenant: TenantId,
        id: FaqUploadId,
    ) -> Result<Option<FaqUploadRecord>, StoreError> {
        self.with(|contents| contents.faq_upload(tenant, id))
    }

    async fn forget_faq(&self, before: FaqRetention) -> Result<(), StoreError> {
        while self.with(|contents| contents.forget_faq(before, retention::STEP_ROWS))? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        for target in self.with(|contents| retention::targets(contents))? {
            while self.with(|contents| retention::step(contents, target, retention))? == Progress::More {
                // Whoever waits for the lock or for this thread comes first.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn customer(
        &self,
        tenant: TenantId,
        integration: IntegrationId,
        binding: &str,
    ) -> Result<Option<Customer>, StoreError> {
        self.with(|contents| contents.customer(tenant, integration, binding))
    }

    async fn push(
        &self,
        tenant: TenantId,
        kind: PushKind,
        name: &str,
        id: &str,
    ) -> Result<Option<Push>, StoreError> {
        let key = (tenant, kind, name.to_owned(), id.to_owned());
        self.with(|contents| contents.pushes.get(&key).cloned())
    }

    async fn pushes_of(
        &self,
        tenant: TenantId,
        keys: &[CustomerKey],
        kind: PushKind,
        most: usize,
    ) -> Result<Vec<Push>, StoreError> {
        self.with(|contents| contents.pushes_of(tenant, keys, kind, most))
    }

    async fn customer_count(&self, tenant: TenantId) -> Result<usize, StoreError> {
        self.with(|contents| contents.told_count(tenant, Counted::Customers))
    }

    async fn push_count(&self, tenant: TenantId, kind: PushKind) -> Result<usize, StoreError> {
        self.with(|contents| contents.told_count(tenant, Counted::Pushes(kind)))
    }

    async fn told_of(&self) -> Result<Vec<TenantId>, StoreError> {
        self.with(|contents| contents.told_of())
    }

    async fn changed_elsewhere(&self) -> Result<bool, StoreError> {
        self.with(|_| false)
    }

    async fn close(&self) -> Result<(), StoreError> {
        *self.contents.lock() = None;
        Ok(())
    }
}

#[async_trait]
impl DeliveryStore for MemoryStore {
    async fn newest_delivery(&self) -> Result<DeliveryNo, StoreError> {
        self.with(|contents| contents.newest_delivery())
    }

    async fn pending_endpoints(&self) -> Result<Vec<(TenantId, Endpoint)>, StoreError> {
        self.with(|contents| contents.pending_endpoints())
    }

    async fn pending_total(&self) -> Result<PendingTotal, StoreError> {
        self.with(|contents| contents.pending_total())
    }

    async fn pending_deliveries(&self, query: PendingQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.with(|contents| contents.pending(&query))
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<DeliveryPage, StoreError> {
        self.with(|contents| contents.delivery_page(&query))
    }

    async fn delivery_heads(&self, query: DeliveryQuery) -> Result<Vec<DeliveryHead>, StoreError> {
        self.with(|contents| contents.delivery_page(&query).deliveries)
    }

    async fn delivery(&self, tenant: TenantId, id: DeliveryId) -> Result<Option<DeliveryHead>, StoreError> {
        self.with(|contents| contents.delivery(tenant, id))
    }

    async fn told(&self, query: ToldQuery) -> Result<Vec<ToldFate>, StoreError> {
        self.with(|contents| contents.told(&query))
    }

    async fn endpoints_left_alone(&self) -> Result<Vec<LeftAlone>, StoreError> {
        self.with(|contents| contents.left_alone())
    }

    async fn stopped_endpoints(&self) -> Result<Vec<StoppedEndpoint>, StoreError> {
        self.with(|contents| contents.stopped())
    }
}

//! What bots answer from: editions of nodes, of which one is in force for each bot.
//! Does not know how a node is found.

use super::contents::Contents;
use super::errors::Refusal;
use crate::domain::clock::Millis;
use crate::domain::ids::{FaqEditionId, FaqUploadId, IntegrationId, TenantId};
use crate::store::{FaqEditionRecord, FaqPartRecord, FaqRetention, FaqUploadRecord};

/// The place of a part's first node in its edition.
pub(super) type PartKey = (FaqEditionId, usize);

/// An edition, and whether it is in force.
#[derive(Clone)]
pub(super) struct Edition {
    record: FaqEditionRecord,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeingWritten,
    InForce,
    Superseded,
}

impl Contents {
    pub(super) fn put_faq_edition(&mut self, record: FaqEditionRecord) -> Result<(), Refusal> {
        let known = self.faq_editions.get(&record.id);
        self.owner(record.tenant, known.map(|known| known.record.tenant))?;
        let state = known.map_or(State::BeingWritten, |known| known.state);
        self.faq_editions.put(record.id, Edition { record, state });
        Ok(())
    }

    pub(super) fn adopt_faq_edition(&mut self, bot: IntegrationId, id: FaqEditionId) -> Result<(), Refusal> {
        self.supersede_faq(bot);
        let found = self.faq_editions.get(&id);
        let found = found.filter(|known| known.record.bot == bot && known.state == State::BeingWritten);
        let record = found.map(|known| known.record.clone()).ok_or(Refusal::NoFaqEdition(id))?;
        self.faq_editions.put(id, Edition { record, state: State::InForce });
        Ok(())
    }

    /// Takes what is in force for a bot out of force.
    pub(super) fn supersede_faq(&mut self, bot: IntegrationId) {
        if let Some(record) = self.faq_in_force(bot).cloned() {
            self.faq_editions.put(record.id, Edition { record, state: State::Superseded });
        }
    }

    pub(super) fn faq_edition(&self, tenant: TenantId, bot: IntegrationId) -> Option<FaqEditionRecord> {
        self.faq_in_force(bot).filter(|record| record.tenant == tenant).cloned()
    }

    fn faq_in_force(&self, bot: IntegrationId) -> Option<&FaqEditionRecord> {
        let mut editions = self.faq_editions.rows();
        editions.find(|one| one.record.bot == bot && one.state == State::InForce).map(|one| &one.record)
    }

    /// The parts that have so many nodes of an edition from a place on, and others beside them.
    pub(super) fn faq_parts(&self, edition: FaqEditionId, first: usize, nodes: usize) -> Vec<FaqPartRecord> {
        let mut before = self.faq_parts.range((edition, 0)..=(edition, first));
        let Some((from, _)) = before.next_back() else { return Vec::new() };
        let rest = self.faq_parts.range(*from..=(edition, usize::MAX)).map(|(_, part)| part);
        let behind = first.saturating_add(nodes);
        rest.take_while(|part| part.first < behind).cloned().collect()
    }

    pub(super) fn put_faq_upload(&mut self, record: FaqUploadRecord) -> Result<(), Refusal> {
        self.owner(record.tenant, self.faq_uploads.get(&record.id).map(|known| known.tenant))?;
        self.faq_uploads.put(record.id, record);
        Ok(())
    }

    pub(super) fn keep_newest_faq_uploads(&mut self, tenant: TenantId, count: usize) {
        let own = self.faq_uploads.rows().rev().filter(|upload| upload.tenant == tenant);
        let gone: Vec<_> = own.skip(count).map(|upload| upload.id).collect();
        gone.iter().for_each(|id| self.faq_uploads.remove(id));
    }

    pub(super) fn faq_upload(&self, tenant: TenantId, id: FaqUploadId) -> Option<FaqUploadRecord> {
        self.faq_uploads.get(&id).filter(|upload| upload.tenant == tenant).cloned()
    }

    /// Removes some of what is of no use any more; whether there was any.
    pub(super) fn forget_faq(&mut self, before: FaqRetention, limit: usize) -> bool {
        self.forget_parts(before.unfinished, limit) || self.forget_uploads(before.uploads, limit)
    }

    fn forget_uploads(&mut self, before: Millis, limit: usize) -> bool {
        let old = self.faq_uploads.rows().filter(|upload| upload.taken < before);
        let old: Vec<_> = old.take(limit).map(|upload| upload.id).collect();
        self.faq_uploads.discard(&old);
        !old.is_empty()
    }

    /// Removes at most `limit` parts of an edition that is not in force and will not be, and the edition with its
    /// last part; whether there was one.
    pub(super) fn forget_parts(&mut self, begun_before: Millis, limit: usize) -> bool {
        let is_useless = |one: &&Edition| match one.state {
            State::BeingWritten => one.record.begun < begun_before,
            State::InForce => false,
            State::Superseded => true,
        };
        let Some(edition) = self.faq_editions.rows().find(is_useless).map(|one| one.record.id) else {
            return false;
        };
        let parts = self.faq_parts.range((edition, 0)..=(edition, usize::MAX)).take(limit);
        let parts: Vec<PartKey> = parts.map(|(key, _)| *key).collect();
        self.faq_parts.discard(&parts);
        if parts.len() < limit {
            self.faq_editions.discard(&[edition]);
        }
        true
    }
}

//! The audit log: entries in the order in which they came.
//! Does not know what they are about.

use super::contents::Contents;
use crate::domain::audit::AuditEntry;
use crate::domain::clock::Millis;
use crate::store::{AuditPage, AuditQuery};

impl Contents {
    pub(super) fn put_audit_entry(&mut self, entry: AuditEntry) {
        let last = self.audit.range(..).next_back().map_or(0, |(number, _)| *number);
        self.audit.put(last + 1, entry);
    }

    pub(super) fn audit_page(&self, query: &AuditQuery) -> AuditPage {
        let asked_for: Vec<_> = self.audit.rows().rev().filter(|entry| is_asked_for(query, entry)).collect();
        let entries = asked_for.iter().skip(query.skip).take(query.limit).map(|entry| (*entry).clone());
        AuditPage { entries: entries.collect(), total: asked_for.len() }
    }

    /// Removes at most `limit` entries that were made before `before`.
    pub(super) fn prune_audit(&mut self, before: Millis, limit: usize) -> usize {
        let old = self.audit.range(..).filter(|(_, entry)| entry.at < before).take(limit);
        let old: Vec<_> = old.map(|(number, _)| *number).collect();
        self.audit.discard(&old);
        old.len()
    }
}

fn is_asked_for(query: &AuditQuery, entry: &AuditEntry) -> bool {
    entry.by.tenant == query.tenant
        && query.kind.is_none_or(|kind| kind == entry.kind)
        && query.id.as_ref().is_none_or(|id| *id == entry.id)
        && query.since.is_none_or(|since| entry.at >= since)
        && query.until.is_none_or(|until| entry.at < until)
}

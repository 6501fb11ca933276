//! Retention: removes what is old in steps, between which commits have their turn.
//! Does not know how long anything is kept.

use super::contents::Contents;
use crate::domain::clock::Millis;
use crate::domain::ids::TenantId;
use crate::store::Retention;

/// Rows that one step removes. It may look at more: acknowledgements and answers do not lie in the order of their age.
pub(super) const STEP_ROWS: usize = 500;

/// What a step looks at. Events go before the acknowledgements of them: those of kept events stay, as do the
/// subscriptions that let them through.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Activities(TenantId),
    Events(TenantId),
    Acknowledgements,
    Subscriptions,
    IdempotentAnswers,
    AuditEntries,
    Deliveries,
    GoneDeliveries,
    PushedEvents,
}

/// All that there is to look at.
pub(super) fn targets(contents: &Contents) -> Vec<Target> {
    let of_tenants = contents
        .tenants()
        .into_iter()
        .flat_map(|tenant| [Target::Activities(tenant), Target::Events(tenant)]);
    let others = [
        Target::Acknowledgements,
        Target::Subscriptions,
        Target::IdempotentAnswers,
        Target::AuditEntries,
        Target::Deliveries,
        Target::GoneDeliveries,
        Target::PushedEvents,
    ];
    of_tenants.chain(others).collect()
}

/// Removes some of what is older than `retention` says, and tells whether there may be more.
pub(super) fn step(contents: &mut Contents, target: Target, retention: Retention) -> Progress {
    let removed = match target {
        Target::Activities(tenant) => contents.activities.prune(tenant, retention.events, STEP_ROWS),
        Target::Events(tenant) => prune_events(contents, tenant, retention.events),
        Target::Acknowledgements => prune_acknowledgements(contents, retention.events),
        Target::Subscriptions => prune_subscriptions(contents, retention.events),
        Target::IdempotentAnswers => prune_answers(contents, retention.idempotency),
        Target::AuditEntries => contents.prune_audit(retention.audit, STEP_ROWS),
        Target::Deliveries => contents.prune_deliveries(retention.deliveries, STEP_ROWS),
        Target::GoneDeliveries => contents.prune_gone_deliveries(STEP_ROWS),
        Target::PushedEvents => contents.prune_pushed_events(retention.events, STEP_ROWS),
    };
    if removed < STEP_ROWS { Progress::Done } else { Progress::More }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

/// Never the newest.
fn prune_events(contents: &mut Contents, tenant: TenantId, before: Millis) -> usize {
    let newest = contents.newest_event(tenant);
    let old: Vec<_> = contents
        .events_of(tenant)
        .take_while(|(id, _)| id.ms < before.0 && Some(*id) != newest)
        .take(STEP_ROWS)
        .map(|(id, _)| (tenant, id))
        .collect();
    contents.events.discard(&old);
    old.len()
}

/// One of an event that is still kept stays: without it the event would be delivered again.
fn prune_acknowledgements(contents: &mut Contents, before: Millis) -> usize {
    let is_gone = |session, event| {
        let session = contents.sessions.get(session)?;
        (!contents.events.contains(&(session.tenant, event))).then_some(())
    };
    let old: Vec<_> = contents
        .acknowledged
        .range(..)
        .filter(|((session, event), ())| event.ms < before.0 && is_gone(session, *event).is_some())
        .take(STEP_ROWS)
        .map(|(key, ())| *key)
        .collect();
    contents.acknowledged.discard(&old);
    old.len()
}

fn prune_subscriptions(contents: &mut Contents, before: Millis) -> usize {
    let useless = contents.useless_subscriptions(before, STEP_ROWS);
    contents.subscriptions.discard(&useless);
    useless.len()
}

fn prune_answers(contents: &mut Contents, before: Millis) -> usize {
    let old: Vec<_> = contents
        .answers
        .range(..)
        .filter(|(_, kept)| kept.created < before)
        .take(STEP_ROWS)
        .map(|(key, _)| key.clone())
        .collect();
    contents.answers.discard(&old);
    old.len()
}

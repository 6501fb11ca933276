//! Retention: removes what is old in steps so small that commits hardly wait for them.
//! Does not know how long anything is kept.

use std::sync::Arc;

use futures_util::future::try_join_all;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::desk::Desk;
use super::errors::failed;
use super::place::TenantNo;
use super::readers::Readers;
use super::writer::Writer;
use super::{
    activities, audit, customers, deliveries, faq, faq_uploads, idempotency, notifications, streaming,
    subscriptions, tenants,
};
use crate::domain::clock::Millis;
use crate::store::{FaqRetention, IN_PASSING, Retention, StoreError, Write};

/// Rows that one step removes: some milliseconds' work, between which the committer does what waits.
const STEP_ROWS: usize = 500;
/// Parts of an edition that go along with one commit of others: a part is large.
const STEP_PARTS: usize = 1;

/// What a step looks at. Events go before the acknowledgements of them: the other way round, a stop in between
/// would deliver them again. They also go before the subscriptions that let them through.
#[derive(Clone, Copy)]
enum Target {
    Activities(TenantNo),
    Events(TenantNo),
    Acknowledgements,
    Subscriptions,
    IdempotentAnswers,
    AuditEntries,
    Deliveries,
    GoneDeliveries,
    Notifications,
    PushedEvents,
}

/// Removes everything that is older than `retention` says, step by step.
pub(super) async fn prune(writer: &Writer, retention: Retention) -> Result<(), StoreError> {
    let tenants = writer
        .run(|desk| tenants::numbers(desk.connection()).map_err(|error| failed("prune", &error)))
        .await?;
    let targets =
        tenants.into_iter().flat_map(|tenant| [Target::Activities(tenant), Target::Events(tenant)]).chain([
            Target::Acknowledgements,
            Target::Subscriptions,
            Target::IdempotentAnswers,
            Target::AuditEntries,
            Target::Deliveries,
            Target::GoneDeliveries,
            Target::Notifications,
            Target::PushedEvents,
        ]);
    for target in targets {
        while step(writer, target, retention).await? > 0 {}
    }
    Ok(())
}

/// Removes editions of bots' nodes that are of no use any more, and old uploads, step by step.
pub(super) async fn forget_faq(
    readers: &Arc<Readers>,
    writer: &Writer,
    before: FaqRetention,
) -> Result<(), StoreError> {
    let FaqRetention { unfinished, uploads } = before;
    while readers.run("useless faq", move |conn| faq::has_useless(conn, unfinished)).await? {
        let steps = (0..IN_PASSING)
            .map(|_| writer.commit_in_passing(vec![Write::ForgetFaqParts(unfinished, STEP_PARTS)]));
        try_join_all(steps).await?;
    }
    let forget = move |desk: &mut Desk| {
        forget_uploads(desk.connection(), uploads).map_err(|error| failed("forget faq uploads", &error))
    };
    while writer.run(forget).await? > 0 {}
    Ok(())
}

fn forget_uploads(conn: &Connection, before: Millis) -> rusqlite::Result<usize> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let removed = faq_uploads::forget(&transaction, before, STEP_ROWS)?;
    transaction.commit()?;
    Ok(removed)
}

async fn step(writer: &Writer, target: Target, retention: Retention) -> Result<usize, StoreError> {
    writer
        .run(move |desk| {
            remove(desk.connection(), target, retention).map_err(|error| failed("prune", &error))
        })
        .await
}

fn remove(conn: &Connection, target: Target, retention: Retention) -> rusqlite::Result<usize> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let removed = match target {
        Target::Activities(tenant) => activities::prune(conn, tenant, retention.events, STEP_ROWS)?,
        Target::Events(tenant) => streaming::prune_events(conn, tenant, retention.events, STEP_ROWS)?,
        Target::Acknowledgements => streaming::prune_acknowledgements(conn, retention.events, STEP_ROWS)?,
        Target::Subscriptions => subscriptions::prune(conn, retention.events, STEP_ROWS)?,
        Target::IdempotentAnswers => idempotency::prune(conn, retention.idempotency, STEP_ROWS)?,
        Target::AuditEntries => audit::prune(conn, retention.audit, STEP_ROWS)?,
        Target::Deliveries => deliveries::prune(conn, retention.deliveries, STEP_ROWS)?,
        Target::GoneDeliveries => deliveries::prune_gone(conn, STEP_ROWS)?,
        Target::PushedEvents => customers::prune_events(conn, retention.events, STEP_ROWS)?,
        Target::Notifications => notifications::prune(conn, retention.notifications, STEP_ROWS)?,
    };
    transaction.commit()?;
    Ok(removed)
}

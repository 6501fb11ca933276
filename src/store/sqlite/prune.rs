//! Retention: removes what is old in steps so small that commits hardly wait for them.
//! Does not know how long anything is kept.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::errors::failed;
use super::place::TenantNo;
use super::writer::Writer;
use super::{
    activities, audit, customers, deliveries, faq, faq_uploads, idempotency, notifications, streaming,
    subscriptions, tenants,
};
use crate::store::{FaqRetention, Retention, StoreError};

/// Rows that one step removes: some milliseconds' work, between which the committer does what waits.
const STEP_ROWS: usize = 500;
/// The same of packed nodes, which are many times as large.
const STEP_PARTS: usize = 16;

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
pub(super) async fn forget_faq(writer: &Writer, before: FaqRetention) -> Result<(), StoreError> {
    let step = move |conn: &Connection| {
        let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        let mut removed = faq::forget(&transaction, before.unfinished, STEP_PARTS)?;
        if removed == 0 {
            removed = faq_uploads::forget(&transaction, before.uploads, STEP_ROWS)?;
        }
        transaction.commit()?;
        Ok(removed)
    };
    loop {
        let removed = writer
            .run(move |desk| {
                step(desk.connection()).map_err(|error: rusqlite::Error| failed("forget faq", &error))
            })
            .await?;
        if removed == 0 {
            return Ok(());
        }
    }
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

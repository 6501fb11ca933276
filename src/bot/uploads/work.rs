//! What is done with an upload: its sheet is checked to its end; then its nodes are written as an edition and learnt,
//! row by row, and put in force together with the word that this is done.

use std::fs::File;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::{FutureExt, stream};
use tokio::sync::mpsc;

use super::Job;
use super::faults::{Fault, Faults};
use super::progress::Progress;
use super::quiet::Quiet;
use super::turns::Turns;
use crate::domain::clock::Millis;
use crate::domain::faq::UploadOutcome;
use crate::faq::{Knowledge, Learning, Limits, Rules, Sheet, SheetError};
use crate::pipeline::EngineError;
use crate::registry::RegistryError;
use crate::store::{FaqPartRecord, FaqRetention, Packing, Store};

/// Why an upload changed nothing. Its text is for whoever uploaded it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error("{0}")]
    Faulty(Faults),
    /// Most likely a mistake: it would leave the bot without any answer.
    #[error("the file has no rows")]
    NoRows,
    #[error("the bot was deleted")]
    BotGone,
    #[error("the nodes could not be kept: try again")]
    NotKept(#[source] EngineError),
    #[error("the file could not be read to its end: try again")]
    BrokeDown,
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Registry(RegistryError::IntegrationNotFound) => Self::BotGone,
            other => Self::NotKept(other),
        }
    }
}

/// Reads uploads, one after the other, for as long as there may be others; each tenant has its turn.
pub(super) async fn read_all(mut taken: mpsc::UnboundedReceiver<Job>) {
    let (mut turns, mut quiet) = (Turns::new(), Quiet::new());
    while let Some(job) = next(&mut turns, &mut taken).await {
        // What breaks down is one upload; the panic hook has told of it.
        let read =
            AssertUnwindSafe(read(&job, &mut quiet)).catch_unwind().await.unwrap_or(Err(Failure::BrokeDown));
        match read {
            Ok(()) => {
                tracing::info!(id = %job.record.id, bot = %job.record.bot, "an upload is in force");
                let store = job.desk().parts.store.clone();
                drop(job);
                forget_superseded(&*store).await;
            }
            Err(failure) => tell(&job, &failure).await,
        }
    }
}

/// The upload whose turn it is, once there is any.
async fn next(turns: &mut Turns<Job>, taken: &mut mpsc::UnboundedReceiver<Job>) -> Option<Job> {
    while let Ok(job) = taken.try_recv() {
        turns.put(job.record.tenant, job);
    }
    match turns.next() {
        Some(job) => Some(job),
        None => taken.recv().await,
    }
}

/// Forgets at once what an upload took the place of: uploads may come faster than it is tidied up.
async fn forget_superseded(store: &dyn Store) {
    let never = Millis(i64::MIN);
    if let Err(error) = store.forget_faq(FaqRetention { unfinished: never, uploads: never }).await {
        tracing::warn!(%error, "nodes that are not in force any more are left to tidying up");
    }
}

/// Keeps that an upload changed nothing, and why.
async fn tell(job: &Job, failure: &Failure) {
    let (id, bot) = (job.record.id, job.record.bot);
    match failure {
        Failure::NotKept(error) => tracing::error!(%id, %bot, %error, "an upload could not be kept"),
        other => tracing::info!(%id, %bot, reason = %other, "an upload changed nothing"),
    }
    let ended = job.ended(UploadOutcome::Failed(failure.to_string()));
    if let Err(error) = job.desk().parts.store.commit(vec![ended]).await {
        // It is told as interrupted from now on.
        tracing::error!(%id, %error, "what became of an upload could not be kept");
    }
}

async fn read(job: &Job, quiet: &mut Quiet) -> Result<(), Failure> {
    let parts = &job.desk().parts;
    let (limits, row_bytes) = (parts.library.limits(), parts.limits.row_bytes.get());
    let (file, progress, most) = (job.spool.read(), job.progress.clone(), parts.limits.faults.get());
    let checked = quiet.run(move || check(file, row_bytes, &limits, Faults::new(most), &progress));
    checked.await.map_err(|_| Failure::BrokeDown)??;

    let mut next = parts.library.next_edition(job.by.clone(), job.record.bot).await?;
    let (file, rules) = (job.spool.read(), parts.library.rules().clone());
    let (compare, packing) = (next.compare(), next.packing());
    let (send, mut packed) = mpsc::channel(1);
    let learning = quiet.run(move || {
        let known = learn(file, row_bytes, &rules, packing, &send)?;
        Ok::<_, Failure>((compare(&known), known))
    });
    let packed = stream::poll_fn(move |context| packed.poll_recv(context));
    next.write(packed, |rows| job.progress.note_learnt(rows)).await.map_err(EngineError::from)?;
    let (changes, known) = learning.await.map_err(|_| Failure::BrokeDown)??;
    let done = job.ended(UploadOutcome::Succeeded(changes));
    Ok(next.adopt(known, changes, vec![done]).await?)
}

/// Looks at every row, and changes nothing.
fn check(
    file: io::Result<Arc<File>>,
    row_bytes: usize,
    limits: &Limits,
    mut faults: Faults,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut sheet = Sheet::open(file.map_err(SheetError::Source)?, row_bytes)?;
    let mut admission = limits.admission();
    let mut has_rows = false;
    while let Some(row) = sheet.next_row()? {
        has_rows = true;
        progress.note_checked();
        let admitted = row.node.map_err(Fault::from).and_then(|node| Ok(admission.admit(&node)?));
        if let Err(fault) = admitted {
            faults.note(row.number, fault);
        }
    }
    match has_rows {
        _ if !faults.is_empty() => return Err(Failure::Faulty(faults)),
        false => return Err(Failure::NoRows),
        true => progress.note_all_checked(),
    }
    Ok(())
}

/// Learns the nodes of a sheet that was checked, and hands them on to be written.
fn learn(
    file: io::Result<Arc<File>>,
    row_bytes: usize,
    rules: &Rules,
    mut packing: Packing,
    packed: &mpsc::Sender<FaqPartRecord>,
) -> Result<Knowledge, Failure> {
    let mut sheet = Sheet::open(file.map_err(SheetError::Source)?, row_bytes)?;
    let mut learning = Learning::new(rules);
    // Nobody takes the nodes any more when some could not be written: that is what is told then.
    let hand_on = |part| packed.blocking_send(part).map_err(|_| Failure::BrokeDown);
    while let Some(row) = sheet.next_row()? {
        // It was checked, and the file is nobody else's.
        let node = row.node.map_err(|_| Failure::BrokeDown)?;
        learning.add(&node);
        packing.add(&node).map_or(Ok(()), hand_on)?;
    }
    packing.finish().map_or(Ok(()), hand_on)?;
    Ok(learning.finish())
}

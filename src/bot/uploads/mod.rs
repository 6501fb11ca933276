//! Uploads: sheets of nodes that take the place of all that a bot knows. One is received whole, answered with its id,
//! and read afterwards: checked to its end first, so that one that has a fault changes nothing, and then written and
//! learnt in one go. One is read at a time: each tenant's in turn, and those of one tenant in the order in which they
//! came. Of two for one bot the later one is in force in the end.
//! It must not know how an upload arrives, nor how anybody asks what became of it.
//!
//! - `spool`: where the bytes of a sheet are until it was read.
//! - `work`: what is done with a sheet; `faults`: what is wrong with its rows.
//! - `turns`: whose sheet is read next.
//! - `quiet`: a thread that gives way to everything else.
//! - `progress`: how far it has come.
//!
//! What became of an upload is kept. A stop ends those that are under way: what is kept of such a one says that it is
//! in progress, and no process works on it. It has failed then, and the bot knows what it knew.

mod faults;
mod progress;
mod quiet;
mod spool;
mod turns;
mod work;

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::library::Library;
use crate::domain::audit::Actor;
use crate::domain::clock::Clock;
use crate::domain::faq::{NodeChanges, UploadOutcome};
use crate::domain::ids::{FaqUploadId, IntegrationId, TenantId};
use crate::pipeline::EngineError;
use crate::store::{FaqUploadRecord, Store, StoreError, Write};
use progress::Progress;
use spool::Spool;

pub use progress::Rows;

/// What is said of an upload that a stop of the server has ended.
const INTERRUPTED: &str = "the server was stopped before the file was read: upload it again";

/// How much may be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// The most bytes of one sheet that are taken in a second: a fast line would leave others waiting.
    pub bytes_per_second: NonZeroUsize,
    /// The most bytes of a row.
    pub row_bytes: NonZeroUsize,
    /// The most faulty rows that are told one by one.
    pub faults: NonZeroUsize,
    /// The most uploads of one tenant that arrive, wait or are read.
    pub under_way: NonZeroUsize,
    /// The most uploads of one tenant of which it is kept what became of them.
    pub kept: NonZeroUsize,
}

/// What uploads work with.
pub struct UploadParts {
    /// What bots know.
    pub library: Arc<Library>,
    /// Keeps what became of uploads.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How much may be uploaded.
    pub limits: UploadLimits,
    /// Where sheets are until they were read; made when it is needed.
    pub folder: PathBuf,
}

/// Why an upload is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The tenant has as many under way as it may.
    #[error("the tenant has as many uploads under way as it may")]
    TooMany,
    /// The sheet cannot be put by.
    #[error("an uploaded file cannot be written")]
    Spool(#[from] io::Error),
}

/// How an upload stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadStatus {
    /// It waits or is read.
    InProgress(Rows),
    /// The bot answers from its nodes, or from those of a later change.
    Succeeded(NodeChanges),
    /// Nothing was changed; why.
    Failed(String),
}

/// Takes uploads and reads them, until it is dropped.
pub struct Uploads {
    desk: Arc<Desk>,
    jobs: mpsc::UnboundedSender<Job>,
    reader: AbortHandle,
}

/// What arriving, waiting and read uploads share.
struct Desk {
    parts: UploadParts,
    /// A lock for a moment: places are few.
    places: Mutex<HashMap<TenantId, usize>>,
    /// Those that were taken and are not done with. A lock for a moment.
    under_way: Mutex<HashMap<FaqUploadId, Arc<Progress>>>,
}

/// One of the places that a tenant's uploads have, until it is dropped.
struct Place {
    desk: Arc<Desk>,
    tenant: TenantId,
}

/// An upload that was taken. It is under way until this is dropped.
struct Job {
    record: FaqUploadRecord,
    by: Actor,
    spool: Spool,
    progress: Arc<Progress>,
    place: Place,
}

/// A sheet that is arriving. When this is dropped, it never was.
pub struct Incoming {
    spool: Spool,
    place: Place,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Uploads {
    /// Begins to read what will be uploaded.
    pub fn start(parts: UploadParts) -> Self {
        let desk = Arc::new(Desk { parts, places: Mutex::default(), under_way: Mutex::default() });
        // Not bounded by itself: as many wait as there are places.
        let (jobs, waiting) = mpsc::unbounded_channel();
        let reader = tokio::spawn(work::read_all(waiting)).abort_handle();
        Self { desk, jobs, reader }
    }

    /// Prepares for a sheet of a tenant.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn receive(&self, tenant: TenantId) -> Result<Incoming, NotTaken> {
        let parts = &self.desk.parts;
        let place = Place::take(&self.desk, tenant).ok_or(NotTaken::TooMany)?;
        let spool = Spool::create(parts.folder.clone(), parts.limits.bytes_per_second).await?;
        Ok(Incoming { spool, place, jobs: self.jobs.clone() })
    }

    /// How an upload of a tenant stands; none when there is none, or when it was forgotten.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(
        &self,
        tenant: TenantId,
        id: FaqUploadId,
    ) -> Result<Option<UploadStatus>, StoreError> {
        // Before the store is asked: one that is done with was kept, and known to its bot, before it was let go.
        let progress = self.desk.under_way.lock().get(&id).cloned();
        let Some(kept) = self.desk.parts.store.faq_upload(tenant, id).await? else { return Ok(None) };
        Ok(Some(match (kept.outcome, progress) {
            // What is kept already may be a moment ahead of what the bot answers from.
            (UploadOutcome::InProgress | UploadOutcome::Succeeded(_), Some(progress)) => {
                UploadStatus::InProgress(progress.rows())
            }
            (UploadOutcome::InProgress, None) => UploadStatus::Failed(INTERRUPTED.to_owned()),
            (UploadOutcome::Succeeded(changes), None) => UploadStatus::Succeeded(changes),
            (UploadOutcome::Failed(why), _) => UploadStatus::Failed(why),
        }))
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Incoming {
    /// Takes more bytes of the sheet.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.spool.write(bytes).await
    }

    /// How many bytes the sheet has so far.
    pub fn bytes(&self) -> u64 {
        self.spool.bytes()
    }

    /// Hands the whole sheet in for a bot. It is carried through when the caller goes away.
    ///
    /// # Errors
    /// When its last bytes cannot be written, or what becomes of it cannot be kept. Nothing will be read then.
    pub async fn submit(mut self, by: Actor, bot: IntegrationId) -> Result<FaqUploadId, EngineError> {
        let desk = self.place.desk.clone();
        self.spool.finish().await.map_err(|error| StoreError::Failed(error.to_string()))?;
        let (id, taken) = (FaqUploadId::new(), desk.parts.clock.now());
        let outcome = UploadOutcome::InProgress;
        let record = FaqUploadRecord { id, tenant: by.tenant, bot, taken, outcome };
        let job = Job::new(record.clone(), by, self.spool, self.place);
        let keep = async move {
            let kept = desk.parts.limits.kept.get();
            let newest = Write::KeepNewestFaqUploads(record.tenant, kept);
            desk.parts.store.commit(vec![Write::PutFaqUpload(record), newest]).await?;
            // Nobody reads any more when the server has stopped: the upload was interrupted then.
            let _ = self.jobs.send(job);
            Ok::<_, StoreError>(())
        };
        tokio::spawn(keep).await.unwrap_or(Err(StoreError::Closed))?;
        Ok(id)
    }
}

impl Job {
    fn new(record: FaqUploadRecord, by: Actor, spool: Spool, place: Place) -> Self {
        let progress = Arc::new(Progress::default());
        place.desk.under_way.lock().insert(record.id, progress.clone());
        Self { record, by, spool, progress, place }
    }

    fn desk(&self) -> &Desk {
        &self.place.desk
    }

    /// What is kept when it ends so.
    fn ended(&self, outcome: UploadOutcome) -> Write {
        Write::PutFaqUpload(FaqUploadRecord { outcome, ..self.record.clone() })
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.place.desk.under_way.lock().remove(&self.record.id);
    }
}

impl Place {
    /// A place for an upload of a tenant, if it has one left.
    fn take(desk: &Arc<Desk>, tenant: TenantId) -> Option<Self> {
        let mut places = desk.places.lock();
        let taken = places.entry(tenant).or_insert(0);
        if *taken >= desk.parts.limits.under_way.get() {
            return None;
        }
        *taken += 1;
        Some(Self { desk: desk.clone(), tenant })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.desk.places.lock();
        if let Some(taken) = places.get_mut(&self.tenant) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The committer: one thread that owns the writing connection and turns waiting commits into transactions.
//! Knows nothing of what is written.

use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::desk::Desk;
use super::lock::ServerLock;
use super::queue::{Commit, Job, Next, Queue};
use crate::store::{StoreError, Write};

/// The handle of the committer's thread. The channel is unbounded: whoever commits waits for the answer, so the
/// number of requests in flight bounds it.
pub(super) struct Writer {
    jobs: Sender<Job>,
    /// Taken by whoever stops the thread first.
    thread: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
}

impl Writer {
    /// Starts the thread. It holds the server's lock until its connection is closed.
    pub(super) fn start(desk: Desk, lock: Option<ServerLock>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || work_until_stopped(desk, Queue::new(queue), lock))?;
        Ok(Self { jobs, thread: Mutex::new(Some(thread)) })
    }

    /// Takes a commit into the queue when this is first polled, and waits until it is kept.
    pub(super) async fn commit(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.kept(writes, Job::Commit).await
    }

    /// The same for what nobody hurries for: it goes along with a commit of others, one in a few milliseconds, or is made
    /// when there is none for a while.
    pub(super) async fn commit_in_passing(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.kept(writes, Job::InPassing).await
    }

    async fn kept(&self, writes: Vec<Write>, job: fn(Commit) -> Job) -> Result<(), StoreError> {
        let (answer, kept) = oneshot::channel();
        // Before the first await: the order of first polls is the order of commits.
        self.jobs.send(job(Commit { writes, answer })).map_err(|_| StoreError::Closed)?;
        kept.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `work` at the desk, between two transactions.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, done) = oneshot::channel();
        let work = Box::new(move |desk: &mut Desk| {
            // Whoever asked may have gone away; what was done stays done.
            let _ = answer.send(work(desk));
        });
        self.jobs.send(Job::Work(work)).map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// Lets the thread finish what it has taken, but for what nobody hurries for, and waits for its end. The second call has nothing to wait for.
    pub(super) fn stop(&self) -> Result<(), StoreError> {
        let Some(thread) = self.thread.lock().take() else { return Ok(()) };
        // The thread can only be gone already when it panicked, which the join reports.
        let _ = self.jobs.send(Job::Stop);
        thread.join().map_err(|_| StoreError::Failed("the committer panicked".to_owned()))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the store was not closed cleanly");
        }
    }
}

fn work_until_stopped(mut desk: Desk, mut queue: Queue, lock: Option<ServerLock>) -> Result<(), StoreError> {
    while let Some(next) = queue.next() {
        match next {
            Next::Keep(group) => keep(&mut desk, group),
            Next::Work(work) => work(&mut desk),
        }
    }
    desk.close()?;
    if let Some(lock) = lock {
        lock.release_clean();
    }
    Ok(())
}

fn keep(desk: &mut Desk, group: Vec<Commit>) {
    let writes: Vec<&[Write]> = group.iter().map(|commit| commit.writes.as_slice()).collect();
    let kept = desk.keep_group(&writes);
    for (commit, result) in group.into_iter().zip(kept) {
        // Whoever asked may have gone away; what is kept stays kept.
        let _ = commit.answer.send(result);
    }
}

//! The committer: one thread that owns the writing connection and turns waiting commits into transactions.
//! Knows nothing of what is written.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::desk::Desk;
use super::lock::ServerLock;
use crate::store::{StoreError, Write};

/// The most writes that share a transaction. A write takes a few microseconds, so a group of this size takes
/// some milliseconds: enough to make a sync cheap, short enough that nobody waits for the size of the group.
const GROUP_WRITES: usize = 2_000;

type Answer = oneshot::Sender<Result<(), StoreError>>;

/// What the committer is asked to do, in the order in which it was asked.
enum Job {
    Commit(Vec<Write>, Answer),
    Work(Box<dyn FnOnce(&mut Desk) + Send>),
    Stop,
}

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
            .spawn(move || work_until_stopped(desk, &queue, lock))?;
        Ok(Self { jobs, thread: Mutex::new(Some(thread)) })
    }

    /// Takes a commit into the queue at once; the receiver hears when it is kept.
    pub(super) fn enqueue(
        &self,
        writes: Vec<Write>,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (answer, kept) = oneshot::channel();
        self.jobs.send(Job::Commit(writes, answer)).map_err(|_| StoreError::Closed)?;
        Ok(kept)
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

    /// Lets the thread finish what it has taken, and waits for its end. The second call has nothing to wait for.
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

fn work_until_stopped(
    mut desk: Desk,
    queue: &Receiver<Job>,
    lock: Option<ServerLock>,
) -> Result<(), StoreError> {
    let mut next = queue.recv().ok();
    while let Some(job) = next.take() {
        next = match job {
            Job::Stop => break,
            Job::Work(work) => {
                work(&mut desk);
                None
            }
            Job::Commit(writes, answer) => {
                let (group, other) = gather(writes, answer, queue);
                keep(&mut desk, group);
                other
            }
        }
        .or_else(|| queue.recv().ok());
    }
    desk.close()?;
    if let Some(lock) = lock {
        lock.release_clean();
    }
    Ok(())
}

/// The first commit and those that wait behind it, up to the bound; and the job that ended the search, if it was
/// of another kind.
fn gather(
    writes: Vec<Write>,
    answer: Answer,
    queue: &Receiver<Job>,
) -> (Vec<(Vec<Write>, Answer)>, Option<Job>) {
    let mut size = writes.len();
    let mut group = vec![(writes, answer)];
    while size < GROUP_WRITES {
        match queue.try_recv() {
            Ok(Job::Commit(writes, answer)) => {
                size += writes.len();
                group.push((writes, answer));
            }
            Ok(other) => return (group, Some(other)),
            Err(_) => break,
        }
    }
    (group, None)
}

fn keep(desk: &mut Desk, group: Vec<(Vec<Write>, Answer)>) {
    let writes: Vec<&[Write]> = group.iter().map(|(writes, _)| writes.as_slice()).collect();
    let kept = desk.keep_group(&writes);
    for ((_, answer), result) in group.into_iter().zip(kept) {
        // Whoever asked may have gone away; what is kept stays kept.
        let _ = answer.send(result);
    }
}

//! A thread for work that takes seconds and may take longer: it runs where nobody else wants the processor.
//! Knows no work.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id, thread_schedule_policy,
};
use tokio::sync::oneshot;

/// The least priority there is, as `nice` counts.
#[cfg(target_os = "linux")]
const LEAST: i32 = 19;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that does one thing after the other, and ends when this is dropped and all is done. It is one and the
/// same for all, so that what is allocated for the next thing takes the place of what was for the one before.
pub(super) struct Quiet {
    /// None until there is work, and after no thread could be had.
    thread: Option<mpsc::Sender<Work>>,
}

impl Quiet {
    /// The thread is started for the first thing that it is to do.
    pub(super) fn new() -> Self {
        Self { thread: None }
    }

    /// Does it as soon as all is done that was asked for before. What is awaited is its result; an error
    /// when it broke down.
    ///
    /// The work goes on when nobody awaits it any more: what is long should notice that its results are not taken.
    pub(super) fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (tell, told) = oneshot::channel();
        let work = Box::new(move || {
            // The panic hook tells of what breaks down. Nobody waits for the result when the server stops.
            if let Ok(result) = catch_unwind(AssertUnwindSafe(work)) {
                let _ = tell.send(result);
            }
        });
        match self.started() {
            // It ends with this only.
            Ok(thread) => thread.send(work).expect("whoever is asked to work goes on after a panic"),
            Err(error) => tracing::error!(%error, "a thread for uploads could not be started"),
        }
        told
    }

    fn started(&mut self) -> io::Result<&mpsc::Sender<Work>> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => start()?,
        };
        Ok(self.thread.insert(thread))
    }
}

fn start() -> io::Result<mpsc::Sender<Work>> {
    let (thread, waiting) = mpsc::channel::<Work>();
    std::thread::Builder::new().name("upload".to_owned()).spawn(move || {
        give_way();
        for work in waiting {
            work();
        }
    })?;
    Ok(thread)
}

/// Makes the thread one that leaves its processor the moment anybody else wants it. A lower priority alone would not
/// do: Linux lets such a thread finish its slice of a millisecond or more before whoever has woken up. It is the next
/// best where the policy is not allowed.
///
/// Only on Linux does this concern the thread alone; elsewhere it would slow the whole server down.
#[cfg(target_os = "linux")]
fn give_way() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let set = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
    // The policy may be set though the priority, which it makes meaningless, was not.
    if thread_schedule_policy() == Ok(idle) {
        return;
    }
    let nice = rustix::process::nice(LEAST);
    tracing::warn!(?set, ?nice, "uploads may not run as idle work, and hold others up a little");
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_work_makes_is_awaited_and_what_breaks_down_makes_nothing_and_stops_nothing() {
        let mut quiet = Quiet::new();
        assert_eq!(quiet.run(|| 7).await, Ok(7));
        assert!(quiet.run(|| -> u8 { panic!("it breaks down") }).await.is_err());
        assert_eq!(quiet.run(|| 8).await, Ok(8));
    }

    #[tokio::test]
    async fn what_was_asked_for_is_done_though_nobody_asks_for_more() {
        let mut quiet = Quiet::new();
        let last = quiet.run(|| 9);
        drop(quiet);
        assert_eq!(last.await, Ok(9));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_the_thread_of_the_work_gives_way() {
        let policy = || thread_schedule_policy().unwrap();
        let before = policy();
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        assert_eq!(Quiet::new().run(policy).await, Ok(idle));
        assert_eq!(policy(), before);
    }
}

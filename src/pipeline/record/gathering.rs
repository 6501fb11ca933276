//! How long the recorder waits for what is on its way: work that shares a commit also shares the writes to its readers.
//! It must not know what the work is.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::yield_now;

/// How long it is worth waiting for one write less: a sixteenth of what a write to a socket costs.
const WORTH_OF_A_WRITE: Duration = Duration::from_nanos(250);

/// The longest wait. Nobody notices it, and those who were answered together are back within it.
const LONGEST: Duration = Duration::from_micros(500);

/// What the last batch teaches about the next.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// How much work was answered together. Those who were are likely to ask again together.
    together: usize,
    /// How long it is worth waiting for them.
    patience: Duration,
}

impl Gathering {
    /// Adds what else is on its way to `jobs`, up to `most`. As long as a turn of the loop brings more, others are
    /// about to follow. Alone, a piece of work waits for one empty turn.
    pub(super) async fn complete<T>(
        &self,
        jobs: &mut Vec<T>,
        waiting: &mut UnboundedReceiver<T>,
        most: usize,
    ) {
        let since = Instant::now();
        let mut before = 0;
        let is_worth_waiting = |count: usize| count < self.together && since.elapsed() < self.patience;
        while jobs.len() < most && (jobs.len() > before || is_worth_waiting(jobs.len())) {
            before = jobs.len();
            yield_now().await;
            while jobs.len() < most {
                let Ok(job) = waiting.try_recv() else { break };
                jobs.push(job);
            }
        }
    }

    /// Learns from a batch of `count` pieces of work, which took a write to each of `told` sockets.
    pub(super) fn learn(&mut self, count: usize, told: usize) {
        self.together = count;
        let worth = WORTH_OF_A_WRITE.saturating_mul(u32::try_from(told).unwrap_or(u32::MAX));
        self.patience = worth.min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[tokio::test]
    async fn work_that_comes_turn_by_turn_is_taken_together() {
        let (queue, mut waiting) = unbounded_channel();
        let sending = tokio::spawn(async move {
            for job in 2..=5 {
                queue.send(job).unwrap();
                yield_now().await;
            }
            queue
        });
        let mut jobs = vec![1];
        Gathering::default().complete(&mut jobs, &mut waiting, 100).await;
        assert_eq!(jobs, [1, 2, 3, 4, 5]);
        drop(sending.await);
    }

    #[tokio::test]
    async fn no_more_is_taken_than_may_be() {
        let (queue, mut waiting) = unbounded_channel();
        (2..=9).for_each(|job| queue.send(job).unwrap());
        let mut jobs = vec![1];
        Gathering::default().complete(&mut jobs, &mut waiting, 4).await;
        assert_eq!(jobs, [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn those_who_were_answered_together_are_waited_for_as_long_as_it_is_worth() {
        let (_queue, mut waiting) = unbounded_channel();
        let mut gathering = Gathering::default();
        gathering.learn(2, usize::MAX);
        let (since, mut jobs) = (Instant::now(), vec![1]);
        gathering.complete(&mut jobs, &mut waiting, 100).await;
        assert!(since.elapsed() >= LONGEST);
    }
}

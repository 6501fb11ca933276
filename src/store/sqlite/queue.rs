//! What waits for the committer, and what of it is done next: whatever was asked for comes in its order, commits that
//! wait together as one group, and what nobody hurries for goes along with such a group, one piece now and then.
//! Knows nothing of what is written.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::desk::Desk;
use crate::store::{IN_PASSING, StoreError, Write};

/// The most writes that share a transaction. A write takes a few microseconds, so a group of this size takes
/// some milliseconds: enough to make a sync cheap, short enough that nobody waits for the size of the group.
const GROUP_WRITES: usize = 2_000;

/// How long what nobody hurries for waits for a commit that takes it along. Long enough that those which come meanwhile
/// save it a transaction, and that of those which come afterwards few find one under way.
const PATIENCE: Duration = Duration::from_millis(20);

/// How long after the last of it none of what nobody hurries for is taken along. Whoever waits for a commit that takes
/// some along waits longer for it: with hundreds of commits a second, few of them do.
const SPACING: Duration = Duration::from_millis(12);

/// One commit, and who waits for it.
pub(super) struct Commit {
    pub(super) writes: Vec<Write>,
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
}

type Work = Box<dyn FnOnce(&mut Desk) + Send>;

/// What the committer is asked to do, in the order in which it was asked.
pub(super) enum Job {
    Commit(Commit),
    InPassing(Commit),
    Work(Work),
    Stop,
}

/// What the committer does next.
pub(super) enum Next {
    /// In one transaction.
    Keep(Vec<Commit>),
    /// Between two transactions.
    Work(Work),
}

/// What waits.
pub(super) struct Queue {
    jobs: Receiver<Job>,
    /// What was taken while a group was gathered, and ended it.
    ahead: Option<Job>,
    /// What nobody hurries for, and since when none of it was taken along.
    in_passing: VecDeque<Commit>,
    passed_over_since: Instant,
}

impl Queue {
    pub(super) fn new(jobs: Receiver<Job>) -> Self {
        Self { jobs, ahead: None, in_passing: VecDeque::new(), passed_over_since: Instant::now() }
    }

    /// Waits for something to do; none once the committer is to stop. What nobody hurries for is given up then.
    pub(super) fn next(&mut self) -> Option<Next> {
        loop {
            match self.job() {
                Ok(Job::Commit(first)) => return Some(Next::Keep(self.group(first))),
                Ok(Job::InPassing(commit)) => self.put_by(commit),
                // However much work comes, it does not hold the others up for ever.
                Ok(work @ Job::Work(_)) if self.patience().is_some_and(|left| left.is_zero()) => {
                    self.ahead = Some(work);
                    return Some(Next::Keep(self.some_in_passing()));
                }
                Ok(Job::Work(work)) => return Some(Next::Work(work)),
                Err(RecvTimeoutError::Timeout) => return Some(Next::Keep(self.some_in_passing())),
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// The next job; a timeout when what nobody hurries for has waited long enough.
    fn job(&mut self) -> Result<Job, RecvTimeoutError> {
        match (self.ahead.take(), self.patience()) {
            (Some(job), _) => Ok(job),
            (None, None) => self.jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (None, Some(left)) => self.jobs.recv_timeout(left),
        }
    }

    /// For how long what nobody hurries for may still be passed over; none when there is nothing.
    fn patience(&self) -> Option<Duration> {
        let left = || PATIENCE.saturating_sub(self.passed_over_since.elapsed());
        (!self.in_passing.is_empty()).then(left)
    }

    fn put_by(&mut self, commit: Commit) {
        if self.in_passing.is_empty() {
            self.passed_over_since = Instant::now();
        }
        self.in_passing.push_back(commit);
    }

    /// As much of what nobody hurries for as makes a transaction of its own.
    fn some_in_passing(&mut self) -> Vec<Commit> {
        self.passed_over_since = Instant::now();
        let some = self.in_passing.len().min(IN_PASSING);
        self.in_passing.drain(..some).collect()
    }

    /// A commit and those that wait behind it, up to the bound, and one for which nobody hurries, when it is time.
    fn group(&mut self, first: Commit) -> Vec<Commit> {
        let mut size = first.writes.len();
        let mut group = vec![first];
        while size < GROUP_WRITES {
            match self.jobs.try_recv() {
                Ok(Job::Commit(commit)) => {
                    size += commit.writes.len();
                    group.push(commit);
                }
                Ok(Job::InPassing(commit)) => self.put_by(commit),
                Ok(other) => {
                    self.ahead = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        if self.passed_over_since.elapsed() >= SPACING {
            group.extend(self.in_passing.pop_front());
            self.passed_over_since = Instant::now();
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::domain::clock::Millis;

    fn queue() -> (Sender<Job>, Queue) {
        let (jobs, queue) = channel();
        (jobs, Queue::new(queue))
    }

    /// A commit that is known by its number.
    fn commit(number: i64) -> Commit {
        Commit { writes: vec![Write::ForgetFormerKeys(Millis(number))], answer: oneshot::channel().0 }
    }

    /// A moment that counts as just now for as long as the test takes: it is in the future.
    fn not_long_ago() -> Instant {
        Instant::now() + Duration::from_secs(3_600)
    }

    /// The numbers of the commits that are kept next.
    fn group(queue: &mut Queue) -> Vec<i64> {
        let Some(Next::Keep(group)) = queue.next() else { panic!("no group of commits") };
        let number = |commit: Commit| match commit.writes[..] {
            [Write::ForgetFormerKeys(number)] => number.0,
            _ => panic!("another commit"),
        };
        group.into_iter().map(number).collect()
    }

    #[test]
    fn what_nobody_hurries_for_goes_along_with_others_one_at_a_time_and_not_with_each_of_them() {
        let (jobs, mut queue) = queue();
        for number in [91, 92, 93] {
            queue.put_by(commit(number));
        }
        queue.passed_over_since = not_long_ago();
        for number in [1, 2] {
            jobs.send(Job::Commit(commit(number))).unwrap();
        }
        assert_eq!(group(&mut queue), [1, 2]);
        for (number, also) in [(3, 91), (4, 92)] {
            queue.passed_over_since = Instant::now() - SPACING;
            jobs.send(Job::Commit(commit(number))).unwrap();
            assert_eq!(group(&mut queue), [number, also]);
        }
    }

    #[test]
    fn what_comes_while_a_group_is_gathered_waits_for_a_later_one() {
        let (jobs, mut queue) = queue();
        queue.put_by(commit(91));
        queue.passed_over_since = not_long_ago();
        jobs.send(Job::Commit(commit(1))).unwrap();
        jobs.send(Job::InPassing(commit(92))).unwrap();
        jobs.send(Job::Commit(commit(2))).unwrap();
        assert_eq!(group(&mut queue), [1, 2]);
        assert_eq!(group(&mut queue), [91, 92]);
    }

    #[test]
    fn what_nobody_hurries_for_is_kept_by_itself_when_nobody_else_commits_some_at_a_time() {
        let (jobs, mut queue) = queue();
        for number in 0..9 {
            jobs.send(Job::InPassing(commit(number))).unwrap();
        }
        assert_eq!(group(&mut queue), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(group(&mut queue), [8]);
    }

    #[test]
    fn work_is_done_between_what_was_asked_for_before_and_after_it() {
        let (jobs, mut queue) = queue();
        jobs.send(Job::Commit(commit(1))).unwrap();
        jobs.send(Job::Work(Box::new(|_| ()))).unwrap();
        jobs.send(Job::Commit(commit(2))).unwrap();
        assert_eq!(group(&mut queue), [1]);
        assert!(matches!(queue.next(), Some(Next::Work(_))));
        assert_eq!(group(&mut queue), [2]);
    }

    #[test]
    fn what_nobody_hurries_for_waits_for_one_piece_of_work_after_another_and_not_for_ever() {
        let (jobs, mut queue) = queue();
        queue.put_by(commit(91));
        queue.passed_over_since = not_long_ago();
        for _ in 0..2 {
            jobs.send(Job::Work(Box::new(|_| ()))).unwrap();
        }
        assert!(matches!(queue.next(), Some(Next::Work(_))));
        queue.passed_over_since = Instant::now() - PATIENCE;
        assert_eq!(group(&mut queue), [91]);
        assert!(matches!(queue.next(), Some(Next::Work(_))));
    }

    #[test]
    fn what_nobody_hurries_for_is_given_up_at_the_end_and_its_caller_hears_that() {
        let (jobs, mut queue) = queue();
        let (answer, mut kept) = oneshot::channel();
        jobs.send(Job::InPassing(Commit { answer, ..commit(91) })).unwrap();
        jobs.send(Job::Stop).unwrap();
        assert!(queue.next().is_none());
        drop(queue);
        assert!(kept.try_recv().is_err());
    }
}

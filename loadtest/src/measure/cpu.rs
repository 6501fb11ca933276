//! Processor time: of the server's processes by `/proc`, and of this one.

use std::collections::BTreeMap;
use std::fs;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// Processor seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CpuSeconds {
    /// In the program.
    pub user: f64,
    /// In the kernel on its behalf.
    pub system: f64,
    /// Both, by the finest clock there is. `user` and `system` are counted in ticks of 10 ms.
    pub total: f64,
}

/// How much processor time processes had used at a moment.
#[derive(Clone, Debug)]
pub struct CpuReading {
    user_ticks: u64,
    system_ticks: u64,
    /// Nanoseconds on a processor, by thread.
    threads: BTreeMap<u32, u64>,
}

impl CpuReading {
    /// Reads. `None` when there are no processes, or they may not be looked into.
    pub fn of(processes: &[u32]) -> Option<Self> {
        let mut reading = Self { user_ticks: 0, system_ticks: 0, threads: BTreeMap::new() };
        for process in processes {
            let (user, system) = ticks(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)?;
            reading.user_ticks += user;
            reading.system_ticks += system;
            reading.threads.extend(threads(*process));
        }
        (!processes.is_empty()).then_some(reading)
    }

    /// What was used since an earlier reading.
    pub fn since(&self, earlier: &Self) -> CpuSeconds {
        let seconds = |now: u64, then: u64| now.saturating_sub(then) as f64 / clock_ticks_per_second() as f64;
        let user = seconds(self.user_ticks, earlier.user_ticks);
        let system = seconds(self.system_ticks, earlier.system_ticks);
        CpuSeconds { user, system, total: self.threads_since(earlier).unwrap_or(user + system) }
    }

    /// By threads, where none is gone that was there: what it used last would be missing.
    fn threads_since(&self, earlier: &Self) -> Option<f64> {
        let all_there =
            !self.threads.is_empty() && earlier.threads.keys().all(|id| self.threads.contains_key(id));
        let then = |id| earlier.threads.get(id).copied().unwrap_or_default();
        let nanos: u64 = self.threads.iter().map(|(id, now)| now.saturating_sub(then(id))).sum();
        all_there.then_some(nanos as f64 / 1e9)
    }
}

/// Processor seconds that this process has used so far.
pub fn own() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Processor seconds that the thread that asks has used so far.
pub fn of_this_thread() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// User and system ticks of a process. Its name, in brackets, may hold anything.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut columns = after_name.split_whitespace();
    Some((columns.nth(11)?.parse().ok()?, columns.next()?.parse().ok()?))
}

fn threads(process: u32) -> impl Iterator<Item = (u32, u64)> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads.filter_map(|thread| {
        let id = thread.file_name().to_str()?.parse().ok()?;
        let schedule = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        Some((id, schedule.split_whitespace().next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_move_the_columns() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 17 0 0 20 0 5 0 100 0 0";
        assert_eq!(ticks(stat), Some((31, 17)));
    }

    #[test]
    fn a_thread_that_is_gone_makes_ticks_the_measure() {
        let reading = |user, threads: &[(u32, u64)]| CpuReading {
            user_ticks: user,
            system_ticks: 0,
            threads: threads.iter().copied().collect(),
        };
        let before = reading(100, &[(1, 1_000_000), (2, 5)]);
        let fine = reading(200, &[(1, 3_000_000), (2, 5), (3, 500_000)]).since(&before);
        assert!((fine.total - 0.0025).abs() < 1e-9, "{fine:?}");
        let coarse = reading(200, &[(1, 3_000_000)]).since(&before);
        assert!((coarse.total - coarse.user).abs() < 1e-9 && coarse.total > 0.0, "{coarse:?}");
    }

    #[test]
    fn this_process_can_be_read() {
        let reading = CpuReading::of(&[std::process::id()]).unwrap();
        assert!(reading.since(&reading).total == 0.0 && own() > 0.0);
        assert!(CpuReading::of(&[]).is_none());
    }
}

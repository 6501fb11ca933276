//! What a run took: of the server, and of the load generator itself.

use std::time::Duration;

use serde::Serialize;

use super::cpu::{self, CpuReading, CpuSeconds};
use super::memory;

/// The server's processes at the beginning of what is counted.
#[derive(Debug)]
pub struct ServerMeter {
    processes: Vec<u32>,
    cpu: CpuReading,
    memory: Option<u64>,
}

/// What the server used while it was counted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerUse {
    /// Its processes.
    pub processes: Vec<u32>,
    /// Processor time.
    pub cpu_seconds: CpuSeconds,
    /// Messages heard, all readers together, for each second of its processor time.
    pub deliveries_per_cpu_second: Option<f64>,
    /// Memory (proportional set size) when counting began, in bytes.
    pub pss_before_bytes: Option<u64>,
    /// Memory when counting ended, in bytes.
    pub pss_after_bytes: Option<u64>,
}

/// The load generator when counting began.
#[derive(Debug)]
pub struct DriverMeter {
    cpu_seconds: f64,
}

/// What making the load used.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DriverUse {
    /// Processor time.
    pub cpu_seconds: f64,
    /// Its part of the time of one processor. Near 1 the load generator is what was measured.
    pub share: f64,
}

impl ServerUse {
    /// By how many bytes memory has grown for each of so many.
    pub fn grown_bytes(&self, of: usize) -> Option<f64> {
        let (before, after) = (self.pss_before_bytes?, self.pss_after_bytes?);
        Some((after as f64 - before as f64) / of.max(1) as f64)
    }
}

impl ServerMeter {
    /// Reads what the processes have used so far. `None` when there are none that may be looked into.
    pub fn begin(processes: &[u32]) -> Option<Self> {
        // Memory first: reading it takes the server's own time.
        let memory = memory::proportional_set_size(processes);
        Some(Self { processes: processes.to_vec(), cpu: CpuReading::of(processes)?, memory })
    }

    /// What they used since, in which so many messages were heard. `None` when they are gone.
    pub fn end(self, deliveries: u64) -> Option<ServerUse> {
        let cpu_seconds = CpuReading::of(&self.processes)?.since(&self.cpu);
        let per_second = Some(deliveries as f64 / cpu_seconds.total).filter(|rate| *rate > 0.0);
        Some(ServerUse {
            pss_after_bytes: memory::proportional_set_size(&self.processes),
            pss_before_bytes: self.memory,
            processes: self.processes,
            cpu_seconds,
            deliveries_per_cpu_second: per_second.filter(|rate| rate.is_finite()),
        })
    }
}

impl DriverMeter {
    /// Reads what this process has used so far.
    pub fn begin() -> Self {
        Self { cpu_seconds: cpu::own() }
    }

    /// What it used since, over so long.
    pub fn end(&self, took: Duration) -> DriverUse {
        let cpu_seconds = cpu::own() - self.cpu_seconds;
        DriverUse { cpu_seconds, share: cpu_seconds / took.as_secs_f64().max(f64::EPSILON) }
    }
}

//! What holds for a run whatever its scenario: how long it warms up, where it connects from, whose use is measured,
//! where the report goes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::driver::Sources;
use crate::measure::process;
use crate::progress::{Display, Progress};

/// What holds for a run whatever its scenario.
#[derive(Clone, Debug, Args)]
pub struct Setting {
    /// Seconds for which load is made before it is counted. Faults count all the same.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 1.0)]
    warmup: f64,
    /// Addresses that connections within this machine come from, 127.0.0.1 and those after it. Without it, one for
    /// every 4,096 connections.
    #[arg(long, global = true, value_name = "K")]
    sources: Option<u8>,
    /// A process of the server, whose use is measured. Without it, those that listen at the server's port here.
    #[arg(long, global = true, value_name = "PID")]
    server_pid: Vec<u32>,
    /// Write the report as a JSON object.
    #[arg(long, global = true, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as a page of HTML with charts.
    #[arg(long, global = true, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Show no progress.
    #[arg(long, global = true)]
    quiet: bool,
}

impl Setting {
    /// How long load is made before it is counted.
    pub fn warmup(&self) -> Duration {
        Duration::try_from_secs_f64(self.warmup).unwrap_or_default()
    }

    /// The addresses that connections come from.
    pub fn sources(&self) -> Sources {
        self.sources.map_or(Sources::AsNeeded, Sources::Several)
    }

    /// The processes whose use is measured.
    pub fn server_at(&self, address: SocketAddr) -> Vec<u32> {
        if self.server_pid.is_empty() { process::listening_at(address) } else { self.server_pid.clone() }
    }

    /// A progress bar, or none.
    pub fn progress(&self) -> Progress {
        Progress::new(if self.quiet { Display::Hidden } else { Display::Terminal })
    }
}
